"""What the first page shows: to a visitor the campaign, to a member what comes next."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.cache import cache

from amiral.kit.contracts import Link
from amiral.rooms.debate import api as debate
from amiral.rooms.field import api as field
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import MembershipCard
from amiral.rooms.people import api as people

ACTIONS_SHOWN = 3
FIGURES_KEPT_S = 60


@dataclass(frozen=True, kw_only=True)
class Home:
    """The first page. ``groups`` and ``mine`` are empty for a visitor."""

    groups: tuple[MembershipCard, ...]
    mine: list[Link]
    upcoming: list[Link]
    doors_visited: int
    doors_planned: int
    urgent_requests: int
    replies_waiting: int


def home(*, person_id: UUID | None, at: datetime) -> Home:
    """Everything on the first page; the figures of the campaign are counted once a minute."""
    visited, planned = cache.get_or_set("home:figures", field.campaign_figures, FIGURES_KEPT_S) or (0, 0)
    return Home(
        groups=network.groups_of(person_id=person_id) if person_id else (),
        mine=mobilisation.own_links(person_id=person_id, at=at, limit=ACTIONS_SHOWN) if person_id else [],
        upcoming=mobilisation.upcoming_links(at=at, limit=ACTIONS_SHOWN),
        doors_visited=visited,
        doors_planned=planned,
        urgent_requests=people.urgent_requests(person_id=person_id),
        replies_waiting=debate.replies_waiting(person_id=person_id),
    )
