"""The door of this room: ids in, contracts out."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localtime

from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.criteria import Criterion, Facts, Watched
from amiral.kit.federation.documents import ActorDocument
from amiral.kit.relations import Records
from amiral.rooms.moderation.contracts import SubjectKind
from amiral.rooms.network import access, actions, merging
from amiral.rooms.network.actions import federating, receiving
from amiral.rooms.network.contracts import (
    CriterionKind,
    GroupCard,
    GroupKind,
    MembershipCard,
    NotificationKind,
    Openness,
    Tell,
)
from amiral.rooms.network.queries import blocks as block_queries
from amiral.rooms.network.queries import conversations as conversation_queries
from amiral.rooms.network.queries import exclusions as exclusion_queries
from amiral.rooms.network.queries import facts as fact_queries
from amiral.rooms.network.queries import groups as group_queries
from amiral.rooms.network.queries import joining as joining_queries
from amiral.rooms.network.queries import members as member_queries
from amiral.rooms.network.queries import mentions as mention_queries
from amiral.rooms.network.queries import notifications as notification_queries
from amiral.rooms.network.queries import polls as poll_queries
from amiral.rooms.network.queries import words as word_queries
from amiral.rooms.outreach.contracts import Channel
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory

DIGEST_HOUR, LAST_HOUR = 7, 21
"""Between these hours, here, the letters of the day may begin."""


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


def scopes_led(*, person_id: UUID) -> list[UUID]:
    """Port ``scopes_led``: the groups in whose name the person writes, and whose messages he follows."""
    return [card.id for card in groups_led(person_id=person_id, feature=Feature.MANAGE_ACTIONS)]


def place_newcomer(*, person_id: UUID) -> None:
    """Port ``person_confirmed``: puts a new member in the nearest group; harmless a second time."""
    actions.place_newcomer(person_id=person_id, at=now())


def place_invited(*, person_id: UUID, by_id: UUID, scope_id: UUID, at: datetime) -> None:
    """Port ``person_invited``: somebody joined by the letter that invited him into a group."""
    actions.place_invited(person_id=person_id, by_id=by_id, group_id=scope_id, at=at)


def place_many(*, person_ids: Sequence[UUID], at: datetime | None = None) -> None:
    """``place_newcomer`` for many persons at once, in a few queries per five thousand."""
    actions.place_many(person_ids=person_ids, at=at or now())


def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> None:
    """Port ``hide_reported``: a moderator upheld a report."""
    actions.hide_reported(subject_kind=subject_kind, subject_id=subject_id, at=at)
    if subject_kind == SubjectKind.OUTSIDE:
        federating.hide_outside(reply_id=subject_id, at=at)


def restore_reported(*, subject_kind: str, subject_id: UUID) -> None:
    """Port ``restore_reported``: an appeal found that something was wrongly hidden."""
    actions.restore_reported(subject_kind=subject_kind, subject_id=subject_id)
    if subject_kind == SubjectKind.OUTSIDE:
        federating.restore_outside(reply_id=subject_id, at=now())


def notify(
    *, person_id: UUID, kind: NotificationKind, subject: str, url: str, at: datetime | None = None
) -> None:
    """Tells one person something, as he chose to be told of this kind: a letter at once, in the letter of the
    day, or on his page only. ``subject`` is a sentence in his language, ``url`` a path of this site.
    """
    actions.notify(person_id=person_id, kind=kind, subject=subject, url=url, at=at or now())


def way_to(*, person_id: UUID, kind: NotificationKind) -> Channel:
    """By which channel a person is told of ``kind`` at once: what he chose while it reaches him, else letter.

    One query; two more where he chose.
    """
    return notification_queries.way_to(person_id=person_id, kind=kind)


def choose_notifications(
    *, person_id: UUID, kind: NotificationKind, tell: Tell, way: Channel = Channel.EMAIL
) -> None:
    """How a person wants to be told of one kind. Raises ``Refused`` for a channel that is not offered."""
    actions.choose(person_id=person_id, kind=kind, tell=tell, way=way)


def receive_reply(*, token: str, text: str, from_address: str) -> UUID:
    """Port ``receive_reply``: an answer by e-mail to the address of a letter of this room.

    ``token`` is what stands behind the plus. Raises ``NotFound``, or ``Refused`` with a sentence for him.
    """
    return actions.receive_reply(token=token, text=text, from_address=from_address, at=now())


def look_after(*, at: datetime) -> None:
    """Every few seconds, in the worker: letters asked for at once, computed members; once a day, the badges;
    in the morning, the letters of the day.
    """
    actions.tell_due(at=at)
    actions.apply_rules(at=at)
    federating.release_due(at=at)
    runs.start_daily(kind="check-certifications")
    if DIGEST_HOUR <= localtime(at).hour < LAST_HOUR:
        runs.start_daily(kind="network-digest")


def create_departement_groups() -> int:
    """One group per département that has none yet; answers how many were created."""
    return actions.create_departement_groups(at=now())


def create_local_group(*, by_id: UUID, name: str, commune_id: str, presentation: str) -> UUID:
    """A group of one commune, created by somebody who holds ``MANAGE_GROUPS`` there, else ``NotFound``."""
    return actions.create_local_group(
        by_id=by_id, name=name, commune_id=commune_id, presentation=presentation, at=now()
    )


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
    """A thematic group or a campaign team over a territory that ``by_id`` holds, else ``NotFound``."""
    return actions.create_other_group(
        by_id=by_id,
        kind=kind,
        name=name,
        territory_id=territory_id,
        openness=openness,
        presentation=presentation,
        at=at,
    )


def invite(*, by_id: UUID, group_id: UUID, person_id: UUID, at: datetime) -> None:
    """Asks a member into a group, once. Raises ``NotFound`` and ``Refused``."""
    actions.invite(by_id=by_id, group_id=group_id, person_id=person_id, at=at)


def write_criterion(
    *,
    by_id: UUID,
    kind: CriterionKind,
    text_fr: str,
    text_en: str,
    at: datetime,
    least: int = 0,
    within_months: int = 0,
) -> UUID:
    """A line of the written criteria of certification, by who holds the whole campaign's groups."""
    return actions.write_criterion(
        by_id=by_id,
        kind=kind,
        least=least,
        within_months=within_months,
        text_fr=text_fr,
        text_en=text_en,
        at=at,
    )


