"""What a whole page shows, gathered once."""

from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page

from amiral.kit.contracts import Link
from amiral.rooms.network.access import rights_in_group
from amiral.rooms.network.contracts import (
    AnswerState,
    CommuneFound,
    DepartementLine,
    GroupCard,
    GroupKind,
    LeaderView,
    MembershipCard,
    NoteView,
    Openness,
    PostView,
    Rights,
    Source,
)
from amiral.rooms.network.models import Group
from amiral.rooms.network.queries import feed as personal_feed
from amiral.rooms.network.queries.certification import Badge, badge, certified_groups
from amiral.rooms.network.queries.exclusions import in_force
from amiral.rooms.network.queries.groups import (
    agenda,
    card_of,
    departement_lines,
    local_groups_in,
    other_groups,
    presentation_html,
    search,
)
from amiral.rooms.network.queries.joining import InvitationView, invitations_of, request_state, served
from amiral.rooms.network.queries.members import leaders, member_count, memberships_of
from amiral.rooms.network.queries.outside import handle_of_group, latest
from amiral.rooms.network.queries.words import feed, pinned
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature

PLACED = (Source.COMMUNE, Source.DEPARTEMENT)


@dataclass(frozen=True, kw_only=True)
class GroupPage:
    """A group as one visitor sees it: ``leaders`` and ``posts`` stay empty for those who may not read."""

    group: GroupCard
    presentation: str
    rights: Rights
    member_count: int
    agenda: list[Link]
    local_groups: tuple[GroupCard, ...]
    leaders: tuple[LeaderView, ...]
    pinned: tuple[PostView, ...]
    posts: "Page[PostView] | None"
    others: tuple[GroupCard, ...] = ()
    request: AnswerState | None = None
    serves: tuple[str, ...] = ()
    badge: Badge | None = None
    exclusion: UUID | None = None
    handle: str = ""
    """What to type on other networks to follow it; empty when it cannot be followed."""
    announced: tuple[NoteView, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GroupsPage:
    """The list of groups, a search in it, and one's own groups with what was said there."""

    text: str
    found: tuple[CommuneFound, ...]
    departements: tuple[DepartementLine, ...]
    memberships: tuple[MembershipCard, ...]
    posts: tuple[PostView, ...]
    may_create: bool
    others: tuple[GroupCard, ...] = ()
    invitations: tuple[InvitationView, ...] = ()
    certified: tuple[GroupCard, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class WelcomePage:
    """Where a newcomer was placed; ``membership`` is ``None`` when there is no group yet."""

    membership: MembershipCard | None
    agenda: list[Link]
    others: tuple[MembershipCard, ...] = ()


def group_page(*, group: Group, person_id: UUID | None, page_number: str | int) -> GroupPage:
    """The public part for everybody, the members' part for those who may read it."""
    rights = rights_in_group(person_id=person_id, group=group)
    top = pinned(group=group, person_id=person_id) if rights.read else ()
    shown = [post.id for post in top]
    is_departement = group.kind == GroupKind.DEPARTEMENT
    return GroupPage(
        group=card_of(group),
        presentation=presentation_html(group=group),
        rights=rights,
        member_count=member_count(group_id=group.pk),
        agenda=agenda(group_id=group.pk),
        local_groups=local_groups_in(territory_id=group.territory_id) if is_departement else (),
        leaders=leaders(group_id=group.pk) if rights.read else (),
        pinned=top,
        posts=feed(group=group, person_id=person_id, page_number=page_number, but=shown)
        if rights.read
        else None,
        others=other_groups(territory_id=group.territory_id) if is_departement else (),
        request=_own_request(person_id, group),
        serves=served(group=group),
        badge=badge(group=group),
        exclusion=None if rights.member else in_force(person_id=person_id, group_id=group.pk),
        handle=handle_of_group(group_id=group.pk),
        announced=tuple(latest(group_id=group.pk)),
    )


def _own_request(person_id: UUID | None, group: Group) -> AnswerState | None:
    if person_id is None or group.openness == Openness.OPEN:
        return None
    return request_state(person_id=person_id, group=group)


def groups_page(*, person_id: UUID | None, text: str, certified_only: bool = False) -> GroupsPage:
    """The list for everybody; one's own groups and their newest posts for a member who searches nothing.

    ``certified_only``: those with a badge, and nothing else.
    """
    at_home = None if text or certified_only else person_id
    held = people.territories_held(person_id=person_id, feature=Feature.MANAGE_GROUPS) if person_id else ()
    return GroupsPage(
        text=text,
        found=search(text=text) if text else (),
        departements=() if certified_only else departement_lines(),
        memberships=memberships_of(person_id=at_home) if at_home else (),
        posts=_newest_posts(at_home) if at_home else (),
        may_create=bool(held),
        others=() if certified_only else other_groups(),
        invitations=invitations_of(person_id=at_home) if at_home else (),
        certified=certified_groups() if certified_only else None,
    )


def _newest_posts(person_id: UUID) -> tuple[PostView, ...]:
    entries = personal_feed.page(person_id=person_id, part=personal_feed.Part.GROUPS).entries
    return tuple(entry.post for entry in entries)


def welcome_page(*, person_id: UUID) -> WelcomePage:
    """Where a newcomer was placed, else his newest group; its next actions; his other groups."""
    found = memberships_of(person_id=person_id)
    placed = next((one for one in found if one.source in PLACED), None) or next(iter(found), None)
    return WelcomePage(
        membership=placed,
        agenda=agenda(group_id=placed.group.id) if placed else [],
        others=tuple(one for one in found if placed and one.group.id != placed.group.id),
    )
