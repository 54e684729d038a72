"""Which places a postal code and a typed name may mean, with a probability each.

Three explanations of what was typed compete, each with a cost in *slips* (docs/resolving.md):

1. a place of the postal code, its name typed with so many slips;
2. a place elsewhere, its name typed with so many slips, and the code wrong as well;
3. a place of the postal code, under a name that nobody lists (a hamlet, an estate).

An explanation that costs one slip more is ``SLIP`` times less likely. An exact name leaves no room to an
inexact one of the same code.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from amiral.cores.names.comparing import Asked, Spelt, slips, tails, unfinished
from amiral.cores.names.spelling import (
    PARTICLES,
    Typed,
    abbreviates,
    normalise,
    parse,
    spellings,
)

SLIP = 1 / 30
WRONG_CODE = 2.5
NEAR_CODE = 2.0
FAR_CODE = 4.0
"""Slips that a wrong postal code counts for: of the same département, one keystroke off, of another one."""

SUBURB = 3.3
"""Slips of naming a town that one does not live in, though its name is exact."""

SURE = 1.3
"""Up to this cost inside the postal code nobody looks elsewhere."""

HASTY = 0.75
"""From here on a name was cut or shortened, or slipped more than a letter: not if it is exact elsewhere."""

LEAST = 0.05
"""A named place less likely than this is left out of the set."""

LEAST_UNNAMED = 0.07
"""The places of a code are left out when all of them together are less likely than this."""

MANY = 5.5
"""So many slips are too many in any text."""

NEAREST = 40
MOST = 60

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What can be found. ``departement``: its code; ``former``: names of what it took in."""

    name: str
    departement: str
    population: int
    postal_codes: tuple[str, ...]
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """Places with their probability, best first.

    ``others`` are what the set leaves out though it is possible: the places of a postal code that the name
    contradicts. ``named``: whether the name decided, not the code alone.
    """

    found: tuple[tuple[int, float], ...]
    others: tuple[tuple[int, float], ...] = ()
    contradiction: bool = False
    named: bool = False


NOWHERE = Match(())


class _Name(Spelt):
    """One name of a place. ``depths``: how far each spelling is from the name; ``level``: 1 if former."""

    __slots__ = ("depths", "level", "place")

    def __init__(self, place: int, text: str, level: int) -> None:
        self.place, self.level = place, level
        self.depths = {key: depth for depth, keys in enumerate(spellings(text)) for key in keys}
        super().__init__(tuple(normalise(text).split()), self.depths)


