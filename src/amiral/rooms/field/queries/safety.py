"""A team's safety on one page: who goes with whom, who is out since when, who asked for help."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.kit.contracts import Link
from amiral.kit.errors import NotFound
from amiral.rooms.field.access import TeamAccess, access_team_by_shift_id
from amiral.rooms.field.contracts import BACK_BY, HELP_UNTIL, NAME_KEPT, OUT_FROM, OUT_UNTIL
from amiral.rooms.field.models import Assignment, Caution, Device, HelpCall, LeaderPhone, PairMember, Presence
from amiral.rooms.field.queries.teams import Together, group_of, partners_of, together
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.people import api as people


def who(*, person_id: UUID | None, device_id: UUID | None) -> str:
    """Public name of a person, or the number of a phone that joined without an account."""
    cards = people.cards(person_ids=[person_id] if person_id else [])
    return _name(cards.get(person_id) if person_id else None, _phones([device_id]).get(device_id))


def _name(card: Any, phone_number: int | None) -> str:
    if card is not None:
        return str(card.public_name)
    if phone_number is not None:
        return _("Phone %(number)d of the team") % {"number": phone_number}
    return _("Somebody of the team")


def _phones(ids: Iterable[UUID | None]) -> dict[UUID | None, int]:
    wanted = {id_ for id_ in ids if id_}
    return dict(Device.objects.filter(pk__in=wanted).values_list("pk", "number")) if wanted else {}


def place_words(told: Presence | HelpCall) -> str:
    """Turf and door as they were told; empty when nothing was."""
    turf, door = told.turf_number, told.door_number
    if turf and door:
        return _("turf %(turf)d, door no. %(door)d") % {"turf": turf, "door": door}
    if turf:
        return _("turf %(turf)d") % {"turf": turf}
    return _("door no. %(door)d") % {"door": door} if door else ""


@dataclass(frozen=True, kw_only=True)
class Member:
    """One of a team; ``out_since``: he said that he went out, and not yet that he is back."""

    person_id: UUID
    name: str
    is_me: bool
    out_since: datetime | None
    pair_number: int


@dataclass(frozen=True, kw_only=True)
class PairLine:
    """A pair with its names and its walk."""

    number: int
    members: tuple[Member, ...]
    assignment_id: UUID | None
    turf_number: int | None
    url: str

    @property
    def is_alone(self) -> bool:
        return len(self.members) == 1

    @property
    def is_mine(self) -> bool:
        return any(member.is_me for member in self.members)


@dataclass(frozen=True, kw_only=True)
class OutLine:
    """Somebody who is out. ``is_late``: the shift has been over for half an hour."""

    id: UUID
    name: str
    since: datetime
    learned: datetime
    place: str
    is_late: bool
    leader_told: bool


@dataclass(frozen=True, kw_only=True)
class CallLine:
    """A call for help. ``answered_by``: the name of the leader who sees to it."""

    id: UUID
    name: str
    at: datetime
    learned: datetime
    place: str
    answered_at: datetime | None
    answered_by: str
    ended_at: datetime | None
    is_mine: bool
    url: str

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A walk list that the team holds, to give to a pair."""

    id: UUID
    turf_number: int
    canvass_name: str


@dataclass(frozen=True, kw_only=True)
class SafetyPage:
    """What the team and its leaders see. ``out`` and ``calls`` of others: for leaders, and for the pair."""

    shift: ShiftCard
    leads: bool
    in_team: bool
    pairs: tuple[PairLine, ...]
    walks: tuple[Walk, ...]
    out: tuple[OutLine, ...]
    calls: tuple[CallLine, ...]
    is_out: bool
    may_go_out: bool
    may_call: bool
    shows_phone: bool
    url: str

    @property
    def mine(self) -> PairLine | None:
        """The reader's own pair."""
        return next((pair for pair in self.pairs if pair.is_mine), None)

    @property
    def partners(self) -> tuple[str, ...]:
        """Names of those with whom the reader is."""
        return tuple(one.name for one in self.mine.members if not one.is_me) if self.mine else ()

    @property
    def alone(self) -> tuple[str, ...]:
        """Names of those who are alone."""
        return tuple(pair.members[0].name for pair in self.pairs if pair.is_alone)

    @property
    def late(self) -> int:
        return sum(line.is_late for line in self.out)


