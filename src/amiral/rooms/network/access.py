"""The only way to fetch for a user. Missing and forbidden raise the same ``NotFound``.

Opinions are sensitive data (GDPR art. 9), so what is said in a group is read by its members, by those who
lead it, and by those who hold its territory. The group of a département is also read by the members of the
local groups inside it, who were placed nearer home.
"""

from typing import TypeVar
from uuid import UUID

from django.db.models import Q

from amiral.kit.errors import NotFound
from amiral.rooms.network.contracts import (
    ROLE_ACTS,
    AnswerState,
    AppealState,
    GroupAct,
    GroupKind,
    MemberRole,
    Openness,
    OutsideState,
    Rights,
)
from amiral.rooms.network.models import (
    Block,
    Comment,
    Conversation,
    Exclusion,
    Group,
    Invitation,
    JoinRequest,
    LocalActor,
    Membership,
    Notification,
    Picture,
    Post,
    PrivateMessage,
    PublicNote,
    RemoteReply,
    Transfer,
)
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import COUNTRY, Ability, Feature, Standing
from amiral.rooms.territory import api as territory

Row = TypeVar("Row")


def rights_in_group(*, person_id: UUID | None, group: Group) -> Rights:
    """What ``person_id`` may do in ``group``; four queries at most, none for an anonymous visitor."""
    if person_id is None:
        return Rights()
    role = role_of(person_id=person_id, group=group)
    standings = {_STANDINGS[role]} if role else set()
    can = _abilities(person_id, group, standings)
    if Ability.READ_GROUP not in can and _reads_from_inside(person_id, group):
        can = _abilities(person_id, group, {Standing.INSIDE})
    acts = ROLE_ACTS[role] if role else frozenset()
    if Ability.EDIT_GROUP in can:
        acts |= ROLE_ACTS[MemberRole.LEADER]
    return Rights(
        member=role is not None,
        read=Ability.READ_GROUP in can,
        write=Ability.WRITE_IN_GROUP in can,
        manage=Ability.EDIT_GROUP in can,
        can=can,
        role=role,
        acts=acts,
    )


# A follower reads and no more, as does a member of a group inside.
_STANDINGS = {
    MemberRole.FOLLOWER: Standing.INSIDE,
    MemberRole.MEMBER: Standing.MEMBER,
    MemberRole.MANAGER: Standing.MEMBER,
}


def role_of(*, person_id: UUID | None, group: Group) -> MemberRole | None:
    """What the membership says; leading is a mandate and stands elsewhere. One query."""
    roles = Membership.objects.active().of(person_id).filter(group=group).values_list("role", flat=True)
    found = roles.first()
    return MemberRole(found) if found else None


def is_visible(*, person_id: UUID | None, group: Group) -> bool:
    """Whether a group exists for somebody: one by invitation only for its own, the invited, and who holds it.

    No query for any other group.
    """
    if group.openness != Openness.INVITATION:
        return True
    return (
        role_of(person_id=person_id, group=group) is not None
        or may_manage(person_id=person_id, group=group)
        or _is_invited(person_id, group)
    )


def _is_invited(person_id: UUID | None, group: Group) -> bool:
    if person_id is None:
        return False
    return Invitation.objects.filter(person_id=person_id, group=group, state=AnswerState.OPEN).exists()


def access_group_for_act_by_slug(*, person_id: UUID | None, slug: str, act: GroupAct) -> Group:
    """For what ``ROLE_ACTS`` gives to a role."""
    group = access_group_by_slug(slug=slug, person_id=person_id)
    return _only(act in rights_in_group(person_id=person_id, group=group).acts, group)


def access_group_for_act_by_id(*, person_id: UUID | None, group_id: UUID, act: GroupAct) -> Group:
    """As ``access_group_for_act_by_slug``."""
    group = access_group_by_id(group_id=group_id)
    return _only(act in rights_in_group(person_id=person_id, group=group).acts, group)


def access_group_to_rule_by_slug(*, person_id: UUID | None, slug: str) -> Group:
    """For computing the members: those who lead the group and may count segments; not of a département."""
    group = access_group_to_manage_by_slug(person_id=person_id, slug=slug)
    return _only(may_rule(person_id=person_id, group=group), group)


