"""A canvass for each commune of a file, planned one after the other by one run."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit import audit, runs
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.rooms.field.access import may_over_group
from amiral.rooms.field.actions.planning import (
    BadName,
    check_minutes,
    create_canvass,
    live_file,
    plan_canvass,
)
from amiral.rooms.field.actions.rounding import check_bag
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Canvass
from amiral.rooms.field.queries.covering import commune_names
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory.contracts import ReferenceFileCard

Progress = Callable[[int, int], None]

MOST_COMMUNES = 1000
"""No département has as many; a country is planned by the command, not by pages."""
NAMED_AT_MOST = 5
NAME_MOST = 120


class NoCommunes(Refused):
    """The file does not tell them."""

    def __init__(self) -> None:
        super().__init__(
            _("This file does not tell the commune of its addresses: choose all addresses, or a box.")
        )


class TooManyCommunes(Refused):
    """More than a département has."""

    def __init__(self, count: int) -> None:
        super().__init__(
            _(
                "%(count)d communes are too many for one go (at most %(most)d): import the addresses of each"
                " département apart, or let the administrator run “amiral walk plan-many”."
            )
            % {"count": count, "most": MOST_COMMUNES}
        )


class SomeWithoutTurfs(Refused):
    """Some communes could not be cut; the others are."""

    def __init__(self, sentences: list[str]) -> None:
        more = len(sentences) - NAMED_AT_MOST
        named = sentences[:NAMED_AT_MOST] + ([_("And %(count)d more.") % {"count": more}] if more > 0 else [])
        super().__init__(
            _("All communes but %(count)d have their turfs. %(sentences)s")
            % {"count": len(sentences), "sentences": " ".join(named)}
        )


def start_series(
    *,
    by_id: UUID,
    group_id: UUID,
    name: str,
    kind: CanvassKind,
    file_id: UUID,
    minutes: int,
    seed: int = 0,
    bag: int,
) -> UUID:
    """Starts the run that makes a canvass of each commune of the file and cuts it; answers the run's id.

    ``NotFound`` unless the person manages the field of the group.
    """
    if not may_over_group(person_id=by_id, group_id=group_id, feature=Feature.MANAGE_FIELD):
        raise NotFound
    if not name.strip():
        raise BadName
    check_minutes(minutes)
    check_bag(bag)
    communes = _communes(live_file(file_id))
    arguments = {
        "by_id": str(by_id),
        "group_id": str(group_id),
        "name": name.strip(),
        "kind": str(kind),
        "file_id": str(file_id),
        "minutes": minutes,
        "seed": seed,
        "bag": bag,
        # Made now, so that taking the run up again finds the canvasses that are there.
        "canvasses": [[code, str(new_id())] for code in communes],
    }
    run_id = runs.start(kind="plan-communes", arguments=arguments, started_by_id=by_id)
    audit.record(actor_id=by_id, verb="plan-communes", subject_kind="run", subject_id=run_id)
    return run_id


def _communes(file: ReferenceFileCard) -> list[str]:
    communes = sorted(code for code in file.commune_codes if code)
    if not communes:
        raise NoCommunes
    if len(communes) > MOST_COMMUNES:
        raise TooManyCommunes(len(communes))
    return communes


def plan_series(
    *,
    by_id: UUID,
    name: str,
    file_id: UUID,
    canvasses: list[tuple[str, UUID]],
    progress: Progress,
    give_way: Callable[[], None],
    at: datetime,
    **values: Any,
) -> dict[str, int]:
    """Makes and cuts what is not cut yet, commune by commune; each is kept as soon as it is cut.

    ``give_way`` is called between two communes. Doing it again goes on where it stopped. Raises
    ``SomeWithoutTurfs`` at the end, after all the others.
    """
    file = live_file(file_id)
    names = commune_names(code for code, _canvass in canvasses)
    total = sum(file.commune_codes.get(code, 0) for code, _canvass in canvasses)
    done, doors, failed = 0, 0, list[str]()
    for code, canvass_id in canvasses:
        here = file.commune_codes.get(code, 0)
        try:
            row = Canvass.objects.filter(pk=canvass_id).first()
            if row is None:
                create_canvass(
                    by_id=by_id, name=_named(name, names.get(code, code)), file_id=file_id,
                    commune_code=code, canvass_id=canvass_id, **values,
                )  # fmt: skip
            if row is None or row.planned_at is None:
                report = plan_canvass(
                    canvass_id=canvass_id, progress=_part_of(progress, done, here, total), at=at
                )
                doors += int(report["doors"])
        except Refused as refusal:
            named = {"commune": names.get(code, code), "problem": str(refusal)}
            failed.append(_("%(commune)s: %(problem)s") % named)
        done += here
        progress(done, total)
        give_way()
    if failed:
        raise SomeWithoutTurfs(failed)
    return {"canvasses": len(canvasses), "doors": doors}


def _named(name: str, commune: str) -> str:
    end = f" – {commune}"
    return name[: max(0, NAME_MOST - len(end))] + end[:NAME_MOST]


def _part_of(progress: Progress, done: int, here: int, total: int) -> Progress:
    """Progress in one commune as progress in all of them, in addresses."""
    return lambda part, whole: progress(done + here * part // max(1, whole), total)
