"""Who asks to enter, who is asked in, who plays which part, and who was moved."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from amiral.rooms.network.access import apart_from
from amiral.rooms.network.contracts import AnswerState, GroupCard, GroupKind, MemberRole
from amiral.rooms.network.models import Group, Invitation, JoinRequest, Membership, Transfer
from amiral.rooms.network.queries.groups import cards_of, groups_led, listed
from amiral.rooms.network.queries.members import MEMBERS_FOUND_MAX, leaders, name_of, page_of
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature, PersonCard, Role
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

LINES_PER_PAGE = 50
LOOKED_THROUGH = 5_000
"""Names read for one search: the newest members, so that the page stays quick for who holds a country."""
TARGETS_MAX = 300


@dataclass(frozen=True, kw_only=True)
class RequestLine:
    """Somebody who waits for an answer."""

    id: UUID
    public_name: str
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class InvitationView:
    """An invitation as the person invited reads it."""

    id: UUID
    group: GroupCard
    by_name: str
    invited_at: datetime
    state: AnswerState
    url: str


@dataclass(frozen=True, kw_only=True)
class RoleLine:
    """A member and his part in the group."""

    person_id: UUID
    public_name: str
    role: MemberRole
    label: str


@dataclass(frozen=True, kw_only=True)
class TransferView:
    """A move between two groups, for both leaders and for the person."""

    id: UUID
    public_name: str
    by_name: str
    origin: GroupCard
    target: GroupCard
    reason: str
    moved_at: datetime
    undone_at: datetime | None


def requests(*, group_id: UUID, page_number: str | int) -> "Page[RequestLine]":
    """Those who wait, first come first; a constant number of queries."""
    rows = JoinRequest.objects.filter(group_id=group_id, state=AnswerState.OPEN).order_by("asked_at", "id")
    page = Paginator(rows, LINES_PER_PAGE).get_page(page_number)
    names = people.cards(person_ids={row.person_id for row in page.object_list})
    views = [
        RequestLine(id=row.pk, public_name=name_of(row.person_id, names), asked_at=row.asked_at)
        for row in page.object_list
    ]
    return page_of(views, page)


def request_state(*, person_id: UUID, group: Group) -> AnswerState | None:
    """Where the person's own request stands; one query."""
    rows = JoinRequest.objects.filter(person_id=person_id, group=group)
    found = rows.values_list("state", flat=True).first()
    return AnswerState(found) if found else None


def invitations_of(*, person_id: UUID) -> tuple[InvitationView, ...]:
    """Those that wait for an answer, newest first; a constant number of queries."""
    rows = Invitation.objects.filter(person_id=person_id, state=AnswerState.OPEN).select_related("group")
    return _invitations(list(rows.order_by("-invited_at", "-id")))


def invitation(*, row: Invitation) -> InvitationView:
    """One, for its page."""
    return _invitations([row])[0]


def _invitations(rows: list[Invitation]) -> tuple[InvitationView, ...]:
    names = people.cards(person_ids={row.invited_by_id for row in rows if row.invited_by_id})
    return tuple(
        InvitationView(
            id=row.pk,
            group=card,
            by_name=name_of(row.invited_by_id, names),
            invited_at=row.invited_at,
            state=AnswerState(row.state),
            url=reverse("network:invitation", args=[row.pk]),
        )
        for row, card in zip(rows, cards_of(row.group for row in rows), strict=True)
    )


def waiting_names(*, group_id: UUID) -> tuple[str, ...]:
    """Those invited by name who have not answered; who was invited by address stands in no list."""
    rows = Invitation.objects.filter(group_id=group_id, state=AnswerState.OPEN, by_address=False)
    ids = list(rows.order_by("-invited_at").values_list("person_id", flat=True)[:LINES_PER_PAGE])
    names = people.cards(person_ids=ids)
    return tuple(name_of(person_id, names) for person_id in ids)


def may_meet(*, person_id: UUID, other_id: UUID) -> bool:
    """Whether the other one is a member where the person is one too, or leads, with no block between."""
    return _met(person_id).filter(person_id=other_id).exists() and other_id not in apart_from(
        person_id=person_id
    )


def _met(person_id: UUID) -> "QuerySet[Membership]":
    own = Membership.objects.active().of(person_id).values("group_id")
    met = Q(group_id__in=own) | Q(
        group_id__in=people.scopes_held(person_id=person_id, feature=Feature.MANAGE_GROUPS)
    )
    held = people.territories_held(person_id=person_id, feature=Feature.MANAGE_GROUPS)
    if held:
        met |= Q(group__territory_id__in=territory.descendant_filter(ancestor_ids=held))
    return Membership.objects.active().filter(met)


def to_invite(*, person_id: UUID, group_id: UUID, text: str) -> tuple[PersonCard, ...]:
    """Members of one's other groups whose public name holds ``text``, by name; none without a text."""
    wanted = slugify(text)
    if not wanted:
        return ()
    inside = Membership.objects.active().filter(group_id=group_id).values("person_id")
    rows = _met(person_id).exclude(person_id__in=inside).exclude(person_id=person_id)
    newest = rows.order_by("-joined_at").values_list("person_id", flat=True)[:LOOKED_THROUGH]
    cards = people.cards(person_ids=set(newest) - apart_from(person_id=person_id)).values()
    named = sorted((slugify(card.public_name), card.id, card) for card in cards)
    return tuple(card for name, _id, card in named if wanted in name)[:MEMBERS_FOUND_MAX]


