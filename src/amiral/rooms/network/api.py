"""The door of this room: ids in, contracts out."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from amiral.kit.clock import now
from amiral.kit.criteria import Criterion, Facts, Watched
from amiral.kit.relations import Records
from amiral.rooms.network import access, actions, merging
from amiral.rooms.network.contracts import GroupCard, MembershipCard
from amiral.rooms.network.queries import facts as fact_queries
from amiral.rooms.network.queries import groups as group_queries
from amiral.rooms.network.queries import members as member_queries
from amiral.rooms.network.queries import words as word_queries
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory


def group(*, group_id: UUID) -> GroupCard:
    """One group, or ``NotFound``."""
    return group_queries.card_of(access.access_group_by_id(group_id=group_id))


def groups(*, group_ids: Iterable[UUID]) -> dict[UUID, GroupCard]:
    """Those that exist; two queries."""
    return group_queries.groups_by_id(group_ids=group_ids)


def group_by_slug(*, slug: str) -> GroupCard:
    """One group by its address, or ``NotFound``."""
    return group_queries.card_of(access.access_group_by_slug(slug=slug))


def departement_groups() -> tuple[GroupCard, ...]:
    """The groups of the départements, in the order of their codes; two queries."""
    return group_queries.departement_cards()


def groups_of(*, person_id: UUID) -> tuple[MembershipCard, ...]:
    """The groups a person belongs to, newest first, with the reason in words."""
    return member_queries.memberships_of(person_id=person_id)


def group_for_commune(*, commune_id: str) -> GroupCard | None:
    """The local group of the commune, else the group of its département, else none. Raises ``NotFound``."""
    commune = territory.territory(territory_id=commune_id)
    return group_queries.groups_for_communes(communes=[commune]).get(commune_id)


def is_member(*, person_id: UUID | None, group_id: UUID) -> bool:
    """Whether the person belongs to the group now; one query."""
    return member_queries.is_member(person_id=person_id, group_id=group_id)


def in_scope(*, scope_id: UUID, person_id: UUID) -> bool:
    """Port ``in_scope``: whether the person belongs to the group on which a mandate hangs."""
    return member_queries.is_member(person_id=person_id, group_id=scope_id)


def member_count(*, group_id: UUID) -> int:
    """How many belong to the group now; one query."""
    return member_queries.member_count(group_id=group_id)


def groups_led(*, person_id: UUID, feature: Feature) -> tuple[GroupCard, ...]:
    """The groups over which the person holds ``feature``: those he leads, those of his territories."""
    return group_queries.groups_led(person_id=person_id, feature=feature)


def place_newcomer(*, person_id: UUID) -> None:
    """Port ``person_confirmed``: puts a new member in the nearest group; harmless a second time."""
    actions.place_newcomer(person_id=person_id, at=now())


def place_many(*, person_ids: Sequence[UUID], at: datetime | None = None) -> None:
    """``place_newcomer`` for many persons at once, in a few queries per five thousand."""
    actions.place_many(person_ids=person_ids, at=at or now())


def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> None:
    """Port ``hide_reported``: a moderator upheld a report."""
    actions.hide_reported(subject_kind=subject_kind, subject_id=subject_id, at=at)


def create_departement_groups() -> int:
    """One group per département that has none yet; answers how many were created."""
    return actions.create_departement_groups(at=now())


def create_local_group(*, by_id: UUID, name: str, commune_id: str, presentation: str) -> UUID:
    """A group of one commune, created by somebody who holds ``MANAGE_GROUPS`` there, else ``NotFound``."""
    return actions.create_local_group(
        by_id=by_id, name=name, commune_id=commune_id, presentation=presentation, at=now()
    )


def join(*, person_id: UUID, group_id: UUID, at: datetime | None = None) -> None:
    """Joins by choice; harmless a second time."""
    actions.join(person_id=person_id, group_id=group_id, at=at or now())


def leave(*, person_id: UUID, group_id: UUID, at: datetime | None = None) -> None:
    """Leaves; a leader is ``Refused`` until he has handed over."""
    actions.leave(person_id=person_id, group_id=group_id, at=at or now())


def erase_person(*, person_id: UUID) -> None:
    """Port ``erase_person``: empties what the person said; the database empties the author."""
    actions.erase_words(person_id=person_id)


def publish(*, author_id: UUID, group_id: UUID, body: str, at: datetime | None = None) -> UUID:
    """A post by a member, leader or coordinator, else ``NotFound``; ``Refused`` when empty or too long."""
    return actions.publish(author_id=author_id, group_id=group_id, body=body, at=at or now())


def comment(*, author_id: UUID, post_id: UUID, body: str, at: datetime | None = None) -> UUID:
    """A comment; as ``publish``."""
    return actions.comment(author_id=author_id, post_id=post_id, body=body, at=at or now())


def export_person(*, person_id: UUID) -> dict[str, Any]:
    """Port ``export_person``: the memberships of the person, and everything he said."""
    return {
        "network": {
            "memberships": member_queries.kept_of(person_id=person_id),
            "said": word_queries.kept_of(person_id=person_id),
        }
    }


def purge(*, at: datetime) -> dict[str, int]:
    """Port ``purge``: erases the memberships left twelve months ago."""
    return {"network.Membership": actions.purge(at=at)}


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)


def segment_criteria() -> tuple[Criterion, ...]:
    """What can be asked of persons here (port ``segment_criteria``)."""
    return fact_queries.criteria()


def segment_facts(*, person_ids: Sequence[UUID] | None) -> Iterator[Facts]:
    """What segments know of all persons, or of some (port ``segment_facts``)."""
    return fact_queries.facts(person_ids=person_ids)


def segment_watch() -> Watched:
    """The tables whose changes concern segments (port ``segment_watch``)."""
    return fact_queries.watched()
