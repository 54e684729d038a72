"""What a leader may choose from in a form."""

from uuid import UUID

from django.conf import settings

from amiral.rooms.mobilisation.models import ActionTalkingPoint
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import PointCard


def approved_cards() -> tuple[PointCard, ...]:
    """Every approved talking point, whatever its language; one read per language."""
    cards = [talking_points.approved(language=code) for code, _name in settings.LANGUAGES]
    return tuple({card.point_id: card for of_language in cards for card in of_language}.values())


def attachable_point_ids(*, action_id: UUID) -> set[UUID]:
    """Cards that an action may take along: those approved now, and those it has already."""
    attached = ActionTalkingPoint.objects.filter(action=action_id).values_list("point_id", flat=True)
    return {card.point_id for card in approved_cards()} | set(attached)
