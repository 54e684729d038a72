"""What a voice wrote and a moderator hid, for that voice."""

from dataclasses import dataclass
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.debate.contracts import StatementState
from amiral.rooms.debate.models import Voter
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Restriction, SubjectKind


@dataclass(frozen=True, kw_only=True)
class HiddenWords:
    """Words under seal; ``restriction`` says why, and what became of an appeal."""

    id: UUID
    kind: SubjectKind
    text: str
    restriction: Restriction | None


def hidden_words(*, voter: Voter | None, words_id: UUID) -> HiddenWords:
    """Words that this voice wrote and a moderator hid; ``NotFound`` for anybody else. Six queries at most."""
    if voter is None:
        raise NotFound
    for rows, kind in (
        (voter.statements, SubjectKind.CONTRIBUTION),
        (voter.challenges, SubjectKind.CONTRIBUTION),
        (voter.arguments, SubjectKind.ARGUMENT),
    ):
        row = rows.filter(pk=words_id, state=StatementState.HIDDEN, reason="").first()
        if row is not None:
            restriction = moderation.restriction_on(subject_kind=kind, subject_id=row.pk)
            return HiddenWords(id=row.pk, kind=kind, text=row.text, restriction=restriction)
    raise NotFound


def contradictions_of(*, voter: Voter) -> list[tuple[UUID, int, str, bool]]:
    """The contradictions of a voice: id, sentence, words, whether a moderator hid them. One query."""
    rows = voter.challenges.order_by("written_on", "pk")
    return [(row.pk, row.sentence, row.text, row.state == StatementState.HIDDEN) for row in rows]
