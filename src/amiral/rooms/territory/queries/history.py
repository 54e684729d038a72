"""What a code of a commune stood for on a day: merges, splits and changes of code, followed both ways.

A commune is a code between two events. An event of a day turns the codes of its left side, as they were the
day before, into those of its right side; a code may stand on both, when a commune takes in its neighbour and
goes on. A commune that goes through several codes on one day (a new code, then a merge) is followed to the
last of them. Successions without a day (the referential's former codes) are followed too, and make the answer
uncertain: no day is ever invented.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from django.db.models import Q

from amiral.kit.errors import NotFound
from amiral.rooms.territory.contracts import (
    PlaceThen,
    Succession,
    SuccessionKind,
    TerritoryCard,
    TerritoryKind,
    TerritoryOn,
)
from amiral.rooms.territory.models import Territory, TerritorySuccession
from amiral.rooms.territory.queries.cards import territory_card

MOST_STEPS = 30
"""Rounds of looking for neighbours; the longest chain of France since 1943 has fewer."""


def territory_on(*, code: str, on: date) -> TerritoryOn:
    """What the INSEE code of a commune, of today or former, stood for on a day; ``NotFound`` if none.

    A few queries, whatever the length of the chain in practice.
    """
    code = code.strip().upper()[:5]
    if not code.isalnum():  # PostgreSQL answers a NUL by an error
        raise NotFound
    successions = successions_of(codes=[code])
    codes = {one for row in successions for one in (row.old_code, row.new_code)} | {code}
    communes = _communes(codes)
    if not successions and code not in communes:
        raise NotFound
    names = {one.code: one.name for one in communes.values()}
    history = History(successions=successions, current=frozenset(communes), names=names)
    known = TerritorySuccession.objects.exclude(date=None).exists()
    return _answer(history, communes, code, on, known)


def _answer(
    history: "History", communes: dict[str, TerritoryCard], code: str, on: date, known: bool
) -> TerritoryOn:
    then = history.stood_for(code, on)
    today = sorted({one for place in then for one in history.forward(place, on)})
    ground = sorted({one for place in today for one in history.backward(place, on)} | set(then))
    places = {one: history.place(one, on) for one in ground}
    return TerritoryOn(
        code=code,
        on=on,
        then=tuple(places[one] for one in sorted(then)),
        today=tuple(communes[one] for one in today if one in communes),
        ground=tuple(places.values()),
        successions=history.successions,
        certain=known and not history.undated,
    )


def successions_of(*, codes: Iterable[str]) -> tuple[Succession, ...]:
    """All that is known to have led to these codes or from them, oldest first, those without a day last."""
    seen: set[str] = set()
    frontier = set(codes)
    rows: dict[int, TerritorySuccession] = {}
    for _step in range(MOST_STEPS):
        if not frontier:
            break
        seen |= frontier
        near = TerritorySuccession.objects.filter(Q(old_code__in=frontier) | Q(new_code__in=frontier))
        rows |= {row.pk: row for row in near}
        frontier = {code for row in rows.values() for code in (row.old_code, row.new_code)} - seen
    return tuple(sorted(map(_succession, rows.values()), key=_order))


def _order(one: Succession) -> tuple[bool, date, str, str]:
    return one.date is None, one.date or date.min, one.new_code, one.old_code


def _succession(row: TerritorySuccession) -> Succession:
    return Succession(
        old_code=row.old_code,
        old_name=row.old_name,
        new_code=row.new_code,
        new_name=row.new_name,
        date=row.date,
        kind=SuccessionKind(row.kind),
    )


def _communes(codes: set[str]) -> dict[str, TerritoryCard]:
    rows = Territory.objects.filter(kind=TerritoryKind.COMMUNE, code__in=codes, retired_at=None)
    return {row.code: territory_card(row) for row in rows}


def _net(rows: list[Succession]) -> list[Succession]:
    """The events of one day from the codes of the day before to those of the day itself."""
    for _step in range(MOST_STEPS):
        middle = next((one.new_code for one in rows if _is_passed(one.new_code, rows)), None)
        if middle is None:
            break
        rows = _without(middle, rows)
    return rows


def _is_passed(code: str, rows: Sequence[Succession]) -> bool:
    """Whether a code is both reached and left on that day. Two new codes are an exchange, not a chain."""
    into = [one for one in rows if one.new_code == code]
    out = [one for one in rows if one.old_code == code]
    goes_on = any(one.new_code == code for one in out)
    exchange = all(one.kind is SuccessionKind.RECODE for one in (*into, *out))
    return bool(into and out) and not goes_on and not exchange


def _without(middle: str, rows: Sequence[Succession]) -> list[Succession]:
    """The same day, past a code: what leads to it leads on. A code made that day was nobody's before."""
    into = [one for one in rows if one.new_code == middle]
    out = [one for one in rows if one.old_code == middle]
    made = all(one.kind in (SuccessionKind.RECODE, SuccessionKind.SPLIT) for one in into)
    through = [
        replace(one, new_code=last.new_code, new_name=last.new_name, kind=last.kind)
        for one in into
        for last in out
    ]
    rest = [one for one in rows if one not in into and not (made and one in out)]
    return sorted(dict.fromkeys((*rest, *through)), key=_order)