def role_label(role: MemberRole) -> str:
    """The part in words, in the language of the reader."""
    return {
        MemberRole.FOLLOWER: _("follower: reads"),
        MemberRole.MEMBER: _("member: reads and writes"),
        MemberRole.MANAGER: _("manager: also invites and answers requests"),
        MemberRole.LEADER: _("leader, by mandate"),
    }[role]


def roles(*, group_id: UUID, page_number: str | int) -> "Page[RoleLine]":
    """Every member with his part; a constant number of queries."""
    rows = Membership.objects.active().filter(group_id=group_id).order_by("joined_at", "id")
    page = Paginator(rows, LINES_PER_PAGE).get_page(page_number)
    names = people.cards(person_ids={row.person_id for row in page.object_list})
    leading = {leader.person_id for leader in leaders(group_id=group_id)}
    views = [_role_line(row, names, leading) for row in page.object_list]
    return page_of(views, page)


def _role_line(row: Membership, names: dict[UUID, PersonCard], leading: set[UUID]) -> RoleLine:
    role = MemberRole.LEADER if row.person_id in leading else MemberRole(row.role)
    name = name_of(row.person_id, names)
    return RoleLine(person_id=row.person_id, public_name=name, role=role, label=role_label(role))


def transfers(*, group_id: UUID, page_number: str | int) -> "Page[TransferView]":
    """Moves out of the group and into it, newest first; a constant number of queries."""
    rows = Transfer.objects.filter(Q(origin_id=group_id) | Q(target_id=group_id))
    page = Paginator(rows.select_related("origin", "target"), LINES_PER_PAGE).get_page(page_number)
    return page_of(list(_transfers(list(page.object_list))), page)


def transfer(*, row: Transfer) -> TransferView:
    """One, for the person who was moved."""
    return _transfers([row])[0]


def _transfers(rows: list[Transfer]) -> tuple[TransferView, ...]:
    names = people.cards(person_ids={id_ for row in rows for id_ in (row.person_id, row.moved_by_id) if id_})
    cards = {card.id: card for card in cards_of({g for row in rows for g in (row.origin, row.target)})}
    return tuple(
        TransferView(
            id=row.pk,
            public_name=name_of(row.person_id, names),
            by_name=name_of(row.moved_by_id, names),
            origin=cards[row.origin_id],
            target=cards[row.target_id],
            reason=row.reason,
            moved_at=row.moved_at,
            undone_at=row.undone_at,
        )
        for row in rows
    )


def targets(*, by_id: UUID, origin: Group) -> tuple[GroupCard, ...]:
    """Where somebody who leads ``origin`` may move its members: open groups near by, and those he leads."""
    code = territory.territory(territory_id=origin.territory_id).departement_code
    near = [f"departement:{code}"] if code else [origin.territory_id]
    inside = territory.descendant_filter(ancestor_ids=near)
    rows = listed().filter(openness="open", territory_id__in=inside).exclude(pk=origin.pk)
    found = {card.id: card for card in cards_of(rows[:TARGETS_MAX])}
    led = groups_led(person_id=by_id, feature=Feature.MANAGE_GROUPS)[:TARGETS_MAX]
    found |= {card.id: card for card in led if card.id != origin.pk}
    return tuple(sorted(found.values(), key=lambda card: (card.name, str(card.id))))


def places_to_group(*, person_id: UUID) -> tuple[TerritoryCard, ...]:
    """Where somebody may create a thematic group or a campaign team; two queries, three for a country."""
    held = people.territories_held(person_id=person_id, feature=Feature.MANAGE_GROUPS)
    found = dict(territory.territories(territory_ids=held))
    if any(place.kind == "pays" for place in found.values()):
        found |= {place.id: place for place in territory.departements()}
    return tuple(sorted(found.values(), key=lambda place: (place.departement_code, place.name)))


def served(*, group: Group) -> tuple[str, ...]:
    """Whom a campaign team serves: those who hold its territory by mandate. One query."""
    if group.kind != GroupKind.CAMPAIGN:
        return ()
    cards = people.holders(territory_id=group.territory_id)
    return tuple(dict.fromkeys(card.person_name for card in cards if card.role != Role.GROUP_LEADER))


def kept_of(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Requests, invitations and moves, for the person."""
    asked = JoinRequest.objects.filter(person_id=person_id).select_related("group")
    invited = Invitation.objects.filter(person_id=person_id).select_related("group")
    moved = Transfer.objects.filter(person_id=person_id).select_related("origin", "target")
    return {
        "requests": [
            {
                "group": row.group.name,
                "at": row.asked_at.isoformat(),
                "state": row.state,
                "answer": row.answer,
            }
            for row in asked
        ],
        "invitations": [
            {"group": row.group.name, "at": row.invited_at.isoformat(), "state": row.state} for row in invited
        ],
        "transfers": [
            {
                "from": row.origin.name,
                "to": row.target.name,
                "at": row.moved_at.isoformat(),
                "reason": row.reason,
            }
            for row in moved
        ],
    }


def managers(*, group_id: UUID) -> set[UUID]:
    """Who answers requests without a mandate; one query."""
    rows = Membership.objects.active().filter(group_id=group_id, role=MemberRole.MANAGER)
    return set(rows.values_list("person_id", flat=True))