def access_group_to_rule_by_id(*, person_id: UUID | None, group_id: UUID) -> Group:
    """As ``access_group_to_rule_by_slug``."""
    group = access_group_to_manage_by_id(person_id=person_id, group_id=group_id)
    return _only(may_rule(person_id=person_id, group=group), group)


def may_rule(*, person_id: UUID | None, group: Group) -> bool:
    """Whether the person may count segments over the group's territory; one query."""
    is_placed = group.kind == GroupKind.DEPARTEMENT
    return not is_placed and people.may(
        person_id=person_id, feature=Feature.USE_SEGMENTS, territory_id=group.territory_id
    )


def access_request_to_answer_by_id(*, person_id: UUID, request_id: UUID) -> JoinRequest:
    """An open request, for those who answer requests of its group."""
    row = JoinRequest.objects.select_related("group").filter(pk=request_id, state=AnswerState.OPEN).first()
    request = _one(row)
    acts = rights_in_group(person_id=person_id, group=request.group).acts
    return _only(GroupAct.ANSWER_REQUESTS in acts, request)


def access_own_invitation_by_id(*, person_id: UUID, invitation_id: UUID) -> Invitation:
    """One's own, answered or not."""
    rows = Invitation.objects.select_related("group").filter(person_id=person_id)
    return _one(rows.filter(pk=invitation_id).first())


def access_own_transfer_by_id(*, person_id: UUID, transfer_id: UUID) -> Transfer:
    """One's own."""
    rows = Transfer.objects.select_related("origin", "target").filter(person_id=person_id)
    return _one(rows.filter(pk=transfer_id).first())


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
    belongs = Membership.objects.active().of(person_id).filter(group__territory_id__in=inside).exists()
    return belongs and not is_excluded(person_id=person_id, group_id=group.pk)


def access_group_by_slug(*, slug: str, person_id: UUID | None = None) -> Group:
    """The public part of a group is for everybody; one by invitation does not exist for strangers."""
    group = _one(Group.objects.filter(slug=slug).first())
    return _only(is_visible(person_id=person_id, group=group), group)


def access_group_to_read_by_slug(*, person_id: UUID | None, slug: str) -> tuple[Group, Rights]:
    """The members' part."""
    group = access_group_by_slug(slug=slug, person_id=person_id)
    rights = rights_in_group(person_id=person_id, group=group)
    return _only(rights.read, group), rights


def access_group_to_write_by_slug(*, person_id: UUID | None, slug: str) -> Group:
    """For publishing."""
    group, rights = access_group_to_read_by_slug(person_id=person_id, slug=slug)
    return _only(rights.write, group)


def access_group_to_manage_by_slug(*, person_id: UUID | None, slug: str) -> Group:
    """For the leader's part."""
    group = access_group_by_slug(slug=slug, person_id=person_id)
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
    group = access_group_by_slug(slug=slug, person_id=person_id)
    return _only(may_name_leaders(person_id=person_id, group=group), group)


def access_group_to_name_leaders_by_id(*, person_id: UUID | None, group_id: UUID) -> Group:
    """As ``access_group_to_name_leaders_by_slug``."""
    group = access_group_by_id(group_id=group_id)
    return _only(may_name_leaders(person_id=person_id, group=group), group)


def may_name_leaders(*, person_id: UUID | None, group: Group) -> bool:
    """True for coordinators and administrators over the group's territory; one query."""
    return people.may(person_id=person_id, feature=Feature.MANAGE_MANDATES, territory_id=group.territory_id)


def access_criteria_to_write(*, person_id: UUID | None) -> None:
    """For those who hold the groups of the whole country: the campaign's own criteria."""
    if not may_write_criteria(person_id=person_id):
        raise NotFound


def may_write_criteria(*, person_id: UUID | None) -> bool:
    """One query, none for a visitor."""
    return people.may(person_id=person_id, feature=Feature.MANAGE_GROUPS, territory_id=COUNTRY)


def access_group_to_certify_by_slug(*, person_id: UUID | None, slug: str) -> Group:
    """For those who lead the group, who ask, and for those who hold its territory, who decide."""
    group = access_group_by_slug(slug=slug, person_id=person_id)
    asks = may_manage(person_id=person_id, group=group)
    return _only(asks or may_name_leaders(person_id=person_id, group=group), group)