class History:
    """The successions around a commune, with the questions that are asked of them. Pure.

    ``current``: codes of communes of today; ``names``: their names.
    """

    def __init__(
        self,
        *,
        successions: Sequence[Succession],
        current: frozenset[str] = frozenset(),
        names: dict[str, str] | None = None,
    ) -> None:
        self.successions = tuple(sorted(successions, key=_order))
        self.current = current
        self._names = names or {}

    @cached_property
    def undated(self) -> tuple[Succession, ...]:
        return tuple(one for one in self.successions if one.date is None)

    @cached_property
    def _dated(self) -> dict[date, list[Succession]]:
        days: dict[date, list[Succession]] = defaultdict(list)
        for one in self.successions:
            if one.date is not None:
                days[one.date].append(one)
        return {day: _net(rows) for day, rows in days.items()}

    def _days(self, code: str) -> list[date]:
        """Days on which something happened to a code."""
        return sorted(
            day
            for day, rows in self._dated.items()
            if any(code in (one.old_code, one.new_code) for one in rows)
        )

    def _becomes(self, code: str, day: date) -> list[str]:
        return [one.new_code for one in self._dated[day] if one.old_code == code]

    def _comes_from(self, code: str, day: date) -> list[str]:
        return [one.old_code for one in self._dated[day] if one.new_code == code]

    def existed(self, code: str, on: date) -> bool | None:
        """Whether there was a commune of that code on that day; ``None``: nobody tells."""
        days = self._days(code)
        before = [day for day in days if day <= on]
        if before:
            return bool(self._comes_from(code, before[-1]))
        if days:
            return bool(self._becomes(code, days[0]))
        if any(code in (one.old_code, one.new_code) for one in self.undated):
            return True if code in self.current else None
        return code in self.current

    def stood_for(self, code: str, on: date) -> list[str]:
        """The code itself if it existed (or may have), else whose ground it took or who took its ground."""
        if self.existed(code, on) is not False:
            return [code]
        days = self._days(code)
        if not days:
            return self._passed_through(code, on)
        if days[0] > on:
            return sorted(set(self.backward(code, on)) - {code}) or [code]
        return sorted(set(self._alive_after(code, on)))

    def _passed_through(self, code: str, on: date) -> list[str]:
        """For a code that stood for no day: what it came from before that day, what it became after."""
        rows = [one for one in self.successions if one.date is not None]
        before = {one.old_code for one in rows if one.new_code == code and one.date and one.date > on}
        ends = [one for one in rows if one.old_code == code and one.date and one.date <= on]
        after = {end for one in ends if one.date for end in self._follow(one.new_code, one.date, on)}
        return sorted(before | after)

    def _alive_after(self, code: str, on: date) -> Iterator[str]:
        ends = [day for day in self._days(code) if day <= on]
        for one in self._becomes(code, ends[-1]) if ends else ():
            yield from self._follow(one, ends[-1], on)

    def _follow(self, code: str, since: date, on: date) -> Iterator[str]:
        """Forward from the day a code began, up to a day."""
        later = [day for day in self._days(code) if since < day <= on]
        if not later:
            yield code
            return
        for one in self._becomes(code, later[0]):
            yield from self._follow(one, later[0], on)

    def forward(self, code: str, on: date) -> set[str]:
        """The codes of today on the ground of a commune of that day."""
        found: set[str] = set()
        for one in self._follow(code, on, date.max):
            found |= self._undated_forward(one, frozenset())
        return found

    def _undated_forward(self, code: str, seen: frozenset[str]) -> set[str]:
        if code in self.current or code in seen:
            return {code}
        later = [one.new_code for one in self.undated if one.old_code == code]
        return {end for one in later for end in self._undated_forward(one, seen | {code})} or {code}

    def backward(self, code: str, on: date) -> set[str]:
        """The codes of a day on the ground of a commune of today, former ones without a day among them."""
        found: set[str] = set()
        for one in (code, *(row.old_code for row in self.undated if row.new_code == code)):
            found |= set(self._back(one, date.max, on))
        return found

    def _back(self, code: str, until: date, on: date) -> Iterator[str]:
        earlier = [day for day in self._days(code) if on < day < until]
        came = [(day, self._comes_from(code, day)) for day in earlier]
        came = [(day, sources) for day, sources in came if sources]
        if not came:
            if self.existed(code, on) is not False:
                yield code
            return
        day, sources = came[-1]
        for one in sources:
            yield from self._back(one, day, on)

    def place(self, code: str, on: date) -> PlaceThen:
        """The commune with its name of that day."""
        dated = self.existed(code, on) is True and not any(
            code in (one.old_code, one.new_code) for one in self.undated
        )
        return PlaceThen(code=code, name=self._name(code, on), dated=dated)

    def _name(self, code: str, on: date) -> str:
        dated = [one for one in self.successions if one.date is not None]
        after = [one.old_name for one in dated if one.date and one.date > on and one.old_code == code]
        before = [one.new_name for one in dated if one.date and one.date <= on and one.new_code == code]
        undated = [one.old_name for one in self.undated if one.old_code == code]
        return next(
            (name for name in (*after[:1], *before[-1:], *undated) if name), self._names.get(code, "")
        )
