"""What invitations brought: everybody reads his own cascade, coordinators figures over their territory."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.utils.formats import date_format
from django.utils.timezone import localtime

from amiral.cores.cascade import (
    Forest,
    K,
    Link,
    Told,
    folded,
    may_tell,
    reproduction,
    settled,
)
from amiral.rooms.people.models import Person, Recruitment
from amiral.rooms.territory import api as territory

GENERATIONS_MAX = 40
NAMES_MAX = 200
WINDOW = timedelta(days=90)
"""How long after joining somebody's invitations are counted for R."""
KEPT_S = 600
AT_ONCE = 5_000


@dataclass(frozen=True, kw_only=True)
class OwnCascade:
    """What one member's word brought. ``names``: of those whom he brought himself, who agreed.

    ``shows_name`` is ``None`` for somebody who came by himself.
    """

    total: int
    generations: tuple[int, ...]
    months: tuple[tuple[str, int], ...]
    names: tuple[str, ...]
    shows_name: bool | None


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A class of a histogram: its label and how many."""

    first: int
    last: int
    label: str
    count: int


@dataclass(frozen=True, kw_only=True)
class TerritoryCascade:
    """Figures over a territory; every count is at least ``k``, or left out. ``r`` has two decimals."""

    territory_name: str
    told: int
    months: tuple[Bar, ...]
    depths: tuple[Bar, ...]
    r: float | None
    k: int
    window_days: int


def own_cascade(*, person_id: UUID) -> OwnCascade:
    """The person's own; one query for each generation."""
    rows = list(_below(person_id))
    links = [Link(person=row.person_id, by=row.recruiter_id, at=localtime(row.at)) for row in rows]
    forest = Forest(links)
    levels = forest.generations(person_id)
    persons = [one for level in levels for one in level]
    shown = [row.person_id for row in rows if row.recruiter_id == person_id and row.shows_name]
    own = Recruitment.objects.filter(person_id=person_id).values_list("shows_name", flat=True)
    return OwnCascade(
        total=len(persons),
        generations=tuple(len(level) for level in levels),
        months=tuple((_month(year, month), n) for (year, month), n in forest.months(persons).items()),
        names=_names(shown[:NAMES_MAX]),
        shows_name=own.first(),
    )


def _below(person_id: UUID) -> Iterator[Recruitment]:
    """Level by level; nobody twice, whatever the rows say."""
    seen, level = {person_id}, [person_id]
    for _generation in range(GENERATIONS_MAX):
        found = [row for part in _parts(level) for row in Recruitment.objects.filter(recruiter_id__in=part)]
        fresh = [row for row in found if row.person_id not in seen]
        yield from fresh
        level = [row.person_id for row in fresh]
        seen.update(level)
        if not level:
            return


def _parts(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _names(ids: list[UUID]) -> tuple[str, ...]:
    return tuple(row.public_name for row in Person.objects.filter(pk__in=ids).order_by("given_name", "pk"))


def _month(year: int, month: int) -> str:
    return date_format(date(year, month, 1), "F Y")


def territory_cascade(*, territory_id: str, at: datetime) -> TerritoryCascade:
    """Figures over those who live in a territory, up to the last month that is over.

    Three queries; kept for ten minutes. The caller has checked the right.
    """
    until = localtime(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    key = f"cascade:{territory_id}:{until:%Y-%m}"
    found = cache.get_or_set(key, lambda: _figures(territory_id, until), KEPT_S)
    assert found is not None
    months, depths, r = found
    return TerritoryCascade(
        territory_name=territory.territory(territory_id=territory_id).name,
        told=sum(one.count for one in months),
        months=tuple(_month_bar(one) for one in months),
        depths=tuple(_depth_bar(one) for one in depths),
        r=r,
        k=K,
        window_days=WINDOW.days,
    )


def _figures(territory_id: str, until: datetime) -> tuple[tuple[Told, ...], tuple[Told, ...], float | None]:
    inside = territory.descendant_filter(ancestor_ids=[territory_id])
    here = dict(Person.objects.filter(commune_id__in=inside, is_active=True).values_list("pk", "joined_at"))
    brought = {
        person: Link(person=person, by=by, at=localtime(at))
        for person, by, at in Recruitment.objects.filter(at__lt=until).values_list(
            "person_id", "recruiter_id", "at"
        )
    }
    alone = [
        Link(person=p, by=None, at=localtime(at)) for p, at in here.items() if p not in brought and at < until
    ]
    forest = Forest([*alone, *brought.values()])
    came = [person for person in here if person in brought and brought[person].by]
    months = settled(Counter(_month_number(brought[person].at) for person in came))
    last = months[-1].last if months else 0
    depths = forest.depths()
    told = [person for person in came if _month_number(brought[person].at) <= last]
    estimate = reproduction(forest, here, until=until, window=WINDOW)
    r = round(estimate.r, 2) if estimate and may_tell(estimate) else None
    return months, folded(Counter(depths[person] for person in told)), r


def _month_number(at: datetime) -> int:
    return at.year * 12 + at.month - 1


def _month_bar(told: Told) -> Bar:
    ends = [_month(number // 12, number % 12 + 1) for number in (told.first, told.last)]
    label = ends[0] if told.first == told.last else f"{ends[0]} – {ends[1]}"
    return Bar(first=told.first, last=told.last, label=label, count=told.count)


def _depth_bar(told: Told) -> Bar:
    label = str(told.first) if told.first == told.last else f"{told.first}–{told.last}"
    return Bar(first=told.first, last=told.last, label=label, count=told.count)
