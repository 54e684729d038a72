"""Where somebody with a little time is needed most, and why.

Pure ranking of shifts for one person. Coordinates are degrees (WGS 84), distances metres, times aware. The
score is a sum of named parts, each between 0 and its weight, so that the reasons shown are the reasons that
counted; equal scores are ordered by distance, start and key, so that the answer is the same every time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType

EARTH_RADIUS_M = 6_371_008.8
SHORTEST = timedelta(minutes=45)
"""Somebody who can be there for less helps nobody."""


class Reason(StrEnum):
    """Why a shift is proposed."""

    BELOW_NEEDED = "below-needed"
    ROLE_LACKING = "role-lacking"
    ACCOMPANIED = "accompanied"
    NEAR = "near"
    FROM_HOME = "from-home"
    PLACES_LEFT = "places-left"


WEIGHTS: Mapping[Reason, float] = MappingProxyType(
    {Reason.BELOW_NEEDED: 4.0, Reason.ROLE_LACKING: 2.0, Reason.NEAR: 1.5, Reason.ACCOMPANIED: 1.0}
)
"""Need counts more than nearness: a shift that will not take place without the person comes first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """When, where and as what. Without a place (``lon`` and ``lat`` None) distance says nothing."""

    since: datetime
    until: datetime
    lon: float | None = None
    lat: float | None = None
    metres: float = 20_000.0
    newcomer: bool = False
    roles: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.until <= self.since:
            raise ValueError("The time ends after it begins.")
        if (self.lon is None) != (self.lat is None):
            raise ValueError("A longitude goes with a latitude.")
        if self.metres <= 0:
            raise ValueError("A radius is more than nothing.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A shift. ``needed`` and ``coming`` count people; ``left`` places. ``lacking``: roles of which some are
    wanted, and how many. ``metres``: the distance when the caller knows it otherwise than by a point;
    ``from_home``: there is no way to go."""

    key: str
    starts_at: datetime
    ends_at: datetime
    left: int
    needed: int
    coming: int
    lon: float | None = None
    lat: float | None = None
    metres: float | None = None
    from_home: bool = False
    lacking: Mapping[str, int] = field(default_factory=dict)
    experienced: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A proposal with its reasons, the one that counted most first."""

    key: str
    score: float
    metres: float | None
    missing: int
    role: str | None
    reasons: tuple[Reason, ...]


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Great-circle distance (haversine)."""
    half = sin(radians(other_lat - lat) / 2) ** 2
    half += cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def overlap(wish: Wish, offer: Offer) -> timedelta:
    """For how long the person can be there."""
    return max(timedelta(), min(wish.until, offer.ends_at) - max(wish.since, offer.starts_at))


def fits(wish: Wish, offer: Offer) -> bool:
    """Whether there is a place, the time is long enough and the way not too far. Nobody joins a team that has
    left; somebody with two hours may leave a longer shift early, but must have time for a short one."""
    whole = offer.ends_at - offer.starts_at
    if offer.left < 1 or offer.starts_at < wish.since or overlap(wish, offer) < min(SHORTEST, whole):
        return False
    metres = _metres(wish, offer)
    return offer.from_home or metres is None or metres <= wish.metres


def ranked(wish: Wish, offers: Iterable[Offer]) -> tuple[Match, ...]:
    """Those that fit, the one where the person is needed most first."""
    found = [(_match(wish, offer), offer) for offer in offers if fits(wish, offer)]
    found.sort(key=lambda pair: (-pair[0].score, _far(pair[0]), pair[1].starts_at, pair[0].key))
    return tuple(match for match, _offer in found)


def _far(match: Match) -> float:
    return match.metres if match.metres is not None else float("inf")


def _match(wish: Wish, offer: Offer) -> Match:
    missing, metres = max(0, offer.needed - offer.coming), _metres(wish, offer)
    role = next((name for name in sorted(wish.roles) if offer.lacking.get(name, 0) > 0), None)
    parts: dict[Reason, float] = {}
    if missing:
        parts[Reason.BELOW_NEEDED] = 0.5 + 0.5 * missing / offer.needed
    if role is not None:
        parts[Reason.ROLE_LACKING] = 1.0
    if wish.newcomer and offer.experienced:
        parts[Reason.ACCOMPANIED] = 1.0
    if offer.from_home:
        parts[Reason.FROM_HOME] = 0.0
    elif metres is not None:
        parts[Reason.NEAR] = 1.0 - metres / wish.metres if wish.metres else 0.0
    if not missing:
        parts[Reason.PLACES_LEFT] = 0.0
    worth = {reason: WEIGHTS.get(reason, 0.0) * part for reason, part in parts.items()}
    return Match(
        key=offer.key,
        score=sum(worth.values()),
        metres=metres,
        missing=missing,
        role=role,
        reasons=tuple(sorted(worth, key=lambda reason: (-worth[reason], reason))),
    )


def _metres(wish: Wish, offer: Offer) -> float | None:
    if offer.from_home:
        return None
    if None not in (offer.lon, offer.lat, wish.lon, wish.lat):
        assert wish.lon is not None
        assert wish.lat is not None
        assert offer.lon is not None
        assert offer.lat is not None
        return distance_m(wish.lon, wish.lat, offer.lon, offer.lat)
    return offer.metres
