"""The only way to fetch for a user. Missing and forbidden raise the same ``NotFound``."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from amiral.kit.errors import NotFound
from amiral.rooms.moderation.contracts import ReportState
from amiral.rooms.moderation.models import Appeal, Decision, Report, ReportQuerySet, Sealed
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import COUNTRY, Feature
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


def access_decision_to_appeal_by_id(*, person_id: UUID | None, report_id: UUID) -> Report:
    """A decision against the person: what he wrote was hidden, or what he reported was kept."""
    report = Report.objects.filter(pk=report_id).first()
    if report is None or person_id is None:
        raise NotFound
    hidden = report.state == ReportState.UPHELD and report.subject_author_id == person_id
    kept = report.state == ReportState.REJECTED and report.reporter_id == person_id
    if not hidden and not kept:
        raise NotFound
    return report


def access_appeals(*, person_id: UUID | None) -> QuerySet[Appeal]:
    """What another moderator may decide: over his territories, neither his own decision nor his own cause."""
    reports = access_reports(person_id=person_id)
    concerned = Report.objects.filter(pk=OuterRef("report_id"))
    own = concerned.filter(decided_by_id=person_id)
    reported = concerned.filter(reporter_id=person_id)
    appeals = Appeal.objects.select_related("report").filter(report__in=reports)
    return appeals.filter(~Exists(own), ~Exists(reported))


def access_appeal_by_id(*, person_id: UUID | None, appeal_id: UUID) -> Appeal:
    """For reading and deciding."""
    appeal = access_appeals(person_id=person_id).filter(pk=appeal_id).first()
    if appeal is None:
        raise NotFound
    return appeal


def may_open_seals(*, person_id: UUID | None) -> bool:
    """Who moderates over the whole country: administrators, and whom they lent that right."""
    return people.may(person_id=person_id, feature=Feature.MODERATE, territory_id=COUNTRY)


def access_seals(*, person_id: UUID | None) -> QuerySet[Sealed]:
    """The originals under seal, for those who may ask for them or confirm; never of one's own words."""
    if not may_open_seals(person_id=person_id):
        raise NotFound
    own = Decision.objects.filter(report__subject_author_id=person_id).values("pk")
    return Sealed.objects.exclude(about__in=own)


def access_seals_of_a_report(*, person_id: UUID | None, report_id: UUID) -> Sealed:
    """The original that the last decision on a report put under seal."""
    report = access_report_by_id(person_id=person_id, report_id=report_id)
    same = Report.objects.on(subject_kind=report.subject_kind, subject_id=report.subject_id)
    decisions = Decision.objects.filter(report__in=same, hidden=True).values("pk")
    seals = access_seals(person_id=person_id).filter(about__in=decisions)
    found = seals.order_by("-sealed_at").first()
    if found is None:
        raise NotFound
    return found
