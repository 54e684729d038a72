"""Where somebody belongs: per kind of territory the set that the evidence allows, with confidence.

The communes come from the gazetteer in memory; what holds them from the closure and from the links of places
that several others share. How confidence is computed: docs/resolving.md.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

import numpy as np
from django.db.models import Q

from amiral.cores.names import NOWHERE, Match, parse, parse_address, spellings
from amiral.rooms.territory.contracts import (
    Candidate,
    Precision,
    Resolution,
    ResolvedColumns,
    TerritoryCard,
    TerritoryKind,
)
from amiral.rooms.territory.models import TerritoryClosure, TerritoryLink, TerritorySuccession
from amiral.rooms.territory.queries.cards import territory_card
from amiral.rooms.territory.queries.contours import locate
from amiral.rooms.territory.queries.gazetteer import France, city_of, district_id, france
from amiral.rooms.territory.queries.geocoding import geocode

MOST = 400
"""So many communes at most are followed up to what holds them: the largest postal code has 46."""

LEAST = 1e-6

POINT_TRUST = 0.8
"""What a place on the map weighs against a name and a postal code that speak for another commune."""

CLEAR = 0.75
"""An address that is less like a street of the commune says nothing."""

Shares = dict[str, float]
_DISTRICT = TerritoryKind.ARRONDISSEMENT_MUNICIPAL
_DRAWN = (
    TerritoryKind.COMMUNE,
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
    TerritoryKind.CANTON,
    TerritoryKind.CIRCONSCRIPTION,
    TerritoryKind.BUREAU_DE_VOTE,
)
_NOT_TOLD = (TerritoryKind.COUNTRY, TerritoryKind.ZONE)


@dataclass(kw_only=True)
class _Evidence:
    """What is known so far, as shares by id of the lowest territories."""

    communes: Shares = field(default_factory=dict)
    parts: Shares = field(default_factory=dict)
    others: Shares = field(default_factory=dict)
    contradiction: bool = False
    country: str = ""
    country_share: float = 0.0


def resolve(
    *,
    postal_code: str = "",
    city: str = "",
    point: tuple[float, float] | None = None,
    address: str = "",
    on: date | None = None,
) -> Resolution:
    """The sets that a postal code, a city's name, a (lon, lat) point and an address leave possible.

    An address counts as the point of its door, where the imported addresses have it, else for its commune. A
    point is put into the contours that are loaded. ``on``: the territories of that day, where the graph knows
    them. Three queries for names; a point, an address, a day add a fixed number. Nothing is logged or kept.
    """
    places = france()
    if address:
        end = parse_address(address)
        postal_code, city = postal_code or end.postal_code, city or end.city
    match = places.gazetteer.match(_digits(postal_code), city or "")
    evidence = _of_names(places, match, _digits(postal_code), city)
    _put_country(evidence, places, postal_code, city)
    if address:
        door = next(iter(geocode(text=address, postal_code=postal_code, city=city, limit=1)), None)
        if door is not None and door.precision is not Precision.COMMUNE and door.score >= CLEAR:
            _believe(evidence, f"{TerritoryKind.COMMUNE}:{city_of(door.commune_code)}", POINT_TRUST)
            if door.precision is Precision.DOOR and point is None:
                point = (door.lon, door.lat)
    located = _located(point, on) if point is not None else {}
    if TerritoryKind.COMMUNE in located:
        evidence.country = ""
        _believe(evidence, located[TerritoryKind.COMMUNE], POINT_TRUST)
    found = _with_holders(evidence, on, located)
    return found if on is None else _as_of(found, city, on)


def _believe(evidence: _Evidence, commune: str, trust: float) -> None:
    """A commune told by a place; names that speak for others keep what is left of the trust."""
    named = evidence.communes
    if commune in named or not named:
        if commune in evidence.others:
            evidence.others.pop(commune)
        evidence.contradiction = evidence.contradiction and commune not in named
        evidence.communes = {commune: 1.0}
        evidence.parts = {
            one: 1.0 for one, share in evidence.parts.items() if share >= named.get(commune, 2.0)
        }
        return
    evidence.contradiction = True
    evidence.communes = {one: share * (1 - trust) for one, share in named.items()} | {commune: trust}


def _located(point: tuple[float, float], on: date | None) -> dict[TerritoryKind, str]:
    """What holds a point, for each kind of which contours are loaded. One query a kind."""
    lon, lat = (np.array([value], dtype=np.float64) for value in point)
    found = {kind: locate(lon=lon, lat=lat, kind=kind, on=on).ids()[0] for kind in _DRAWN}
    return {kind: one for kind, one in found.items() if one}


def _digits(postal_code: str) -> str:
    """``F-75011``, ``75 011`` and ``1000``, whose first zero a spreadsheet took, as five digits.

    Other letters make it no postal code of France: ``2A000``, which people of Corsica type, is not Laon's
    ``02000``, and what other countries write is not a part of ours.
    """
    found = _FRENCH_CODE.fullmatch("".join(char for char in postal_code if char not in _BETWEEN))
    return found[1].zfill(5) if found else ""


_BETWEEN = " \t\u00a0\u202f-._"
_FRENCH_CODE = re.compile(r"(?:FR?)?([0-9]{4,5})", re.IGNORECASE)


def _put_country(evidence: _Evidence, places: France, postal_code: str, city: str) -> None:
    """A country in place of a town: of somebody who lives abroad, unless the code is one of France.

    Halves where a commune is called exactly so as well (Suisse, in Moselle); communes whose name is merely
    like it are left out.
    """
    country = _country(places, _digits(postal_code), city)
    if not country:
        return
    exact = sum(evidence.communes.values()) >= 1 - 1e-9 and not evidence.contradiction
    part = 0.5 if exact and not postal_code else 1.0
    evidence.communes = {one: share * (1 - part) for one, share in evidence.communes.items() if part < 1}
    evidence.parts = {one: share * (1 - part) for one, share in evidence.parts.items() if part < 1}
    evidence.others, evidence.contradiction = {}, False
    evidence.country, evidence.country_share = country, part


def _country(places: France, code: str, city: str) -> str:
    """The id of the country that a text names; none beside a postal code of France."""
    if not city or places.gazetteer.of_code(code):
        return ""
    typed = parse(city)
    if places.gazetteer.of_code(typed.postal_code):
        return ""
    return places.countries.get(typed.full) or places.countries.get(typed.key) or ""


def _of_names(places: France, match: Match, postal_code: str, city: str) -> _Evidence:
    communes = {places.ids[place]: share for place, share in islice(match.found, MOST)}
    typed = parse(city)
    evidence = _Evidence(
        communes=communes,
        others={places.ids[place]: share for place, share in match.others},
        contradiction=match.contradiction,
    )
    code = postal_code or typed.postal_code
    for commune, share in communes.items():
        evidence.parts |= dict.fromkeys(
            (f"village:{one}" for one in places.villages.get((commune, typed.key), ())), share
        )
        _put_district(evidence, places, commune, share, code, typed.district)
    return evidence


def _put_district(
    evidence: _Evidence, places: France, commune: str, share: float, code: str, district: int
) -> None:
    """The arrondissements of Paris, Lyon or Marseille by the postal code and by the number in the name."""
    of_code = [one for one in places.districts.get(code, ()) if _is_part(one, commune)]
    named = district_id(commune.removeprefix("commune:"), district) if district else None
    if named and of_code and named not in of_code:
        evidence.contradiction = True
        found = [*of_code, named]
    else:
        found = [named] if named else of_code
    evidence.parts |= {one: share / len(found) for one in found}


def _is_part(district: str, commune: str) -> bool:
    whole = district_id(commune.removeprefix("commune:"), 1)
    return whole is not None and whole[:-2] == district[:-2]


# What holds it ---------------------------------------------------------------------------------------------


def _with_holders(evidence: _Evidence, on: date | None, located: Mapping[TerritoryKind, str]) -> Resolution:
    shares = evidence.communes
    below = _below(evidence.parts)
    abroad = {evidence.country: evidence.country_share} if evidence.country else {}
    ids = [*shares, *below, *abroad, *evidence.others, *located.values()]
    cards, above = _ancestors(ids)
    found: dict[TerritoryKind, Shares] = defaultdict(dict)
    for lowest, share in (shares | abroad).items():
        for ancestor in {lowest, *above[lowest]}:
            _add(found, cards, ancestor, share)
    for one, share in below.items():
        _add(found, cards, one, share)
    _add_shared(found, cards, _shared_links([*shares, *below], on), shares | below)
    for kind, one in located.items():
        if kind is not TerritoryKind.COMMUNE and one in cards:
            found[kind] = {one: POINT_TRUST if evidence.contradiction else 1.0}
    return Resolution(
        candidates={kind: _ranked(cards, one) for kind, one in found.items() if kind not in _NOT_TOLD},
        others=_ranked(cards, evidence.others),
        contradiction=evidence.contradiction,
    )


def _below(parts: Shares) -> Shares:
    """Parts of communes by id; a village is told by its code alone and may be of two kinds."""
    found: Shares = {}
    for one, share in parts.items():
        kind, code = one.split(":")
        if kind == "village":
            for real in (TerritoryKind.COMMUNE_DELEGUEE, TerritoryKind.COMMUNE_ASSOCIEE):
                found[f"{real}:{code}"] = share
        else:
            found[one] = share
    return found


def _ancestors(ids: Sequence[str]) -> tuple[dict[str, TerritoryCard], dict[str, list[str]]]:
    """Cards of all that holds these territories, and who holds whom. One query."""
    links = TerritoryClosure.objects.filter(descendant_id__in=ids).select_related("ancestor")
    cards: dict[str, TerritoryCard] = {}
    above: dict[str, list[str]] = defaultdict(list)
    for link in links:
        above[link.descendant_id].append(link.ancestor_id)
        if link.ancestor_id not in cards:
            cards[link.ancestor_id] = territory_card(link.ancestor)
    return cards, above


def _shared_links(ids: Sequence[str], on: date | None) -> list[TerritoryLink]:
    """Links to the several territories that share one of these, in force today or on a day. One query."""
    links = TerritoryLink.objects.filter(child_id__in=ids, exact=False).select_related("parent")
    if on is None:
        links = links.filter(valid_to=None)
    else:
        links = links.filter(
            Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gt=on)
        )
    return list(links.order_by("child_id", "parent_id"))


def _add_shared(
    found: dict[TerritoryKind, Shares],
    cards: dict[str, TerritoryCard],
    links: Iterable[TerritoryLink],
    shares: Mapping[str, float],
) -> None:
    """Each of the territories that share a commune gets its part of the people, or an equal one."""
    groups: dict[tuple[str, str], list[TerritoryLink]] = defaultdict(list)
    for link in links:
        groups[link.child_id, link.parent.kind].append(link)
    for (child, _kind), several in groups.items():
        known = sum(link.share or 0.0 for link in several)
        for link in several:
            cards.setdefault(link.parent_id, territory_card(link.parent))
            part = (link.share or 0.0) / known if known else 1 / len(several)
            _add(found, cards, link.parent_id, shares[child] * (part or LEAST))


def _add(
    found: dict[TerritoryKind, Shares], cards: Mapping[str, TerritoryCard], one: str, share: float
) -> None:
    card = cards.get(one)
    if card is not None:
        found[card.kind][one] = min(1.0, found[card.kind].get(one, 0.0) + share)


def _ranked(cards: Mapping[str, TerritoryCard], shares: Shares) -> tuple[Candidate, ...]:
    ranked = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Candidate(cards[one], _rounded(share)) for one, share in ranked if one in cards)


def _rounded(share: float) -> float:
    """Three digits that mean something; never none, and 1 only for what is certain."""
    if share >= 1 - 1e-9:
        return 1.0
    return min(0.9999, max(LEAST, round(share, 6)))


# On a day --------------------------------------------------------------------------------------------------


def _as_of(resolution: Resolution, city: str, on: date) -> Resolution:
    """The communes of that day in place of those that took them in since. One query.

    Of a commune merged since, the old one that was named, else all of them alike. What held a commune that
    is gone is known for its département and région alone.
    """
    today = {one.territory.id: one for one in resolution.of(TerritoryKind.COMMUNE)}
    rows = TerritorySuccession.objects.filter(new_id__in=list(today), date__gt=on).order_by(
        "date", "old_code"
    )
    old: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        old[row.new_id or ""].setdefault(row.old_code, row.old_name)
    gone = {one: before for one, before in old.items() if set(before) != {today[one].territory.code}}
    if not gone:
        return resolution
    then: list[Candidate] = [one for one in today.values() if one.territory.id not in gone]
    for one, before in gone.items():
        then += _before(today[one], before, city)
    kept = {
        kind: several
        for kind, several in resolution.candidates.items()
        if kind in (TerritoryKind.DEPARTEMENT, TerritoryKind.REGION)
    }
    then.sort(key=lambda candidate: (-candidate.confidence, candidate.territory.id))
    return Resolution(
        candidates=kept | {TerritoryKind.COMMUNE: tuple(then)},
        others=resolution.others,
        contradiction=resolution.contradiction,
    )


def _before(today: Candidate, before: Mapping[str, str], city: str) -> list[Candidate]:
    """The old communes of one of today's: the one that was named, else all."""
    key = parse(city).key
    named = [code for code, name in before.items() if key and any(key in keys for keys in spellings(name))]
    chosen = named or list(before)
    return [
        Candidate(
            TerritoryCard(
                id=f"{TerritoryKind.COMMUNE}:{code}",
                kind=TerritoryKind.COMMUNE,
                code=code,
                name=before[code] or today.territory.name,
                departement_code=today.territory.departement_code,
                population=None,
            ),
            _rounded(today.confidence / len(chosen)),
        )
        for code in chosen
    ]


