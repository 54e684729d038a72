"""Votes of many at once: each counted, each refused for its own reason, none lost with the process."""

import threading
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from benchmarks.debate.votes import Victim
from benchmarks.debate.world import build, wrong
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amiral.cores.phases import Phase
from amiral.kit.together import Together
from amiral.rooms.debate.actions import ballots, casting
from amiral.rooms.debate.actions.casting import Ballot
from amiral.rooms.debate.actions.errors import NoKey, NotNow, NotVotable
from amiral.rooms.debate.contracts import VALUES, Choice
from amiral.rooms.debate.models import Consultation, Statement, Vote, Voter
from amiral.rooms.debate.queries import consultations as queries
from amiral.rooms.debate.queries.voices import pseudonym_of
from tests.conftest import Cast
from tests.racing import race
from tests.rooms.debate.conftest import many_votes, numbered

A, D, P = Choice.AGREE, Choice.DISAGREE, Choice.SKIP


def voices(consultation_id: UUID, number: int) -> list[str]:
    keys = [ballots.new_key() for _ in range(number)]
    Voter.objects.bulk_create(
        Voter(
            consultation_id=consultation_id,
            number=5000 + at,
            pseudonym=pseudonym_of(consultation_id=consultation_id, key=key),
        )
        for at, key in enumerate(keys)
    )
    return keys


def ballot(consultation_id: UUID, key: str, number: int, choice: Choice) -> Ballot:
    pseudonym = pseudonym_of(consultation_id=consultation_id, key=key)
    return Ballot(consultation_id=consultation_id, pseudonym=pseudonym, number=number, value=VALUES[choice])


def counts(consultation_id: UUID, number: int) -> tuple[int, int, int]:
    row = numbered(consultation_id, number)
    return row.agreed, row.disagreed, row.passed


@pytest.mark.django_db
def test_votes_written_together_are_as_if_one_after_the_other(cast: Cast, consultation: UUID) -> None:
    one, two = voices(consultation, 2)
    Statement.objects.filter(consultation_id=consultation, number=5).update(state="hidden")
    given = [
        (one, 1, A),
        (two, 1, A),
        (one, 1, D),
        (one, 1, D),
        (one, 2, P),
        ("", 1, A),
        (two, 5, A),
        (one, 1, A),
    ]
    ended = casting.write([ballot(consultation, *words) for words in given])
    assert [type(one).__name__ for one in ended] == [
        *["NoneType"] * 5, "NoKey", "NotVotable", "NoneType",
    ]  # fmt: skip
    rows = Vote.objects.order_by("pk").values_list("voter__number", "statement__number", "value")
    assert list(rows) == [(5000, 1, 1), (5001, 1, 1), (5000, 1, -1), (5000, 2, 0), (5000, 1, 1)]
    assert counts(consultation, 1) == (2, 0, 0)
    assert counts(consultation, 2) == (0, 0, 1)


@pytest.mark.django_db
def test_each_consultation_has_its_own_statements_and_phase(cast: Cast, consultation: UUID) -> None:
    other = Consultation.objects.get(pk=consultation)
    other.pk, other.phase = None, Phase.FOLLOW_UP
    other.save(force_insert=True)
    (mine,), (theirs,) = voices(consultation, 1), voices(other.pk, 1)
    ended = casting.write([ballot(consultation, mine, 1, A), ballot(other.pk, theirs, 1, A)])
    assert [type(one) for one in ended] == [type(None), NotNow]
    with pytest.raises(NoKey):
        casting.cast(ballot(other.pk, mine, 1, A))


@pytest.mark.django_db
def test_fifty_votes_ask_as_little_as_two(cast: Cast, consultation: UUID) -> None:
    keys = voices(consultation, 52)
    asked = []
    for some in (keys[:2], keys[2:]):
        with CaptureQueriesContext(connection) as queries:
            casting.write([ballot(consultation, key, 1, A) for key in some])
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 8


