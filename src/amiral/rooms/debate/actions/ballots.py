"""One person, one voice, without a name: keys, codes, votes, withdrawal.

The key is eighty bits of chance that only its holder keeps. What is written of it is a hash of another kind
for each store, so that the roll, the codes and the ballots cannot be joined by who reads the database.
"""

import secrets
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

from amiral.cores.phases import Gesture, Phase, may
from amiral.kit.audit import record
from amiral.rooms.debate.access import access_consultation_to_manage_by_id
from amiral.rooms.debate.actions import casting, opening, rolls
from amiral.rooms.debate.actions.casting import Ballot
from amiral.rooms.debate.actions.errors import (
    NoKey,
    NotNow,
    NotVotable,
    TextTooLong,
    UnknownKey,
)
from amiral.rooms.debate.contracts import VALUES, Choice
from amiral.rooms.debate.models import CodeBatch, Consultation, DoorCode, Statement, Voter
from amiral.rooms.debate.queries.voices import digest, pseudonym_of, voter_of

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No I, L, O, U: nobody mistakes one for another (Crockford's base 32)."""
KEY_LENGTH = 16
BATCH_MOST = 200
_MISTAKEN = str.maketrans("ILO", "110")


def new_key() -> str:
    """Sixteen characters of chance: eighty bits."""
    return "".join(secrets.choice(LETTERS) for _ in range(KEY_LENGTH))


def readable(key: str) -> str:
    """In groups of four, as it is printed."""
    return "-".join(key[at : at + 4] for at in range(0, len(key), 4))


def as_typed(typed: str) -> str:
    """A key as somebody types it: blanks, dashes, small letters, I for 1 and O for 0."""
    return "".join(char for char in typed.upper() if char.isalnum()).translate(_MISTAKEN)


@transaction.atomic
def take_key(*, consultation_id: UUID, person_id: UUID | None) -> str:
    """A new voice and its key, once for each person; who has which is written nowhere."""
    row = Consultation.objects.select_for_update().get(pk=consultation_id)
    _check_open(row)
    by_lot = rolls.enter(row=row, person_id=person_id)
    key = new_key()
    _new_voter(row, key, by_code=False, by_lot=by_lot)
    return key


@transaction.atomic
def open_with(*, consultation_id: UUID, typed: str) -> str:
    """A key typed again, or a paper code used for the first time; answers the key."""
    key = as_typed(typed)
    if len(key) != KEY_LENGTH:
        raise UnknownKey
    row = Consultation.objects.select_for_update().get(pk=consultation_id)
    if voter_of(consultation_id=row.pk, key=key):
        return key
    if not DoorCode.objects.filter(digest=digest("code", row.pk, key), batch__consultation=row).exists():
        raise UnknownKey
    _check_open(row)
    _new_voter(row, key, by_code=True)
    return key


def cast(*, consultation_id: UUID, key: str, number: int, choice: Choice) -> None:
    """Adds a vote; when it returns, the vote has been committed, with those of others who vote at the same
    time (``casting``). The same answer twice is one; another answer is a new row.

    In a transaction of the caller's it is written there, and committed when that one is.
    """
    pseudonym = pseudonym_of(consultation_id=consultation_id, key=key) if key else ""
    casting.cast(
        Ballot(consultation_id=consultation_id, pseudonym=pseudonym, number=number, value=VALUES[choice])
    )


def cast_tried(*, consultation_id: UUID, key: str, tried: Mapping[int, Choice]) -> int:
    """Votes that somebody tried before he had a key, by number of statement; answers how many counted."""
    counted = 0
    for number, choice in tried.items():
        try:
            cast(consultation_id=consultation_id, key=key, number=number, choice=choice)
        except (NotVotable, NotNow):
            continue
        counted += 1
    return counted


def add_vote(voter: Voter, statement: Statement, value: int) -> None:
    """In the caller's transaction, which holds the voter's row."""
    casting.add([(voter.pk, statement.pk, value)])


@transaction.atomic
def withdraw(*, consultation_id: UUID, key: str) -> int:
    """Deletes every vote of a voice, whatever the phase; answers on how many statements it had voted."""
    voter = _locked_voter(consultation_id, key)
    latest = dict(voter.votes.order_by("pk").values_list("statement_id", "value"))
    casting.hold(latest)
    for value in set(latest.values()):
        gone = [statement for statement, last in latest.items() if last == value]
        Statement.objects.filter(pk__in=gone).update(
            **{casting.COLUMNS[value]: F(casting.COLUMNS[value]) - 1}
        )
    voter.votes.all().delete()
    _close_votes(voter)
    voter.opens_votes = False
    voter.save(update_fields=["opens_votes"])
    return len(latest)


@transaction.atomic
def open_votes(*, consultation_id: UUID, key: str, agreed: bool) -> None:
    """Whether the row of votes may be published, under a number that means nothing elsewhere."""
    voter = _locked_voter(consultation_id, key)
    if not agreed:
        _close_votes(voter)
    voter.opens_votes = agreed
    voter.save(update_fields=["opens_votes"])


def _close_votes(voter: Voter) -> None:
    """What was published with the row is taken back at once, not with the next map."""
    if voter.opens_votes:
        opening.forget(consultation_id=voter.consultation_id)


@transaction.atomic
def print_codes(*, by_id: UUID, consultation_id: UUID, label: str, size: int) -> tuple[UUID, tuple[str, ...]]:
    """New paper codes, which are shown now and never again: only their hashes are kept."""
    row = access_consultation_to_manage_by_id(person_id=by_id, consultation_id=consultation_id)
    if not 1 <= size <= BATCH_MOST:
        raise TextTooLong(BATCH_MOST)
    _check_not_over(row)
    batch = CodeBatch.objects.create(consultation=row, label=label.strip(), size=size, printed_by_id=by_id)
    codes = tuple(new_key() for _ in range(size))
    digests = sorted(digest("code", row.pk, code) for code in codes)
    DoorCode.objects.bulk_create(DoorCode(digest=digest, batch=batch) for digest in digests)
    record(actor_id=by_id, verb="print-codes", subject_kind="consultation", subject_id=row.pk, size=size)
    return batch.pk, codes


def locked_voter(*, consultation_id: UUID, key: str) -> Voter:
    """The voice, held until the transaction ends; raises ``NoKey``."""
    return _locked_voter(consultation_id, key)


def _locked_voter(consultation_id: UUID, key: str) -> Voter:
    pseudonym = pseudonym_of(consultation_id=consultation_id, key=key)
    rows = Voter.objects.select_for_update(of=("self",)).select_related("consultation")
    voter = rows.filter(consultation_id=consultation_id, pseudonym=pseudonym).first() if key else None
    if voter is None:
        raise NoKey
    return voter


def _new_voter(row: Consultation, key: str, *, by_code: bool, by_lot: bool = False) -> Voter:
    highest = Voter.objects.filter(consultation=row).aggregate(highest=Max("number"))["highest"]
    return Voter.objects.create(
        consultation=row,
        number=0 if highest is None else highest + 1,
        pseudonym=pseudonym_of(consultation_id=row.pk, key=key),
        by_code=by_code,
        by_lot=by_lot,
    )


def _check_open(row: Consultation) -> None:
    gestures = (Gesture.VOTE, Gesture.PROPOSE, Gesture.ARGUE, Gesture.CHALLENGE)
    if not any(may(phase=Phase(row.phase), gesture=one, overlap=row.overlap) for one in gestures):
        raise NotNow(Gesture.VOTE)


def _check_not_over(row: Consultation) -> None:
    if row.phase not in (Phase.DRAFT, Phase.CONTRIBUTIONS, Phase.VOTES):
        raise NotNow(Gesture.VOTE)