def is_excluded(*, person_id: UUID, group_id: UUID) -> bool:
    """Whether somebody is kept out of a group; one query."""
    return Exclusion.objects.filter(person_id=person_id, group_id=group_id, lifted_at=None).exists()


def access_exclusion_to_lift_by_id(*, person_id: UUID | None, exclusion_id: UUID) -> Exclusion:
    """One in force, for those who lead the group or hold its territory; nobody lifts his own."""
    row = _one(Exclusion.objects.select_related("group").filter(pk=exclusion_id, lifted_at=None).first())
    acts = rights_in_group(person_id=person_id, group=row.group).acts
    return _only(GroupAct.EXCLUDE in acts and row.person_id != person_id, row)


def access_exclusion_to_answer_by_id(*, person_id: UUID | None, exclusion_id: UUID) -> Exclusion:
    """One that is appealed, for those who hold the territory; not for its author, nor for who is excluded."""
    rows = Exclusion.objects.select_related("group").filter(lifted_at=None, appeal=AppealState.OPEN)
    row = _one(rows.filter(pk=exclusion_id).first())
    is_party = person_id in (row.excluded_by_id, row.person_id)
    return _only(not is_party and may_name_leaders(person_id=person_id, group=row.group), row)


def access_own_exclusion_by_id(*, person_id: UUID, exclusion_id: UUID) -> Exclusion:
    """One's own, in force or lifted."""
    rows = Exclusion.objects.select_related("group").filter(person_id=person_id)
    return _one(rows.filter(pk=exclusion_id).first())


def access_post_by_id(*, person_id: UUID | None, post_id: UUID) -> tuple[Post, Rights]:
    """A post that is not hidden, for those who read the group."""
    post = _one(Post.objects.select_related("group").filter(pk=post_id, hidden_at=None).first())
    rights = rights_in_group(person_id=person_id, group=post.group)
    return _only(rights.read and not _is_apart(person_id, post), post), rights


def access_post_to_comment_by_id(*, person_id: UUID | None, post_id: UUID) -> Post:
    """For commenting: those who may write in the group."""
    post, rights = access_post_by_id(person_id=person_id, post_id=post_id)
    return _only(rights.write, post)


def access_comment_by_id(*, person_id: UUID | None, comment_id: UUID) -> Comment:
    """A comment that is not hidden, under a post that the person reads."""
    found = Comment.objects.select_related("post__group").filter(pk=comment_id, hidden_at=None).first()
    comment = _one(found)
    access_post_by_id(person_id=person_id, post_id=comment.post_id)
    return _only(not _is_apart(person_id, comment), comment)


def apart_from(*, person_id: UUID | None) -> set[UUID]:
    """Those whom the person blocked and those who blocked him: neither reads the other. One query."""
    if person_id is None:
        return set()
    pairs = Block.objects.filter(Q(blocker_id=person_id) | Q(blocked_id=person_id))
    found = {id_ for pair in pairs.values_list("blocker_id", "blocked_id") for id_ in pair}
    return found - {person_id}


def _is_apart(person_id: UUID | None, words: Post | Comment) -> bool:
    """Whether a block stands between a reader and an author. What is announced is said for the group."""
    if words.author_id is None or words.author_id == person_id or getattr(words, "is_announcement", False):
        return False
    return words.author_id in apart_from(person_id=person_id)


def access_post_to_pin_by_id(*, person_id: UUID | None, post_id: UUID) -> Post:
    """For those who lead the group; hidden posts are pinned by nobody."""
    post = _one(Post.objects.select_related("group").filter(pk=post_id, hidden_at=None).first())
    return _only(may_manage(person_id=person_id, group=post.group), post)


def access_notification_by_id(*, person_id: UUID, notification_id: UUID) -> Notification:
    """One's own."""
    return _one(Notification.objects.filter(person_id=person_id, pk=notification_id).first())


def access_picture_by_id(*, person_id: UUID | None, picture_id: UUID) -> Picture:
    """For those who read the post."""
    picture = _one(Picture.objects.filter(pk=picture_id).first())
    access_post_by_id(person_id=person_id, post_id=picture.post_id)
    return picture


