"""``amiral territory geocode FILE.csv``: the place of each address, by the imported addresses alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from amiral.rooms.territory.actions.geocoding import geocode_file
from amiral.rooms.territory.contracts import Report


def add_geocode_verb(verbs: Any) -> None:
    """Puts the verb beside the others of the command."""
    verb = verbs.add_parser(
        "geocode", help="Longitude, latitude, precision and commune of each address of a CSV file."
    )
    verb.add_argument("file", type=Path)
    verb.add_argument("--output", type=Path, help="Else FILE.geocoded.csv. A stopped run goes on.")


def geocode_lines(options: dict[str, Any], report: Report) -> Iterator[str]:
    """Runs the verb and tells what was found."""
    done = geocode_file(path=options["file"], target=options["output"], report=report)
    yield str(done.path)
    if done.resumed:
        yield _("lines done before: %(number)d") % {"number": done.resumed}
    for label, number in (
        (_("doors"), done.doors),
        (_("streets"), done.streets),
        (_("communes alone"), done.communes),
        (_("not found"), done.none),
    ):
        yield f"{label}: {number}"
