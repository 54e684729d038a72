"""Synthesis, contradiction, answers, milestones: closing the loop that votes opened."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.cores.phases import Gesture
from amiral.cores.silence import Conduct
from amiral.kit.audit import record
from amiral.kit.tasks import defer, once, task
from amiral.rooms.debate.access import (
    READABLE,
    access_answer_to_manage_by_id,
    access_challenge_by_id,
    access_challenge_to_manage_by_id,
    access_consultation_by_id,
    access_consultation_to_manage_by_id,
    access_statement_to_manage_by_id,
)
from amiral.rooms.debate.actions import ballots
from amiral.rooms.debate.actions.consultations import check
from amiral.rooms.debate.actions.errors import (
    BadPercent,
    NoSuchSentence,
    NothingToSay,
    NotVotable,
    TextTooLong,
    TooManyToday,
    UncitedSentence,
    UnknownCitation,
)
from amiral.rooms.debate.contracts import Outcome, Promise, StatementState
from amiral.rooms.debate.models import (
    Answer,
    Challenge,
    Consultation,
    Follower,
    MapVersion,
    Milestone,
    OwedAnswer,
    Statement,
    Synthesis,
)
from amiral.rooms.debate.queries.owing import owed_of
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, SubjectKind
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people

LONG_MAX_CHARACTERS = 10_000
CHALLENGE_MAX_CHARACTERS = 1000
DAILY_MOST = 5
_CITED = re.compile(r"\[([\d\s,;]+)\]\s*$")


@transaction.atomic
def publish_synthesis(*, by_id: UUID, consultation_id: UUID, text: str, at: datetime) -> UUID:
    """One sentence per line, each ending with the statements it rests on: ``… [3, 12]``.

    Fixes which statements are owed an answer, from the latest map. Raises ``UncitedSentence`` or
    ``UnknownCitation`` with the number of the sentence.
    """
    row = access_consultation_to_manage_by_id(person_id=by_id, consultation_id=consultation_id)
    row = Consultation.objects.select_for_update().get(pk=row.pk)
    check(row, Gesture.SYNTHESISE)
    outreach.check_silence(territory_ids=(row.territory_id,), at=at, conduct=Conduct.PUBLICATION)
    sentences = sentences_of(text, known=_readable(row))
    highest = row.syntheses.aggregate(highest=Max("version"))["highest"]
    made = Synthesis.objects.create(
        consultation=row,
        version=(highest or 0) + 1,
        sentences=sentences,
        author_id=by_id,
        published_at=at,
    )
    _fix_owed(row)
    record(actor_id=by_id, verb="publish-synthesis", subject_kind="consultation", subject_id=row.pk)
    return made.pk


def sentences_of(text: str, *, known: Iterable[int]) -> list[dict[str, object]]:
    """The sentences with what they cite, checked."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise NothingToSay
    if len(text) > LONG_MAX_CHARACTERS:
        raise TextTooLong(LONG_MAX_CHARACTERS)
    numbers = frozenset(known)
    return [_sentence(number, line, numbers) for number, line in enumerate(lines, start=1)]


def _sentence(number: int, line: str, known: frozenset[int]) -> dict[str, object]:
    found = _CITED.search(line)
    cites = sorted({int(one) for one in re.findall(r"\d{1,9}", found[1])}) if found else []
    words = line[: found.start()].strip() if found else line
    if not cites or not words:
        raise UncitedSentence(number)
    for cited in cites:
        if cited not in known:
            raise UnknownCitation(number, cited)
    return {"text": words, "cites": cites}


@transaction.atomic
def challenge(*, consultation_id: UUID, key: str, sentence: int, text: str, on: date) -> UUID:
    """Contradicts a sentence of the latest synthesis, during the review."""
    voter = ballots.locked_voter(consultation_id=consultation_id, key=key)
    check(voter.consultation, Gesture.CHALLENGE)
    synthesis = voter.consultation.syntheses.first()
    most = len(synthesis.sentences) if synthesis else 0
    if synthesis is None or not 1 <= sentence <= most:
        raise NoSuchSentence(most)
    if voter.challenges.filter(written_on=on).count() >= DAILY_MOST:
        raise TooManyToday(DAILY_MOST)
    return Challenge.objects.create(
        synthesis=synthesis,
        sentence=sentence,
        text=_long(text, CHALLENGE_MAX_CHARACTERS),
        voter=voter,
        written_on=on,
    ).pk


def report_challenge(
    *, by_id: UUID | None, challenge_id: UUID, grounds: Grounds, explanation: str, email: str = ""
) -> UUID:
    """Reports a contradiction to the moderators."""
    row = access_challenge_by_id(person_id=by_id, challenge_id=challenge_id)
    return moderation.report(
        subject_kind=SubjectKind.CONTRIBUTION,
        subject_id=row.pk,
        subject_author_id=None,
        territory_id=row.synthesis.consultation.territory_id,
        excerpt=row.text,
        reporter_id=by_id,
        grounds=grounds,
        explanation=explanation,
        email=email,
    )


