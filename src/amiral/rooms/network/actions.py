"""Verbs of the network: one transaction each, with an audit line. The rights are asked of ``access`` here."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind
from amiral.rooms.network.access import (
    access_comment_by_id,
    access_group_by_id,
    access_group_to_manage_by_id,
    access_group_to_name_leaders_by_id,
    access_group_to_write_by_id,
    access_own_comment_by_id,
    access_own_post_by_id,
    access_post_by_id,
    access_post_to_comment_by_id,
    access_territory_to_group_by_id,
)
from amiral.rooms.network.contracts import (
    COMMENT_MAX_CHARACTERS,
    NAME_MAX_CHARACTERS,
    POST_MAX_CHARACTERS,
    PRESENTATION_MAX_CHARACTERS,
    GroupCard,
    GroupKind,
    Source,
)
from amiral.rooms.network.models import Comment, Group, Membership, Post
from amiral.rooms.network.queries.groups import groups_for_communes
from amiral.rooms.network.queries.members import is_member, leaders
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard, Role
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryKind

LEFT_MEMBERSHIP_KEPT = timedelta(days=365)
PLACED = (Source.COMMUNE, Source.DEPARTEMENT)
PLACED_AT_ONCE = 5_000
"""Persons in one query: SQLite and PostgreSQL both limit the parameters of a statement."""
RESERVED_SLUGS = frozenset({"nouveau"})
"""Words that the addresses under ``/groupes/`` use themselves."""


NOTHING = "–"
"""What stands where words were erased with their author."""


class NothingSaid(Refused):
    """An empty post, comment or name."""

    def __init__(self) -> None:
        super().__init__(_("There is no text. Write something, then send it again."))


class TooLong(Refused):
    """Text beyond its limit."""

    def __init__(self, *, limit: int) -> None:
        sentence = _("The text is too long: shorten it to %(limit)d characters at most, then send it again.")
        super().__init__(sentence % {"limit": limit})


class LeadersStay(Refused):
    """A leader who wants to leave the group he leads."""

    def __init__(self) -> None:
        super().__init__(
            _("You lead this group. Name another leader and remove your own mandate before you leave.")
        )


class NotAMember(Refused):
    """Only a member can be named leader."""

    def __init__(self) -> None:
        super().__init__(_("This person is not a member of the group. Ask him or her to join it first."))


class AlreadyLeads(Refused):
    """Named twice."""

    def __init__(self) -> None:
        super().__init__(_("This person leads the group already."))


class OwnWords(Refused):
    """Reporting oneself."""

    def __init__(self) -> None:
        super().__init__(_("These are your own words: delete them instead of reporting them."))


class GroupExists(Refused):
    """Two groups of one name in one place; also what a double click makes."""

    def __init__(self) -> None:
        super().__init__(_("There is a group of this name here already. Choose another name."))


class NotACommune(Refused):
    """A local group of something else than a commune."""

    def __init__(self) -> None:
        super().__init__(_("A local group belongs to a commune. Choose one in the list."))


# Groups --------------------------------------------------------------------------------------------


@transaction.atomic
def create_departement_groups(*, at: datetime) -> int:
    """One group per département of the referential that has none yet; answers how many were created."""
    present = set(Group.objects.filter(kind=GroupKind.DEPARTEMENT).values_list("territory_id", flat=True))
    missing = [place for place in territory.departements() if place.id not in present]
    for place in missing:
        _new_group(GroupKind.DEPARTEMENT, name=place.name, territory_id=place.id, at=at)
    if missing:
        record(
            actor_id=None,
            verb="create-departement-groups",
            subject_kind="group",
            subject_id="",
            number=len(missing),
        )
    return len(missing)


@transaction.atomic
def create_local_group(*, by_id: UUID, name: str, commune_id: str, presentation: str, at: datetime) -> UUID:
    """A group of one commune. Raises ``NotFound`` where ``by_id`` holds nothing, ``Refused`` on bad words."""
    access_territory_to_group_by_id(person_id=by_id, territory_id=commune_id)
    if territory.territory(territory_id=commune_id).kind != TerritoryKind.COMMUNE:
        raise NotACommune
    group = _new_group(
        GroupKind.LOCAL,
        name=_text(name, limit=NAME_MAX_CHARACTERS),
        territory_id=commune_id,
        at=at,
        presentation=_text(presentation, limit=PRESENTATION_MAX_CHARACTERS, may_be_empty=True),
    )
    record(actor_id=by_id, verb="create-group", subject_kind="group", subject_id=group.pk)
    return group.pk


def _new_group(
    kind: GroupKind, *, name: str, territory_id: str, at: datetime, presentation: str = ""
) -> Group:
    code = territory.territory(territory_id=territory_id).departement_code
    group = Group(
        kind=kind,
        slug=free_slug(name=name, departement_code=code),
        name=name,
        territory_id=territory_id,
        presentation=presentation,
        created_at=at,
    )
    _save(group)
    return group


def _save(group: Group, *, fields: Sequence[str] | None = None) -> None:
    """The constraint decides, so that two clicks at once make one group."""
    try:
        with transaction.atomic():
            group.save(update_fields=fields)
    except IntegrityError:
        raise GroupExists from None


def free_slug(*, name: str, departement_code: str) -> str:
    """``saone-et-loire``; homonyms take the code of their département, then a number."""
    # slugify drops apostrophes, which would write "Côte-d'Or" as "cote-dor".
    plain = slugify(re.sub(r"['’]", "-", name))[:NAME_MAX_CHARACTERS] or "groupe"
    with_code = f"{plain}-{departement_code.lower()}" if departement_code else plain
    taken = RESERVED_SLUGS | set(Group.objects.filter(slug__startswith=plain).values_list("slug", flat=True))
    numbered = (f"{with_code}-{number}" for number in range(2, len(taken) + 4))
    return next(slug for slug in (plain, with_code, *numbered) if slug not in taken)


@transaction.atomic
def edit_group(*, by_id: UUID, group_id: UUID, name: str, presentation: str) -> None:
    """New name and presentation; the address of the page stays."""
    group = access_group_to_manage_by_id(person_id=by_id, group_id=group_id)
    group.name = _text(name, limit=NAME_MAX_CHARACTERS)
    group.presentation = _text(presentation, limit=PRESENTATION_MAX_CHARACTERS, may_be_empty=True)
    _save(group, fields=["name", "presentation"])
    record(actor_id=by_id, verb="edit-group", subject_kind="group", subject_id=group.pk)


@transaction.atomic
def name_leader(*, by_id: UUID, group_id: UUID, person_id: UUID) -> UUID:
    """Gives a member the mandate over the group; answers the mandate's id."""
    group = access_group_to_name_leaders_by_id(person_id=by_id, group_id=group_id)
    if not is_member(person_id=person_id, group_id=group.pk):
        raise NotAMember
    if any(leader.person_id == person_id for leader in leaders(group_id=group.pk)):
        raise AlreadyLeads
    return people.grant_mandate(
        by_id=by_id,
        person_id=person_id,
        role=Role.GROUP_LEADER,
        territory_id=group.territory_id,
        scope_id=group.pk,
        scope_name=group.name,
    )


