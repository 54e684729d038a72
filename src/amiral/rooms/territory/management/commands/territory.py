"""``amiral territory`` with load-referential, import-addresses, import-streets or import-results."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.kit.errors import Refused
from amiral.rooms.territory import address_index
from amiral.rooms.territory.actions.results import (
    ballot_of,
    import_results_file,
    preview_results_file,
)
from amiral.rooms.territory.api import (
    import_addresses_file,
    import_places_file,
    import_streets_file,
    load_referential,
)
from amiral.rooms.territory.contracts import ElectionKind, FileKind, ImportResult, PlaceCategory
from amiral.rooms.territory.management.address_verbs import (
    add_place_verb,
    add_reading_options,
    plan_of,
    preview_lines,
)
from amiral.rooms.territory.management.contour_verbs import (
    add_contour_verbs,
    contour_lines,
    located_lines,
    refused_lines,
)
from amiral.rooms.territory.management.geocode_verb import add_geocode_verb, geocode_lines
from amiral.rooms.territory.management.graph_verbs import add_graph_verbs, history_lines, table_lines


class Command(BaseCommand):
    """One verb for each kind of data; each may be interrupted and run again without harm."""

    help = "Loads and imports public data about places, and answers from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add_geocode_verb(verbs)
        verbs.add_parser("load-referential", help="Communes, postal codes, départements of all of France.")
        addresses = verbs.add_parser(
            "import-addresses", help="A Base Adresse Nationale CSV, or the addresses of an .osm.pbf."
        )
        streets = verbs.add_parser("import-streets", help="The streets of an OpenStreetMap .osm.pbf.")
        streets.add_argument(
            "--with-addresses", action="store_true", help="Import the addresses of the extract too."
        )
        self._add_results(verbs)
        add_contour_verbs(verbs)
        add_graph_verbs(verbs)
        places = add_place_verb(verbs)
        for verb in (addresses, places):
            add_reading_options(verb)
        for verb in (addresses, places, streets):
            verb.add_argument("file", type=Path)
            verb.add_argument("--name", default="", help="A file of the same name is replaced.")
            verb.add_argument("--attribution", default="", help="Shown under the maps that use the file.")

    def _add_results(self, verbs: Any) -> None:
        results = verbs.add_parser(
            "import-results", help="Results of a ballot as the ministry publishes them."
        )
        results.add_argument("file", type=Path)
        kinds = ", ".join(ElectionKind)
        results.add_argument("--election", default="", help=f"One of {kinds}; else from the file's name.")
        results.add_argument("--round", type=int, default=0, choices=(0, 1, 2), help="Else from the name.")
        results.add_argument("--date", type=date.fromisoformat, help="Day of the round, as 2017-04-23.")
        results.add_argument(
            "--name", default="", help="Name of the election, where kind and year do not do."
        )
        results.add_argument("--sheet", default="", help="Table of a spreadsheet; else the finest one.")
        results.add_argument("--commune", default="", help="INSEE code, for a file that does not repeat it.")
        results.add_argument("--attribution", default="", help="Source to name on the pages.")
        results.add_argument("--dry-run", action="store_true", help="Say what the file holds; write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs one verb; Ctrl-C leaves everything as it was and answers 130."""
        started = perf_counter()
        try:
            {
                "load-referential": self._load_referential,
                "geocode": self._geocode,
                "import-addresses": self._import_addresses,
                "import-places": self._import_places,
                "import-streets": self._import_streets,
                "import-movements": self._table,
                "import-memberships": self._table,
                "on": self._on,
                "import-contours": self._contours,
                "locate": self._contours,
                "import-results": self._import_results,
            }[options["verb"]](options)
        except Refused as refusal:
            for line in refused_lines(refusal):
                self.stderr.write(line)
            raise CommandError(str(refusal)) from refusal
        except KeyboardInterrupt:
            self.stderr.write(
                _("Interrupted: nothing was half-applied. Run the command again to start over.")
            )
            sys.exit(130)
        seconds = perf_counter() - started
        self.stdout.write(_("%(seconds).1f s") % {"seconds": seconds})

    def _geocode(self, options: dict[str, Any]) -> None:
        with _progress(self.stderr) as report:
            lines = list(geocode_lines(options, report))
        for line in lines:
            self.stdout.write(line)

    def _load_referential(self, options: dict[str, Any]) -> None:
        with _progress(self.stderr) as report:
            counts = load_referential(front_dir=settings.FRONT_DIR, report=report)
        for name, number in asdict(counts).items():
            self.stdout.write(f"{name}: {number}")

    def _import_addresses(self, options: dict[str, Any]) -> None:
        if options.get("preview"):
            self._preview(options, FileKind.ADDRESSES)
            return
        plan = plan_of(options) if "encoding" in options else None  # streets have no such options
        with _progress(self.stderr) as report:
            done = import_addresses_file(report=report, plan=plan, **_words(options))
            address_index.prepare(file_id=done.file_id)
        self._tell(done, ngettext("%(rows)d address imported", "%(rows)d addresses imported", done.rows))

    def _preview(self, options: dict[str, Any], kind: FileKind) -> None:
        for line in preview_lines(options, kind):
            self.stdout.write(line)

    def _import_places(self, options: dict[str, Any]) -> None:
        if options["preview"]:
            self._preview(options, FileKind.PLACES)
            return
        category = PlaceCategory(options["category"])
        with _progress(self.stderr) as report:
            done = import_places_file(
                report=report, category=category, plan=plan_of(options), **_words(options)
            )
        self._tell(done, ngettext("%(rows)d place imported", "%(rows)d places imported", done.rows))

    def _import_streets(self, options: dict[str, Any]) -> None:
        with _progress(self.stderr) as report:
            done = import_streets_file(report=report, **_words(options))
        self._tell(done, ngettext("%(rows)d street imported", "%(rows)d streets imported", done.rows))
        if options["with_addresses"]:
            self._import_addresses(options)

    def _import_results(self, options: dict[str, Any]) -> None:
        words = {name: options[name] for name in ("sheet", "commune")}
        with _progress(self.stderr) as report:
            if options["dry_run"]:
                self._tell_preview(preview_results_file(path=options["file"], report=report, **words))
                return
            done = import_results_file(
                path=options["file"],
                election=ballot_of(
                    file_name=options["file"].name,
                    kind=options["election"],
                    day=options["date"],
                    round=options["round"],
                    name=options["name"],
                ),
                attribution=options["attribution"],
                report=report,
                **words,
            )
        rows = ngettext("%(rows)d line imported", "%(rows)d lines imported", done.rows) % {"rows": done.rows}
        self.stdout.write(f"{done.election.label}: {rows} ({done.level})")
        self._tell_totals(asdict(done.figures), done.votes)
        for problem in done.first_problems:
            self.stdout.write(f"  {problem.place}: {problem.reason}")

    def _tell_preview(self, told: dict[str, Any]) -> None:
        for name in ("kind", "date", "round", "level", "layout", "sheets", "rows", "left_out", "flagged"):
            self.stdout.write(f"{name}: {told[name]}")
        self._tell_totals(told["totals"]["figures"], told["totals"]["votes"])

    def _tell_totals(self, figures: dict[str, int | None], votes: Iterable[Any]) -> None:
        for name, count in (*figures.items(), *votes):
            if count is not None:
                self.stdout.write(f"  {name}: {count}")

    def _table(self, options: dict[str, Any]) -> None:
        with _progress(self.stderr) as report:
            lines = list(table_lines(options, report))
        for line in lines:
            self.stdout.write(line)

    def _on(self, options: dict[str, Any]) -> None:
        for line in history_lines(options):
            self.stdout.write(line)

    def _contours(self, options: dict[str, Any]) -> None:
        verb = located_lines if options["verb"] == "locate" else contour_lines
        with _progress(self.stderr) as report:
            lines = list(verb(options, report))
        for line in lines:
            self.stdout.write(line)

    def _tell(self, done: ImportResult, sentence: str) -> None:
        self.stdout.write(f"{done.name}: " + sentence % {"rows": done.rows})
        if done.bad_rows:
            left_out = ngettext(
                "%(bad)d line left out; see it with its reason on %(page)s",
                "%(bad)d lines left out; see them with their reasons on %(page)s",
                done.bad_rows,
            )
            page = f"{settings.PUBLIC_URL}/donnees/{done.file_id}/"
            self.stdout.write(left_out % {"bad": done.bad_rows, "page": page})
        if done.flagged_rows:
            doubtful = ngettext(
                "%(count)d doubtful position is kept apart; accept it on %(page)s",
                "%(count)d doubtful positions are kept apart; accept them on %(page)s",
                done.flagged_rows,
            )
            page = f"{settings.PUBLIC_URL}/donnees/{done.file_id}/a-verifier/"
            self.stdout.write(doubtful % {"count": done.flagged_rows, "page": page})
        for problem in done.first_problems:
            self.stdout.write(f"  {problem.place}: {problem.reason}")


def _words(options: dict[str, Any]) -> dict[str, Any]:
    return {"path": options["file"], "name": options["name"], "attribution": options["attribution"]}


class _Bar:
    """One line that rewrites itself on a terminal, and stays silent in a log file."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self.drawn = False

    def __call__(self, done: int, total: int) -> None:
        if not self._out.isatty():
            return
        self.drawn = True
        shown = f"{min(100, 100 * done // total):3d} %" if total else f"{done}"
        self._out.write(f"\r{shown}", str, ending="")  # the error stream is red by itself
        self._out.flush()


@contextmanager
def _progress(out: OutputWrapper) -> Iterator[_Bar]:
    bar = _Bar(out)
    try:
        yield bar
    finally:
        if bar.drawn:
            out.write("")