def ask_certification(*, by_id: UUID, group_id: UUID, words: str, at: datetime) -> None:
    """By who leads the group. Raises ``Refused`` while a computed criterion is not met."""
    actions.ask_certification(by_id=by_id, group_id=group_id, words=words, at=at)


def grant_certification(
    *, by_id: UUID, group_id: UUID, confirmed: Sequence[UUID], reasons: str, at: datetime
) -> None:
    """By who holds the territory; ``confirmed``: the declared criteria that hold."""
    actions.decide_certification(
        by_id=by_id, group_id=group_id, granted=True, confirmed=confirmed, reasons=reasons, at=at
    )


def exclude(*, by_id: UUID, group_id: UUID, person_id: UUID, reason: str, at: datetime) -> UUID:
    """Takes a member out of a group and keeps him out until it is lifted; he reads the reason."""
    return actions.exclude(by_id=by_id, group_id=group_id, person_id=person_id, reason=reason, at=at)


def join(*, person_id: UUID, group_id: UUID, at: datetime | None = None) -> None:
    """Joins by choice, or asks where the group is moderated; harmless a second time."""
    actions.join(person_id=person_id, group_id=group_id, at=at or now())


def leave(*, person_id: UUID, group_id: UUID, at: datetime | None = None) -> None:
    """Leaves; a leader is ``Refused`` until he has handed over."""
    actions.leave(person_id=person_id, group_id=group_id, at=at or now())


def erase_person(*, person_id: UUID) -> None:
    """Port ``erase_person``: empties what the person said; the database empties the author."""
    actions.erase_words(person_id=person_id)
    actions.erase_messages(person_id=person_id)


def publish(*, author_id: UUID, group_id: UUID, body: str, at: datetime | None = None) -> UUID:
    """A post by a member, leader or coordinator, else ``NotFound``; ``Refused`` when empty or too long."""
    return actions.publish(author_id=author_id, group_id=group_id, body=body, at=at or now())


def announce(*, author_id: UUID, group_id: UUID, body: str, at: datetime | None = None) -> UUID:
    """An announcement by who leads the group, pinned at the top of its page; as ``publish``."""
    return actions.publish(
        author_id=author_id, group_id=group_id, body=body, announcement=True, at=at or now()
    )