@transaction.atomic
def remove_leader(*, by_id: UUID, group_id: UUID, mandate_id: UUID) -> None:
    """Ends a mandate over the group: one's own, or any for those who name leaders; else ``NotFound``."""
    group = access_group_by_id(group_id=group_id)
    leading = {leader.mandate_id: leader.person_id for leader in leaders(group_id=group.pk)}
    if leading.get(mandate_id) != by_id:
        access_group_to_name_leaders_by_id(person_id=by_id, group_id=group_id)
    if mandate_id not in leading:
        raise NotFound
    people.end_mandate(by_id=by_id, mandate_id=mandate_id)


# Members -------------------------------------------------------------------------------------------


@transaction.atomic
def place_newcomer(*, person_id: UUID, at: datetime) -> None:
    """Puts a new member in the nearest group: of the commune, else of the département, else none.

    Harmless a second time; somebody who left that group is not put back. Somebody who moved is placed
    anew and keeps the group of before, with another reason, until he leaves it.
    """
    group = _nearest_groups([people.card(person_id=person_id)]).get(person_id)
    placed = Membership.objects.active().of(person_id).filter(source__in=PLACED)
    if group is None:
        placed.update(source=Source.EARLIER)
        return
    placed.exclude(group_id=group.id).update(source=Source.EARLIER)
    _place(person_id, group, at)


