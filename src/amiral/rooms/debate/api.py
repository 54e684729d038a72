"""The door of this room: ids in, contracts out."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from amiral.cores.phases import Phase
from amiral.kit.relations import Records
from amiral.rooms.debate import merging
from amiral.rooms.debate.access import answers_for_the_site
from amiral.rooms.debate.actions import (
    answers,
    arguments,
    ballots,
    consultations,
    lots,
    maps,
    replies,
    statements,
)
from amiral.rooms.debate.contracts import (
    Choice,
    ConsultationDraft,
    Outcome,
    ReplyDraft,
    ReplyView,
    Side,
    SourceTyped,
)
from amiral.rooms.debate.queries import consultations as consultation_queries
from amiral.rooms.debate.queries import owing, voices
from amiral.rooms.debate.queries import replies as reply_queries
from amiral.rooms.debate.queries import statements as statement_queries


def export_person(*, person_id: UUID) -> dict[str, Any]:
    """Port ``export_person``: what the person did by name. Votes and statements go with a key, not a name."""
    return {"debate": consultation_queries.kept_of(person_id=person_id)}


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.unmerge(records=records)


def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> bool:
    """Port ``hide_reported``: a moderator upheld a report."""
    return statements.hide_reported(subject_kind=subject_kind, subject_id=subject_id, at=at)


def restore_reported(*, subject_kind: str, subject_id: UUID) -> bool:
    """Port ``restore_reported``: an appeal found that something was wrongly hidden."""
    return statements.restore_reported(subject_kind=subject_kind, subject_id=subject_id)


def open_draft(*, by_id: UUID, draft: ConsultationDraft, at: datetime) -> UUID:
    """A consultation that only those who manage it read, else ``NotFound``."""
    return consultations.open_draft(by_id=by_id, draft=draft, at=at)


def step(*, by_id: UUID, consultation_id: UUID, to: Phase, at: datetime, reason: str = "") -> None:
    """The phase before or after; ``Refused`` with all that stands in its way."""
    consultations.step(by_id=by_id, consultation_id=consultation_id, to=to, reason=reason, at=at)


def seed(*, by_id: UUID, consultation_id: UUID, texts: Sequence[str], on: date) -> int:
    """First statements of the organisers."""
    return statements.seed(by_id=by_id, consultation_id=consultation_id, texts=texts, on=on)


def take_key(*, consultation_id: UUID, person_id: UUID | None) -> str:
    """A voice for a person, once; the key is known to the caller only."""
    return ballots.take_key(consultation_id=consultation_id, person_id=person_id)


def announce_lot(*, by_id: UUID, consultation_id: UUID, size: int, source: str, at: datetime) -> None:
    """Says in public how many members will be drawn and by which public draw; ``Refused`` a second time."""
    lots.announce(by_id=by_id, consultation_id=consultation_id, size=size, source=source, at=at)


def draw_lot(*, by_id: UUID, consultation_id: UUID, result: str, at: datetime) -> None:
    """Draws by the result of the public draw and has the letters written; else ``Refused``."""
    lots.draw(by_id=by_id, consultation_id=consultation_id, result=result, at=at)


def was_drawn(*, consultation_id: UUID, person_id: UUID) -> bool:
    """Whether a person is among those drawn by lot; for the demonstration. Two queries."""
    return voices.drawn_in(consultation_id=consultation_id, person_id=person_id)


def cast(*, consultation_id: UUID, key: str, number: int, choice: Choice) -> None:
    """A vote on the statement of that number."""
    ballots.cast(consultation_id=consultation_id, key=key, number=number, choice=choice)


def open_votes(*, consultation_id: UUID, key: str) -> None:
    """A voice agrees that its row of votes is published; for the demonstration."""
    ballots.open_votes(consultation_id=consultation_id, key=key, agreed=True)


def draw_map(*, consultation_id: UUID, at: datetime) -> UUID:
    """Draws the map now and answers its version's id."""
    return maps.draw_now(consultation_id=consultation_id, at=at)


def replies_of(*, page: str) -> tuple[ReplyView, ...]:
    """The replies that stand under a page of the site (its path), with the same visibility. One query."""
    return reply_queries.replies_of(page=page)


def replies_waiting(*, person_id: UUID | None) -> int:
    """How many requests for a reply wait for who stands for the director of publication; 0 for others.

    Two queries at most.
    """
    return reply_queries.waiting() if answers_for_the_site(person_id=person_id) else 0


