"""One person, one voice, and nobody who reads the database knows whose."""

from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import models

from amiral.cores.phases import Phase
from amiral.rooms.debate.actions import ballots as verbs
from amiral.rooms.debate.actions import statements
from amiral.rooms.debate.actions.errors import (
    KeyTaken,
    MembersOnly,
    NoKey,
    NotNow,
    NotVotable,
    UnknownKey,
)
from amiral.rooms.debate.contracts import Choice, Identity
from amiral.rooms.debate.models import Consultation, DoorCode, RollShard, Statement, Vote, Voter
from amiral.rooms.people.models import Person
from tests.conftest import Cast
from tests.rooms.debate.conftest import NOON, TODAY, enter, go, numbered, vote

pytestmark = pytest.mark.django_db
A, D, P = Choice.AGREE, Choice.DISAGREE, Choice.SKIP


def test_one_person_one_voice(cast: Cast, consultation: UUID) -> None:
    verbs.take_key(consultation_id=consultation, person_id=cast.teammate)
    with pytest.raises(KeyTaken):
        verbs.take_key(consultation_id=consultation, person_id=cast.teammate)
    with pytest.raises(MembersOnly):
        verbs.take_key(consultation_id=consultation, person_id=None)
    assert Voter.objects.count() == 1


def test_no_column_joins_a_person_with_votes() -> None:
    """Nothing that a voter owns points to a person, carries a moment, or an id that tells one."""
    ours = [model for model in apps.get_models() if model._meta.app_label == "debate"]
    voices = [Voter, Vote, *(model for model in ours if "voter" in {f.name for f in model._meta.fields})]
    for model in voices:
        for field in model._meta.concrete_fields:
            acts = field.name in {"decided_by", "answered_by"}
            assert not (isinstance(field, models.ForeignKey) and field.related_model is Person) or acts
            assert not isinstance(field, models.DateTimeField) or field.name in {"hidden_at", "answered_at"}
        key = model._meta.pk
        assert not isinstance(key, models.UUIDField) or key.default.__name__ == "uuid4"


def test_the_database_never_holds_a_key_nor_a_name_beside_a_voice(cast: Cast, consultation: UUID) -> None:
    key = verbs.take_key(consultation_id=consultation, person_id=cast.teammate)
    vote(consultation, key, (1, A))
    for model in (Voter, RollShard, Vote):
        for row in model.objects.values():
            assert key not in str(row)
            assert str(cast.teammate) not in str(row)


def test_the_roll_keeps_no_order(cast: Cast, consultation: UUID) -> None:
    for number in range(30):
        enter(consultation, f"V{number}")
    for shard in RollShard.objects.all():
        assert shard.members.split() == sorted(shard.members.split())


def test_votes_are_added_and_the_last_one_counts(cast: Cast, consultation: UUID) -> None:
    key = enter(consultation)
    vote(consultation, key, (1, A), (1, A), (1, D), (1, P), (2, A))
    assert list(Vote.objects.order_by("pk").values_list("statement__number", "value")) == [
        (1, 1), (1, -1), (1, 0), (2, 1),
    ]  # fmt: skip
    one = numbered(consultation, 1)
    assert (one.agreed, one.disagreed, one.passed) == (0, 0, 1)


def test_withdrawing_deletes_and_leaves_the_key(cast: Cast, consultation: UUID) -> None:
    key, other = enter(consultation), enter(consultation, "Autre")
    vote(consultation, key, (1, A), (1, D), (2, P))
    vote(consultation, other, (1, A))
    assert verbs.withdraw(consultation_id=consultation, key=key) == 2
    assert Vote.objects.count() == 1
    assert sum(row.answers for row in Statement.objects.all()) == 1
    vote(consultation, key, (3, A))


def test_a_key_opens_one_consultation_only(cast: Cast, consultation: UUID) -> None:
    with pytest.raises(NoKey):
        vote(consultation, verbs.new_key(), (1, A))
    with pytest.raises(UnknownKey):
        verbs.open_with(consultation_id=consultation, typed=verbs.new_key())


@pytest.mark.parametrize("typed", ["", "ABCD", "é" * 16, "A" * 400])
def test_a_bad_key_is_refused(cast: Cast, consultation: UUID, typed: str) -> None:
    with pytest.raises(UnknownKey):
        verbs.open_with(consultation_id=consultation, typed=typed)


