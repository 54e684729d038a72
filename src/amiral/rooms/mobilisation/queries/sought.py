"""Where somebody with a little time is needed most: the tables give candidates, ``cores.matching`` orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, degrees, radians
from uuid import UUID

import numpy as np
from django.db.models import Avg, Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.cores import matching
from amiral.cores.matching import Match, Offer, Reason, Wish
from amiral.rooms.mobilisation.contracts import COMING, PLACELESS, Kind, Role, ShiftCard, State
from amiral.rooms.mobilisation.models import Action, Shift, SignUp
from amiral.rooms.mobilisation.queries.cards import action_url, shift_card
from amiral.rooms.mobilisation.queries.labels import KIND_LABELS
from amiral.rooms.network import api as network
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard, TerritoryKind

AT_MOST = 20
CANDIDATES = 2000
"""Shifts looked at for one question: a national Saturday's worth within a département's reach."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A shift with the reasons why it is proposed, in words, the one that counted most first."""

    shift: ShiftCard
    kind: Kind
    kind_label: str
    url: str
    place: str
    commune: str
    group: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where somebody is: a point, or a commune that stands for its middle or for itself."""

    lon: float | None = None
    lat: float | None = None
    commune_id: str = ""


def shifts_for(
    *,
    person_id: UUID | None,
    since: datetime,
    until: datetime,
    spot: Spot,
    metres: float,
    roles: frozenset[Role] = frozenset(),
    at: datetime,
) -> tuple[Proposal, ...]:
    """Shifts with a place left between the two moments, where the person is needed most first.

    Signed out, nobody's experience is known. The number of queries does not grow with what is found.
    """
    if until <= max(since, at):
        return ()
    wish = Wish(
        since=max(since, at),
        until=until,
        lon=spot.lon,
        lat=spot.lat,
        metres=metres,
        newcomer=is_newcomer(person_id=person_id, at=at),
        roles=frozenset(role.value for role in roles),
    )
    rows = _candidates(wish, spot, person_id)
    found = matching.ranked(wish, _offers(rows, spot))[:AT_MOST]
    by_key = {str(row.pk): row for row in rows}
    return _proposals([(match, by_key[match.key]) for match in found])


def is_newcomer(*, person_id: UUID | None, at: datetime) -> bool:
    """Whether nobody has seen the person at an action yet; a visitor is not known, so no."""
    if person_id is None:
        return False
    came = SignUp.objects.filter(person=person_id, state__in=COMING, shift__ends_at__lte=at)
    return not came.exists()


def _candidates(wish: Wish, spot: Spot, person_id: UUID | None) -> list[Shift]:
    """Open shifts of those hours with a place left, roughly in reach; without one's own."""
    rows = Shift.objects.filter(
        _in_reach(wish, spot),
        state=State.PUBLISHED,
        action__state=State.PUBLISHED,
        starts_at__lt=wish.until,
        starts_at__gte=wish.since,
        taken__lt=F("capacity"),
    )
    if person_id is not None:
        mine = SignUp.objects.live().filter(person=person_id, shift=OuterRef("pk"))
        rows = rows.filter(~Exists(mine))
    return list(rows.select_related("action").order_by("starts_at", "pk")[:CANDIDATES])


def _in_reach(wish: Wish, spot: Spot) -> Q:
    """Rough, for the database: a rectangle around the point; else the département of the commune."""
    if spot.lon is None and not spot.commune_id:
        return Q()
    found = Q(action__kind__in=PLACELESS)
    if wish.lon is not None and wish.lat is not None:
        north = degrees(wish.metres / matching.EARTH_RADIUS_M)
        east = north / max(0.01, cos(radians(wish.lat)))
        found |= Q(
            action__longitude__range=(wish.lon - east, wish.lon + east),
            action__latitude__range=(wish.lat - north, wish.lat + north),
        )
    if spot.commune_id:
        whole = territory.departement_of(territory_id=spot.commune_id)
        inside = territory.descendant_filter(ancestor_ids=[whole.id if whole else spot.commune_id])
        # Whoever gave a point is told of what lies beyond the radius only where nobody can know.
        unlocated = Q(action__longitude__isnull=True) if spot.lon is not None else Q()
        found |= Q(action__commune__in=inside) & unlocated
    return found


