"""A theme with an approved card and a draft of its next version, both of the coordinator."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from amiral.rooms.talking_points import api
from amiral.rooms.talking_points.contracts import Source
from amiral.rooms.talking_points.models import Version
from tests.conftest import NOON, Cast

SOURCE = Source(title="Insee Première", url="https://www.insee.fr/fr/1", on=date(2026, 5, 4))


@dataclass(frozen=True, kw_only=True)
class Cards:
    """Ids of the fixture."""

    point: UUID
    approved: UUID
    draft: UUID


def draft(by_id: UUID, **changes: Any) -> UUID:
    """A draft; ``changes`` replace what it says."""
    values: dict[str, Any] = {
        "theme": "sante",
        "short_line": "Un médecin à moins de trente minutes",
        "body": "**Huit** communes sur dix n’ont plus de médecin.",
        "sources": (SOURCE,),
        "at": NOON,
    }
    return api.draft(by_id=by_id, **(values | changes))


@pytest.fixture
def theme(cast: Cast) -> str:
    """A theme."""
    return api.create_theme(by_id=cast.administrator, name_fr="Santé", name_en="Health")


@pytest.fixture
def cards(cast: Cast, theme: str) -> Cards:
    """See the module."""
    approved = draft(cast.coordinator)
    api.approve(by_id=cast.administrator, version_id=approved, at=NOON)
    point = Version.objects.get(pk=approved).point_id
    return Cards(
        point=point,
        approved=approved,
        draft=draft(cast.coordinator, point_id=point, short_line="Un médecin partout"),
    )