def plans(asked: CaptureQueriesContext) -> list[str]:
    """How SQLite finds the rows of each query."""
    found = []
    for one in asked.captured_queries:
        if one["sql"].startswith(("SELECT", "WITH")):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {one['sql']}")
                found += [str(row[3]) for row in cursor.fetchall()]
    return found


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what the tables hold")
@pytest.mark.django_db
def test_a_vote_and_the_next_page_read_the_voices_and_votes_that_they_name(
    client: Client, cast: Cast, consultation: UUID
) -> None:
    """Else a vote takes as long as there are people, as it did while the voices were asked for in order."""
    page = reverse("debate:vote", args=[consultation])
    keys = many_votes(consultation, people=3)
    client.cookies[f"voix-{consultation.hex}"] = keys[0]
    with CaptureQueriesContext(connection) as asked:
        ballots.cast(consultation_id=consultation, key=keys[1], number=2, choice=P)
        casting.write([ballot(consultation, key, 3, P) for key in keys])
        assert client.get(page).status_code == 200
    about = [plan for plan in plans(asked) if "debate_vote" in plan]
    assert any("debate_voter" in plan for plan in about)
    assert any("debate_vote " in plan for plan in about)
    assert [plan for plan in about if plan.startswith("SCAN") or plan.endswith("(consultation_id=?)")] == []


@pytest.mark.django_db
def test_how_many_voted_is_counted_anew_until_there_are_many(
    cast: Cast, consultation: UUID, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    row = Consultation.objects.get(pk=consultation)
    keys = [*many_votes(consultation, people=3), *voices(consultation, 2)]
    assert queries.voices(consultation=row) == 3
    ballots.withdraw(consultation_id=consultation, key=keys[0])
    assert queries.voices(consultation=row) == 2
    monkeypatch.setattr(queries, "VOICES_PER_SECOND", 0.001)
    assert queries.voices(consultation=row) == 2
    with django_assert_num_queries(0):
        assert queries.voices(consultation=row) == 2


@pytest.mark.django_db(transaction=True)
def test_a_storm_of_votes_is_counted_exactly(
    cast: Cast, consultation: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: Counter[int] = Counter()

    def write(asked: Any) -> Any:
        sizes[len(asked)] += 1
        return casting.write(asked)

    monkeypatch.setattr(casting, "_TOGETHER", Together(write))
    keys = voices(consultation, 6)

    def votes(key: str) -> None:
        for number in (1, 2, 1, 3):
            for choice in (A, D):
                ballots.cast(consultation_id=consultation, key=key, number=number, choice=choice)
        with pytest.raises(NotVotable):
            ballots.cast(consultation_id=consultation, key=key, number=99, choice=A)

    acts = [lambda key=key: votes(key) for key in keys]  # type: ignore[misc]  # the default is the key
    assert race(acts) == {"done": 6}
    assert sum(size * often for size, often in sizes.items()) == 6 * 9
    assert [counts(consultation, number) for number in (1, 2, 3)] == [(0, 6, 0)] * 3
    assert Vote.objects.count() == 6 * 8


@pytest.mark.django_db(transaction=True)
def test_votes_and_withdrawals_cross(cast: Cast, consultation: UUID) -> None:
    keys = many_votes(consultation, people=6)
    acts = [lambda key=key: ballots.withdraw(consultation_id=consultation, key=key) for key in keys[:3]]  # type: ignore[misc]  # the default is the key
    for key in keys[3:]:
        for number, choice in ((8, D), (1, D), (4, P)):
            acts.append(
                lambda key=key, number=number, choice=choice: ballots.cast(  # type: ignore[misc]  # defaults
                    consultation_id=consultation, key=key, number=number, choice=choice
                )
            )
    assert race(acts) == {"done": len(acts)}
    for number in range(1, 9):
        latest = dict(
            Vote.objects.filter(statement=numbered(consultation, number))
            .order_by("pk")
            .values_list("voter", "value")
        )
        told = Counter(latest.values())
        assert counts(consultation, number) == (told[1], told[-1], told[0])


@pytest.mark.django_db(transaction=True)
def test_whoever_holds_a_transaction_waits_for_nobody(cast: Cast, consultation: UUID) -> None:
    """A leader of other votes waits for our lock; we must not wait for him."""
    first, second = voices(consultation, 2)
    other = threading.Thread(
        target=race,
        args=([lambda: ballots.cast(consultation_id=consultation, key=second, number=1, choice=A)],),
    )
    with transaction.atomic():
        Consultation.objects.select_for_update().get(pk=consultation)
        other.start()
        ballots.cast(consultation_id=consultation, key=first, number=1, choice=A)
    other.join(30)
    assert counts(consultation, 1) == (2, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_what_was_acknowledged_outlives_the_process(db: None) -> None:
    """In small; benchmarks/debate/votes.py kills fifty times, and cuts the power."""
    world = build(voters=40, statements=10)
    said, first = list[int](), 0
    for wanted in (3, 25):
        victim = Victim(world, threads=8, first=first)
        victim.wait_for(wanted)
        victim.kill()
        said += victim.acknowledged
        first = max(said) + 18
    assert wrong(world, said, first) == []
