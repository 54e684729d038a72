"""An action of the cast's group, and short ways to make more."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.utils import translation

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import Source
from amiral.rooms.talking_points.models import Version
from tests.conftest import NOON, Cast

SATURDAY = NOON + timedelta(days=3)
"""Saturday 6 March 2027, 12:00 UTC, 13:00 in Paris; the tests stand on the Wednesday before."""


def draft(**fields: Any) -> ActionDraft:
    values: dict[str, Any] = {
        "kind": Kind.DOOR_TO_DOOR,
        "title": "Porte-à-porte à la Chanaye",
        "place": "Devant l’école Jean-Moulin",
        "commune_id": "commune:71270",
    }
    return ActionDraft(**(values | fields))


def shift(*, days: float = 0, capacity: int = 4, needed: int = 2, hours: float = 2) -> ShiftDraft:
    start = SATURDAY + timedelta(days=days)
    return ShiftDraft(
        starts_at=start, ends_at=start + timedelta(hours=hours), capacity=capacity, needed=needed
    )


@dataclass(frozen=True, kw_only=True)
class World:
    """The cast with one action of Mâcon's group: two shifts, on Saturday and on Sunday."""

    cast: Cast
    action: UUID
    saturday: UUID
    sunday: UUID


def make_world(cast: Cast, *, capacity: int = 4) -> World:
    action = api.create_action(
        by_id=cast.owner,
        group_id=cast.group,
        draft=draft(),
        shifts=[shift(capacity=capacity), shift(days=1)],
        at=NOON,
    )
    saturday, sunday = (card.id for card in api.action(action_id=action).shifts)
    return World(cast=cast, action=action, saturday=saturday, sunday=sunday)


def make_card(cast: Cast, *, approved: bool = True, short_line: str = "L’eau est à tous") -> UUID:
    """A talking point; the coordinator writes it, the administrator approves it."""
    if not talking_points.themes(language="fr"):
        talking_points.create_theme(by_id=cast.administrator, name_fr="Eau", name_en="Water", slug="eau")
    source = Source(title="Cour des comptes", url="https://www.ccomptes.fr/")
    version = talking_points.draft(
        by_id=cast.coordinator,
        theme="eau",
        short_line=short_line,
        body="Texte de la fiche.",
        sources=[source],
        at=NOON,
    )
    if approved:
        talking_points.approve(by_id=cast.administrator, version_id=version, at=NOON)
    return Version.objects.get(pk=version).point_id


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast)


@pytest.fixture(autouse=True)
def stand_at_noon(request: pytest.FixtureRequest) -> Iterator[None]:
    """The machine's clock stands at NOON, but where threads race each other; words are French."""
    still = request.node.get_closest_marker("storage") is None
    clock = time_machine.travel(NOON, tick=False) if still else contextlib.nullcontext()
    with clock, translation.override("fr"):
        yield
