"""How a voice is known: hashes of its key, one kind for each store."""

from hashlib import sha256
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.debate.models import Consultation, Lot, Voter


def digest(kind: str, consultation_id: UUID, key: str) -> str:
    """The hash of a key for one store; two kinds of one key cannot be joined without the key."""
    return sha256(f"{kind}:{consultation_id}:{key}".encode()).hexdigest()


def pseudonym_of(*, consultation_id: UUID, key: str) -> str:
    """What the database knows a voice by."""
    return digest("voter", consultation_id, key)


def voter_of(*, consultation_id: UUID, key: str) -> Voter | None:
    """The voice that a key opens; one query, none without a key."""
    if not key:
        return None
    pseudonym = pseudonym_of(consultation_id=consultation_id, key=key)
    return Voter.objects.filter(consultation_id=consultation_id, pseudonym=pseudonym).first()


def on_roll(*, salt: str, what: str) -> str:
    """What the roll writes of a person's id, or of ``tel:`` and a number."""
    return sha256(f"roll:{salt}:{what}".encode()).hexdigest()


def shard_of(digest: str) -> int:
    """In which of the 256 parts of the roll a hash stands."""
    return int(digest[:2], 16)


def in_lot(*, salt: str, person_id: UUID) -> str:
    """What a sample drawn by lot writes of a person."""
    return sha256(f"lot:{salt}:{person_id}".encode()).hexdigest()


def was_drawn(*, consultation: Consultation, person_id: UUID) -> bool:
    """Whether the person was drawn by lot here; one query."""
    drawn = Lot.objects.filter(consultation=consultation).values_list("drawn", flat=True).first()
    return bool(drawn) and in_lot(salt=consultation.salt, person_id=person_id) in str(drawn).split()


def drawn_in(*, consultation_id: UUID, person_id: UUID) -> bool:
    """The same, by id; ``NotFound``. Two queries."""
    row = Consultation.objects.filter(pk=consultation_id).first()
    if row is None:
        raise NotFound
    return was_drawn(consultation=row, person_id=person_id)
