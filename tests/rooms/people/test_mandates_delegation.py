"""A part of a mandate, given on: never more than its source, at any instant, whatever ends."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import AuditLine
from amiral.rooms.people import api
from amiral.rooms.people.actions import mandates as verbs
from amiral.rooms.people.actions.account import erase
from amiral.rooms.people.actions.mandates import (
    LastAdministrator,
    MandateRefused,
    MandateWithoutPlace,
    NobodyThere,
    NotEarlier,
    NothingGiven,
    ToOneself,
)
from amiral.rooms.people.contracts import Feature, Role
from amiral.rooms.people.models import Mandate
from amiral.rooms.territory.models import TerritoryClosure
from tests.conftest import NOON, Cast, make_person
from tests.rooms.people.conftest import last_letter

pytestmark = pytest.mark.django_db

FIELD = frozenset({Feature.MANAGE_FIELD, Feature.SEE_COVERAGE})
DAY = timedelta(days=1)


def source_of(person_id: UUID) -> UUID:
    return Mandate.objects.get(person_id=person_id, role__in=[role for role in Role if role != "delegate"]).pk


def part(cast: Cast, **words: Any) -> UUID:
    """Field of Mâcon's group, from its leader to a member."""
    asked: dict[str, Any] = {
        "by_id": cast.owner,
        "source_id": source_of(cast.owner),
        "person_id": cast.teammate,
        "features": FIELD,
        "at": now(),
    }
    return verbs.delegate(**(asked | words))


# One delegation ----------------------------------------------------------------------------------------


def test_a_leader_lends_a_part_of_his_work(cast: Cast, commit: Any) -> None:
    with commit():
        mandate_id = part(cast)
    for feature in Feature:
        assert api.may(person_id=cast.teammate, feature=feature, scope_id=cast.group) is (feature in FIELD)
    assert not api.may(person_id=cast.teammate, feature=Feature.MANAGE_FIELD, territory_id="commune:71270")
    (card,) = api.mandates_of(person_id=cast.teammate)
    assert (card.role, card.features, card.delegable) == (Role.DELEGATE, FIELD, frozenset())
    assert card.delegated_from == source_of(cast.owner)
    line = AuditLine.objects.get(verb="mandate.granted", subject_id=str(mandate_id))
    assert line.detail["source_id"] == str(source_of(cast.owner))
    assert "– voir quelles portes ont été visitées" in last_letter("teammate@example.org")


def test_a_delegate_is_no_leader_of_the_group(cast: Cast) -> None:
    part(cast)
    assert [card.person_id for card in api.holders(scope_id=cast.group, role=Role.GROUP_LEADER)] == [
        cast.owner
    ]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"features": ()}, NothingGiven),
        ({"features": {Feature.MODERATE}}, MandateRefused),
        ({"features": {Feature.MANAGE_GROUPS}}, MandateRefused),  # a leader's place is not his to give
        ({"delegable": {Feature.MANAGE_ACTIONS}}, MandateRefused),  # not even given
        ({"territory_id": "commune:71105"}, MandateRefused),
        ({"territory_id": "departement:71"}, MandateRefused),
        ({"source_id": uuid4()}, NotFound),
    ],
)
def test_never_more_than_the_source(cast: Cast, words: dict[str, Any], problem: type[Exception]) -> None:
    with pytest.raises(problem):
        part(cast, **words)
    assert not Mandate.objects.filter(person_id=cast.teammate).exists()


def test_not_to_oneself_nor_from_anothers(cast: Cast) -> None:
    with pytest.raises(ToOneself):
        part(cast, person_id=cast.owner)
    with pytest.raises(NotFound):
        part(cast, by_id=cast.coordinator)


def test_a_coordinator_gives_a_commune_and_a_zone_of_his(cast: Cast) -> None:
    from amiral.rooms.territory.models import Territory

    zone = Territory.objects.create(id="zone:bords", kind="zone", code="bords", name="Bords de Saône")
    for depth, ancestor in enumerate((zone.pk, "departement:71", "region:27", "pays:FR")):
        TerritoryClosure.objects.create(ancestor_id=ancestor, descendant=zone, depth=depth)
    source = source_of(cast.coordinator)
    for place in ("commune:71270", "zone:bords", "departement:71"):
        who = make_person(f"Aide{place[-3:]}")
        verbs.delegate(
            by_id=cast.coordinator,
            source_id=source,
            person_id=who,
            features={Feature.MODERATE},
            territory_id=place,
            at=now(),
        )
        assert api.may(person_id=who, feature=Feature.MODERATE, territory_id=place)
    for place in ("commune:21231", "region:27", "pays:FR"):
        with pytest.raises(MandateRefused):
            verbs.delegate(
                by_id=cast.coordinator,
                source_id=source,
                person_id=cast.teammate,
                features={Feature.MODERATE},
                territory_id=place,
                at=now(),
            )