def _place(person_id: UUID, group: GroupCard, at: datetime) -> None:
    source = _source_of_placement(group)
    row, created = Membership.objects.get_or_create(
        group_id=group.id, person_id=person_id, defaults={"source": source, "joined_at": at}
    )
    if created:
        record(actor_id=None, verb="place-newcomer", subject_kind="group", subject_id=group.id)
    elif row.source == Source.EARLIER:  # moved back
        Membership.objects.filter(pk=row.pk).update(source=source)


@transaction.atomic
def place_many(*, person_ids: Sequence[UUID], at: datetime) -> None:
    """``place_newcomer`` for many at once: five queries per ``PLACED_AT_ONCE`` persons, one audit line."""
    for start in range(0, len(person_ids), PLACED_AT_ONCE):
        cards = people.cards(person_ids=person_ids[start : start + PLACED_AT_ONCE])
        rows = [
            Membership(
                group_id=group.id, person_id=person_id, source=_source_of_placement(group), joined_at=at
            )
            for person_id, group in _nearest_groups(cards.values()).items()
        ]
        # A row that exists already stays as it is, also that of somebody who left.
        Membership.objects.bulk_create(rows, ignore_conflicts=True)
    record(actor_id=None, verb="place-newcomers", subject_kind="group", subject_id="", number=len(person_ids))


def _nearest_groups(persons: Iterable[PersonCard]) -> dict[UUID, GroupCard]:
    communes = {person.id: person.commune_id for person in persons if person.commune_id}
    places = territory.territories(territory_ids=set(communes.values()))
    groups = groups_for_communes(communes=tuple(places.values()))
    return {person_id: groups[commune] for person_id, commune in communes.items() if commune in groups}


def _source_of_placement(group: GroupCard) -> Source:
    return Source.COMMUNE if group.kind == GroupKind.LOCAL else Source.DEPARTEMENT


@transaction.atomic
def join(*, person_id: UUID, group_id: UUID, at: datetime) -> None:
    """Any confirmed person may join any group; joining twice is harmless."""
    group = access_group_by_id(group_id=group_id)
    values = {"source": Source.CHOICE, "joined_at": at, "left_at": None}
    membership, created = Membership.objects.get_or_create(group=group, person_id=person_id, defaults=values)
    if not created and membership.left_at is None:
        return
    Membership.objects.filter(pk=membership.pk).update(**values)
    record(actor_id=person_id, verb="join-group", subject_kind="group", subject_id=group.pk)


@transaction.atomic
def leave(*, person_id: UUID, group_id: UUID, at: datetime) -> None:
    """Leaves at once; harmless for somebody who is not a member. A leader hands over first."""
    group = access_group_by_id(group_id=group_id)
    if any(leader.person_id == person_id for leader in leaders(group_id=group.pk)):
        raise LeadersStay
    if Membership.objects.active().of(person_id).filter(group=group).update(left_at=at):
        record(actor_id=person_id, verb="leave-group", subject_kind="group", subject_id=group.pk)


# What is said --------------------------------------------------------------------------------------


@transaction.atomic
def publish(*, author_id: UUID, group_id: UUID, body: str, at: datetime) -> UUID:
    """A post in the group. Raises ``NotFound`` for those who may not write there."""
    group = access_group_to_write_by_id(person_id=author_id, group_id=group_id)
    text = _text(body, limit=POST_MAX_CHARACTERS)
    post = Post.objects.create(group=group, author_id=author_id, body=text, created_at=at)
    record(actor_id=author_id, verb="publish", subject_kind="post", subject_id=post.pk)
    return post.pk


