"""From an address to a place, by the imported addresses alone: no text leaves the machine or is kept on it.

A door is answered only when its number and suffix are in the file; nothing is interpolated. What is not like
enough to any street of the communes in question is not answered as one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

import numpy as np

from amiral.cores.names import AddressText, parse_address, same_suffix
from amiral.rooms.territory import address_index
from amiral.rooms.territory.address_index import AddressIndex, streets_of
from amiral.rooms.territory.contracts import FileKind, Geocoded, Precision
from amiral.rooms.territory.models import ReferenceFile
from amiral.rooms.territory.queries.gazetteer import France, city_of, district_id, france

LEAST = 0.4
"""A street whose score is lower is not answered."""

ALONE = 0.5
"""From this score on no other street can be as likely: many addresses at once take nothing less."""

COMMUNE_SCORE = 0.3
"""The best score of an answer that found the commune and not the street."""

LIMIT = 5
MOST_COMMUNES = 60

CLEAR = 0.75
"""From this score on a text was read in the right way."""

Scope = dict[str, float]
_Reading = tuple[int, str, tuple[str, ...]]
_Door = tuple[str, str, int, str]
_Key = tuple[Path, int]


@dataclass
class _Base:
    """The live files, by commune, for as long as one call lasts."""

    places: France
    parts: dict[str, list[tuple[_Key, AddressIndex, int]]] = field(default_factory=dict)


def geocode(
    *, text: str, postal_code: str = "", city_code: str = "", city: str = "", limit: int = LIMIT
) -> tuple[Geocoded, ...]:
    """Where an address may lie, best first; empty where nothing is like enough.

    The commune comes from ``city_code`` (INSEE), else from the postal code and the city, given apart or at
    the end of the text. Two queries, plus those that load the names once.
    """
    base = _base()
    return _found(base, parse_address(text), postal_code, city_code, city, limit)


def geocode_many(
    *,
    texts: Sequence[str],
    postal_codes: Sequence[str] = (),
    city_codes: Sequence[str] = (),
    cities: Sequence[str] = (),
) -> Iterator[Geocoded | None]:
    """The best answer for each line, in order; a column may be left out whole. Two queries for all.

    Nothing is kept once the iterator is gone. Raises ``ValueError`` for columns of different lengths.
    """
    empty = [""] * len(texts)
    columns = zip(texts, postal_codes or empty, city_codes or empty, cities or empty, strict=True)
    base = _base()
    for text, postal_code, city_code, city in columns:
        yield _best(base, parse_address(text), postal_code, city_code, city)


def _best(base: _Base, asked: AddressText, postal_code: str, city_code: str, city: str) -> Geocoded | None:
    """Nobody is there to choose between two streets of which neither is likelier: then the commune alone."""
    scope = _scope(base, postal_code or asked.postal_code, city_code, city or asked.city)
    found = [one for one in _streets(base, asked, scope) if one.score >= ALONE]
    if found:
        return found[0]
    return next(_commune_told(base, asked, scope, postal_code, city_code, city), None)


def _base() -> _Base:
    live = ReferenceFile.objects.filter(kind=FileKind.ADDRESSES, state=ReferenceFile.State.LIVE)
    file_ids = list(live.order_by("-created_at").values_list("pk", flat=True))
    base = _Base(places=france())
    for key, index in address_index.opened(file_ids=file_ids):
        for number, code in enumerate(index.communes):
            base.parts.setdefault(code, []).append((key, index, number))
    return base


def _found(
    base: _Base, asked: AddressText, postal_code: str, city_code: str, city: str, limit: int
) -> tuple[Geocoded, ...]:
    scope = _scope(base, postal_code or asked.postal_code, city_code, city or asked.city)
    found = _streets(base, asked, scope)
    if found:
        return tuple(found[:limit])
    return tuple(_commune_told(base, asked, scope, postal_code, city_code, city))[:limit]


# Which communes -------------------------------------------------------------------------------------------


def _scope(base: _Base, postal_code: str, city_code: str, city: str) -> Scope:
    """Codes under which files may hold the address, with their shares; a small base whole if none is told."""
    if city_code:
        return dict.fromkeys(_with_parts(base, city_code, postal_code), 1.0)
    digits = "".join(char for char in postal_code if char.isdigit())
    match = base.places.gazetteer.match(digits.zfill(5) if len(digits) in (4, 5) else "", city)
    scope: Scope = {}
    for place, share in match.found + match.others:
        code = base.places.ids[place].removeprefix("commune:")
        for part in _with_parts(base, code, digits):
            scope[part] = max(share, scope.get(part, 0.0))
    known = {code: share for code, share in scope.items() if code in base.parts}
    if not scope and not postal_code and not city and len(base.parts) <= MOST_COMMUNES:
        return dict.fromkeys(base.parts, 1.0)
    return dict(sorted(known.items(), key=lambda pair: -pair[1])[:MOST_COMMUNES])


def _with_parts(base: _Base, code: str, postal_code: str) -> list[str]:
    """The commune, and the arrondissements of Paris, Lyon, Marseille as which files may write it."""
    city = city_of(code)
    first = district_id(city, 0)
    if first is None:
        return [code]
    own = [one.split(":")[1] for one in base.places.districts.get(postal_code, ())]
    if code != city:
        return [code, city]
    start = first.split(":")[1][: 4 if city == "69123" else 3]
    every = [one for one in base.parts if one.startswith(start)]
    return [*own, city] if own else [*every, city]


# Which street, which door ----------------------------------------------------------------------------------


def _streets(base: _Base, asked: AddressText, scope: Scope) -> list[Geocoded]:
    """The answers of the first way of reading the text that makes sense, else of all ways."""
    answers: dict[_Door, Geocoded] = {}
    for reading in asked.readings:
        for code in scope:
            for one in _in_commune(base, reading, code):
                door = (code, one.street, one.number, one.suffix)
                if door not in answers or one.score > answers[door].score:
                    answers[door] = one
        if any(one.score > CLEAR for one in answers.values()):
            break
    return _ranked(answers.values(), scope)


def _in_commune(base: _Base, reading: _Reading, code: str) -> Iterator[Geocoded]:
    for key, index, commune in base.parts.get(code, ()):
        first = int(index.commune_first[commune])
        for street, score in streets_of(key, commune).find(reading[2], LIMIT):
            one = _answer(index, first + street, reading, code, score)
            if one is not None:
                yield one


def _ranked(answers: Iterable[Geocoded], scope: Scope) -> list[Geocoded]:
    """Streets of several communes: each is as likely as its commune is, and as like the text."""
    answers = list(answers)
    weights: dict[str, float] = {}
    for one in answers:
        weight = scope[one.commune_code] * one.score**4
        weights[one.commune_code] = max(weight, weights.get(one.commune_code, 0.0))
    total = sum(weights.values())
    scored = (replace(one, score=round(one.score * weights[one.commune_code] / total, 3)) for one in answers)
    kept = [one for one in scored if one.score >= LEAST]
    return sorted(kept, key=lambda one: (-one.score, one.commune_code, one.street, one.number, one.suffix))


def _answer(index: AddressIndex, street: int, reading: _Reading, code: str, score: float) -> Geocoded | None:
    number, suffix, _words = reading
    first, last = int(index.first[street]), int(index.first[street + 1])
    row = _door(index, first, last, number, suffix) if number else None
    precision = Precision.STREET if row is None else Precision.DOOR
    if row is None:
        row = _middle(index, first, last)
    if row is None:
        return None
    is_door = precision is Precision.DOOR
    return Geocoded(
        lon=float(index.lon[row]),
        lat=float(index.lat[row]),
        precision=precision,
        score=score,
        commune_code=code,
        street=index.street_name(street),
        number=int(index.numbers[row]) if is_door else 0,
        suffix=bytes(index.suffixes[row]).decode() if is_door else "",
        file_id=index.file_id,
    )


def _door(index: AddressIndex, first: int, last: int, number: int, suffix: str) -> int | None:
    """The row of a number with its suffix; never that of another suffix."""
    low, high = np.searchsorted(index.numbers[first:last], [number, number + 1])
    rows = [row for row in range(first + int(low), first + int(high)) if isfinite(index.lon[row])]
    own = {row: bytes(index.suffixes[row]).decode() for row in rows}
    alike = [row for row in rows if same_suffix(own[row], suffix)]
    return next((row for row in alike if own[row] == suffix), alike[0] if alike else None)


def _middle(index: AddressIndex, first: int, last: int) -> int | None:
    """The address nearest to the middle of all of them."""
    lon, lat = np.asarray(index.lon[first:last]), np.asarray(index.lat[first:last])
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not len(known):
        return None
    lon, lat = lon[known], lat[known]
    away = (lon - np.median(lon)) ** 2 * 0.47 + (lat - np.median(lat)) ** 2
    return first + int(known[int(np.argmin(away))])


def _commune_told(
    base: _Base, asked: AddressText, scope: Scope, postal_code: str, city_code: str, city: str
) -> Iterator[Geocoded]:
    """The commune alone, if anything names it: that a base holds no other says nothing of the address."""
    if postal_code or city_code or city or asked.postal_code or asked.city:
        return _commune_alone(base, scope)
    number, _suffix, words = asked.readings[0] if asked.readings else (0, "", ())
    named = _scope(base, "", "", " ".join(words)) if words and not number else {}
    return _commune_alone(base, named)


def _commune_alone(base: _Base, scope: Scope) -> Iterator[Geocoded]:
    """The commune, where it is known and its addresses are here."""
    here = {code: share for code, share in scope.items() if code in base.parts}
    if not here:
        return
    best = max(here, key=lambda code: (here[code], code))
    if here[best] < 0.5 or sum(share == here[best] for share in here.values()) > 1:
        return
    _key, index, commune = base.parts[best][0]
    streets = index.commune_first[commune], index.commune_first[commune + 1]
    row = _middle(index, int(index.first[streets[0]]), int(index.first[streets[1]]))
    if row is not None:
        yield Geocoded(
            lon=float(index.lon[row]),
            lat=float(index.lat[row]),
            precision=Precision.COMMUNE,
            score=round(COMMUNE_SCORE * min(1.0, here[best]), 3),
            commune_code=best,
            file_id=index.file_id,
        )