def _offers(rows: Sequence[Shift], spot: Spot) -> list[Offer]:
    there = _coming([row.pk for row in rows])
    return [_offer(row, spot, there.get(row.pk, {})) for row in rows]


def _offer(row: Shift, spot: Spot, there: dict[str, int]) -> Offer:
    wanted = {role: count - there.get(role, 0) for role, count in row.least.items()}
    return Offer(
        key=str(row.pk),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        left=row.capacity - row.taken,
        needed=row.needed,
        coming=row.taken - row.offered,
        lon=row.action.longitude,
        lat=row.action.latitude,
        metres=0.0 if row.action.commune_id == spot.commune_id else None,
        from_home=Kind(row.action.kind) in PLACELESS and not row.action.place,
        lacking={role: count for role, count in wanted.items() if count > 0},
        experienced=sum(count for role, count in there.items() if role != Role.NEWCOMER),
    )


def _coming(shift_ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    """How many come in each role, by shift; one query."""
    found: dict[UUID, dict[str, int]] = {}
    rows = SignUp.objects.confirmed().filter(shift__in=shift_ids)
    for shift_id, role, party in rows.values_list("shift_id", "role", "party"):
        roles = found.setdefault(shift_id, {})
        roles[role] = roles.get(role, 0) + party
    return found


def _proposals(found: list[tuple[Match, Shift]]) -> tuple[Proposal, ...]:
    communes = territory.territories(territory_ids={row.action.commune_id for _match, row in found})
    groups = network.groups(group_ids={row.action.group_id for _match, row in found})
    return tuple(
        Proposal(
            shift=shift_card(row),
            kind=Kind(row.action.kind),
            kind_label=str(KIND_LABELS[Kind(row.action.kind)]),
            url=action_url(row.action_id),
            place=row.action.place,
            commune=communes[row.action.commune_id].label,
            group=groups[row.action.group_id].public_name,
            reasons=tuple(filter(None, (_words(reason, match) for reason in match.reasons))),
        )
        for match, row in found
    )


def _words(reason: Reason, match: Match) -> str:
    match reason:
        case Reason.BELOW_NEEDED:
            return ngettext(
                "%(count)d more person is needed for it to take place",
                "%(count)d more people are needed for it to take place",
                match.missing,
            ) % {"count": match.missing}
        case Reason.ROLE_LACKING:
            return (
                _("somebody with a car is wanted")
                if match.role == Role.DRIVER
                else _("somebody to lead is wanted")
            )
        case Reason.ACCOMPANIED:
            return _("experienced people come: you will not be alone")
        case Reason.NEAR:
            return distance_words(match.metres)
        case Reason.FROM_HOME:
            return _("from home")
        case Reason.PLACES_LEFT:
            return _("there is a place left")


def distance_words(metres: float | None) -> str:
    """How far, roughly: it is measured in a straight line. Nothing where nobody knows."""
    if metres is None:
        return ""
    if metres == 0:
        return _("in this commune")
    if metres < 950:
        return _("%(metres)d m away") % {"metres": max(100, round(metres, -2))}
    return _("%(km)d km away") % {"km": max(1, round(metres / 1000))}


def spot_of(*, lon: float | None, lat: float | None, commune: TerritoryCard | None) -> Spot:
    """The point that the device gave, with its commune where contours are imported; else the commune, with a
    point of it where its addresses are."""
    if lon is not None and lat is not None:
        return Spot(lon=lon, lat=lat, commune_id=_commune_at(lon, lat))
    if commune is None:
        return Spot()
    found = territory.geocode(text=commune.name, city_code=commune.code, limit=1)
    lon, lat = (found[0].lon, found[0].lat) if found else _middle_of_actions(commune.id)
    return Spot(lon=lon, lat=lat, commune_id=commune.id)


def _middle_of_actions(commune_id: str) -> tuple[float | None, float | None]:
    """Where the commune's actions have been, for want of its addresses."""
    located = Action.objects.filter(commune=commune_id, longitude__isnull=False)
    middle = located.aggregate(lon=Avg("longitude"), lat=Avg("latitude"))
    return middle["lon"], middle["lat"]


def _commune_at(lon: float, lat: float) -> str:
    located = territory.locate(lon=np.array([lon]), lat=np.array([lat]), kind=TerritoryKind.COMMUNE)
    return located.ids()[0]
