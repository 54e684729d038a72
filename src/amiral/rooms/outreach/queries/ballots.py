"""Reads of ballots: their rounds, their polls, and the table of silences."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from amiral.cores.silence import Poll
from amiral.kit.errors import NotFound
from amiral.rooms.outreach.contracts import BallotCard, BallotKind, PollCard, RoundCard, SilenceRow
from amiral.rooms.outreach.models import Ballot, BallotPoll, BallotRound
from amiral.rooms.outreach.queries.silence import round_name, when

PER_PAGE = 20
NAMED = 8
"""How many places of a line are named; the others are counted."""


def kind_names() -> dict[BallotKind, str]:
    """The kinds of ballots in words."""
    return {
        BallotKind.PRESIDENTIAL: _("Presidential"),
        BallotKind.LEGISLATIVE: _("Legislative"),
        BallotKind.EUROPEAN: _("European"),
        BallotKind.REFERENDUM: _("Referendum"),
        BallotKind.REGIONAL: _("Regional"),
        BallotKind.DEPARTMENTAL: _("Departmental"),
        BallotKind.MUNICIPAL: _("Municipal"),
        BallotKind.OTHER: _("Another ballot"),
    }


def ballots(*, page_number: str | int) -> tuple[Page[Any], tuple[BallotCard, ...]]:
    """All ballots, those to come or the latest first, with the bounds of their rounds. Three queries."""
    rows = Ballot.objects.annotate(last=Max("rounds__quiet_until")).order_by("-last", "name")
    page = Paginator(rows, PER_PAGE).get_page(page_number)
    rounds = _rounds_of([row.pk for row in page.object_list])
    return page, tuple(_card(row, rounds[row.pk]) for row in page.object_list)


def _rounds_of(ballot_ids: Iterable[UUID]) -> defaultdict[UUID, list[BallotRound]]:
    found: defaultdict[UUID, list[BallotRound]] = defaultdict(list)
    for row in BallotRound.objects.filter(ballot_id__in=list(ballot_ids)).order_by("number"):
        found[row.ballot_id].append(row)
    return found


def _card(row: Ballot, rounds: Iterable[BallotRound], *, whole: bool = False) -> BallotCard:
    return BallotCard(
        id=row.pk,
        name=row.name,
        kind=BallotKind(row.kind),
        kind_name=kind_names()[BallotKind(row.kind)],
        national=row.national,
        rounds=tuple(_round(row, one, whole=whole) for one in rounds),
    )


def ballot(*, ballot_id: UUID) -> BallotCard:
    """One ballot with the silences of each round. Three queries; ``NotFound``."""
    row = Ballot.objects.filter(pk=ballot_id).first()
    if row is None:
        raise NotFound
    rounds = BallotRound.objects.filter(ballot=row).order_by("number").prefetch_related("polls__territory")
    return _card(row, rounds, whole=True)


def one_round(*, round_id: UUID) -> tuple[BallotCard, RoundCard]:
    """One round with all its polls, and its ballot. ``NotFound``."""
    row = BallotRound.objects.filter(pk=round_id).values_list("ballot_id", flat=True).first()
    if row is None:
        raise NotFound
    card = ballot(ballot_id=row)
    return card, next(one for one in card.rounds if one.id == round_id)


def one_poll(*, poll_id: UUID) -> tuple[BallotCard, RoundCard, PollCard]:
    """One poll with its round and its ballot. ``NotFound``."""
    round_id = BallotPoll.objects.filter(pk=poll_id).values_list("round_id", flat=True).first()
    if round_id is None:
        raise NotFound
    card, round_ = one_round(round_id=round_id)
    return card, round_, next(one for one in round_.polls if one.id == poll_id)


def _round(row: Ballot, one: BallotRound, *, whole: bool) -> RoundCard:
    polls = _polls(one.polls.all()) if whole else ()
    return RoundCard(
        id=one.pk,
        number=one.number,
        name=round_name(ballot=row.name, number=one.number),
        sunday=one.sunday,
        quiet_from=one.quiet_from,
        quiet_until=one.quiet_until,
        rows=tuple(_rows(one, polls)),
        polls=polls,
    )


def _polls(rows: QuerySet[BallotPoll]) -> tuple[PollCard, ...]:
    cards = (
        PollCard(
            id=row.pk,
            territory_id=row.territory_id,
            territory_name=row.territory.name,
            zone=row.zone,
            day=row.day,
            closes=row.closes,
            quiet_from=_poll(row).quiet_from,
        )
        for row in rows
    )
    return tuple(sorted(cards, key=lambda card: (card.quiet_from, card.zone, card.territory_id)))


def _poll(row: BallotPoll) -> Poll:
    return Poll(area=row.territory_id, zone=row.zone, day=row.day, closes=row.closes)


def _rows(one: BallotRound, polls: tuple[PollCard, ...]) -> Iterable[SilenceRow]:
    """Places that fall silent at the same moment on the same clock stand in one line."""
    together: defaultdict[tuple[datetime, str], list[PollCard]] = defaultdict(list)
    for poll in polls:
        together[poll.quiet_from, poll.zone].append(poll)
    whole = (one.quiet_until - one.quiet_from).total_seconds()
    for (start, zone), those in sorted(together.items()):
        begins = round(1000 * (start - one.quiet_from).total_seconds() / whole)
        names = sorted(poll.territory_name for poll in those)
        yield SilenceRow(
            zone=zone,
            day=those[0].day,
            places=tuple(names[:NAMED]),
            more=max(0, len(names) - NAMED),
            starts_at=start,
            local_start=when(start, zone=zone),
            local_end=when(one.quiet_until, zone=zone),
            start=begins,
            length=1000 - begins,
        )
