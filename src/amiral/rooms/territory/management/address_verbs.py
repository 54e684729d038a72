"""``amiral territory import-addresses FILE | import-places FILE --category …``, with ``--preview``."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.kit.readers import Limits, Plan, UnreadableFile
from amiral.kit.readers.addresses import checked_head
from amiral.kit.readers.crs import SYSTEMS
from amiral.kit.readers.errors import ADDRESSES_EXPECTED
from amiral.kit.readers.osm import is_extract
from amiral.kit.readers.plan import ENCODINGS, SEPARATORS, chosen, guessed, named_columns
from amiral.rooms.territory.actions.previews import preview_of
from amiral.rooms.territory.contracts import FileKind, ImportPreview, PlaceCategory
from amiral.rooms.territory.problems import FileRefused


def add_reading_options(verb: ArgumentParser) -> None:
    """How the file is to be read where the guess is wrong."""
    verb.add_argument("--preview", action="store_true", help="Say how the file is understood; write nothing.")
    verb.add_argument("--encoding", choices=list(ENCODINGS), help="Else guessed.")
    verb.add_argument("--separator", choices=[*SEPARATORS, "tab"], help="Else guessed.")
    verb.add_argument(
        "--crs", type=int, choices=list(SYSTEMS), help="EPSG code of x and y, else by the data."
    )
    verb.add_argument("--decimal", choices=[",", "."], help="Else told by each number.")
    verb.add_argument("--no-header", action="store_true", help="The first line is data already.")
    verb.add_argument(
        "--columns", nargs="+", default=[], metavar="FIELD=NAME", help="As lon=Longitude or number=3."
    )


def add_place_verb(verbs: Any) -> ArgumentParser:
    """Puts the verb beside the others of the command."""
    places: ArgumentParser = verbs.add_parser(
        "import-places", help="Schools, post offices, stops, polling places… as CSV."
    )
    places.add_argument("--category", required=True, choices=[one.value for one in PlaceCategory])
    return places


def plan_of(options: dict[str, Any]) -> Plan | None:
    """The reading that is asked for; ``None`` for an extract. Raises ``FileRefused``."""
    try:
        head = checked_head(options["file"], Limits())
        if is_extract(head):
            return None
        separator = "\t" if options["separator"] == "tab" else options["separator"] or ""
        plan = guessed(
            head,
            expected=ADDRESSES_EXPECTED,
            encoding=options["encoding"] or "",
            separator=separator,
            header=False if options["no_header"] else None,
        )
        columns = named_columns(plan, options["columns"])
    except UnreadableFile as error:
        raise FileRefused(error) from error
    return chosen(plan, columns=columns, epsg=options["crs"] or plan.epsg, decimal=options["decimal"] or "")


def preview_lines(options: dict[str, Any], kind: FileKind) -> Iterator[str]:
    """How a file is understood, line by line."""
    path: Path = options["file"]
    plan, shown = preview_of(path=path, kind=kind, plan=plan_of(options), person_id=None)
    if plan is not None:
        yield from _plan_lines(plan)
    yield from shown.notes
    if shown.problem:
        yield shown.problem
        return
    yield from _count_lines(shown)
    for row in shown.rows:
        words = " ".join(part for part in (row.number, row.street, row.postal_code, row.commune) if part)
        yield f"  {row.line}: {words} ({row.lon:.5f}, {row.lat:.5f}) {row.reason}".rstrip()
    for line in (*shown.doubts, *shown.problems):
        yield f"  {line.place}: {line.reason}"
    yield _("Nothing was written. Run the command without --preview to import the file.")


def _plan_lines(plan: Plan) -> Iterator[str]:
    separator = "TAB" if plan.separator == "\t" else plan.separator
    yield _("Read as %(encoding)s, columns between “%(separator)s”, positions in %(system)s.") % {
        "encoding": ENCODINGS.get(plan.encoding, plan.encoding),
        "separator": separator,
        "system": SYSTEMS.get(plan.epsg, "?"),
    }
    for field, place in plan.columns.items():
        yield f"  {field} = {plan.names[place]}"


def _count_lines(shown: ImportPreview) -> Iterator[str]:
    yield ngettext("%(rows)d row understood", "%(rows)d rows understood", shown.good) % {"rows": shown.good}
    for _code, words, count in shown.flags:
        yield f"  {count} × {words}"
    if shown.left_out:
        words = ngettext("%(bad)d line left out", "%(bad)d lines left out", shown.left_out)
        yield words % {"bad": shown.left_out}
