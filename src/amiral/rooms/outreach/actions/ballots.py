"""Entering ballots: what is proposed, what a person says otherwise, and the bounds of every silence.

Every verb writes ``quiet_from`` and ``quiet_until`` of the round anew: the gate finds silences by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from amiral.cores.silence import Poll, polls_of
from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.outreach import access
from amiral.rooms.outreach.contracts import NATIONAL_KINDS, BallotDraft, PollDraft
from amiral.rooms.outreach.models import Ballot, BallotPoll, BallotRound
from amiral.rooms.people.contracts import COUNTRY
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard, TerritoryKind

SUNDAY = 6
MOST_PLACES = 2_000
FARTHEST = timedelta(days=7)
"""How far from the Sunday of the round a territory may vote: abroad it was a week once."""


class NameTaken(Refused):
    """Another ballot has the name."""

    def __init__(self) -> None:
        super().__init__(_("Another ballot has this name. Add the year, or open that one."))


class NoSunday(Refused):
    """Art. L. 55 of the code électoral: the vote is on a Sunday."""

    def __init__(self, day: date) -> None:
        told = date_format(day, "l j F Y")
        super().__init__(
            _("%(day)s is not a Sunday. Give the Sunday; days overseas are changed afterwards.")
            % {"day": told}
        )


class RoundsUpsideDown(Refused):
    """The second round is not after the first."""

    def __init__(self) -> None:
        super().__init__(_("The second round must be after the first. Change one of the two days."))


class NoSuchPlace(Refused):
    """A line of the list of places names none, or more than one."""

    def __init__(self, line: str, *, several: bool) -> None:
        several_words = _("“%(line)s” is the name of several places. Write its code, or for example %(id)s.")
        none = _("“%(line)s” is no place that is known here. Write a code, a name, or for example %(id)s.")
        super().__init__((several_words if several else none) % {"line": line[:60], "id": "commune:71270"})


class TooManyPlaces(Refused):
    """More lines than a ballot has places."""

    def __init__(self) -> None:
        super().__init__(
            _("These are more than %(most)s places. Name the départements instead.") % {"most": MOST_PLACES}
        )


class NoSuchZone(Refused):
    """Not a name of the time zone database."""

    def __init__(self, zone: str) -> None:
        super().__init__(
            _("“%(zone)s” is no time zone. Write it as Europe/Paris or America/Guadeloupe.")
            % {"zone": zone[:40]}
        )


class TooFarAway(Refused):
    """A day that cannot belong to the round."""

    def __init__(self, sunday: date) -> None:
        super().__init__(
            _("The vote of a place is at most a week away from %(sunday)s. Check the day.")
            % {"sunday": date_format(sunday, "l j F Y")}
        )


class PollTaken(Refused):
    """The place votes already in this round, on this clock."""

    def __init__(self) -> None:
        super().__init__(_("This place is already there with this time zone. Change its line instead."))


class LastPoll(Refused):
    """A round without any vote is none."""

    def __init__(self) -> None:
        super().__init__(_("A round has at least one place. Delete the ballot instead."))


def create(*, by_id: UUID, draft: BallotDraft, at: datetime) -> UUID:
    """Enters a ballot with the polls that the law proposes. Raises ``NotFound`` for who may not, and the
    errors above."""
    access.access_ballots_to_change(person_id=by_id)
    places = _spread(_places(draft.places))
    for sunday in draft.sundays:
        _check_sunday(sunday)
    if list(draft.sundays) != sorted(set(draft.sundays)):
        raise RoundsUpsideDown
    with transaction.atomic():
        ballot = _ballot(draft, at)
        for number, sunday in enumerate(draft.sundays, start=1):
            _add_round(ballot, number, sunday, _proposal(places, sunday, draft))
        _record(by_id, "ballot.create", ballot.pk, places=len(places))
    return ballot.pk


def _check_sunday(day: date) -> None:
    if day.weekday() != SUNDAY:
        raise NoSunday(day)


def _ballot(draft: BallotDraft, at: datetime) -> Ballot:
    if Ballot.objects.filter(name=draft.name).exists():
        raise NameTaken
    return Ballot.objects.create(
        name=draft.name, kind=draft.kind, national=draft.kind in NATIONAL_KINDS, created_at=at
    )


def _places(lines: Iterable[str]) -> list[TerritoryCard]:
    wanted = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if len(wanted) > MOST_PLACES:
        raise TooManyPlaces
    known = territory.territories(territory_ids=[line for line in wanted if ":" in line])
    return [known.get(line) or _place(line) for line in wanted] if wanted else [_country()]


def _country() -> TerritoryCard:
    return territory.territory(territory_id=COUNTRY)


def _place(line: str) -> TerritoryCard:
    """A place by its code or name. A code of two or three signs is a département's."""
    found = territory.find_places(text=line, within=COUNTRY, limit=50)
    exact = [one for one in found if one.code == line.upper() or one.name.casefold() == line.casefold()]
    for kind in (TerritoryKind.DEPARTEMENT, TerritoryKind.COMMUNE):
        first = [one for one in exact if one.kind is kind]
        if len(first) == 1:
            return first[0]
    if len(exact or found) != 1:
        raise NoSuchPlace(line, several=bool(found))
    return (exact or list(found))[0]


