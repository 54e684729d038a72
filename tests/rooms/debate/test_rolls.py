"""The levels of identity: members, telephone numbers, paper codes; and two accounts that become one."""

from typing import Any
from uuid import UUID

import pytest

from amiral.kit.clock import now
from amiral.rooms.debate import api
from amiral.rooms.debate.actions import ballots, rolls
from amiral.rooms.debate.actions.errors import KeyTaken, MembersOnly, PhoneOnly
from amiral.rooms.debate.contracts import Choice, Identity
from amiral.rooms.debate.models import Consultation, RollShard, Voter
from amiral.rooms.people import api as people
from tests.conftest import Cast, make_person
from tests.rooms.debate.conftest import vote

pytestmark = pytest.mark.django_db
NUMBER = "+33639980101"


@pytest.fixture
def by_phone(consultation: UUID) -> UUID:
    Consultation.objects.filter(pk=consultation).update(identity=Identity.PHONE)
    return consultation


def take(consultation: UUID, person_id: UUID | None) -> str:
    return ballots.take_key(consultation_id=consultation, person_id=person_id)


def test_a_voice_needs_a_confirmed_number(cast: Cast, by_phone: UUID) -> None:
    with pytest.raises(MembersOnly):
        take(by_phone, None)
    with pytest.raises(PhoneOnly):
        take(by_phone, cast.teammate)
    people.add_shown_number(person_id=cast.teammate, number=NUMBER)
    assert take(by_phone, cast.teammate)
    with pytest.raises(KeyTaken):
        take(by_phone, cast.teammate)


def test_one_voice_for_a_number_whoever_has_it_next(cast: Cast, by_phone: UUID) -> None:
    people.add_shown_number(person_id=cast.teammate, number=NUMBER)
    take(by_phone, cast.teammate)
    people.set_phone(person_id=cast.teammate, typed="")
    people.add_shown_number(person_id=cast.stranger, number=NUMBER)
    with pytest.raises(KeyTaken):
        take(by_phone, cast.stranger)
    people.set_phone(person_id=cast.stranger, typed="")
    people.add_shown_number(person_id=cast.stranger, number="+33639980102")
    # The refusal wrote nothing: the stranger may vote with a number of his own.
    assert take(by_phone, cast.stranger)
    assert Voter.objects.count() == 2


def test_a_second_number_gives_no_second_voice(cast: Cast, by_phone: UUID) -> None:
    people.add_shown_number(person_id=cast.teammate, number=NUMBER)
    take(by_phone, cast.teammate)
    people.set_phone(person_id=cast.teammate, typed="")
    people.add_shown_number(person_id=cast.teammate, number="+33639980102")
    with pytest.raises(KeyTaken):
        take(by_phone, cast.teammate)


def test_a_paper_code_counts_beside_telephones(cast: Cast, by_phone: UUID) -> None:
    _batch, codes = ballots.print_codes(
        by_id=cast.coordinator, consultation_id=by_phone, label="Marché", size=1
    )
    assert ballots.open_with(consultation_id=by_phone, typed=codes[0]) == codes[0]


def test_no_number_stands_in_the_roll(cast: Cast, by_phone: UUID) -> None:
    people.add_shown_number(person_id=cast.teammate, number=NUMBER)
    take(by_phone, cast.teammate)
    written = " ".join(RollShard.objects.values_list("members", flat=True))
    assert NUMBER not in written
    assert str(cast.teammate) not in written
    assert len(written.split()) == 2


def test_the_page_says_where_to_confirm_a_number(cast: Cast, by_phone: UUID, sign_in: Any) -> None:
    address = f"/debats/{by_phone}/voix/"
    assert "/moi/coordonnees/" in sign_in(cast.teammate).get(address).content.decode()
    assert "/compte/" in sign_in(None).get(address).content.decode()
    response = sign_in(cast.teammate).post(f"{address}prendre/", follow=True)
    assert "confirmez" in response.content.decode()
    people.add_shown_number(person_id=cast.teammate, number=NUMBER)
    assert "prendre/" in sign_in(cast.teammate).get(address).content.decode()


# Two accounts of one person -------------------------------------------------------------------------


def merge(kept_id: UUID, absorbed_id: UUID) -> Any:
    return api.merge_person(kept_id=kept_id, absorbed_id=absorbed_id, at=now())


def test_whoever_took_a_key_by_the_other_account_takes_no_second(cast: Cast, consultation: UUID) -> None:
    other = make_person("Autre")
    take(consultation, other)
    records = merge(cast.teammate, other)
    with pytest.raises(KeyTaken):
        take(consultation, cast.teammate)
    assert Consultation.objects.get().double_voices == 0
    api.unmerge_person(records=records)
    assert take(consultation, cast.teammate)
    assert rolls.has_taken_key(consultation=Consultation.objects.get(), person_id=other)


def test_two_keys_of_one_person_are_counted(cast: Cast, consultation: UUID) -> None:
    other = make_person("Autre")
    for person_id in (cast.teammate, other):
        vote(consultation, take(consultation, person_id), (1, Choice.AGREE))
    records = merge(cast.teammate, other)
    assert Consultation.objects.get().double_voices == 1
    assert Voter.objects.count() == 2
    api.unmerge_person(records=records)
    assert Consultation.objects.get().double_voices == 0


def test_a_merge_without_keys_asks_two_queries_more(
    cast: Cast, consultation: UUID, django_assert_num_queries: Any
) -> None:
    other = make_person("Autre")
    with django_assert_num_queries(2):
        assert rolls.merge(kept_id=cast.teammate, absorbed_id=other) == []


def test_the_journal_of_a_merge_tells_no_voice(cast: Cast, consultation: UUID) -> None:
    other = make_person("Autre")
    take(consultation, other)
    (line,) = merge(cast.teammate, other)["debate"]
    assert set(line) == {"do", "consultation", "kept"}