def access_fellow_by_id(*, person_id: UUID, other_id: UUID) -> None:
    """Somebody with whom the person shares a group or a conversation; nobody else exists for him."""
    own = Membership.objects.active().of(person_id).values("group_id")
    shares = Membership.objects.active().of(other_id).filter(group_id__in=own).exists()
    if not shares and not _have_talked(person_id, other_id) and not _has_read(person_id, other_id):
        raise NotFound


def _have_talked(person_id: UUID, other_id: UUID) -> bool:
    own = Conversation.objects.filter(participants__person_id=person_id)
    return own.filter(participants__person_id=other_id).exists()


def _has_read(person_id: UUID, other_id: UUID) -> bool:
    """Who wrote, in the group of the département, what the members of its local groups read."""
    posts = Post.objects.filter(author_id=other_id, hidden_at=None)
    groups = Group.objects.filter(pk__in=posts.order_by().values("group_id"), kind=GroupKind.DEPARTEMENT)
    return any(rights_in_group(person_id=person_id, group=group).read for group in groups[:3])


def access_conversation_by_id(*, person_id: UUID | None, conversation_id: UUID) -> Conversation:
    """For the two who talk; the conversation of a group for its members."""
    found = _one(Conversation.objects.select_related("group").filter(pk=conversation_id).first())
    if found.group:
        member = Membership.objects.active().of(person_id).filter(group=found.group)
        return _only(member.exists(), found)
    takes_part = person_id is not None and found.participants.filter(person_id=person_id).exists()
    return _only(takes_part, found)


def access_message_by_id(*, person_id: UUID, message_id: UUID) -> PrivateMessage:
    """A message that its reader sees: not hidden, not across a block."""
    rows = PrivateMessage.objects.select_related("conversation__group")
    message = _one(rows.filter(pk=message_id, hidden_at=None).first())
    access_conversation_by_id(person_id=person_id, conversation_id=message.conversation_id)
    in_group = message.conversation.group_id is not None
    apart = in_group and message.author_id in apart_from(person_id=person_id)
    return _only(message.author_id == person_id or not (message.withheld or apart), message)


def access_own_message_by_id(*, person_id: UUID, message_id: UUID) -> PrivateMessage:
    """As ``access_own_post_by_id``."""
    own = PrivateMessage.objects.filter(author_id=person_id, author__isnull=False)
    return _one(own.filter(pk=message_id).first())


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


def access_federation(*, person_id: UUID | None) -> None:
    """Speaking with other networks: administrators of the whole campaign."""
    if not may_federate(person_id=person_id):
        raise NotFound


def may_federate(*, person_id: UUID | None) -> bool:
    """One query."""
    return people.may(person_id=person_id, feature=Feature.MANAGE_MANDATES, territory_id="pays:FR")


def access_note_to_edit_by_id(*, person_id: UUID | None, note_id: UUID) -> PublicNote:
    """A public announcement or answer that was not withdrawn: who leads its group; administrators the
    campaign's."""
    rows = PublicNote.objects.select_related("actor__group", "answers__remote")
    note = _one(rows.filter(pk=note_id, withdrawn_at=None).first())
    return _only(_speaks_for(person_id, note.actor), note)


def access_outside_by_id(*, person_id: UUID | None, reply_id: UUID) -> RemoteReply:
    """Words from another network, for who decides on them."""
    rows = RemoteReply.objects.select_related("actor__group", "remote", "note")
    reply = _one(rows.filter(pk=reply_id).first())
    return _only(_speaks_for(person_id, reply.actor), reply)


def access_shown_outside_by_id(*, person_id: UUID | None, reply_id: UUID) -> RemoteReply:
    """Words from another network that everybody reads here, for members who report them."""
    rows = RemoteReply.objects.select_related("actor__group")
    reply = _one(rows.filter(pk=reply_id, state=OutsideState.SHOWN).first())
    return _only(person_id is not None, reply)


def _speaks_for(person_id: UUID | None, actor: LocalActor) -> bool:
    if actor.group:
        return may_manage(person_id=person_id, group=actor.group)
    return may_federate(person_id=person_id)


def _one(row: Row | None) -> Row:
    if row is None:
        raise NotFound
    return row


def _only(allowed: bool, row: Row) -> Row:
    if not allowed:
        raise NotFound
    return row
