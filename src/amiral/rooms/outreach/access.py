"""The only way to fetch for a user. Missing and forbidden raise the same ``NotFound``."""

from uuid import UUID

from django.db.models import QuerySet

from amiral.kit.errors import NotFound
from amiral.rooms.outreach.models import Segment, SegmentUse
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory


def access_segments(*, person_id: UUID | None) -> QuerySet[Segment]:
    """The segments of the territories over which the person may count. ``NotFound`` without any."""
    inside = territory.descendant_filter(ancestor_ids=access_territories(person_id=person_id))
    return Segment.objects.filter(territory_id__in=inside)


def access_territories(*, person_id: UUID | None) -> tuple[str, ...]:
    """The territories over which the person may count. ``NotFound`` without any."""
    held = people.territories_held(person_id=person_id, feature=Feature.USE_SEGMENTS)
    if not held:
        raise NotFound
    return held


def access_segment_by_id(*, person_id: UUID | None, segment_id: UUID) -> Segment:
    """For reading and for changing: whoever may count there may do both."""
    found = access_segments(person_id=person_id).filter(pk=segment_id)
    segment = found.select_related("owner", "territory").first()
    if segment is None:
        raise NotFound
    return segment


def access_scope(*, person_id: UUID | None, territory_id: str) -> str:
    """The territory, if the person may count over all of it."""
    if not people.may(person_id=person_id, feature=Feature.USE_SEGMENTS, territory_id=territory_id):
        raise NotFound
    return territory_id


def access_uses(*, person_id: UUID | None) -> QuerySet[SegmentUse]:
    """The register of the territories over which the person may count."""
    inside = territory.descendant_filter(ancestor_ids=access_territories(person_id=person_id))
    return SegmentUse.objects.filter(territory_id__in=inside).select_related("used_by", "territory")


def sees_exactly(*, person_id: UUID | None, territory_id: str) -> bool:
    """Whether small numbers are told: to those who may read of single persons there, to merge duplicates."""
    return people.may(person_id=person_id, feature=Feature.MERGE_PERSONS, territory_id=territory_id)


def territories_seen_exactly(*, person_id: UUID | None) -> frozenset[str]:
    """The territories of the register of which ``sees_exactly`` holds. Two queries."""
    held = people.territories_held(person_id=person_id, feature=Feature.MERGE_PERSONS)
    inside = territory.descendant_filter(ancestor_ids=held)
    uses = SegmentUse.objects.filter(territory_id__in=inside).order_by()
    return frozenset(uses.values_list("territory_id", flat=True).distinct())