def ask_for_reply(*, draft: ReplyDraft, at: datetime) -> str:
    """Opens a case of the right of reply; the secret of the link to follow it. Also for the demonstration."""
    return replies.ask(draft=draft, at=at)


def reply_case_id(*, secret: str) -> UUID:
    """The case that a link's secret follows; ``NotFound``."""
    return replies.case_by_secret(secret=secret).pk


def confirm_reply_address(*, secret: str, at: datetime) -> None:
    """As the link of the letter does; for the demonstration."""
    key = reply_queries.address_key(replies.case_by_secret(secret=secret))
    replies.confirm_address(secret=secret, key=key, at=at)


def publish_reply(*, by_id: UUID, case_id: UUID, at: datetime) -> UUID:
    """Takes a case through its steps to the published reply, else ``Refused``; also for the demonstration."""
    replies.prove(by_id=by_id, case_id=case_id, at=at)
    replies.admit(by_id=by_id, case_id=case_id, at=at)
    return replies.publish(by_id=by_id, case_id=case_id, at=at)


def purge(*, at: datetime) -> dict[str, int]:
    """Port ``purge``: requests for a reply that nobody confirmed, and those that ended three years ago."""
    return {"debate.ReplyRequest": replies.purge(at=at)}


def print_codes(*, by_id: UUID, consultation_id: UUID, label: str, size: int) -> tuple[str, ...]:
    """New paper codes, known to the caller only."""
    _batch, codes = ballots.print_codes(by_id=by_id, consultation_id=consultation_id, label=label, size=size)
    return codes


def open_with(*, consultation_id: UUID, typed: str) -> str:
    """The key that was typed, or that a paper code becomes."""
    return ballots.open_with(consultation_id=consultation_id, typed=typed)


def propose(*, consultation_id: UUID, key: str, text: str, on: date, amends: int | None = None) -> UUID:
    """A statement of a voice, or its amendment of the statement of that number."""
    amended = statement_queries.id_of(consultation_id=consultation_id, number=amends) if amends else None
    return statements.propose(consultation_id=consultation_id, key=key, text=text, amends_id=amended, on=on)


def argue(
    *,
    consultation_id: UUID,
    key: str,
    number: int,
    side: Side,
    text: str,
    sources: Sequence[SourceTyped],
    on: date,
) -> UUID:
    """An argument of a voice about the statement of that number."""
    statement_id = statement_queries.id_of(consultation_id=consultation_id, number=number)
    return arguments.argue(key=key, statement_id=statement_id, side=side, text=text, sources=sources, on=on)


def show_everything(*, by_id: UUID, consultation_id: UUID, at: datetime) -> None:
    """Publishes what waits to be read."""
    statements.show_waiting(by_id=by_id, consultation_id=consultation_id, at=at)
    arguments.show_waiting(by_id=by_id, consultation_id=consultation_id, at=at)


def publish_synthesis(*, by_id: UUID, consultation_id: UUID, text: str, at: datetime) -> UUID:
    """One sentence per line, each with what it rests on; fixes the answers that are owed."""
    return answers.publish_synthesis(by_id=by_id, consultation_id=consultation_id, text=text, at=at)


def owed_numbers(*, consultation_id: UUID) -> tuple[int, ...]:
    """Numbers of the statements that were promised an answer. One query."""
    return owing.owed_numbers(consultation_id=consultation_id)


def answer(
    *,
    by_id: UUID,
    consultation_id: UUID,
    number: int,
    outcome: Outcome,
    reasons: str,
    cost: str,
    in_charge: str,
    at: datetime,
) -> UUID:
    """The formal answer to the statement of that number."""
    return answers.answer(
        by_id=by_id,
        statement_id=statement_queries.id_of(consultation_id=consultation_id, number=number),
        outcome=outcome,
        reasons=reasons,
        cost=cost,
        in_charge=in_charge,
        at=at,
    )


def add_milestone(*, by_id: UUID, answer_id: UUID, percent: int, text: str, at: datetime) -> UUID:
    """How far the work after an answer is."""
    return answers.add_milestone(by_id=by_id, answer_id=answer_id, percent=percent, text=text, at=at)


def follow(*, person_id: UUID, consultation_id: UUID) -> None:
    """The person asks to be told of answers and milestones."""
    answers.follow(person_id=person_id, consultation_id=consultation_id, wanted=True)
