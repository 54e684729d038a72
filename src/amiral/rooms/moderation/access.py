"""The only way to fetch for a user. Missing and forbidden raise the same ``NotFound``."""

from uuid import UUID

from django.db.models import Exists, OuterRef

from amiral.kit.errors import NotFound
from amiral.rooms.moderation.models import Report, ReportQuerySet
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory


def access_reports(*, person_id: UUID | None) -> ReportQuerySet:
    """What a moderator may read: reports over his territories, but never those about his own words.

    (He would read there who reported him.) Raises ``NotFound`` for those who moderate nowhere.
    """
    held = people.territories_held(person_id=person_id, feature=Feature.MODERATE)
    if not held:
        raise NotFound
    inside = territory.descendant_filter(ancestor_ids=held)
    # exclude() on a nullable column would drop the reports whose author was erased.
    own_words = Report.objects.filter(pk=OuterRef("pk"), subject_author_id=person_id)
    return Report.objects.filter(~Exists(own_words), territory_id__in=inside)


def access_report_by_id(*, person_id: UUID | None, report_id: UUID) -> Report:
    """For reading."""
    report = access_reports(person_id=person_id).filter(pk=report_id).first()
    if report is None:
        raise NotFound
    return report


def decidable(*, person_id: UUID) -> ReportQuerySet:
    """The open reports that the moderator may decide: not on a subject that he reported himself."""
    own_report = Report.objects.filter(
        subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id"), reporter_id=person_id
    )
    return access_reports(person_id=person_id).open().filter(~Exists(own_report))


def may_decide(*, person_id: UUID, report: Report) -> bool:
    """Whether ``decidable`` holds the report."""
    return decidable(person_id=person_id).filter(pk=report.pk).exists()