def _sum(match: Match) -> float:
    return sum(share for _place, share in match.found)


# Many at once ----------------------------------------------------------------------------------------------


def resolve_many(*, postal_codes: Sequence[str], cities: Sequence[str]) -> ResolvedColumns:
    """The communes of many lines, a postal code and a name each (either may be empty). One query.

    The same pair costs once. A country in place of a town leaves no commune. Raises ``ValueError`` for
    columns of different lengths.
    """
    places = france()
    match = places.gazetteer.match
    known: dict[tuple[str, str], Match] = {}
    answers: list[Match] = []
    for pair in zip(postal_codes, cities, strict=True):
        answer = known.get(pair)
        if answer is None:
            answer = match(_digits(pair[0]), pair[1])
            if _sum(answer) < 1 - 1e-9 and _country(places, _digits(pair[0]), pair[1]):
                answer = NOWHERE
            known[pair] = answer
        answers.append(answer)
    sizes = np.fromiter((len(one.found) for one in answers), dtype=np.int64, count=len(answers))
    start = np.zeros(len(answers) + 1, dtype=np.int64)
    np.cumsum(sizes, out=start[1:])
    pairs = [pair for one in answers for pair in one.found]
    return ResolvedColumns(
        commune_ids=places.ids,
        start=start,
        commune=np.fromiter((place for place, _share in pairs), dtype=np.int64, count=len(pairs)),
        confidence=np.fromiter((share for _place, share in pairs), dtype=np.float64, count=len(pairs)),
        contradiction=np.fromiter((one.contradiction for one in answers), dtype=np.bool_, count=len(answers)),
    )
