"""Figures of what people answered: the one function that pages, exports and streams take them from.

``figures`` reads rows that ``actions.releasing`` wrote when a period was closed, and nothing else. What is
not there may not be shown: fewer than ten dwellings or five answers, or a figure from which such a one could
be computed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Max, Min
from django.utils.timezone import localtime, make_aware

from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import Release, ReleasedFigure
from amiral.rooms.field.queries.levels import Level

OUTCOMES, OBJECTIONS = "outcomes", "objections"

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What may be shown of a place: the answers behind it, and how often each thing was said.

    For outcomes ``counts`` goes by ``Outcome``, in visits (one for each dwelling that a visit names);
    for objections by the id of the talking point.
    """

    answers: int
    counts: Mapping[str, int]

    @property
    def by_outcome(self) -> tuple[int, ...]:
        """Visits by what was recorded, in the order of ``Outcome``."""
        return tuple(max(0, self.counts.get(outcome, 0)) for outcome in Outcome)

    @property
    def total(self) -> int:
        return sum(max(0, number) for number in self.counts.values())


NOTHING = Figures(answers=0, counts={})


@dataclass(frozen=True, kw_only=True)
class Released:
    """Figures by level and key, and the rest of each level: what may only be told together."""

    through: datetime | None
    places: Mapping[tuple[Level, str], Figures]

    def of(self, level: Level, key: str = "") -> Figures | None:
        """The figures of a place; ``None`` where they may not be shown."""
        return self.places.get((level, key))

    @property
    def whole(self) -> Figures | None:
        return self.of(Level.CANVASS)

    def rest(self, level: Level) -> Figures | None:
        """All places of a level that are not shown, together; ``None`` when there is nothing left."""
        whole = self.whole
        if whole is None:
            return None
        shown: Counter[str] = Counter()
        answers = 0
        for (at, _key), figures in self.places.items():
            if at == level:
                shown.update(figures.counts)
                answers += figures.answers
        left = {what: number - shown[what] for what, number in whole.counts.items() if number > shown[what]}
        return Figures(answers=whole.answers - answers, counts=left) if left else None


def figures(
    *,
    canvass_ids: Iterable[UUID],
    subject: str = OUTCOMES,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Released:
    """Everything that may be shown of some canvasses, all closed periods (or those that ended in
    ``since < end <= until``) added up. Two queries.

    Periods share no event, so their sum says no more than they do.
    """
    releases = Release.objects.filter(canvass__in=list(canvass_ids))
    if since is not None:
        releases = releases.filter(through__gt=since)
    if until is not None:
        releases = releases.filter(through__lte=until)
    rows = ReleasedFigure.objects.filter(release__in=releases, subject=subject).order_by()
    counts: dict[tuple[Level, str], Counter[str]] = defaultdict(Counter)
    answers: Counter[tuple[Level, str]] = Counter()
    for level, key, count, said in rows.values_list("level", "key", "answers", "counts").iterator():
        place = (Level(level), key)
        counts[place].update(said)
        answers[place] += count
    return Released(
        through=releases.aggregate(last=Max("through"))["last"],
        places={
            place: Figures(answers=answers[place], counts=dict(total)) for place, total in counts.items()
        },
    )


def days(*, canvass_ids: Iterable[UUID]) -> tuple[date, date] | None:
    """The days on which the first and the latest period ended. One query."""
    ends = Release.objects.filter(canvass__in=list(canvass_ids)).aggregate(
        first=Min("through"), last=Max("through")
    )
    if ends["first"] is None:
        return None
    return day_of(ends["first"]), day_of(ends["last"])


def day_of(through: datetime) -> date:
    """The day that a period belongs to: midnight ends the day before."""
    return localtime(through - MOMENT).date()


def span_of(day: date, *, last: date | None = None) -> tuple[datetime, datetime]:
    """(since, until) for the periods of a day, or of the days from ``day`` to ``last``."""
    return _midnight(day), _midnight((last or day) + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return make_aware(datetime.combine(day, time.min))