@transaction.atomic
def answer_challenge(*, by_id: UUID, challenge_id: UUID, text: str, at: datetime) -> None:
    """What the author of the synthesis says to a contradiction."""
    row = access_challenge_to_manage_by_id(person_id=by_id, challenge_id=challenge_id)
    check(row.synthesis.consultation, Gesture.CHALLENGE)
    row.answer, row.answered_by_id, row.answered_at = _long(text, CHALLENGE_MAX_CHARACTERS), by_id, at
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    record(actor_id=by_id, verb="answer-challenge", subject_kind="challenge", subject_id=row.pk)


@transaction.atomic
def answer(
    *,
    by_id: UUID,
    statement_id: UUID,
    outcome: Outcome,
    reasons: str,
    cost: str,
    in_charge: str,
    programme_before: str = "",
    programme_after: str = "",
    at: datetime,
) -> UUID:
    """The formal answer to a statement; an earlier one stays readable. Those who follow are told."""
    row = access_statement_to_manage_by_id(person_id=by_id, statement_id=statement_id)
    if row.state not in READABLE:
        raise NotVotable
    check(row.consultation, Gesture.ANSWER)
    outreach.check_silence(territory_ids=(row.consultation.territory_id,), at=at, conduct=Conduct.PUBLICATION)
    made = Answer.objects.create(
        statement=row,
        outcome=outcome,
        reasons=_long(reasons, LONG_MAX_CHARACTERS),
        cost=cost.strip()[:200],
        in_charge=_long(in_charge, 120),
        programme_before=programme_before.strip()[:LONG_MAX_CHARACTERS],
        programme_after=programme_after.strip()[:LONG_MAX_CHARACTERS],
        by_id=by_id,
        at=at,
    )
    record(actor_id=by_id, verb="answer", subject_kind="statement", subject_id=row.pk)
    _tell(row, f"answer:{made.pk}")
    return made.pk


@transaction.atomic
def add_milestone(*, by_id: UUID, answer_id: UUID, percent: int, text: str, at: datetime) -> UUID:
    """How far the work is; those who follow are told."""
    row = access_answer_to_manage_by_id(person_id=by_id, answer_id=answer_id)
    check(row.statement.consultation, Gesture.FOLLOW_UP)
    if row.statement.state not in READABLE:
        raise NotVotable
    if not 0 <= percent <= 100:
        raise BadPercent
    made = Milestone.objects.create(answer=row, percent=percent, text=_long(text, 2000), by_id=by_id, at=at)
    record(actor_id=by_id, verb="add-milestone", subject_kind="answer", subject_id=row.pk)
    _tell(row.statement, f"milestone:{made.pk}")
    return made.pk


@transaction.atomic
def follow(*, person_id: UUID, consultation_id: UUID, wanted: bool) -> None:
    """Asks to be told of answers and milestones, or no longer."""
    row, _manages = access_consultation_by_id(person_id=person_id, consultation_id=consultation_id)
    if wanted:
        Follower.objects.get_or_create(consultation=row, person_id=person_id)
    else:
        Follower.objects.filter(consultation=row, person_id=person_id).delete()


def _tell(row: Statement, news: str) -> None:
    defer(tell_followers, key=news, statement_id=str(row.pk), news=news)


@task
def tell_followers(statement_id: str, news: str) -> None:
    """A letter to everybody who asked for it, once for each news and person; none of what is hidden."""
    row = Statement.objects.select_related("consultation").get(pk=UUID(statement_id))
    if row.state not in READABLE:
        return
    for person_id in Follower.objects.filter(consultation=row.consultation).values_list("person", flat=True):
        with once(f"debate:{news}:{person_id}") as first:
            if first:
                _send(row, news, person_id)


def _send(row: Statement, news: str, person_id: UUID) -> None:
    card = people.card(person_id=person_id)
    url = settings.PUBLIC_URL + reverse("debate:statement", args=[row.pk])
    with translation.override(card.language):
        outreach.send(
            to_address=people.address_of(person_id=person_id),
            purpose="service",
            subject=_("News of a debate that you follow"),
            body=_("“%(statement)s”\n\nThere is news of this statement:\n%(url)s\n")
            % {"statement": row.text, "url": url},
            idempotency_key=f"debate:{news}:{person_id}",
            person_id=person_id,
        )


def _fix_owed(row: Consultation) -> None:
    """Statements owed an answer, as the latest map ranks them; what was owed before stays owed."""
    version = MapVersion.objects.filter(consultation=row).first()
    if version is None:
        return
    shown = {one.number: one for one in row.statements.filter(state=StatementState.SHOWN)}
    lists = owed_of(version=version, promised=row.promised, shown=frozenset(shown))
    known = set(OwedAnswer.objects.filter(consultation=row).values_list("statement__number", flat=True))
    OwedAnswer.objects.bulk_create(
        OwedAnswer(consultation=row, statement=shown[number], promise=promise, rank=rank)
        for promise, numbers in ((Promise.CONSENSUS, lists[0]), (Promise.DIVISIVE, lists[1]))
        for rank, number in enumerate(numbers, start=1)
        if number not in known
    )


def _readable(row: Consultation) -> Iterable[int]:
    return row.statements.filter(state__in=READABLE).values_list("number", flat=True)


def _long(text: str, most: int) -> str:
    plain = text.replace("\r\n", "\n").strip()
    if not plain:
        raise NothingToSay
    if len(plain) > most:
        raise TextTooLong(most)
    return plain