class Gazetteer:
    """All places of a country, found by postal code and by name; immutable, safe for threads."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = tuple(places)
        self.names = tuple(_names(self.places))
        self._by_code: dict[str, list[int]] = defaultdict(list)
        self._by_departement: dict[str, list[int]] = defaultdict(list)
        self._names_of: list[list[int]] = [[] for _ in self.places]
        self._exact: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, place in enumerate(self.places):
            for code in place.postal_codes:
                self._by_code[code].append(number)
        for number, name in enumerate(self.names):
            self._names_of[name.place].append(number)
            self._by_departement[self.places[name.place].departement].append(number)
        self._put_exact()
        self._sizes = np.array([place.population + 50 for place in self.places], dtype=np.float64)
        owners = np.array([name.place for name in self.names], dtype=np.int64)
        self._grams = _Grams(self.names, self._sizes[owners])
        self.match = lru_cache(maxsize=32_768)(self._match)
        self._pool = lru_cache(maxsize=256)(self._keys_of_departement)

    def _put_exact(self) -> None:
        best: dict[tuple[str, int], int] = {}
        for name in self.names:
            for key, depth in name.depths.items():
                level = 2 * depth + name.level
                best[key, name.place] = min(level, best.get((key, name.place), 9))
        for (key, place), level in best.items():
            self._exact[key].append((place, level))

    def of_code(self, postal_code: str) -> tuple[int, ...]:
        """The places of a postal code."""
        return tuple(self._by_code.get(postal_code, ()))

    def _match(self, postal_code: str, city: str) -> Match:
        """What a postal code and a name, either of which may be empty, leave possible."""
        typed = parse(city)
        code = postal_code or typed.postal_code
        inside = self._by_code.get(code, ())
        if not typed.key:
            return Match(self._by_size(inside, 1.0))
        return self._inside(typed, code, inside) if inside else self._anywhere(typed, code)

    # Inside a postal code ---------------------------------------------------------------------------

    def _inside(self, typed: Typed, code: str, inside: Sequence[int]) -> Match:
        within = frozenset(inside)
        exact = self._exactly(typed, within)
        if exact:
            return Match(self._by_size(exact, 1.0), named=True)
        asked = Asked(typed.words)
        costs = self._costs(asked, [name for place in inside for name in self._names_of[place]])
        known = self._exactly(typed, None)
        if known and any(cost >= HASTY for cost in costs.values()):
            hint = departement_of_code(code)
            if any(self.places[place].departement in hint for place in known):
                costs = {place: cost + (cost >= HASTY) * 0.7 for place, cost in costs.items()}
        best = min(costs.values(), default=99.0)
        elsewhere = {} if best <= SURE else self._elsewhere(asked, known, code, within)
        unnamed = SUBURB if known else _unnamed(typed.key)
        return self._weigh(costs, elsewhere, inside, unnamed)

    def _weigh(
        self, costs: dict[int, float], elsewhere: dict[int, float], inside: Sequence[int], unnamed: float
    ) -> Match:
        named = {
            place: SLIP**cost * float(self._sizes[place]) ** 0.5
            for place, cost in (costs | elsewhere).items()
        }
        scale = max((float(self._sizes[place]) ** 0.5 for place in named), default=1.0)
        nameless = SLIP**unnamed * scale
        total = sum(named.values()) + nameless
        chosen = {place: weight / total for place, weight in named.items() if weight / total >= LEAST}
        rest = dict(self._by_size(inside, nameless / total))
        unheard = sum(weight for place, weight in rest.items() if place not in chosen)
        if unheard >= LEAST_UNNAMED or not chosen:
            for place, weight in rest.items():
                chosen[place] = chosen.get(place, 0.0) + weight
            rest = {}
        outside = not chosen.keys() <= set(inside)
        return Match(
            _sorted(chosen),
            others=_sorted({place: weight for place, weight in rest.items() if place not in chosen})
            if outside
            else (),
            contradiction=outside,
            named=any(place in named for place in chosen),
        )

    def _exactly(self, typed: Typed, within: frozenset[int] | None) -> list[int]:
        """The places of whose listed spellings this is one, in the best level that any is."""
        for key in (typed.full, typed.key, typed.skeleton, *_unadorned(typed.words)):
            found = self._exact.get(key)
            if found is None:
                continue
            levels = [(level, place) for place, level in found if within is None or place in within]
            if levels:
                best = min(levels)[0]
                return [place for level, place in levels if level == best]
        return []

    def _elsewhere(
        self, asked: Asked, known: list[int], code: str, within: frozenset[int]
    ) -> dict[int, float]:
        """Places outside the code by their cost, the wrong code included."""
        hint = departement_of_code(code)
        exact = [place for place in known if place not in within]
        near = [place for place in exact if self.places[place].departement in hint]
        # A wrong département and a wrong spelling together are too much to believe.
        costs = dict.fromkeys(near or exact, 0.0) if exact else self._near(asked, hint, widely=False)
        return {
            place: cost + self._code_cost(place, code, hint)
            for place, cost in costs.items()
            if place not in within
        }

    def _code_cost(self, place: int, code: str, hint: tuple[str, ...]) -> float:
        one = self.places[place]
        if any(OSA.distance(code, other, score_cutoff=1) <= 1 for other in one.postal_codes):
            return NEAR_CODE
        return WRONG_CODE if one.departement in hint else FAR_CODE

    def _by_size(self, places: Sequence[int], share: float) -> tuple[tuple[int, float], ...]:
        if len(places) == 1:
            return ((places[0], share),)
        total = float(sum(self._sizes[place] for place in places))
        return _sorted({place: share * float(self._sizes[place]) / total for place in places})

    # Anywhere -----------------------------------------------------------------------------------------

    def _anywhere(self, typed: Typed, code: str) -> Match:
        """A name with no postal code, with a CEDEX or an unknown code; a département counts if it can."""
        hint = departement_of_code(code) or ((typed.departement,) if typed.departement else ())
        exact = self._exactly(typed, None)
        inside = [place for place in exact if self.places[place].departement in hint]
        if exact and (inside or not hint):
            return Match(self._by_size(inside or exact, 1.0), named=True)
        costs = dict.fromkeys(exact, WRONG_CODE if code else 1.0)
        costs |= self._near(Asked(typed.words), hint)
        costs = {
            place: cost
            if not hint or place in exact or self.places[place].departement in hint
            else cost + 1.5
            for place, cost in costs.items()
        }
        unnamed = _unnamed(typed.key)
        weights = {
            place: SLIP**cost * float(self._sizes[place]) ** 0.5
            for place, cost in costs.items()
            if cost < unnamed
        }
        if not weights:
            return NOWHERE
        # A place nobody knows is as large as a small one of those that are known.
        total = sum(weights.values()) + SLIP**unnamed * 30
        chosen = {place: weight / total for place, weight in weights.items() if weight / total >= LEAST}
        return Match(
            _sorted(chosen),
            contradiction=bool(hint) and not any(self.places[place].departement in hint for place in chosen),
            named=True,
        )

    def _near(self, asked: Asked, departements: tuple[str, ...], *, widely: bool = True) -> dict[int, float]:
        """Places whose name is near, first in these départements; none: in all of France, if ``widely``."""
        names: set[int] = set()
        for departement in departements:
            keys, numbers = self._pool(departement)
            close = process.extract(
                asked.key, keys, scorer=OSA.normalized_similarity, limit=NEAREST, score_cutoff=0.5
            )
            names |= {numbers[place] for _key, _score, place in close}
            names |= {number for number in numbers if self._is_short_for(asked, number)}
        costs = self._costs(asked, names)
        if not widely or min(costs.values(), default=99.0) <= max(SURE, 0.2 * len(asked.key)):
            return costs
        return self._costs(asked, self._grams.nearest(asked.key, MOST)) | costs

    def _is_short_for(self, asked: Asked, number: int) -> bool:
        name = self.names[number]
        return name.key[0] == asked.key[0] and abbreviates(asked.core, name.core)

    def _keys_of_departement(self, departement: str) -> tuple[list[str], list[int]]:
        numbers = self._by_departement.get(departement, [])
        pairs = [(key, number) for number in numbers for key in self.names[number].keys]
        return [key for key, _number in pairs], [number for _key, number in pairs]

    def _costs(self, asked: Asked, names: Iterable[int]) -> dict[int, float]:
        """Each place's cheapest explanation of what was typed."""
        limit = _unnamed(asked.key)
        costs: dict[int, float] = {}
        for number in names:
            name = self.names[number]
            cost = slips(asked, name) + 0.1 * name.level
            if cost < limit and cost < costs.get(name.place, 99.0):
                costs[name.place] = cost
        return costs

    # Completion ---------------------------------------------------------------------------------------

    def complete(self, text: str, limit: int) -> list[int]:
        """Places whose name may go on as typed, a slip or two forgiven: best first."""
        typed = parse(text)
        code = typed.postal_code
        if not typed.key:
            return [place for place, _share in self._by_size(self.of_code(code), 1.0)][:limit] if code else []
        ranked: dict[int, tuple[float, float]] = {}
        for number in self._grams.beginning(typed.key, limit * 4):
            begins = any(key.startswith(typed.key) for key in self.names[number].keys)
            self._rank(ranked, number, 0.5 if begins else 1.0)
        for place in self._exactly(typed, None):
            ranked[place] = (0.0, -float(self._sizes[place]))
        if len(ranked) < limit:
            asked = Asked(typed.words)
            for number in self._grams.nearest(typed.key, MOST):
                cost = unfinished(asked, self.names[number])
                if cost <= max(1.0, 0.25 * len(typed.key)):
                    size = float(np.log10(self._sizes[self.names[number].place]))
                    self._rank(ranked, number, 4.0 + cost - 0.25 * size)
        places = sorted(ranked, key=ranked.__getitem__)
        if typed.departement:
            places.sort(key=lambda place: self.places[place].departement != typed.departement)
        if code:
            places = [place for place in places if code in self.places[place].postal_codes]
        return places[:limit]

    def _rank(self, ranked: dict[int, tuple[float, float]], number: int, cost: float) -> None:
        name = self.names[number]
        rank = (cost + 0.5 * name.level, -float(self._sizes[name.place]))
        if rank < ranked.get(name.place, (99.0, 0.0)):
            ranked[name.place] = rank