def safety_page(*, team: TeamAccess, person_id: UUID, at: datetime) -> SafetyPage:
    """The page of a shift for one reader; a fixed number of queries."""
    shift = team.shift
    groups = together(shift_id=shift.id)
    walks = _walks(shift.id)
    out = list(Presence.objects.filter(shift=shift.id, out_at__isnull=True))
    calls = list(HelpCall.objects.filter(shift=shift.id, called_at__gt=at - NAME_KEPT))
    cards = people.cards(person_ids=_everybody(groups, out, calls))
    phones = _phones([*(row.device_id for row in out), *(row.device_id for row in calls)])
    since = {row.person_id: row.in_at for row in out}
    mine = group_of(pairs=groups, person_id=person_id)
    seen = None if team.leads else set(mine.person_ids if mine else ()) | {person_id}
    return SafetyPage(
        shift=shift,
        leads=team.leads,
        in_team=team.in_team,
        pairs=tuple(_pair(group, cards, since, walks, person_id) for group in groups if group.person_ids),
        walks=tuple(walks.values()),
        out=tuple(_out_line(row, cards, phones, shift, at) for row in out if _may_see(row, seen)),
        calls=tuple(
            _call_line(row, cards, phones, person_id) for row in reversed(calls) if _may_see(row, seen)
        ),
        is_out=person_id in since,
        may_go_out=not shift.is_cancelled and shift.starts_at - OUT_FROM <= at < shift.ends_at + OUT_UNTIL,
        may_call=team.in_team and shift.starts_at - OUT_FROM <= at < shift.ends_at + HELP_UNTIL,
        shows_phone=LeaderPhone.objects.filter(action=shift.action_id, person=person_id).exists(),
        url=reverse("field:safety", args=[shift.id]),
    )


def _may_see(row: Presence | HelpCall, seen: set[UUID] | None) -> bool:
    return seen is None or row.person_id in seen


def _everybody(groups: Iterable[Together], out: Iterable[Presence], calls: Iterable[HelpCall]) -> set[UUID]:
    ids = {person for group in groups for person in group.person_ids}
    ids |= {row.person_id for row in out if row.person_id}
    return ids | {one for row in calls for one in (row.person_id, row.answered_by_id) if one}


def _walks(shift_id: UUID) -> dict[UUID, Walk]:
    held = Assignment.objects.filter(shift=shift_id, ended_at__isnull=True).order_by("turf__number", "pk")
    rows = held.values_list("pk", "turf__number", "turf__canvass__name")
    return {pk: Walk(id=pk, turf_number=number, canvass_name=name) for pk, number, name in rows}


def _pair(
    group: Together,
    cards: Mapping[UUID, Any],
    since: Mapping[UUID | None, datetime],
    walks: Mapping[UUID, Walk],
    person_id: UUID,
) -> PairLine:
    walk = walks.get(group.assignment_id) if group.assignment_id else None
    return PairLine(
        number=group.number,
        members=tuple(
            Member(
                person_id=one,
                name=_name(cards.get(one), None),
                is_me=one == person_id,
                out_since=since.get(one),
                pair_number=group.number,
            )
            for one in group.person_ids
        ),
        assignment_id=walk.id if walk else None,
        turf_number=walk.turf_number if walk else None,
        url=reverse("field:walk_list", args=[walk.id]) if walk else "",
    )


def _out_line(
    row: Presence,
    cards: Mapping[UUID, Any],
    phones: Mapping[UUID | None, int],
    shift: ShiftCard,
    at: datetime,
) -> OutLine:
    return OutLine(
        id=row.pk,
        name=_name(cards.get(row.person_id) if row.person_id else None, phones.get(row.device_id)),
        since=row.in_phone_at or row.in_at,
        learned=row.in_at,
        place=place_words(row),
        is_late=at >= shift.ends_at + BACK_BY,
        leader_told=row.leader_told_at is not None,
    )


def _call_line(
    row: HelpCall, cards: Mapping[UUID, Any], phones: Mapping[UUID | None, int], person_id: UUID | None
) -> CallLine:
    answering = cards.get(row.answered_by_id) if row.answered_by_id else None
    return CallLine(
        id=row.pk,
        name=_name(cards.get(row.person_id) if row.person_id else None, phones.get(row.device_id)),
        at=row.phone_at or row.called_at,
        learned=row.called_at,
        place=place_words(row),
        answered_at=row.answered_at,
        answered_by=str(answering.public_name) if answering else "",
        ended_at=row.ended_at,
        is_mine=person_id is not None and row.person_id == person_id,
        url=reverse("field:help_call", args=[row.pk]),
    )


