"""What may not be told around the ballots entered as rows: results before the close, free numbers."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from amiral.cores import ballot_rules as law
from amiral.cores.silence import PARIS, Round, instant
from amiral.rooms.outreach.models import BallotRound
from amiral.rooms.outreach.queries.silence import as_round, when
from amiral.rooms.territory import api as territory

FREE_PHONE_REACH = timedelta(days=130)
"""Longer than three months and the longest month: a later ballot forbids nothing yet."""
LATEST_CLOSE = time(20)
"""By law no station of metropolitan France closes later (code électoral, art. R. 41)."""
RESULTS_REACH = timedelta(days=2)


def results_held(*, day: date, at: datetime) -> str:
    """Why the results of a ballot held on ``day`` may not be told at ``at``; empty when they may.

    Every round with a poll on that day counts, wherever it is: L. 52-2 forbids any result anywhere in
    metropolitan France. Without a row, until the latest close that the law knows. Two queries at most.
    """
    if day < (at - RESULTS_REACH).date():
        return ""
    rows = BallotRound.objects.filter(polls__day=day).distinct()
    rounds = [as_round(row) for row in rows.select_related("ballot").prefetch_related("polls")]
    ends = [law.results_ban(round_).end for round_ in rounds]
    end = max(ends, default=instant(day, LATEST_CLOSE, PARIS, latest=True))
    return _results_sentence(end) if at < end else ""


def _results_sentence(end: datetime) -> str:
    return _(
        "These results may not be told before %(end)s: no result, partial or final, before the last station"
        " of metropolitan France has closed (code électoral, art. L. 52-2)."
    ) % {"end": when(end)}


def free_phone_forbidden(*, text: str, territory_ids: Iterable[str], at: datetime) -> str:
    """Why a text may not be published at ``at`` towards people of the territories (none: anybody) because of
    a free number in it; empty when it may. No query for a text without one, five at most."""
    number = law.free_phone_in(text)
    if not number:
        return ""
    rounds = _rounds_ahead(at)
    if not rounds:
        return ""
    ban = law.free_phone_forbidden(rounds, areas=_areas(rounds, tuple(territory_ids)), at=at)
    return _phone_sentence(number, ban) if ban else ""


def _rounds_ahead(at: datetime) -> tuple[Round, ...]:
    rows = BallotRound.objects.filter(quiet_until__gt=at, quiet_from__lte=at + FREE_PHONE_REACH)
    return tuple(map(as_round, rows.select_related("ballot").prefetch_related("polls").order_by("pk")))


def _areas(rounds: Iterable[Round], territory_ids: tuple[str, ...]) -> frozenset[str]:
    polled = {poll.area for round_ in rounds for poll in round_.polls}
    if not territory_ids:
        return frozenset(polled)
    touched = territory.touching(territory_ids=set(territory_ids), among=polled)
    return frozenset().union(*(touched[one] for one in territory_ids))


def _phone_sentence(number: str, ban: law.Ban) -> str:
    return _(
        "The number %(number)s is free of charge. From %(start)s until %(end)s no free number may be made"
        " public (%(round)s, code électoral, art. L. 50-1). Take it out, or give an ordinary number."
    ) % {"number": number, "start": when(ban.start), "end": when(ban.end), "round": ban.round}