@transaction.atomic
def comment(*, author_id: UUID, post_id: UUID, body: str, at: datetime) -> UUID:
    """A comment under a post. Raises ``NotFound`` for those who may not write there."""
    post = access_post_to_comment_by_id(person_id=author_id, post_id=post_id)
    text = _text(body, limit=COMMENT_MAX_CHARACTERS)
    answer = Comment.objects.create(post=post, author_id=author_id, body=text, created_at=at)
    record(actor_id=author_id, verb="comment", subject_kind="comment", subject_id=answer.pk)
    return answer.pk


@transaction.atomic
def delete_post(*, by_id: UUID, post_id: UUID) -> None:
    """Deletes one's own post and the comments under it, for good."""
    post = access_own_post_by_id(person_id=by_id, post_id=post_id)
    record(actor_id=by_id, verb="delete-post", subject_kind="post", subject_id=post.pk)
    post.delete()


@transaction.atomic
def delete_comment(*, by_id: UUID, comment_id: UUID) -> None:
    """Deletes one's own comment, for good."""
    answer = access_own_comment_by_id(person_id=by_id, comment_id=comment_id)
    record(actor_id=by_id, verb="delete-comment", subject_kind="comment", subject_id=answer.pk)
    answer.delete()


def erase_words(*, person_id: UUID) -> None:
    """Empties all that a person said; what others answered stays in its place. No transaction of its own."""
    Post.objects.filter(author_id=person_id).update(body=NOTHING)
    Comment.objects.filter(author_id=person_id).update(body=NOTHING)


def report_post(*, by_id: UUID, post_id: UUID, grounds: Grounds, explanation: str) -> UUID:
    """Asks the moderators to look at a post."""
    post, _rights = access_post_by_id(person_id=by_id, post_id=post_id)
    return _report(SubjectKind.POST, post, post.group, by_id, grounds, explanation)


def report_comment(*, by_id: UUID, comment_id: UUID, grounds: Grounds, explanation: str) -> UUID:
    """Asks the moderators to look at a comment."""
    answer = access_comment_by_id(person_id=by_id, comment_id=comment_id)
    return _report(SubjectKind.COMMENT, answer, answer.post.group, by_id, grounds, explanation)


def _report(
    kind: SubjectKind, words: Post | Comment, group: Group, by_id: UUID, grounds: Grounds, explanation: str
) -> UUID:
    if words.author_id == by_id:
        raise OwnWords
    return moderation.report(
        subject_kind=kind,
        subject_id=words.pk,
        subject_author_id=words.author_id,
        territory_id=group.territory_id,
        excerpt=words.body,
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
    )


def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> bool:
    """Hides what a moderator's decision names; ``False`` if it is not ours, or gone, or hidden already."""
    if subject_kind == SubjectKind.POST:
        return bool(Post.objects.filter(pk=subject_id, hidden_at=None).update(hidden_at=at))
    if subject_kind == SubjectKind.COMMENT:
        return bool(Comment.objects.filter(pk=subject_id, hidden_at=None).update(hidden_at=at))
    return False


# Retention -----------------------------------------------------------------------------------------


@transaction.atomic
def purge(*, at: datetime) -> int:
    """Erases the memberships left twelve months ago; answers how many."""
    erased, _per_table = Membership.objects.left_before(at - LEFT_MEMBERSHIP_KEPT).delete()
    if erased:
        record(actor_id=None, verb="purge", subject_kind="membership", subject_id="", number=erased)
    return erased


def _text(text: str, *, limit: int, may_be_empty: bool = False) -> str:
    """The text without the blanks around it; browsers count a line end as one character, forms send two."""
    stripped = text.replace("\r\n", "\n").strip()
    if not stripped and not may_be_empty:
        raise NothingSaid
    if len(stripped) > limit:
        raise TooLong(limit=limit)
    return stripped
