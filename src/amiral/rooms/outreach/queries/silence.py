"""Which electoral silences there are, where, and in which words they are told."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from amiral.cores import silence as law
from amiral.cores.silence import GROUNDS, Conduct, Round, Window
from amiral.rooms.outreach.contracts import SilenceBanner, SilenceCard
from amiral.rooms.outreach.models import BallotRound
from amiral.rooms.people import api as people
from amiral.rooms.territory import api as territory

LEAD = timedelta(days=3)
"""How long before a silence the banner announces it."""

EVERYWHERE: tuple[str, ...] = ()
"""Of whom the place is not known: every silence is his."""


def round_name(*, ballot: str, number: int) -> str:
    """How a round is called."""
    ordinals = {1: _("first round"), 2: _("second round")}
    other = _("round %(number)s") % {"number": number}
    return f"{ballot}, {ordinals.get(number, other)}"


def as_round(row: BallotRound) -> Round:
    """A row as the core reads it; its polls and its ballot must be loaded."""
    polls = (
        law.Poll(area=poll.territory_id, zone=poll.zone, day=poll.day, closes=poll.closes)
        for poll in row.polls.all()
    )
    return Round(name=round_name(ballot=row.ballot.name, number=row.number), polls=tuple(polls))


def rounds_between(*, start: datetime, end: datetime) -> tuple[Round, ...]:
    """The rounds of which a silence lies between the two. One query when there is none, else two."""
    live = BallotRound.objects.filter(quiet_from__lte=end, quiet_until__gt=start)
    return tuple(map(as_round, _whole(live)))


def _whole(rows: QuerySet[BallotRound]) -> QuerySet[BallotRound]:
    return rows.select_related("ballot").prefetch_related("polls").order_by("quiet_from", "pk")


def windows_of(
    *, places: Iterable[tuple[str, ...]], start: datetime, end: datetime
) -> dict[tuple[str, ...], tuple[Window, ...]]:
    """The silences between the two for each set of territories; ``EVERYWHERE`` has all of them.

    One query outside silences, five at most in one, whatever the number of places.
    """
    wanted = set(places)
    rounds = rounds_between(start=start, end=end) if wanted else ()
    if not rounds:
        return dict.fromkeys(wanted, ())
    polled = {poll.area for round_ in rounds for poll in round_.polls}
    named = {one for place in wanted for one in place}
    touched = territory.touching(territory_ids=named, among=polled)
    areas = {
        place: frozenset().union(*(touched[one] for one in place)) if place else frozenset(polled)
        for place in wanted
    }
    # Neighbours have the same silences: each set of areas is computed once.
    found = {area: law.windows(rounds, area) for area in set(areas.values())}
    return {place: found[areas[place]] for place in wanted}


def silence_over(
    *,
    territory_ids: Iterable[str],
    at: datetime,
    conduct: Conduct,
    until: datetime | None = None,
) -> SilenceCard | None:
    """The silence that forbids ``conduct`` at ``at``, or at any moment until ``until``, towards people of the
    territories; none named: towards anybody. ``None``: allowed. One query outside silences, else five."""
    if conduct not in GROUNDS:
        return None
    place = tuple(dict.fromkeys(territory_ids))
    end = max(at, until or at)
    found = windows_of(places=[place], start=at, end=end)[place]
    over = [window for window in found if _meets(window, at, end)]
    first = min((window.start for window in over), default=at)
    last = max(over, key=lambda window: (window.end, window.area), default=None)
    return card(window=last, starts_at=first, conduct=conduct) if last else None


def _meets(window: Window, start: datetime, end: datetime) -> bool:
    return (window.start < end and start < window.end) or start in window


def card(*, window: Window, starts_at: datetime, conduct: Conduct) -> SilenceCard:
    """A silence in words, on the clock of the campaign."""
    return SilenceCard(
        round_name=window.round,
        starts_at=starts_at,
        ends_at=window.end,
        article=GROUNDS[conduct],
        sentence=_sentence(window=window, starts_at=starts_at, conduct=conduct),
    )


def _sentence(*, window: Window, starts_at: datetime, conduct: Conduct) -> str:
    return _(
        "Electoral silence (%(round)s, art. %(article)s): %(what)s from %(start)s until %(end)s"
        " (%(zone)s). Try again after that."
    ) % {
        "round": window.round,
        "article": GROUNDS[conduct],
        "what": what(conduct),
        "start": when(starts_at),
        "end": when(window.end),
        "zone": settings.TIME_ZONE,
    }


def what(conduct: Conduct) -> str:
    """What is not allowed."""
    words = {
        Conduct.MESSAGE: _("no message to voters leaves"),
        Conduct.PUBLICATION: _("nothing new is published"),
        Conduct.CALLS: _("nobody is called"),
        Conduct.DOCUMENTS: _("nothing is handed out"),
        Conduct.MEETING: _("no public meeting is held"),
        Conduct.DOORS: _("no door is knocked on"),
    }
    return words[conduct]


def when(at: datetime, *, zone: str = "") -> str:
    """A day and an hour on a clock, the campaign's unless said otherwise."""
    local = at.astimezone(ZoneInfo(zone or settings.TIME_ZONE))
    return _("%(day)s at %(time)s") % {
        "day": date_format(local, "l j F Y"),
        "time": date_format(local, "H:i"),
    }


def banner(*, person_id: UUID, at: datetime) -> SilenceBanner | None:
    """What concerns somebody where he lives. One query when no ballot is near, seven at most."""
    if not BallotRound.objects.filter(quiet_from__lte=at + LEAD, quiet_until__gt=at).exists():
        return None
    commune = people.card(person_id=person_id).commune_id
    place = (commune,) if commune else EVERYWHERE
    found = windows_of(places=[place], start=at, end=at + LEAD)[place]
    near = [window for window in found if at < window.end and window.start <= at + LEAD]
    first = min(near, key=lambda window: (window.start, window.end), default=None)
    return _banner(first, at) if first else None


def _banner(window: Window, at: datetime) -> SilenceBanner:
    lasts = at in window
    now_on = _(
        "Electoral silence (%(round)s) until %(end)s: no message to voters, no publication, call, leaflet,"
        " door or public meeting."
    )
    soon = _("Electoral silence (%(round)s) begins on %(start)s and lasts until %(end)s.")
    words = {"round": window.round, "start": when(window.start), "end": when(window.end)}
    sentence = (now_on if lasts else soon) % words
    return SilenceBanner(sentence=sentence, lasts=lasts, url=reverse("outreach:ballots"))
