"""``amiral territory import-movements FILE | import-memberships FILE | on CODE DAY``: of the graph."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound, Refused
from amiral.rooms.territory.actions.memberships import import_memberships
from amiral.rooms.territory.actions.movements import import_movements
from amiral.rooms.territory.contracts import PlaceThen, Report, TableImportCard
from amiral.rooms.territory.queries.history import territory_on

PROBLEMS_TOLD = 20


class NoSuchCode(Refused):
    """A code that no commune has or had."""


def add_graph_verbs(verbs: Any) -> None:
    """Puts the verbs beside the others of the command."""
    movements: ArgumentParser = verbs.add_parser(
        "import-movements", help="What became of communes: INSEE's CSV of movements since 1943."
    )
    memberships: ArgumentParser = verbs.add_parser(
        "import-memberships", help="A CSV of communes (or polling stations) with canton or constituency."
    )
    for verb in (movements, memberships):
        verb.add_argument("file", type=Path)
        verb.add_argument("--name", default="", help="Left out: the name of the file.")
    on: ArgumentParser = verbs.add_parser("on", help="What the code of a commune stood for on a day.")
    on.add_argument("code", help="INSEE code, of today or former.")
    on.add_argument("day", type=date.fromisoformat, help="As 2017-04-23.")


def table_lines(options: dict[str, Any], report: Report) -> Iterator[str]:
    """Imports a table; what there is to tell. Raises ``FileRefused``, ``TableRefused``."""
    verb = import_movements if options["verb"] == "import-movements" else import_memberships
    done = verb(path=options["file"], name=options["name"], report=report)
    return _told(done)


def _told(done: TableImportCard) -> Iterator[str]:
    yield _("%(name)s: %(used)s lines used, %(other)s of no use here, %(left_out)s left out") % {
        "name": done.name,
        "used": done.used,
        "other": done.other,
        "left_out": done.left_out,
    }
    for problem in done.problems[:PROBLEMS_TOLD]:
        yield f"  {problem.place}: {problem.reason}"


def history_lines(options: dict[str, Any]) -> Iterator[str]:
    """What a commune was on a day and is today. Raises ``NoSuchCode``."""
    try:
        told = territory_on(code=options["code"], on=options["day"])
    except NotFound:
        raise NoSuchCode(_("No commune has or had this code.")) from None
    yield _("On that day") + _of(told.then)
    yield _("Today") + "".join(f"\n  {one.label}, {one.code}" for one in told.today)
    yield _("Communes of that day on the same ground") + _of(told.ground)
    if not told.certain:
        yield _(
            "Not certain: some of these changes have no known day. "
            "An administrator can import INSEE’s table of movements."
        )


def _of(places: tuple[PlaceThen, ...]) -> str:
    unknown = _("day not known")
    return "".join(f"\n  {one.name} ({one.code})" + ("" if one.dated else f", {unknown}") for one in places)
