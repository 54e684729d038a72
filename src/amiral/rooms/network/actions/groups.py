"""Creating groups, changing them, naming who leads them."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from amiral.cores.silence import Conduct
from amiral.kit.audit import record
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network.access import (
    access_group_by_id,
    access_group_to_manage_by_id,
    access_group_to_name_leaders_by_id,
    access_territory_to_group_by_id,
)
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import (
    NAME_MAX_CHARACTERS,
    PRESENTATION_MAX_CHARACTERS,
    GroupKind,
    Openness,
)
from amiral.rooms.network.models import Group
from amiral.rooms.network.queries.members import is_member, leaders
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Role
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryKind

RESERVED_SLUGS = frozenset({"nouveau"})
"""Words that the addresses under ``/groupes/`` use themselves."""


class NotAMember(Refused):
    """Only a member can be named leader."""

    def __init__(self) -> None:
        super().__init__(_("This person is not a member of the group. Ask him or her to join it first."))


class AlreadyLeads(Refused):
    """Named twice."""

    def __init__(self) -> None:
        super().__init__(_("This person leads the group already."))


class GroupExists(Refused):
    """Two groups of one name in one place; also what a double click makes."""

    def __init__(self) -> None:
        super().__init__(_("There is a group of this name here already. Choose another name."))


class NotACommune(Refused):
    """A local group of something else than a commune."""

    def __init__(self) -> None:
        super().__init__(_("A local group belongs to a commune. Choose one in the list."))


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
    _check_silence(presentation, territory_id=commune_id, at=at)
    if territory.territory(territory_id=commune_id).kind != TerritoryKind.COMMUNE:
        raise NotACommune
    group = _new_group(
        GroupKind.LOCAL,
        name=text_within(name, limit=NAME_MAX_CHARACTERS),
        territory_id=commune_id,
        at=at,
        presentation=text_within(presentation, limit=PRESENTATION_MAX_CHARACTERS, may_be_empty=True),
    )
    record(actor_id=by_id, verb="create-group", subject_kind="group", subject_id=group.pk)
    return group.pk


@transaction.atomic
def create_other_group(
    *,
    by_id: UUID,
    kind: GroupKind,
    name: str,
    territory_id: str,
    openness: Openness,
    presentation: str,
    at: datetime,
) -> UUID:
    """A thematic group or a campaign team over a territory that ``by_id`` holds; else ``NotFound``."""
    access_territory_to_group_by_id(person_id=by_id, territory_id=territory_id)
    if kind not in (GroupKind.THEMATIC, GroupKind.CAMPAIGN):
        raise NotFound
    if openness != Openness.INVITATION:
        _check_silence(presentation, territory_id=territory_id, at=at)
    group = _new_group(
        kind,
        name=text_within(name, limit=NAME_MAX_CHARACTERS),
        territory_id=territory_id,
        at=at,
        presentation=text_within(presentation, limit=PRESENTATION_MAX_CHARACTERS, may_be_empty=True),
        openness=openness,
    )
    record(actor_id=by_id, verb="create-group", subject_kind="group", subject_id=group.pk)
    return group.pk


def _new_group(
    kind: GroupKind,
    *,
    name: str,
    territory_id: str,
    at: datetime,
    presentation: str = "",
    openness: Openness = Openness.OPEN,
) -> Group:
    code = territory.territory(territory_id=territory_id).departement_code
    group = Group(
        kind=kind,
        slug=free_slug(name=name, departement_code=code),
        name=name,
        territory_id=territory_id,
        presentation=presentation,
        openness=openness,
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


def _check_silence(words: str, *, territory_id: str, at: datetime) -> None:
    """What a group says of itself is read by everybody; what is said inside it is not (docs/silence.md)."""
    outreach.check_free_phone(text=words, territory_ids=(territory_id,), at=at)
    if words.strip():
        outreach.check_silence(territory_ids=(territory_id,), at=at, conduct=Conduct.PUBLICATION)


@transaction.atomic
def edit_group(
    *, by_id: UUID, group_id: UUID, name: str, presentation: str, at: datetime | None = None
) -> None:
    """New name and presentation; the address of the page stays. Raises ``Silenced``: they are public."""
    group = access_group_to_manage_by_id(person_id=by_id, group_id=group_id)
    if (name, presentation) != (group.name, group.presentation):
        _check_silence(name + presentation, territory_id=group.territory_id, at=at or now())
    group.name = text_within(name, limit=NAME_MAX_CHARACTERS)
    group.presentation = text_within(presentation, limit=PRESENTATION_MAX_CHARACTERS, may_be_empty=True)
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
