"""The only way to fetch for a user. Missing and forbidden raise the same ``NotFound``."""

from uuid import UUID

from django.db.models import QuerySet

from amiral.kit.errors import NotFound
from amiral.rooms.outreach.models import Ballot, BallotPoll, BallotRound, Mailing, Segment, SegmentUse
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import COUNTRY, Feature
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


def mailing_territories(*, person_id: UUID | None) -> tuple[str, ...]:
    """The territories over which the person may send mailings. ``NotFound`` without any."""
    held = people.territories_held(person_id=person_id, feature=Feature.SEND_MAILINGS)
    if not held:
        raise NotFound
    return held


def access_mailings(*, person_id: UUID | None) -> QuerySet[Mailing]:
    """The mailings of the territories over which the person may send. ``NotFound`` without any."""
    inside = territory.descendant_filter(ancestor_ids=mailing_territories(person_id=person_id))
    return Mailing.objects.filter(territory_id__in=inside)


def access_mailing_by_id(*, person_id: UUID | None, mailing_id: UUID) -> Mailing:
    """For reading and for every verb: whoever may send there may do all of it."""
    found = access_mailings(person_id=person_id).filter(pk=mailing_id)
    row = found.select_related("owner", "territory", "segment", "use").first()
    if row is None:
        raise NotFound
    return row


def may_write_to(*, person_id: UUID | None, territory_id: str) -> bool:
    """Whether the person may send mailings to people of the territory."""
    return people.may(person_id=person_id, feature=Feature.SEND_MAILINGS, territory_id=territory_id)


def may_choose_segments(*, person_id: UUID | None) -> bool:
    """Whether the person may count anywhere, which a new mailing begins with."""
    return people.holds(person_id=person_id, feature=Feature.USE_SEGMENTS)


def access_segment_to_write_to(*, person_id: UUID | None, segment_id: UUID) -> Segment:
    """A segment over which the person may count and may send."""
    segment = access_segment_by_id(person_id=person_id, segment_id=segment_id)
    if not may_write_to(person_id=person_id, territory_id=segment.territory_id):
        raise NotFound
    return segment


def may_change_ballots(*, person_id: UUID | None) -> bool:
    """Whether the person enters ballots: whoever brings public data for the whole country. One query."""
    return people.may(person_id=person_id, feature=Feature.IMPORT_REFERENCE, territory_id=COUNTRY)


def access_ballots_to_change(*, person_id: UUID | None) -> None:
    """``NotFound`` for who may not enter ballots."""
    if not may_change_ballots(person_id=person_id):
        raise NotFound


def access_ballot_by_id(*, ballot_id: UUID) -> Ballot:
    """A ballot: a public fact, anybody who is signed in reads it."""
    ballot = Ballot.objects.filter(pk=ballot_id).first()
    if ballot is None:
        raise NotFound
    return ballot


def access_round_to_change(*, round_id: UUID) -> BallotRound:
    """A round whose polls change: no other hand changes them meanwhile. Inside a transaction."""
    found = BallotRound.objects.select_for_update(of=("self",)).select_related("ballot")
    row = found.filter(pk=round_id).first()
    if row is None:
        raise NotFound
    return row


def access_poll_to_change(*, poll_id: UUID) -> BallotPoll:
    """A poll with its round, which no other hand changes meanwhile. Inside a transaction."""
    poll = BallotPoll.objects.filter(pk=poll_id).select_related("territory").first()
    if poll is None:
        raise NotFound
    poll.round = access_round_to_change(round_id=poll.round_id)
    return poll
