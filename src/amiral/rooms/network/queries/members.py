"""Who belongs to a group, who leads it, and why somebody is in it."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.utils.text import slugify
from django.utils.translation import gettext as _

from amiral.rooms.network.contracts import GroupCard, LeaderView, MembershipCard, MemberView, Source
from amiral.rooms.network.models import Invitation, Membership
from amiral.rooms.network.queries.groups import cards_of
from amiral.rooms.network.queries.mentions import handles_of
from amiral.rooms.network.queries.rules import because_of
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard, Role

MEMBERS_PER_PAGE = 50
MEMBERS_FOUND_MAX = 20

View = TypeVar("View")


def memberships_of(*, person_id: UUID) -> tuple[MembershipCard, ...]:
    """The groups of a person, newest first; two queries."""
    rows = Membership.objects.active().of(person_id).select_related("group").order_by("-joined_at", "-id")
    found = tuple(rows)
    cards = cards_of(row.group for row in found)
    because = because_of(group_ids=[row.group_id for row in found if row.source == Source.RULE])
    invited = [row.group_id for row in found if row.source == Source.INVITED]
    because |= _inviters(person_id, invited) if invited else {}
    return tuple(_membership(row, card, because) for row, card in zip(found, cards, strict=True))


def _membership(row: Membership, card: GroupCard, because: dict[UUID, str]) -> MembershipCard:
    source = Source(row.source)
    return MembershipCard(
        group=card,
        source=source,
        reason=reason_of(source=source, group=card, because=because.get(card.id, "")),
        joined_at=row.joined_at,
    )


def _inviters(person_id: UUID, group_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those who had somebody written to, by group; two queries."""
    rows = Invitation.objects.filter(person_id=person_id, group_id__in=group_ids, invited_by__isnull=False)
    by = dict(rows.values_list("group_id", "invited_by_id"))
    names = people.cards(person_ids=set(by.values()))
    return {group_id: names[id_].public_name for group_id, id_ in by.items() if id_ in names}


def reason_of(*, source: Source, group: GroupCard, because: str = "") -> str:
    """Why somebody is in a group, as a clause of a sentence, in the language of the reader.

    ``because``: what the rule says, or the name of who invited.
    """
    if source == Source.COMMUNE:
        return _("because you live in %(commune)s") % {"commune": group.territory_name}
    if source == Source.DEPARTEMENT:
        return _(
            "because your commune has no group yet and you live in this département (%(departement)s)"
        ) % {"departement": group.territory_name}
    if source == Source.EARLIER:
        return _("because you were placed in it before you moved")
    if source == Source.RULE and because:
        return _("because %(because)s") % {"because": because}
    if source == Source.INVITED and because:
        return _("because %(name)s invited you into it") % {"name": because}
    return {
        Source.REQUEST: _("because you asked to join and were accepted"),
        Source.INVITATION: _("because you accepted an invitation"),
        Source.INVITED: _("because a letter invited you into it"),
        Source.TRANSFER: _("because you were moved into it from another group"),
        Source.RULE: _("because you answer the criteria of the group"),
    }.get(source, _("because you joined it yourself"))


def kept_of(*, person_id: UUID) -> list[dict[str, str | None]]:
    """Every membership of the person, for the person."""
    rows = Membership.objects.of(person_id).select_related("group").order_by("joined_at", "id")
    return [
        {
            "group": row.group.name,
            "source": row.source,
            "joined_at": row.joined_at.isoformat(),
            "left_at": row.left_at.isoformat() if row.left_at else None,
        }
        for row in rows
    ]


def is_member(*, person_id: UUID | None, group_id: UUID) -> bool:
    """One query."""
    return Membership.objects.active().of(person_id).filter(group_id=group_id).exists()


def member_count(*, group_id: UUID) -> int:
    """One query."""
    return Membership.objects.active().filter(group_id=group_id).count()


def members(*, group_id: UUID, page_number: str | int) -> "Page[MemberView]":
    """The members, those who came first at the top; public names only."""
    rows = Membership.objects.active().filter(group_id=group_id).order_by("joined_at", "id")
    page = Paginator(rows, MEMBERS_PER_PAGE).get_page(page_number)
    names = people.cards(person_ids={row.person_id for row in page.object_list})
    leading = {leader.person_id for leader in leaders(group_id=group_id)}
    handles = handles_of(group_id=group_id, person_ids=set(names))
    views = [
        MemberView(
            person_id=row.person_id,
            public_name=name_of(row.person_id, names),
            joined_at=row.joined_at,
            is_leader=row.person_id in leading,
            handle=handles.get(row.person_id, ""),
        )
        for row in page.object_list
    ]
    return page_of(views, page)


def members_to_name(*, group_id: UUID, text: str) -> tuple[PersonCard, ...]:
    """Members who do not lead the group yet and whose public name holds ``text``, accents aside; by name.

    Reads the names of all members, since their order and spelling are another room's: a rare page.
    """
    rows = Membership.objects.active().filter(group_id=group_id)
    leading = {leader.person_id for leader in leaders(group_id=group_id)}
    ids = set(rows.values_list("person_id", flat=True)) - leading
    wanted = slugify(text)
    named = sorted((slugify(card.public_name), card.id, card) for card in _cards_of_many(ids))
    return tuple(card for name, _id, card in named if wanted in name)[:MEMBERS_FOUND_MAX]


def _cards_of_many(person_ids: Collection[UUID]) -> Iterator[PersonCard]:
    """Five thousand at a time: a statement takes a limited number of parameters."""
    ids = sorted(person_ids)
    for start in range(0, len(ids), 5_000):
        yield from people.cards(person_ids=ids[start : start + 5_000]).values()


def leaders(*, group_id: UUID) -> tuple[LeaderView, ...]:
    """Who leads the group by a mandate in force; one query."""
    return tuple(
        LeaderView(mandate_id=card.id, person_id=card.person_id, public_name=card.person_name)
        for card in people.holders(scope_id=group_id, role=Role.GROUP_LEADER)
    )


def name_of(person_id: UUID | None, names: dict[UUID, PersonCard]) -> str:
    """The public name, or a word for a person who was erased."""
    card = names.get(person_id) if person_id else None
    return card.public_name if card else _("Former member")


def public_name(*, person_id: UUID) -> str:
    """The name that other members read; one query."""
    return people.card(person_id=person_id).public_name


def page_of(views: list[View], page: "Page[Any]") -> "Page[View]":
    """The same page of a list, with dataclasses in place of rows."""
    return Page(views, page.number, page.paginator)
