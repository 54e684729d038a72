"""Reads for the page that plans again: what would stay before, what changed after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amiral.kit.models import Run
from amiral.rooms.field.contracts import CanvassCard
from amiral.rooms.field.models import Canvass
from amiral.rooms.field.queries.cards import canvass_cards
from amiral.rooms.field.queries.pages import run_of


@dataclass(frozen=True, kw_only=True)
class Before:
    """What planning again starts from: turfs and doors that stay, doors that leave, addresses that enter."""

    held_turfs: tuple[int, ...]
    held_doors: int
    free_turfs: int
    free_doors: int
    done_doors: int
    leaving_doors: int
    new_addresses: int


@dataclass(frozen=True, kw_only=True)
class After:
    """What the last re-planning changed: numbers of turfs, counts of doors.

    ``cut_off``: number and minutes of turfs that are small because only held ones lie around them.
    """

    held: tuple[int, ...]
    unchanged: tuple[int, ...]
    changed: tuple[int, ...]
    made: tuple[int, ...]
    gone: tuple[int, ...]
    moved: int
    entered: int
    left: int
    cut_off: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReplanPage:
    """The page; ``run`` is the latest planning when it is not over, or failed."""

    canvass: CanvassCard
    before: Before
    after: After | None
    run: Run | None

    @property
    def is_planning(self) -> bool:
        return self.run is not None and not self.run.is_over


def replan_page(*, canvass: Canvass, before: Before) -> ReplanPage:
    """Three queries besides those of ``before``."""
    run = run_of(canvass.run_id)
    return ReplanPage(
        canvass=canvass_cards([canvass])[0],
        before=before,
        after=_after(canvass.report.get("changes")),
        run=None if run is None or run.state == Run.State.DONE else run,
    )


def _after(changes: Mapping[str, Any] | None) -> After | None:
    if changes is None:
        return None
    return After(
        held=tuple(changes["held"]),
        unchanged=tuple(changes["unchanged"]),
        changed=tuple(changes["changed"]),
        made=tuple(changes["made"]),
        gone=tuple(changes["gone"]),
        moved=changes["moved"],
        entered=changes["entered"],
        left=changes["left"],
        cut_off=tuple((number, minutes) for number, minutes in changes.get("cut_off", ())),
    )
