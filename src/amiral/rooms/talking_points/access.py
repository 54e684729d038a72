"""The only way to fetch for a user. Missing and forbidden raise the same ``NotFound``.

Approved cards are for every signed-in member; drafts and old texts for those who manage cards. Cards belong
to the whole campaign, so a mandate anywhere that carries the feature is enough.
"""

from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.talking_points.models import TalkingPoint, Theme, Version


def may_manage(*, person_id: UUID | None) -> bool:
    """One query."""
    return people.holds(person_id=person_id, feature=Feature.MANAGE_TALKING_POINTS)


def access_management(*, person_id: UUID | None) -> UUID:
    """For the pages and verbs of those who manage cards."""
    if person_id is None or not may_manage(person_id=person_id):
        raise NotFound
    return person_id


def access_cards(*, person_id: UUID | None) -> UUID:
    """For the list and the printed page: any member."""
    if person_id is None:
        raise NotFound
    return person_id


def access_point_by_id(*, person_id: UUID | None, point_id: UUID) -> tuple[TalkingPoint, bool]:
    """The card, and whether the person manages cards. Members see it once a version has been approved."""
    access_cards(person_id=person_id)
    point = TalkingPoint.objects.select_related("theme").filter(pk=point_id).first()
    manages = may_manage(person_id=person_id)
    if point is None or not (manages or point.versions.filter(approved_at__isnull=False).exists()):
        raise NotFound
    return point, manages


def access_point_to_manage_by_id(*, person_id: UUID | None, point_id: UUID) -> TalkingPoint:
    """For drafting the next version."""
    access_management(person_id=person_id)
    point, _manages = access_point_by_id(person_id=person_id, point_id=point_id)
    return point


def access_version_by_id(*, person_id: UUID | None, version_id: UUID) -> Version:
    """Any version, for those who manage cards."""
    access_management(person_id=person_id)
    version = Version.objects.select_related("point__theme").filter(pk=version_id).first()
    if version is None:
        raise NotFound
    return version


def access_theme_by_slug(*, slug: str) -> Theme:
    """A theme; its name is no secret to a member."""
    theme = Theme.objects.filter(slug=slug).first()
    if theme is None:
        raise NotFound
    return theme