def test_a_key_is_read_as_people_type_it(cast: Cast, consultation: UUID) -> None:
    key = enter(consultation)
    typed = verbs.readable(key).lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert verbs.open_with(consultation_id=consultation, typed=typed) == key


def test_paper_codes_are_voices(cast: Cast, consultation: UUID) -> None:
    Consultation.objects.update(identity=Identity.CODE)
    _batch, codes = verbs.print_codes(
        by_id=cast.coordinator, consultation_id=consultation, label="Rue du Port", size=3
    )
    assert len(set(codes)) == 3
    key = verbs.open_with(consultation_id=consultation, typed=codes[0].lower())
    assert verbs.open_with(consultation_id=consultation, typed=codes[0]) == key
    vote(consultation, key, (1, A))
    assert Voter.objects.get().by_code
    stored = set(DoorCode.objects.values_list("digest", flat=True))
    assert Voter.objects.get().pseudonym not in stored
    assert not any(code in str(stored) for code in codes)


def test_hidden_and_foreign_statements_take_no_vote(cast: Cast, consultation: UUID) -> None:
    key = enter(consultation)
    statements.decide(
        by_id=cast.coordinator,
        statement_id=numbered(consultation, 2).pk,
        show=False,
        reason="Hors sujet",
        at=NOON,
    )
    for number in (2, 99):
        with pytest.raises(NotVotable):
            vote(consultation, key, (number, A))


def test_after_the_freeze_nothing_is_taken(cast: Cast, consultation: UUID) -> None:
    key = enter(consultation)
    go(cast, consultation, Phase.VOTES, Phase.FROZEN)
    with pytest.raises(NotNow):
        vote(consultation, key, (1, A))
    with pytest.raises(NotNow):
        enter(consultation, "Tardive")
    with pytest.raises(NotNow):
        statements.propose(consultation_id=consultation, key=key, text="Trop tard", on=TODAY)


def test_the_whole_way_in_a_browser_without_scripts(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    """Tries first, signs in, takes the key: the tries count; then withdraws."""
    browser = sign_in(None)
    page = browser.get(f"/debats/{consultation}/voter/").content.decode()
    assert "Rien ne compte encore" in page or "rien ne compte encore" in page
    browser.post(f"/debats/{consultation}/voter/", {"number": 1, "choice": "agree"})
    browser.post(f"/debats/{consultation}/voter/", {"number": 3, "choice": "pass"})
    assert Vote.objects.count() == 0
    browser.force_login(Person.objects.get(pk=cast.teammate))
    page = browser.get(f"/debats/{consultation}/voix/").content.decode()
    assert "2 réponses" in page
    page = browser.post(f"/debats/{consultation}/voix/prendre/", follow=True).content.decode()
    assert sorted(Vote.objects.values_list("statement__number", "value")) == [(1, 1), (3, 0)]
    key = verbs.readable(browser.cookies[f"voix-{consultation.hex}"].value)
    assert key in page
    kept = browser.get(f"/debats/{consultation}/voix/mes-votes.json").json()
    assert [one["vote"] for one in kept["votes"]] == ["agree", "pass"]
    browser.post(f"/debats/{consultation}/voix/quitter/")
    assert key not in browser.get(f"/debats/{consultation}/voix/").content.decode()
    browser.post(f"/debats/{consultation}/voix/ouvrir/", {"key": key})
    assert key in browser.get(f"/debats/{consultation}/voix/").content.decode()
    browser.post(f"/debats/{consultation}/voix/retirer/")
    assert Vote.objects.count() == 0


def test_the_key_is_a_cookie_no_script_reads(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    response = sign_in(cast.teammate).post(f"/debats/{consultation}/voix/prendre/")
    cookie = response.cookies[f"voix-{consultation.hex}"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/debats/"
    assert "no-store" in response["Cache-Control"]


def test_codes_are_a_pdf_made_once(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    sent = {"label": "Quartier du Port", "size": 9}
    response = browser.post(f"/debats/{consultation}/codes/", sent)
    assert response.content.startswith(b"%PDF")
    assert DoorCode.objects.count() == 9
    assert "Quartier du Port" in browser.get(f"/debats/{consultation}/codes/").content.decode()
