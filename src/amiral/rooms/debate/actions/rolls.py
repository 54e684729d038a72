"""Who has taken a key: one person, one voice; with a telephone, one voice for each number, too.

The roll holds hashes of ids in order of their value, without a date. It knows that somebody took part, never
with which voice.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from amiral.rooms.debate.actions.errors import CodesOnly, KeyTaken, MembersOnly, PhoneOnly
from amiral.rooms.debate.contracts import Identity
from amiral.rooms.debate.models import Consultation, RollShard
from amiral.rooms.debate.queries.voices import on_roll, shard_of, was_drawn
from amiral.rooms.people import api as people

Line = dict[str, Any]
BOTH, ONE = "roll-both", "roll-one"


def enter(*, row: Consultation, person_id: UUID | None) -> bool:
    """Writes who takes a key where persons count; whether he was drawn by lot. In the caller's transaction.

    Raises ``CodesOnly``, ``MembersOnly``, ``PhoneOnly``, ``KeyTaken``.
    """
    if row.identity == Identity.CODE:
        raise CodesOnly
    if row.identity == Identity.SESSION:
        return False
    if person_id is None:
        raise MembersOnly
    if row.identity == Identity.PHONE:
        _add(row, on_roll(salt=row.salt, what=f"tel:{_number_of(person_id)}"))
    _add(row, on_roll(salt=row.salt, what=str(person_id)))
    return was_drawn(consultation=row, person_id=person_id)


def has_taken_key(*, consultation: Consultation, person_id: UUID) -> bool:
    """Whether the person stands in the roll; one query."""
    digest = on_roll(salt=consultation.salt, what=str(person_id))
    shard = RollShard.objects.filter(consultation=consultation, shard=shard_of(digest)).first()
    return shard is not None and digest in shard.members.split()


def has_number(*, person_id: UUID) -> bool:
    """Whether the person has shown that a telephone number is his own."""
    return bool(people.numbers_of(person_ids=[person_id]).get(person_id))


def _number_of(person_id: UUID) -> str:
    number = people.numbers_of(person_ids=[person_id]).get(person_id)
    if not number:
        raise PhoneOnly
    return number


def _add(row: Consultation, digest: str) -> None:
    shard, _new = RollShard.objects.select_for_update().get_or_create(
        consultation=row, shard=shard_of(digest)
    )
    members = set(shard.members.split())
    if digest in members:
        raise KeyTaken
    _write(shard, members | {digest})


def _write(shard: RollShard, members: Iterable[str]) -> None:
    shard.members = "\n".join(sorted(members))
    shard.save(update_fields=["members"])


# Two accounts of one person -------------------------------------------------------------------------


def merge(*, kept_id: UUID, absorbed_id: UUID) -> list[Line]:
    """What a merge does to the rolls; the answer is the way back. Two queries where neither took a key.

    Where only the absorbed took one, the kept takes his place and cannot take another. Where both did, which
    voices are theirs is written nowhere, so that none can be closed: the consultation counts that they may be
    one person's.
    """
    lines = []
    for row, digests, taken in _rolls(kept_id, absorbed_id):
        if digests[absorbed_id] not in taken:
            continue
        both = digests[kept_id] in taken
        lines.append({"do": BOTH if both else ONE, "consultation": str(row.pk), "kept": str(kept_id)})
        if both:
            _count(row.pk, 1)
        else:
            _add(row, digests[kept_id])
    return lines


def unmerge(*, lines: Iterable[Line]) -> None:
    """Takes back what ``merge`` did, in the caller's transaction."""
    for line in lines:
        row = Consultation.objects.filter(pk=line["consultation"]).first()
        if row is not None and line["do"] == BOTH:
            _count(row.pk, -1)
        elif row is not None:
            _strike_out(row, on_roll(salt=row.salt, what=line["kept"]))


def is_ours(line: Mapping[str, Any]) -> bool:
    """Whether ``merge`` wrote the line."""
    return line["do"] in (BOTH, ONE)


def _rolls(*person_ids: UUID) -> list[tuple[Consultation, dict[UUID, str], set[str]]]:
    """Every consultation where one of them stands, their hashes there, and those that stand."""
    rows = list(Consultation.objects.filter(identity__in=(Identity.MEMBER, Identity.PHONE)))
    hashes = {row.pk: {who: on_roll(salt=row.salt, what=str(who)) for who in person_ids} for row in rows}
    asked = Q(pk=None)
    for key, digests in hashes.items():
        asked |= Q(consultation_id=key, shard__in={shard_of(one) for one in digests.values()})
    standing: dict[UUID, set[str]] = {}
    for shard in RollShard.objects.filter(asked):
        standing.setdefault(shard.consultation_id, set()).update(shard.members.split())
    return [(row, hashes[row.pk], standing[row.pk]) for row in rows if row.pk in standing]


def _count(consultation_id: UUID, more: int) -> None:
    rows = Consultation.objects.filter(pk=consultation_id)
    rows = rows if more > 0 else rows.filter(double_voices__gt=0)
    rows.update(double_voices=F("double_voices") + more)


def _strike_out(row: Consultation, digest: str) -> None:
    shard = RollShard.objects.select_for_update().filter(consultation=row, shard=shard_of(digest)).first()
    if shard is not None:
        _write(shard, set(shard.members.split()) - {digest})