def _unadorned(words: tuple[str, ...]) -> tuple[str, ...]:
    """``ville de Béziers`` and ``Gap, France`` without what is no part of the name."""
    start = 2 if len(words) > 2 and words[0] in _TOWN and words[1] in PARTICLES else 0
    end = len(words) - (len(words) > 1 and words[-1] in _COUNTRY)
    return ("".join(words[start:end]),) if (start or end < len(words)) else ()


_TOWN = frozenset({"ville", "commune", "mairie", "village", "bourg"})
_COUNTRY = frozenset({"france", "fr"})


def _unnamed(key: str) -> float:
    """The slips past which a text is rather a name that nobody lists: two and a half of five letters."""
    return min(MANY, 0.6 + 0.42 * len(key))


def departement_of_code(code: str) -> tuple[str, ...]:
    """The départements in which a postal code should lie; both of Corsica for 20."""
    if len(code) != 5:
        return ()
    if code.startswith("20"):
        return ("2A", "2B")
    return (code[:3] if code.startswith(("97", "98")) else code[:2],)


def _sorted(weights: dict[int, float]) -> tuple[tuple[int, float], ...]:
    return tuple(sorted(weights.items(), key=lambda pair: (-pair[1], pair[0])))


def _names(places: Sequence[Place]) -> Iterable[_Name]:
    for number, place in enumerate(places):
        for level, text in enumerate((place.name, *place.former)):
            yield _Name(number, text, min(level, 1))