def call_line(*, call: HelpCall, person_id: UUID | None) -> CallLine:
    """One call for its page; three queries."""
    ids = {one for one in (call.person_id, call.answered_by_id) if one}
    return _call_line(call, people.cards(person_ids=ids), _phones([call.device_id]), person_id)


def open_call(*, shift_id: UUID, person_id: UUID | None, device_id: UUID | None) -> HelpCall | None:
    """The caller's own open call."""
    mine = Q(person=person_id) if person_id else Q(device_id=device_id)
    return HelpCall.objects.filter(mine, shift=shift_id, ended_at__isnull=True).first()


def open_presence(*, shift_id: UUID, person_id: UUID | None, device_id: UUID | None) -> Presence | None:
    """The caller's own open presence."""
    mine = Q(person=person_id) if person_id else Q(device_id=device_id)
    return Presence.objects.filter(mine, shift=shift_id, out_at__isnull=True).first()


def willing_leaders(*, action_id: UUID) -> tuple[UUID, ...]:
    """Leaders who let the teams of the action see their number, and who still lead it."""
    said = LeaderPhone.objects.filter(action=action_id).order_by("since", "pk")
    return tuple(
        one
        for one in said.values_list("person_id", flat=True)
        if mobilisation.may_manage_action(person_id=one, action_id=action_id)
    )


def offers_address(*, shift_id: UUID) -> bool:
    """Whether a canvass on which the team walks does more than count."""
    held = Assignment.objects.filter(shift=shift_id, ended_at__isnull=True)
    return held.filter(turf__canvass__counts_only=False).exists()


def links(*, shift_id: UUID) -> list[Link]:
    """For the page of an action, once its team has a walk: where it looks after itself."""
    url = reverse("field:safety", args=[shift_id])
    return [Link(title=_("The team and its safety"), url=url, detail=_("pairs, who is out, help"))]


def everything_about(*, person_id: UUID) -> list[dict[str, Any]]:
    """What is kept of a person here, for the person; oldest first in each kind."""
    pairs = PairMember.objects.filter(person=person_id).values("shift", "pair__number")
    out = Presence.objects.filter(person=person_id).values("in_at", "out_at", "turf_number", "door_number")
    calls = HelpCall.objects.filter(person=person_id).values(
        "called_at", "answered_at", "ended_at", "turf_number", "door_number"
    )
    phones = LeaderPhone.objects.filter(person=person_id).values("since", "action")
    cautions = Caution.objects.filter(reported_by=person_id).values("since", "until", "code")
    rows = [
        ("pair", pairs),
        ("out with a team", out),
        ("call for help", calls),
        ("number shown to teams", phones),
        ("caution reported", cautions),
    ]
    return [{"what": what, **values} for what, found in rows for values in found]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What a walk list shows of safety. ``team_url`` is empty for a browser without an account."""

    partners: tuple[str, ...]
    is_out: bool
    may_go_out: bool
    may_call: bool
    team_url: str
    gesture: UUID


def panel(
    *, shift: ShiftCard, person_id: UUID | None, device_id: UUID | None, at: datetime, gesture: UUID
) -> Panel:
    """For the reader of a walk list; six queries at most."""
    ids = partners_of(shift_id=shift.id, person_id=person_id) if person_id else ()
    cards = people.cards(person_ids=ids) if ids else {}
    known = bool(person_id or device_id)
    presence = open_presence(shift_id=shift.id, person_id=person_id, device_id=device_id) if known else None
    return Panel(
        partners=tuple(cards[one].public_name for one in ids if one in cards),
        is_out=presence is not None,
        may_go_out=not shift.is_cancelled and shift.starts_at - OUT_FROM <= at < shift.ends_at + OUT_UNTIL,
        may_call=shift.starts_at - OUT_FROM <= at < shift.ends_at + HELP_UNTIL,
        team_url=_team_url(shift, person_id, at),
        gesture=gesture,
    )


def _team_url(shift: ShiftCard, person_id: UUID | None, at: datetime) -> str:
    try:
        access_team_by_shift_id(person_id=person_id, shift_id=shift.id, at=at)
    except NotFound:
        return ""
    return reverse("field:safety", args=[shift.id])
