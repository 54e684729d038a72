"""What a leader may choose from in a form."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import get_language

from amiral.rooms.mobilisation.contracts import Centre, FormChoices
from amiral.rooms.mobilisation.models import ActionTalkingPoint
from amiral.rooms.network import api as network
from amiral.rooms.people.contracts import Feature
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import PointCard
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import FileKind, PlaceCard

MOST_COMMUNES = 10
MOST_PLACES = 200
"""Places that a list on a telephone may hold."""


def form_choices(*, person_id: UUID) -> FormChoices:
    """Groups in whose name the person may act, approved cards, middles of the imported files."""
    files = territory.reference_files(kind=FileKind.ADDRESSES)
    groups = network.groups_led(person_id=person_id, feature=Feature.MANAGE_ACTIONS)
    communes = {group.territory_id for group in groups if group.territory_id.startswith("commune:")}
    return FormChoices(
        groups=groups,
        places=official_places(commune_ids=sorted(communes)),
        points=approved_cards(),
        centres=tuple(
            Centre(
                id=file.id,
                name=file.name,
                longitude=round((file.bounds[0] + file.bounds[2]) / 2, 5),
                latitude=round((file.bounds[1] + file.bounds[3]) / 2, 5),
            )
            for file in files
            if file.bounds
        ),
    )


def official_places(*, commune_ids: Sequence[str]) -> tuple[PlaceCard, ...]:
    """Schools, post offices, stops… of these communes, as many as a list may hold."""
    found = [
        place for one in commune_ids[:MOST_COMMUNES] for place in territory.places_of_commune(commune_id=one)
    ]
    return tuple(found[:MOST_PLACES])


def approved_cards() -> tuple[PointCard, ...]:
    """Every talking point approved today, in the reader's language where it can be."""
    return talking_points.approved(language=get_language() or "fr")


def attachable_point_ids(*, action_id: UUID) -> set[UUID]:
    """Cards that an action may take along: those approved now, and those it has already."""
    attached = ActionTalkingPoint.objects.filter(action=action_id).values_list("point_id", flat=True)
    return {card.point_id for card in approved_cards()} | set(attached)
