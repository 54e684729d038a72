"""The only way to fetch for a user. Missing and forbidden raise the same ``NotFound``.

Opinions are sensitive data (GDPR art. 9), so what is said in a group is read by its members, by those who
lead it, and by those who hold its territory. The group of a département is also read by the members of the
local groups inside it, who were placed nearer home.
"""

from typing import TypeVar
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.network.contracts import GroupKind, Rights
from amiral.rooms.network.models import Comment, Group, Membership, Post
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Ability, Feature, Standing
from amiral.rooms.territory import api as territory

Row = TypeVar("Row")


def rights_in_group(*, person_id: UUID | None, group: Group) -> Rights:
    """What ``person_id`` may do in ``group``; four queries at most, none for an anonymous visitor."""
    if person_id is None:
        return Rights()
    member = Membership.objects.active().of(person_id).filter(group=group).exists()
    standings = {Standing.MEMBER} if member else set()
    can = _abilities(person_id, group, standings)
    if Ability.READ_GROUP not in can and _reads_from_inside(person_id, group):
        can = _abilities(person_id, group, {Standing.INSIDE})
    return Rights(
        member=member,
        read=Ability.READ_GROUP in can,
        write=Ability.WRITE_IN_GROUP in can,
        manage=Ability.EDIT_GROUP in can,
        can=can,
    )


def _abilities(person_id: UUID, group: Group, standings: set[Standing]) -> frozenset[Ability]:
    return people.abilities(
        person_id=person_id, territory_id=group.territory_id, scope_id=group.pk, standings=standings
    )


def may_manage(*, person_id: UUID | None, group: Group) -> bool:
    """True for those who lead the group and those who hold its territory; one query."""
    return people.may(
        person_id=person_id,
        feature=Feature.MANAGE_GROUPS,
        territory_id=group.territory_id,
        scope_id=group.pk,
    )


def _reads_from_inside(person_id: UUID, group: Group) -> bool:
    """A member of a local group reads the group of the département around it."""
    if group.kind != GroupKind.DEPARTEMENT:
        return False
    inside = territory.descendant_filter(ancestor_ids=[group.territory_id])
    return Membership.objects.active().of(person_id).filter(group__territory_id__in=inside).exists()


def access_group_by_slug(*, slug: str) -> Group:
    """The public part of a group is for everybody."""
    return _one(Group.objects.filter(slug=slug).first())


def access_group_to_read_by_slug(*, person_id: UUID | None, slug: str) -> tuple[Group, Rights]:
    """The members' part."""
    group = access_group_by_slug(slug=slug)
    rights = rights_in_group(person_id=person_id, group=group)
    return _only(rights.read, group), rights


def access_group_to_write_by_slug(*, person_id: UUID | None, slug: str) -> Group:
    """For publishing."""
    group, rights = access_group_to_read_by_slug(person_id=person_id, slug=slug)
    return _only(rights.write, group)


def access_group_to_manage_by_slug(*, person_id: UUID | None, slug: str) -> Group:
    """For the leader's part."""
    group = access_group_by_slug(slug=slug)
    return _only(may_manage(person_id=person_id, group=group), group)


def access_group_by_id(*, group_id: UUID) -> Group:
    """A group that exists; its name is public."""
    return _one(Group.objects.filter(pk=group_id).first())


def access_group_to_write_by_id(*, person_id: UUID | None, group_id: UUID) -> Group:
    """For publishing, from another room."""
    group = access_group_by_id(group_id=group_id)
    return _only(rights_in_group(person_id=person_id, group=group).write, group)


def access_group_to_manage_by_id(*, person_id: UUID | None, group_id: UUID) -> Group:
    """For the leader's verbs."""
    group = access_group_by_id(group_id=group_id)
    return _only(may_manage(person_id=person_id, group=group), group)


def access_group_to_name_leaders_by_slug(*, person_id: UUID | None, slug: str) -> Group:
    """For those who hand out mandates over the group's territory; its leaders do not."""
    group = access_group_by_slug(slug=slug)
    return _only(may_name_leaders(person_id=person_id, group=group), group)


def access_group_to_name_leaders_by_id(*, person_id: UUID | None, group_id: UUID) -> Group:
    """As ``access_group_to_name_leaders_by_slug``."""
    group = access_group_by_id(group_id=group_id)
    return _only(may_name_leaders(person_id=person_id, group=group), group)


def may_name_leaders(*, person_id: UUID | None, group: Group) -> bool:
    """True for coordinators and administrators over the group's territory; one query."""
    return people.may(person_id=person_id, feature=Feature.MANAGE_MANDATES, territory_id=group.territory_id)


def access_post_by_id(*, person_id: UUID | None, post_id: UUID) -> tuple[Post, Rights]:
    """A post that is not hidden, for those who read the group."""
    post = _one(Post.objects.select_related("group").filter(pk=post_id, hidden_at=None).first())
    rights = rights_in_group(person_id=person_id, group=post.group)
    return _only(rights.read, post), rights


def access_post_to_comment_by_id(*, person_id: UUID | None, post_id: UUID) -> Post:
    """For commenting: those who may write in the group."""
    post, rights = access_post_by_id(person_id=person_id, post_id=post_id)
    return _only(rights.write, post)


def access_comment_by_id(*, person_id: UUID | None, comment_id: UUID) -> Comment:
    """A comment that is not hidden, under a post that the person reads."""
    found = Comment.objects.select_related("post__group").filter(pk=comment_id, hidden_at=None).first()
    comment = _one(found)
    access_post_by_id(person_id=person_id, post_id=comment.post_id)
    return comment


def access_own_post_by_id(*, person_id: UUID | None, post_id: UUID) -> Post:
    """One's own words stay in one's reach, hidden or not, also after leaving the group."""
    # Without the second condition nobody (None) would own the posts of erased persons.
    own = Post.objects.select_related("group").filter(author_id=person_id, author__isnull=False)
    return _one(own.filter(pk=post_id).first())


def access_own_comment_by_id(*, person_id: UUID | None, comment_id: UUID) -> Comment:
    """As ``access_own_post_by_id``."""
    own = Comment.objects.select_related("post__group").filter(author_id=person_id, author__isnull=False)
    return _one(own.filter(pk=comment_id).first())


def access_territory_to_group_by_id(*, person_id: UUID | None, territory_id: str) -> str:
    """A territory where the person may create groups."""
    allowed = people.may(person_id=person_id, feature=Feature.MANAGE_GROUPS, territory_id=territory_id)
    return _only(allowed, territory_id)


def access_some_territory_to_group(*, person_id: UUID | None) -> None:
    """For the page where one chooses the commune of a new group."""
    if not people.territories_held(person_id=person_id, feature=Feature.MANAGE_GROUPS):
        raise NotFound


def _one(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _only(allowed: bool, row: Row) -> Row:
    if not allowed:
        raise NotFound
    return row
