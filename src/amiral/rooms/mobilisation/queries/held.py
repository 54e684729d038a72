"""How many actions in the street a group has held."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from amiral.rooms.mobilisation.contracts import CoState, Kind, State
from amiral.rooms.mobilisation.models import Action, ActionGroup

FIELD_KINDS = frozenset(
    {Kind.DOOR_TO_DOOR, Kind.LEAFLETING, Kind.LEAFLET_DROP, Kind.BILL_POSTING, Kind.MARKET}
)
"""Those where volunteers meet people outside."""


def field_actions_held(*, group_id: UUID, since: datetime, until: datetime) -> int:
    """Actions of the group, or that it co-organised, with a shift over between the two and not called off;
    one query."""
    with_others = ActionGroup.objects.filter(group_id=group_id, state=CoState.ACCEPTED).values("action_id")
    held = Action.objects.filter(Q(group_id=group_id) | Q(pk__in=with_others), state=State.PUBLISHED)
    over = held.filter(
        kind__in=FIELD_KINDS,
        shifts__state=State.PUBLISHED,
        shifts__ends_at__gt=since,
        shifts__ends_at__lte=until,
    )
    return over.values("pk").distinct().count()
