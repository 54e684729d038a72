"""Merging persons, and the way back."""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from allauth.account.models import EmailAddress
from benchmarks.merge import world as worlds
from django.core import mail

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.rooms.mobilisation.models import Action, Shift, SignUp
from amiral.rooms.network.models import Membership, Post
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api
from amiral.rooms.people.actions import account, finding, merging
from amiral.rooms.people.contracts import MergeField, Purpose
from amiral.rooms.people.models import Consent, ContactPoint, DuplicateCandidate, Mandate, Merge, Person
from tests.conftest import Cast, give_mandate, make_person

pytestmark = pytest.mark.django_db


def merge(cast: Cast, kept: UUID, absorbed: UUID, **words: Any) -> UUID:
    """Without letters: they are no part of the state that comes back."""
    return api.merge(by_id=cast.coordinator, kept_id=kept, absorbed_id=absorbed, **{"silent": True, **words})


@pytest.fixture
def twins(cast: Cast) -> tuple[UUID, UUID]:
    """Two accounts of one person, in Mâcon."""
    return make_person("Elodie"), make_person("Elodia", language="en", commune_id="commune:71105")


def test_everything_goes_over_and_comes_back(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    kept, absorbed = twins
    post = Post.objects.create(group_id=cast.group, author_id=absorbed, body="Bonjour")
    Membership.objects.create(group_id=cast.group, person_id=absorbed, source="choice")
    before = worlds.state()
    merge_id = merge(cast, kept, absorbed, chosen=[MergeField.PLACE])
    assert not Person.objects.filter(pk=absorbed).exists()
    assert Person.objects.get(pk=kept).commune_id == "commune:71105"
    assert Person.objects.get(pk=kept).language == "fr"
    post.refresh_from_db()
    assert post.author_id == kept
    api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    assert worlds.state() == before
    row = Merge.objects.get(pk=merge_id)
    assert row.undone_at
    assert row.records == row.snapshot == {}
    assert set(AuditLine.objects.filter(subject_id=str(kept)).values_list("verb", flat=True)) == {
        "person.merged",
        "person.unmerged",
    }


@pytest.mark.parametrize("seed", range(4))
def test_random_merges_undone_in_random_order_leave_the_same_state(db: None, seed: int) -> None:
    world = worlds.build(persons=24, groups=4, seed=seed)
    before, chance = worlds.state(), random.Random(seed)
    living, made = list(world.persons), []
    for _ in range(18):
        absorbed = living.pop(chance.randrange(len(living)))
        kept = chance.choice(living)
        chosen = [field for field in MergeField if chance.random() < 0.5]
        made.append(
            api.merge(
                by_id=world.administrator, kept_id=kept, absorbed_id=absorbed, chosen=chosen, silent=True
            )
        )
    assert worlds.state() != before
    for merge_id in chance.sample(made, len(made)):
        api.undo_merge(by_id=world.administrator, merge_id=merge_id)
    assert worlds.state() == before


def test_an_earlier_merge_is_undone_under_a_later_one(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    """The rest is what would be there had the first never been made."""
    first, second = twins
    third = make_person("Elodieu")
    post = Post.objects.create(group_id=cast.group, author_id=second, body="…")
    mine = Post.objects.create(group_id=cast.group, author_id=first, body="…")
    early = merge(cast, first, second)
    later = merge(cast, third, first)
    api.undo_merge(by_id=cast.coordinator, merge_id=early)
    assert set(Person.objects.filter(pk__in=[first, second, third]).values_list("pk", flat=True)) == {
        second,
        third,
    }
    post.refresh_from_db()
    mine.refresh_from_db()
    assert (post.author_id, mine.author_id) == (second, third)
    api.undo_merge(by_id=cast.coordinator, merge_id=later)
    mine.refresh_from_db()
    assert mine.author_id == first
    with pytest.raises(NotFound):
        api.undo_merge(by_id=cast.coordinator, merge_id=later)


def test_what_was_done_since_stays(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    kept, absorbed = twins
    merge_id = merge(cast, kept, absorbed, chosen=[MergeField.GIVEN_NAME])
    Person.objects.filter(pk=kept).update(given_name="Autre")
    post = Post.objects.create(group_id=cast.group, author_id=kept, body="Depuis")
    api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    post.refresh_from_db()
    assert post.author_id == kept
    assert Person.objects.get(pk=kept).given_name == "Autre"
    assert Person.objects.get(pk=absorbed).given_name == "Elodia"


def test_a_refusal_of_one_is_a_refusal_and_the_ledger_only_grows(
    cast: Cast, twins: tuple[UUID, UUID]
) -> None:
    kept, absorbed = twins
    at = now() - timedelta(days=9)
    for person_id, granted, day in [(absorbed, False, 1), (kept, True, 2), (absorbed, True, 3)]:
        purpose = Purpose.ACTIONS if day == 3 else Purpose.NEWSLETTER
        Consent.objects.create(
            person_id=person_id, purpose=purpose, granted=granted, text_shown="…", at=at + timedelta(days=day)
        )
    lines = set(Consent.objects.values_list("pk", "at", "granted", "purpose"))
    merge(cast, kept, absorbed)
    assert lines < set(Consent.objects.filter(person=kept).values_list("pk", "at", "granted", "purpose"))
    assert not api.has_consent(person_id=kept, purpose=Purpose.NEWSLETTER)
    assert api.has_consent(person_id=kept, purpose=Purpose.ACTIONS)


def test_the_earliest_membership_stays_alone(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    early, late = now() - timedelta(days=9), now() - timedelta(days=2)
    for person_id, joined, left in [(twins[0], late, None), (twins[1], early, late)]:
        Membership.objects.create(
            group_id=cast.group, person_id=person_id, source="choice", joined_at=joined, left_at=left
        )
    merge(cast, *twins)
    row = Membership.objects.get(group=cast.group, person=twins[0])
    assert (row.joined_at, row.left_at) == (early, None)


@pytest.fixture
def shift(cast: Cast) -> Shift:
    action = Action.objects.create(
        kind="leaflet-drop", title="Boîtage", group_id=cast.group, commune_id="commune:71270", place="Mairie"
    )
    at = now() + timedelta(days=1)
    return Shift.objects.create(
        action=action, starts_at=at, ends_at=at + timedelta(hours=2), capacity=2, needed=1, taken=2
    )


def seats(shift: Shift) -> tuple[int, int]:
    shift.refresh_from_db()
    return shift.taken, SignUp.objects.filter(shift=shift, state="confirmed").count()


def test_two_places_of_one_person_become_one_and_two_again(
    cast: Cast, twins: tuple[UUID, UUID], shift: Shift
) -> None:
    for person_id in twins:
        SignUp.objects.create(shift=shift, person_id=person_id)
    merge_id = merge(cast, *twins)
    assert seats(shift) == (1, 1)
    api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    assert seats(shift) == (2, 2)


def test_a_place_that_was_given_away_since_is_not_taken_back(
    cast: Cast, twins: tuple[UUID, UUID], shift: Shift
) -> None:
    for person_id in twins:
        SignUp.objects.create(shift=shift, person_id=person_id)
    merge_id = merge(cast, *twins)
    SignUp.objects.create(shift=shift, person_id=cast.teammate)
    Shift.objects.update(taken=2)
    api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    assert seats(shift) == (2, 2)
    assert SignUp.objects.get(shift=shift, person=twins[1]).state == "cancelled"


def test_the_absorbed_address_opens_nothing(cast: Cast, twins: tuple[UUID, UUID], commit: Any) -> None:
    kept, absorbed = twins
    address = Person.objects.get(pk=absorbed).email
    ContactPoint.objects.create(person_id=absorbed, kind="phone", value="+33612345678", primary=True)
    before = worlds.state()
    with commit():
        merge_id = merge(cast, kept, absorbed, silent=False)
    assert not EmailAddress.objects.filter(email=address).exists()
    points = ContactPoint.objects.filter(person=kept).values_list("value", "primary")
    assert set(points) == {("elodie@example.org", True), ("+33612345678", True)}
    letters = {letter.to[0]: letter.body for letter in mail.outbox}
    assert set(letters) == {"elodie@example.org", "elodia@example.org"}
    assert "e…@example.org" in letters["elodia@example.org"]
    assert "elodie@" not in letters["elodia@example.org"]
    # Its owner joins again: a stranger to the kept account, and the way back waits for him to leave.
    again = api.add_confirmed_person(
        email=str(address), given_name="E", postal_code="71000", commune_id="commune:71270"
    )
    assert again not in twins
    with pytest.raises(merging.AddressTaken):
        api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    account.erase(person_id=again, by_id=None, at=now())
    Message.objects.all().delete()
    api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    assert worlds.state() == before


def test_who_has_no_account_takes_over_the_other_ones(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    kept, absorbed = twins
    Person.objects.filter(pk=kept).update(email=None, is_active=False)
    EmailAddress.objects.filter(user=kept).delete()
    before = worlds.state()
    merge_id = merge(cast, kept, absorbed)
    person = Person.objects.get(pk=kept)
    assert (person.email, person.is_active) == ("elodia@example.org", True)
    assert EmailAddress.objects.get(user=kept).email == "elodia@example.org"
    api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    assert worlds.state() == before


def test_a_mandate_needs_an_administrator_both_ways(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    kept, absorbed = twins
    give_mandate(absorbed, "group-leader", scope_id=cast.group, scope_name="Mâcon")
    with pytest.raises(merging.AdministratorNeeded):
        merge(cast, kept, absorbed)
    merge_id = api.merge(by_id=cast.administrator, kept_id=kept, absorbed_id=absorbed)
    assert Mandate.objects.filter(person=kept).exists()
    with pytest.raises(merging.AdministratorNeeded):
        api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    api.undo_merge(by_id=cast.administrator, merge_id=merge_id)
    assert Mandate.objects.filter(person=absorbed).exists()


def test_nobody_out_of_reach_and_not_oneself(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    far = make_person("Loin", commune_id="commune:21231")
    nowhere = make_person("Nulle", commune_id=None)
    for other in (far, nowhere, twins[0]):
        with pytest.raises(NotFound):
            merge(cast, twins[0], other)
        with pytest.raises(NotFound):
            merge(cast, other, twins[0])
    with pytest.raises(merging.NotOneself):
        merge(cast, twins[0], cast.coordinator)
    with pytest.raises(NotFound):
        api.merge(by_id=cast.owner, kept_id=twins[0], absorbed_id=twins[1])


def test_erasing_the_kept_person_erases_the_way_back(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    third = make_person("Elodieu")
    merge(cast, twins[0], twins[1])
    merge(cast, third, twins[0])
    DuplicateCandidate.objects.create(first_id=twins[1], second_id=cast.teammate, score=0.9)
    account.erase(person_id=third, by_id=None, at=now(), refuses=True)
    assert not Merge.objects.exists()
    assert not DuplicateCandidate.objects.exists()
    assert api.is_suppressed(channel="email", value="elodia@example.org")


def test_the_person_reads_what_was_absorbed(cast: Cast, twins: tuple[UUID, UUID]) -> None:
    merge(cast, *twins)
    rows = [row for row in api.export_person(person_id=twins[0])["people"] if row["table"] == "merge"]
    assert [row["email"] for row in rows] == ["elodia@example.org"]


def member(mailbox: str, given_name: str) -> UUID:
    """A Martin of Mâcon."""
    person_id = make_person(mailbox)
    Person.objects.filter(pk=person_id).update(given_name=given_name, family_name="Martin")
    return person_id


def look() -> set[frozenset[UUID]]:
    finding.find_duplicates(report=lambda _done, _total: None, at=now())
    pairs = DuplicateCandidate.objects.filter(state="open").values_list("first_id", "second_id")
    return {frozenset(pair) for pair in pairs}


def test_a_rejected_pair_stays_rejected_also_for_who_absorbs_one(cast: Cast) -> None:
    one = member("elodie1", "Élodie")
    other = member("elodie2", "Elodie")
    assert look() == {frozenset({one, other})}
    merging.reject(by_id=cast.coordinator, candidate_id=DuplicateCandidate.objects.get().pk, at=now())
    assert look() == set()
    third = member("elodie3", "Elodie")
    assert look() == {frozenset({one, third}), frozenset({other, third})}
    merge_id = merge(cast, third, one)
    assert look() == set()
    api.undo_merge(by_id=cast.coordinator, merge_id=merge_id)
    assert len(look()) == 2