def _spread(places: list[TerritoryCard]) -> list[TerritoryCard]:
    """Countries and régions by their départements, which have each their clock."""
    wide = [one for one in places if one.kind in (TerritoryKind.COUNTRY, TerritoryKind.REGION)]
    spread = [one for one in places if one not in wide]
    if wide:
        inside = set(territory.descendant_filter(ancestor_ids=[one.id for one in wide]))
        spread += [one for one in territory.departements() if one.id in inside]
    return list({one.id: one for one in spread}.values())


def _proposal(places: list[TerritoryCard], sunday: date, draft: BallotDraft) -> list[PollDraft]:
    national = draft.kind in NATIONAL_KINDS
    return [
        PollDraft(territory_id=place.id, zone=poll.zone, day=poll.day, closes=poll.closes)
        for place in places
        for poll in polls_of(
            areas=[place.departement_code], day=sunday, closes=draft.closes, national=national
        )
    ]


def _add_round(ballot: Ballot, number: int, sunday: date, polls: list[PollDraft]) -> None:
    bounds = _bounds_of(polls)
    row = BallotRound.objects.create(
        ballot=ballot, number=number, sunday=sunday, quiet_from=bounds.start, quiet_until=bounds.end
    )
    BallotPoll.objects.bulk_create(
        BallotPoll(
            round=row, territory_id=poll.territory_id, zone=poll.zone, day=poll.day, closes=poll.closes
        )
        for poll in polls
    )


@dataclass(frozen=True, kw_only=True)
class _Bounds:
    start: datetime
    end: datetime


def _bounds_of(polls: Iterable[PollDraft]) -> _Bounds:
    read = [Poll(area=one.territory_id, zone=one.zone, day=one.day, closes=one.closes) for one in polls]
    return _Bounds(start=min(one.quiet_from for one in read), end=max(one.closed_at for one in read))


def _bound(row: BallotRound) -> None:
    """Writes the bounds of a round anew after its polls changed."""
    polls = [
        PollDraft(territory_id=one.territory_id, zone=one.zone, day=one.day, closes=one.closes)
        for one in BallotPoll.objects.filter(round=row)
    ]
    bounds = _bounds_of(polls)
    BallotRound.objects.filter(pk=row.pk).update(quiet_from=bounds.start, quiet_until=bounds.end)


def add_poll(*, by_id: UUID, round_id: UUID, place: str, zone: str, day: date, closes: time) -> UUID:
    """Adds the vote of a place to a round. Raises as ``create`` does, ``PollTaken``, ``TooFarAway``."""
    access.access_ballots_to_change(person_id=by_id)
    (card,) = _places([place]) or [_country()]
    draft = PollDraft(territory_id=card.id, zone=zone, day=day, closes=closes)
    with transaction.atomic():
        row = access.access_round_to_change(round_id=round_id)
        _check_poll(draft, row)
        poll = BallotPoll(
            round=row, territory_id=card.id, zone=draft.zone, day=draft.day, closes=draft.closes
        )
        _save(poll)
        _bound(row)
        _record(by_id, "ballot.poll", row.ballot_id, territory=card.id)
    return poll.pk


def change_poll(*, by_id: UUID, poll_id: UUID, zone: str, day: date, closes: time) -> None:
    """Says otherwise than the proposal: the clock, the day and the close of one place."""
    access.access_ballots_to_change(person_id=by_id)
    with transaction.atomic():
        poll = access.access_poll_to_change(poll_id=poll_id)
        draft = PollDraft(territory_id=poll.territory_id, zone=zone, day=day, closes=closes)
        _check_poll(draft, poll.round)
        poll.zone, poll.day, poll.closes = draft.zone, draft.day, draft.closes
        _save(poll)
        _bound(poll.round)
        _record(by_id, "ballot.poll", poll.round.ballot_id, territory=poll.territory_id)


def _check_poll(draft: PollDraft, row: BallotRound) -> None:
    try:
        ZoneInfo(draft.zone)
    except (ValueError, OSError, KeyError):
        raise NoSuchZone(draft.zone) from None
    if abs(draft.day - row.sunday) > FARTHEST:
        raise TooFarAway(row.sunday)


def _save(poll: BallotPoll) -> None:
    try:
        with transaction.atomic():
            poll.save()
    except IntegrityError:
        raise PollTaken from None


def remove_poll(*, by_id: UUID, poll_id: UUID) -> None:
    """Takes a place out of a round: no second round there, say. Raises ``LastPoll``."""
    access.access_ballots_to_change(person_id=by_id)
    with transaction.atomic():
        poll = access.access_poll_to_change(poll_id=poll_id)
        if not BallotPoll.objects.filter(round=poll.round).exclude(pk=poll.pk).exists():
            raise LastPoll
        poll.delete()
        _bound(poll.round)
        _record(by_id, "ballot.poll-removed", poll.round.ballot_id, territory=poll.territory_id)


def remove(*, by_id: UUID, ballot_id: UUID) -> None:
    """Deletes a ballot with its rounds: nothing is silent because of it any more."""
    access.access_ballots_to_change(person_id=by_id)
    with transaction.atomic():
        ballot = access.access_ballot_by_id(ballot_id=ballot_id)
        _record(by_id, "ballot.remove", ballot.pk, name=ballot.name)
        ballot.delete()


def _record(by_id: UUID, verb: str, ballot_id: UUID, **detail: object) -> None:
    audit.record(actor_id=by_id, verb=verb, subject_kind="ballot", subject_id=ballot_id, **detail)
