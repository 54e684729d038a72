"""``amiral territory import-contours FILE --kind KIND | locate FILE``: the verbs about contours."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from amiral.rooms.territory.actions.contours import KINDS, Checked, check_contours, import_contours_file
from amiral.rooms.territory.actions.locating import locate_file
from amiral.rooms.territory.contour_words import ContoursRefused, flaw_sentence
from amiral.rooms.territory.contracts import ContourChoices, ContourImport, Report, TerritoryKind

NOTES_TOLD = 40


def add_contour_verbs(verbs: Any) -> None:
    """Puts the verbs beside the others of the command."""
    contours: ArgumentParser = verbs.add_parser(
        "import-contours", help="Borders of communes, cantons, stations… as GeoJSON."
    )
    contours.add_argument("file", type=Path)
    contours.add_argument("--kind", required=True, choices=[kind.value for kind in KINDS])
    contours.add_argument("--year", type=int, help="Year of these borders; the newest answer first.")
    contours.add_argument("--name", default="", help="A file of the same name is replaced.")
    contours.add_argument("--attribution", default="", help="Shown under the maps that use the file.")
    contours.add_argument("--code", nargs="+", help="The property with the code, or two: commune, number.")
    contours.add_argument("--name-property", default="", help="The property with the name.")
    contours.add_argument("--commune", default="", help="INSEE code, for the stations of one town.")
    contours.add_argument("--without-bad", action="store_true", help="Leave out what cannot be used.")
    contours.add_argument("--create", action="store_true", help="Codes alone among known ones are new.")
    contours.add_argument("--check", action="store_true", help="Look into the file and write nothing.")
    locating: ArgumentParser = verbs.add_parser(
        "locate", help="Adds commune, canton, circonscription and bureau to a table of positions."
    )
    locating.add_argument("file", type=Path)
    locating.add_argument("--output", type=Path, help="Left out: FILE with .located before its ending.")


def contour_lines(options: dict[str, Any], report: Report) -> Iterator[str]:
    """Checks or imports a file; what there is to tell. Raises ``ContoursRefused``."""
    told: dict[str, Any] = {
        "path": options["file"],
        "kind": TerritoryKind(options["kind"]),
        "choices": ContourChoices(
            code=tuple(options["code"] or ()),
            name=options["name_property"],
            commune=options["commune"],
            without_bad=options["without_bad"],
            create=options["create"],
        ),
        "report": report,
    }
    if options["check"]:
        return _of_check(check_contours(**told))
    done = import_contours_file(
        name=options["name"],
        attribution=options["attribution"],
        valid_from=date(options["year"], 1, 1) if options["year"] else None,
        **told,
    )
    return _of_import(done)


def _of_check(checked: Checked) -> Iterator[str]:
    yield _("%(good)d features can be used, %(refused)d cannot; code: %(code)s, name: %(name)s") % {
        "good": len(checked.good),
        "refused": checked.refused,
        "code": " + ".join(checked.choices.code) or "–",
        "name": checked.choices.name or "–",
    }
    for flaw in checked.flaws[:NOTES_TOLD]:
        yield f"  {flaw_sentence(flaw)}"


def _of_import(done: ContourImport) -> Iterator[str]:
    said = _(
        "%(rows)d contours imported, %(refused)d left out; %(created)d new territories, %(exact)d exact and "
        "%(shared)d shared memberships by surface"
    ) % {
        "rows": done.rows,
        "refused": done.refused,
        "created": done.created_territories,
        "exact": done.exact_links,
        "shared": done.shared_links,
    }
    yield f"{done.name}: {said}"
    for note in done.notes[:NOTES_TOLD]:
        yield f"  {note}"


def refused_lines(refusal: Exception) -> Iterator[str]:
    """Everything that is wrong with a file that was refused, feature by feature."""
    if isinstance(refusal, ContoursRefused):
        for flaw in refusal.flaws[:NOTES_TOLD]:
            yield f"  {flaw_sentence(flaw)}"


def located_lines(options: dict[str, Any], report: Report) -> Iterator[str]:
    """Writes the table again with its territories; what there is to tell. Raises ``FileRefused``."""
    path: Path = options["file"]
    target = options["output"] or path.with_name(f"{path.stem}.located{path.suffix}")
    done = locate_file(path=path, target=target, report=report)
    yield _("%(path)s: %(rows)d lines, %(missing)d of them without a position") % {
        "path": done.path,
        "rows": done.rows,
        "missing": done.without_position,
    }
    for name, number in done.found.items():
        yield f"  {name}: {number}"
