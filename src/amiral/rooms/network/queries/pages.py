"""What a whole page shows, gathered once."""

from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page

from amiral.kit.contracts import Link
from amiral.rooms.network.access import rights_in_group
from amiral.rooms.network.contracts import (
    CommuneFound,
    DepartementLine,
    GroupCard,
    GroupKind,
    LeaderView,
    MembershipCard,
    PostView,
    Rights,
)
from amiral.rooms.network.models import Group
from amiral.rooms.network.queries.groups import (
    agenda,
    card_of,
    departement_lines,
    local_groups_in,
    presentation_html,
    search,
)
from amiral.rooms.network.queries.members import leaders, member_count, memberships_of
from amiral.rooms.network.queries.words import feed, personal_feed
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature


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
    posts: "Page[PostView] | None"


@dataclass(frozen=True, kw_only=True)
class GroupsPage:
    """The list of groups, a search in it, and one's own groups with what was said there."""

    text: str
    found: tuple[CommuneFound, ...]
    departements: tuple[DepartementLine, ...]
    memberships: tuple[MembershipCard, ...]
    posts: tuple[PostView, ...]
    may_create: bool


@dataclass(frozen=True, kw_only=True)
class WelcomePage:
    """Where a newcomer was placed; ``membership`` is ``None`` when there is no group yet."""

    membership: MembershipCard | None
    agenda: list[Link]


def group_page(*, group: Group, person_id: UUID | None, page_number: str | int) -> GroupPage:
    """The public part for everybody, the members' part for those who may read it."""
    rights = rights_in_group(person_id=person_id, group=group)
    is_departement = group.kind == GroupKind.DEPARTEMENT
    return GroupPage(
        group=card_of(group),
        presentation=presentation_html(group=group),
        rights=rights,
        member_count=member_count(group_id=group.pk),
        agenda=agenda(group_id=group.pk),
        local_groups=local_groups_in(territory_id=group.territory_id) if is_departement else (),
        leaders=leaders(group_id=group.pk) if rights.read else (),
        posts=feed(group=group, person_id=person_id, page_number=page_number) if rights.read else None,
    )


def groups_page(*, person_id: UUID | None, text: str) -> GroupsPage:
    """The list for everybody; one's own groups and their newest posts for a member who searches nothing."""
    at_home = None if text else person_id
    held = people.territories_held(person_id=person_id, feature=Feature.MANAGE_GROUPS) if person_id else ()
    return GroupsPage(
        text=text,
        found=search(text=text) if text else (),
        departements=departement_lines(),
        memberships=memberships_of(person_id=at_home) if at_home else (),
        posts=personal_feed(person_id=at_home) if at_home else (),
        may_create=bool(held),
    )


def welcome_page(*, person_id: UUID) -> WelcomePage:
    """The newest group of a member and its next actions."""
    newest = next(iter(memberships_of(person_id=person_id)), None)
    return WelcomePage(membership=newest, agenda=agenda(group_id=newest.group.id) if newest else [])