def test_only_what_may_be_given_on_is_given_on(cast: Cast) -> None:
    first = part(cast, delegable={Feature.SEE_COVERAGE})
    asked: dict[str, Any] = {"by_id": cast.teammate, "source_id": first, "person_id": cast.stranger}
    with pytest.raises(MandateRefused):
        part(cast, **asked)
    second = part(cast, **asked, features={Feature.SEE_COVERAGE})
    with pytest.raises(NotFound):  # nothing of the second may be given on
        part(cast, by_id=cast.stranger, source_id=second, features={Feature.SEE_COVERAGE})


def test_never_longer_than_the_source(cast: Cast) -> None:
    end = now() + 10 * DAY
    Mandate.objects.filter(person_id=cast.owner).update(ends_at=end)
    with pytest.raises(MandateRefused):
        part(cast, ends_at=end + DAY)
    assert Mandate.objects.get(pk=part(cast)).ends_at == end


def test_a_delegate_names_no_leader_and_grants_no_role(cast: Cast) -> None:
    verbs.delegate(
        by_id=cast.coordinator,
        source_id=source_of(cast.coordinator),
        person_id=cast.teammate,
        features=set(Feature),
        delegable=set(Feature),
        at=now(),
    )
    for role, scope in ((Role.COORDINATOR, None), (Role.GROUP_LEADER, cast.group)):
        with pytest.raises(MandateRefused):
            api.grant_mandate(
                by_id=cast.teammate,
                person_id=cast.stranger,
                role=role,
                territory_id="commune:71270",
                scope_id=scope,
            )
    with pytest.raises(MandateWithoutPlace):
        api.grant_mandate(
            by_id=None, person_id=cast.stranger, role=Role.DELEGATE, territory_id="commune:71270"
        )