class _Grams:
    """Names by their groups of three letters, in columns; and in order, for what begins so."""

    def __init__(self, names: Sequence[_Name], weights: npt.NDArray[np.float64]) -> None:
        lists: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(names):
            for gram in grams(name.key):
                lists[gram].append(number)
        self._lists = {gram: np.array(numbers, dtype=np.int32) for gram, numbers in lists.items()}
        self._sizes = np.array([len(grams(name.key)) for name in names], dtype=np.float32)
        self._weights = weights
        pairs = sorted((key, number) for number, name in enumerate(names) for key in _beginnings(name))
        self._sorted = [key for key, _number in pairs]
        self._order = np.array([number for _key, number in pairs], dtype=np.int64)

    def nearest(self, key: str, limit: int) -> list[int]:
        """The names that share most groups of letters with a key."""
        asked = grams(key)
        lists = [self._lists[gram] for gram in asked if gram in self._lists]
        if not lists:
            return []
        shared = np.bincount(np.concatenate(lists), minlength=len(self._sizes))
        known = np.flatnonzero(shared)
        likeness = shared[known] / (self._sizes[known] + len(asked) - shared[known])
        best = np.lexsort((-self._weights[known], -likeness))[:limit]
        found: list[int] = known[best].tolist()
        return found

    def beginning(self, key: str, limit: int) -> list[int]:
        """The names of which a spelling, or the rest from some word on, begins with a key: largest first."""
        start = bisect_left(self._sorted, key)
        end = bisect_left(self._sorted, key + "\x7f", start)
        numbers = np.unique(self._order[start:end])
        best = np.argsort(-self._weights[numbers], kind="stable")[:limit]
        found: list[int] = numbers[best].tolist()
        return found


def _beginnings(name: _Name) -> set[str]:
    return {*name.keys, *tails(name.words)}


def grams(key: str) -> set[str]:
    """The groups of three letters of a key, its two ends included."""
    padded = f" {key} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)} or {padded}
