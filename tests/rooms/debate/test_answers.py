"""Arguments with sources, synthesis, contradiction, answers that nobody can hide, milestones."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
import time_machine

from amiral.cores.phases import Obstacle, Phase
from amiral.rooms.debate.actions import answers as verbs
from amiral.rooms.debate.actions import arguments, ballots, consultations, maps, statements
from amiral.rooms.debate.actions.errors import (
    BadSource,
    NoSource,
    NoSuchSentence,
    NotNow,
    NotVotable,
    OwedStays,
    StepBlocked,
    UncitedSentence,
    UnknownCitation,
)
from amiral.rooms.debate.contracts import Outcome, Side, SourceTyped
from amiral.rooms.debate.models import (
    Answer,
    ArgumentSource,
    Challenge,
    Consultation,
    Follower,
    OwedAnswer,
    Statement,
)
from amiral.rooms.debate.queries import owing
from amiral.rooms.outreach.models import Message
from tests.conftest import Cast
from tests.rooms.debate.conftest import DRAFT, NOON, TODAY, enter, go, numbered

pytestmark = pytest.mark.django_db
SOURCE = SourceTyped(
    url="https://exemple.example/rapport",
    note="Rapport de 2026",
    consulted_on=TODAY,
    archived_text="Un fait.",
)
WEEK = NOON + timedelta(days=7)


@pytest.fixture
def in_map(cast: Cast, mapped: UUID) -> tuple[UUID, str]:
    """Votes closed, map drawn; and the key of somebody who entered in time."""
    key = enter(mapped)
    go(cast, mapped, Phase.VOTES, Phase.FROZEN)
    maps.draw_now(consultation_id=mapped, at=NOON)
    go(cast, mapped, Phase.MAP)
    return mapped, key


@pytest.fixture
def in_answers(cast: Cast, in_map: tuple[UUID, str]) -> UUID:
    """After the review: two lists of two answers are owed."""
    row, _key = in_map
    verbs.publish_synthesis(
        by_id=cast.coordinator, consultation_id=row, text="Tous veulent la santé. [1, 8]", at=NOON
    )
    go(cast, row, Phase.REVIEW)
    go(cast, row, Phase.ANSWERS, at=WEEK)
    return row


def answer(cast: Cast, statement: Statement, **more: Any) -> UUID:
    return verbs.answer(
        by_id=cast.coordinator,
        statement_id=statement.pk,
        outcome=more.pop("outcome", Outcome.ACCEPTED),
        reasons="Nous le ferons.",
        cost="200 000 € par an",
        in_charge="Camille Essai",
        at=WEEK,
        **more,
    )


def test_an_argument_needs_its_source(cast: Cast, consultation: UUID) -> None:
    key, row = enter(consultation), numbered(consultation, 1)
    for sources, error in (
        ((), NoSource),
        ((SourceTyped(url="javascript:alert(1)", note="x", consulted_on=TODAY),), BadSource),
        ((SourceTyped(url=SOURCE.url, note="x", consulted_on=TODAY + timedelta(days=1)),), BadSource),
    ):
        with pytest.raises(error):
            arguments.argue(
                key=key, statement_id=row.pk, side=Side.FOR, text="Parce que", sources=sources, on=TODAY
            )
    arguments.argue(
        key=key, statement_id=row.pk, side=Side.AGAINST, text="Trop cher", sources=(SOURCE,), on=TODAY
    )
    kept = ArgumentSource.objects.get()
    assert kept.archived_sha256 == sha256(b"Un fait.").hexdigest()


def test_the_page_of_a_statement_shows_both_sides(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    browser, row = sign_in(cast.teammate), numbered(consultation, 1)
    browser.post(f"/debats/{consultation}/voix/prendre/")
    sent = {
        "side": "for",
        "text": "Un rapport le montre.",
        "url_1": SOURCE.url,
        "note_1": SOURCE.note,
        "consulted_on_1": "2020-03-03",
        "archived_1": "Le passage.",
    }
    assert browser.post(f"/debats/enonces/{row.pk}/argumenter/", sent).status_code == 302
    page = browser.get(f"/debats/enonces/{row.pk}/").content.decode()
    for text in ("Un rapport le montre.", SOURCE.url, "Le passage."):
        assert text in page


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("Tous veulent la santé.", UncitedSentence),
        ("Bien. [1]\nMal.", UncitedSentence),
        ("[1]", UncitedSentence),
        ("Bien. [99]", UnknownCitation),
        ("Bien. [1, 2]", UnknownCitation),
    ],
)
def test_a_sentence_rests_on_what_can_be_read(
    cast: Cast, in_map: tuple[UUID, str], text: str, error: type[Exception]
) -> None:
    row, _key = in_map
    statements.decide(
        by_id=cast.coordinator,
        statement_id=numbered(row, 2).pk,
        show=False,
        reason="Insulte",
        at=NOON,
    )
    with pytest.raises(error):
        verbs.publish_synthesis(by_id=cast.coordinator, consultation_id=row, text=text, at=NOON)


def test_the_synthesis_is_contradicted_for_seven_days(
    cast: Cast, in_map: tuple[UUID, str], sign_in: Any
) -> None:
    row, key = in_map
    verbs.publish_synthesis(
        by_id=cast.coordinator, consultation_id=row, text="Tous veulent la santé. [1, 8]", at=NOON
    )
    go(cast, row, Phase.REVIEW)
    verbs.challenge(consultation_id=row, key=key, sentence=1, text="Pas le groupe B.", on=TODAY)
    with pytest.raises(StepBlocked) as blocked:
        go(cast, row, Phase.ANSWERS, at=NOON + timedelta(days=6))
    assert blocked.value.obstacles == (Obstacle.TOO_EARLY, Obstacle.OPEN_CHALLENGES)
    verbs.answer_challenge(
        by_id=cast.coordinator, challenge_id=Challenge.objects.get().pk, text="Si, à 12 contre 0.", at=NOON
    )
    page = sign_in(None).get(f"/debats/{row}/synthese/").content.decode()
    assert "Pas le groupe B." in page
    assert "Si, à 12 contre 0." in page
    go(cast, row, Phase.ANSWERS, at=WEEK)
    with pytest.raises(NotNow):
        verbs.challenge(consultation_id=row, key=key, sentence=1, text="Trop tard", on=TODAY)


def test_what_is_owed_is_fixed_by_the_map(cast: Cast, in_answers: UUID) -> None:
    owed = list(OwedAnswer.objects.values_list("promise", "statement__number"))
    assert {number for promise, number in owed if promise == "consensus"} == {1, 8}
    assert len({number for promise, number in owed if promise == "divisive"}) == 2


def test_an_overdue_answer_stands_first_and_blocks_the_end(
    cast: Cast, in_answers: UUID, sign_in: Any
) -> None:
    answer(cast, numbered(in_answers, 1))
    with pytest.raises(StepBlocked) as blocked:
        go(cast, in_answers, Phase.FOLLOW_UP, at=WEEK)
    assert blocked.value.obstacles == (Obstacle.OWED_ANSWERS,)
    late = DRAFT.answers_due_on + timedelta(days=3)
    lines = owing.owed_lines(consultation=Consultation.objects.get(pk=in_answers), today=late)
    assert [line.overdue_days for line in lines] == [3, 3, 3, 0]
    assert lines[-1].answer is not None
    with time_machine.travel(NOON + timedelta(days=63), tick=False):
        for address in (f"/debats/{in_answers}/", f"/debats/{in_answers}/synthese/", "/debats/"):
            assert "En retard" in sign_in(None).get(address).content.decode()


def test_the_organiser_cannot_hide_what_he_owes(cast: Cast, in_answers: UUID) -> None:
    with pytest.raises(OwedStays):
        statements.decide(
            by_id=cast.coordinator,
            statement_id=numbered(in_answers, 1).pk,
            show=False,
            reason="Gênant",
            at=WEEK,
        )


def test_answers_milestones_and_those_who_asked_are_told(cast: Cast, in_answers: UUID, sign_in: Any) -> None:
    verbs.follow(person_id=cast.teammate, consultation_id=in_answers, wanted=True)
    assert Follower.objects.count() == 1
    row = numbered(in_answers, 1)
    first = answer(cast, row, outcome=Outcome.STUDIED)
    made = answer(cast, row, programme_before="Rien.", programme_after="Un centre de santé.")
    verbs.add_milestone(
        by_id=cast.coordinator, answer_id=made, percent=30, text="Le terrain est choisi.", at=WEEK
    )
    page = sign_in(None).get(f"/debats/enonces/{row.pk}/").content.decode()
    for text in ("Accepté", "200 000 €", "Camille Essai", "Le terrain est choisi.", "<ins>", "À l’étude"):
        assert text in page
    assert Answer.objects.count() == 2
    for _ in range(2):
        verbs.tell_followers.func(statement_id=str(row.pk), news=f"answer:{first}")
    assert Message.objects.filter(person_id=cast.teammate).count() == 1


def test_no_letter_repeats_what_a_moderator_hid(cast: Cast, in_answers: UUID) -> None:
    number = owing.owed_numbers(consultation_id=in_answers)[0]
    row = numbered(in_answers, number)
    verbs.follow(person_id=cast.teammate, consultation_id=in_answers, wanted=True)
    given = answer(cast, row)
    assert statements.hide_reported(subject_kind="contribution", subject_id=row.pk, at=WEEK)
    verbs.tell_followers.func(statement_id=str(row.pk), news=f"answer:{given}")
    assert not Message.objects.filter(body__contains=row.text).exists()
    with pytest.raises(NotVotable):
        verbs.add_milestone(by_id=cast.coordinator, answer_id=given, percent=1, text="Fait.", at=WEEK)


def test_contradictions_of_an_earlier_version_can_still_be_answered(
    cast: Cast, in_map: tuple[UUID, str], sign_in: Any
) -> None:
    consultation, key = in_map

    def publish(text: str) -> None:
        verbs.publish_synthesis(by_id=cast.coordinator, consultation_id=consultation, text=text, at=NOON)

    publish("Tous veulent la médiathèque. [1]")
    go(cast, consultation, Phase.REVIEW)
    with pytest.raises(NoSuchSentence):
        verbs.challenge(consultation_id=consultation, key=key, sentence=2, text="Non.", on=TODAY)
    verbs.challenge(consultation_id=consultation, key=key, sentence=1, text="C’est trop dire.", on=TODAY)
    consultations.step(
        by_id=cast.coordinator,
        consultation_id=consultation,
        to=Phase.MAP,
        reason="La synthèse doit être réécrite en entier.",
        at=NOON,
    )
    publish("Presque tous la veulent. [1]")
    go(cast, consultation, Phase.REVIEW)
    browser, address = sign_in(cast.coordinator), f"/debats/{consultation}/synthese/"
    page = browser.get(address).content.decode()
    assert "C’est trop dire." in page
    assert "Tous veulent la médiathèque." in page
    one = Challenge.objects.get()
    browser.post(f"/debats/contestations/{one.pk}/repondre/", {"text": "C’est réécrit."})
    assert "C’est réécrit." in browser.get(address).content.decode()


def test_the_end_is_reached_when_all_is_answered(cast: Cast, in_answers: UUID) -> None:
    for row in Statement.objects.filter(owed__isnull=False):
        answer(cast, row, outcome=Outcome.REFUSED)
    go(cast, in_answers, Phase.FOLLOW_UP, Phase.CLOSED, at=WEEK)
    assert Consultation.objects.get(pk=in_answers).phase == "closed"
    with pytest.raises(StepBlocked):
        consultations.step(
            by_id=cast.coordinator, consultation_id=in_answers, to=Phase.FOLLOW_UP, reason="", at=WEEK
        )


def test_a_withdrawn_voice_leaves_the_next_map(cast: Cast, mapped: UUID) -> None:
    key = enter(mapped)
    ballots.withdraw(consultation_id=mapped, key=key)
    votes, _last = maps.load(Consultation.objects.get(pk=mapped))
    assert len(votes) == 192