def test_the_database_knows_no_delegate_of_nothing(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.create(person_id=cast.teammate, role="delegate", territory_id="pays:FR")


@pytest.mark.parametrize("email", ["nobody@example.org", "stranger@example.org", "coordinator@example.org"])
def test_by_address_only_to_members_of_the_group(cast: Cast, email: str) -> None:
    asked: dict[str, Any] = {
        "by_id": cast.owner,
        "source_id": source_of(cast.owner),
        "features": FIELD,
        "at": now(),
    }
    with pytest.raises(NobodyThere):
        verbs.delegate_by_address(**asked, email=email)
    verbs.delegate_by_address(**asked, email=" Teammate@example.org")


# What hangs on it ----------------------------------------------------------------------------------------


def tree(cast: Cast) -> list[UUID]:
    """Coordinator → leader (another one) → teammate → stranger; ids from the top."""
    leader = make_person("Animatrice")
    named = api.grant_mandate(
        by_id=cast.coordinator,
        person_id=leader,
        role=Role.GROUP_LEADER,
        territory_id="commune:71270",
        scope_id=cast.group,
        scope_name="Mâcon",
    )
    lent = part(cast, by_id=leader, source_id=named, delegable=FIELD)
    last = part(cast, by_id=cast.teammate, source_id=lent, person_id=cast.stranger)
    return [source_of(cast.coordinator), named, lent, last]


def test_ending_the_source_ends_all_that_hangs_on_it(cast: Cast, commit: Any) -> None:
    ids = tree(cast)
    with commit():
        api.end_mandate(by_id=cast.administrator, mandate_id=ids[0])
    assert not Mandate.objects.in_force(now()).filter(pk__in=ids).exists()
    assert AuditLine.objects.filter(verb="mandate.ended").count() == 4
    assert sum("a pris fin" in str(letter.body) for letter in mail.outbox) == 4
    assert api.mandates_of(person_id=cast.owner)  # he hung on nobody


def test_shortening_shortens_what_would_last_longer(cast: Cast, commit: Any) -> None:
    ids = tree(cast)
    early, late = now() + 5 * DAY, now() + 9 * DAY
    verbs.shorten(by_id=cast.stranger, mandate_id=ids[3], ends_at=early, at=now())
    with commit():
        verbs.shorten(by_id=cast.administrator, mandate_id=ids[0], ends_at=late, at=now())
    ends = dict(Mandate.objects.filter(pk__in=ids).values_list("pk", "ends_at"))
    assert [ends[id_] for id_ in ids] == [late, late, late, early]
    assert "prendra fin le" in last_letter("teammate@example.org")
    with pytest.raises(NotEarlier):
        verbs.shorten(by_id=cast.administrator, mandate_id=ids[0], ends_at=late, at=now())
    with pytest.raises(NotEarlier):
        verbs.shorten(by_id=cast.administrator, mandate_id=ids[0], ends_at=now() - DAY, at=now())


def test_from_above_what_hangs_on_it_can_be_kept(cast: Cast) -> None:
    ids = tree(cast)
    verbs.end(by_id=cast.administrator, mandate_id=ids[0], at=now(), keep=True)
    assert set(Mandate.objects.in_force(now()).filter(pk__in=ids).values_list("pk", flat=True)) == set(
        ids[1:]
    )
    assert Mandate.objects.get(pk=ids[1]).delegated_from_id == source_of(cast.administrator)


def test_nobody_keeps_what_he_himself_leaves(cast: Cast) -> None:
    ids = tree(cast)
    verbs.end(by_id=cast.coordinator, mandate_id=ids[0], at=now(), keep=True)
    assert not Mandate.objects.in_force(now()).filter(pk__in=ids).exists()


def test_the_source_of_the_source_may_end_it(cast: Cast) -> None:
    ids = tree(cast)
    leader = Mandate.objects.get(pk=ids[1]).person_id
    with pytest.raises(NotFound):
        api.end_mandate(by_id=cast.owner, mandate_id=ids[3])
    api.end_mandate(by_id=leader, mandate_id=ids[3])
    assert api.mandates_of(person_id=cast.teammate)


def test_whoever_is_erased_leaves_no_right_behind(cast: Cast) -> None:
    ids = tree(cast)
    erase(person_id=cast.coordinator, by_id=None, at=now())
    left = Mandate.objects.filter(pk__in=ids[1:])
    assert left.count() == 3
    assert not Mandate.objects.in_force(now()).filter(pk__in=ids).exists()


def test_an_administrator_hangs_on_nobody(cast: Cast) -> None:
    other = make_person("Autre")
    made = api.grant_mandate(
        by_id=cast.administrator, person_id=other, role=Role.ADMINISTRATOR, territory_id="pays:FR"
    )
    assert Mandate.objects.get(pk=made).delegated_from is None
    api.end_mandate(by_id=other, mandate_id=source_of(cast.administrator))
    assert api.mandates_of(person_id=other)
    with pytest.raises(LastAdministrator):
        verbs.shorten(by_id=other, mandate_id=made, ends_at=now() + DAY, at=now())


def test_the_same_right_from_elsewhere_is_another(cast: Cast) -> None:
    """Or it would end with a source that had nothing to do with it."""
    ids = tree(cast)
    leader = Mandate.objects.get(pk=ids[1]).person_id
    again = api.grant_mandate(
        by_id=cast.administrator,
        person_id=leader,
        role=Role.GROUP_LEADER,
        territory_id="commune:71270",
        scope_id=cast.group,
        scope_name="Mâcon",
    )
    assert again != ids[1]
    api.end_mandate(by_id=cast.administrator, mandate_id=ids[0])
    assert [card.id for card in api.mandates_of(person_id=leader)] == [again]


# The law -----------------------------------------------------------------------------------------------

PLACES = ("pays:FR", "region:27", "departement:71", "departement:21", "commune:71270", "commune:21231")
INSIDE = {
    "pays:FR": set(PLACES),
    "region:27": set(PLACES[1:]),
    "departement:71": {"departement:71", "commune:71270"},
    "departement:21": {"departement:21", "commune:21231"},
    "commune:71270": {"commune:71270"},
    "commune:21231": {"commune:21231"},
}
SOME = sorted(Feature)[:5]
step = st.tuples(
    st.sampled_from(["delegate", "delegate", "delegate", "grant", "end", "keep", "shorten", "erase"]),
    st.integers(0, 40),
    st.integers(0, 5),
    st.sets(st.sampled_from(SOME)),
    st.sets(st.sampled_from(SOME)),
    st.sampled_from(PLACES),
    st.one_of(st.none(), st.integers(1, 40)),
)


def broken(instants: Iterable[datetime]) -> list[str]:
    """Every right that the chain to its root does not carry: written apart from the code under test."""
    rows = {row.pk: row for row in Mandate.objects.all()}
    found = []
    for at in instants:
        alive = {
            pk
            for pk, row in rows.items()
            if row.starts_at <= at and (row.ends_at is None or row.ends_at > at)
        }
        for pk in alive:
            row = rows[pk]
            step = row
            while step.delegated_from_id:
                above = rows[step.delegated_from_id]
                if above.pk not in alive:
                    found.append(f"{at}: {row} outlives {above}")
                if not row.opens <= above.opens or not row.gives_on <= above.gives_on:
                    found.append(f"{at}: {row} opens more than {above}")
                if (row.territory_id or "") not in INSIDE[above.territory_id or ""] and not above.scope_id:
                    found.append(f"{at}: {row} lies outside {above}")
                if above.scope_id and row.scope_id != above.scope_id:
                    found.append(f"{at}: {row} leaves the group of {above}")
                step = above
    return found


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    # A shorter story of the same fault would cost minutes of database.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(steps=st.lists(step, min_size=8, max_size=25))
def test_no_right_ever_exists_that_its_chain_does_not_carry(cast: Cast, steps: list[Any]) -> None:
    sid = transaction.savepoint()
    try:
        _walk(cast, steps)
    finally:
        transaction.savepoint_rollback(sid)


def _walk(cast: Cast, steps: list[Any]) -> None:
    persons = [cast.owner, cast.teammate, cast.stranger, cast.coordinator, cast.administrator]
    persons.append(cast.other_coordinator)
    at, instants = NOON, [NOON]
    for verb, which, whom, opened, given_on, place, days in steps:
        at += timedelta(hours=7)
        instants.append(at)
        ends_at = at + timedelta(days=days) if days else None
        rows = list(Mandate.objects.in_force(at).order_by("pk"))
        row = rows[which % len(rows)]
        try:
            with transaction.atomic():
                _do(verb, row, persons[whom], persons, opened, given_on, place, ends_at, at)
        except (Refused, NotFound, MandateWithoutPlace):
            continue
    ends = Mandate.objects.exclude(ends_at=None).values_list("ends_at", flat=True)
    instants += [end + timedelta(seconds=shift) for end in ends for shift in (-1, 0, 1)]
    assert broken([*instants, at + timedelta(days=400)]) == []


def _do(
    verb: str,
    row: Mandate,
    person: UUID,
    persons: list[UUID],
    opened: set[Feature],
    given_on: set[Feature],
    place: str,
    ends_at: datetime | None,
    at: datetime,
) -> None:
    if verb == "delegate":
        # Mostly within what may be given on, so that trees grow; sometimes beyond, which must be refused.
        beyond = bool(ends_at) and ends_at.day % 5 == 0
        part = opened if beyond else (opened & row.gives_on or row.gives_on)
        verbs.delegate(
            by_id=row.person_id,
            source_id=row.pk,
            person_id=person,
            features=part,
            delegable=part - given_on,
            territory_id=place if beyond else None,
            ends_at=ends_at,
            at=at,
        )
    elif verb == "grant":
        verbs.grant(
            by_id=row.person_id,
            person_id=person,
            role=Role.COORDINATOR,
            territory_id=place,
            ends_at=ends_at,
            at=at,
        )
    elif verb in {"end", "keep"}:
        # Half of them by its holder, who always may.
        by_id = row.person_id if opened else person
        verbs.end(by_id=by_id, mandate_id=row.pk, at=at, keep=verb == "keep")
    elif verb == "shorten" and ends_at:
        by_id = row.person_id if opened else person
        verbs.shorten(by_id=by_id, mandate_id=row.pk, ends_at=ends_at, at=at)
    elif verb == "erase" and person != persons[4]:
        erase(person_id=person, by_id=None, at=at)