def ask(
    *,
    author_id: UUID,
    group_id: UUID,
    body: str,
    question: str,
    choices: Sequence[str],
    closes_at: datetime,
    is_multiple: bool = False,
    at: datetime | None = None,
) -> UUID:
    """A post with a poll whose ballot is secret; as ``publish``."""
    poll = actions.NewPoll(question=question, choices=choices, is_multiple=is_multiple, closes_at=closes_at)
    return actions.publish(author_id=author_id, group_id=group_id, body=body, poll=poll, at=at or now())


def vote(*, by_id: UUID, post_id: UUID, labels: Sequence[str], at: datetime | None = None) -> None:
    """A ballot for the answers of these words, by who may write in the group; ``Refused`` a second time."""
    chosen = poll_queries.choices_named(post_id=post_id, labels=labels)
    actions.vote(by_id=by_id, post_id=post_id, choice_ids=chosen, at=at or now())


def write_to(*, by_id: UUID, person_id: UUID, body: str, at: datetime | None = None) -> UUID:
    """A message to a member of a same group, else ``NotFound``; the conversation's id."""
    return actions.write_to(by_id=by_id, person_id=person_id, body=body, at=at or now())


def comment(*, author_id: UUID, post_id: UUID, body: str, at: datetime | None = None) -> UUID:
    """A comment; as ``publish``."""
    return actions.comment(author_id=author_id, post_id=post_id, body=body, at=at or now())


def export_person(*, person_id: UUID) -> dict[str, Any]:
    """Port ``export_person``: the memberships of the person, and everything he said."""
    return {
        "network": {
            "memberships": member_queries.kept_of(person_id=person_id),
            "said": word_queries.kept_of(person_id=person_id),
            "messages": conversation_queries.kept_of(person_id=person_id),
            "who_may_write": conversation_queries.reach_of(person_id=person_id).value,
            "blocked": [card.public_name for card in block_queries.blocked_by(person_id=person_id)],
            "voted_in": poll_queries.kept_of(person_id=person_id),
            "mentioned": mention_queries.kept_of(person_id=person_id),
            **notification_queries.kept_of(person_id=person_id),
            **joining_queries.kept_of(person_id=person_id),
            **exclusion_queries.kept_of(person_id=person_id),
        }
    }


def purge(*, at: datetime) -> dict[str, int]:
    """Port ``purge``: erases the memberships left, and the messages of, twelve months ago; old news."""
    messages, conversations = actions.purge_messages(at=at)
    return {
        "network.Membership": actions.purge(at=at),
        "network.Transfer": actions.purge_transfers(at=at),
        **actions.purge_asked(at=at),
        "network.Exclusion": actions.purge_exclusions(at=at),
        "network.Notification": actions.purge_notifications(at=at),
        "network.PrivateMessage": messages,
        "network.Conversation": conversations,
        **federating.purge_federation(at=at),
    }


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)


def open_federation(*, by_id: UUID, at: datetime) -> None:
    """An administrator lets groups be followed from other networks (ActivityPub)."""
    federating.open_federation(by_id=by_id, at=at)


def open_to_followers(*, by_id: UUID, group_id: UUID, at: datetime) -> None:
    """Who leads a group lets it be followed from other networks."""
    federating.open_group(by_id=by_id, group_id=group_id, at=at)


def take_from_outside(*, author: ActorDocument, note_id: UUID, url: str, html: str, at: datetime) -> UUID:
    """An answer that no server signed (the demonstration); it waits like any other."""
    return receiving.take(author=author, note_id=note_id, url=url, html=html, at=at)


def announce_to_all(
    *, by_id: UUID, group_id: UUID | None, body: str, other_body: str = "", at: datetime
) -> UUID:
    """A public announcement, of a group or (``None``) of the campaign; waits while a silence lasts."""
    return federating.announce_to_all(
        by_id=by_id, group_id=group_id, body=body, other_body=other_body, at=at
    ).note_id


def segment_criteria() -> tuple[Criterion, ...]:
    """What can be asked of persons here (port ``segment_criteria``)."""
    return fact_queries.criteria()


def segment_facts(*, person_ids: Sequence[UUID] | None) -> Iterator[Facts]:
    """What segments know of all persons, or of some (port ``segment_facts``)."""
    return fact_queries.facts(person_ids=person_ids)


def segment_watch() -> Watched:
    """The tables whose changes concern segments (port ``segment_watch``)."""
    return fact_queries.watched()
