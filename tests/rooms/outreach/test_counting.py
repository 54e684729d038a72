"""The index follows the database, whatever writes it."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from amiral.cores.segments import Between, Having, select
from amiral.kit.clock import now
from amiral.rooms.mobilisation.models import Action, Shift, SignUp
from amiral.rooms.network import api as network
from amiral.rooms.network.models import Membership
from amiral.rooms.outreach import api, changes, counting, triggers
from amiral.rooms.outreach.counting import KEEPER, build, day_number, day_of
from amiral.rooms.outreach.jobs import verify_segments
from amiral.rooms.outreach.models import PersonChange
from amiral.rooms.people import api as people
from amiral.rooms.people.actions import consents, helping, objection
from amiral.rooms.people.actions.account import erase
from amiral.rooms.people.contracts import (
    BounceState,
    ContactKind,
    Helping,
    Purpose,
    Skill,
    SuppressionReason,
)
from amiral.rooms.people.models import Consent, ContactPoint, Mandate, Person, PersonSkill
from amiral.rooms.territory.models import TerritoryClosure
from tests.conftest import NOON, Cast, make_person


def having(facet: str, *values: str) -> set[UUID]:
    """Who has it, as the page would count them."""
    with KEEPER.current() as state:
        found = select(state.index, Having(facet, values))
        return {UUID(text) for text in state.numbers.ids(list(found))}


def everybody() -> set[UUID]:
    with KEEPER.current() as state:
        return {UUID(text) for text in state.numbers.ids(list(state.index.everybody))}


def drift() -> int:
    """How many persons the index has otherwise than the database."""
    with KEEPER.current() as state:
        fresh = build(report=lambda _done, _total: None, numbers=state.numbers)
        return len(state.index.differing(fresh.index))


def came(cast: Cast, person_id: UUID, ended: datetime, kind: str = "door-to-door") -> Shift:
    action = Action.objects.create(
        kind=kind, title="Porte", group_id=cast.group, commune_id="commune:71270", place="Mairie"
    )
    shift = Shift.objects.create(
        action=action, starts_at=ended - timedelta(hours=2), ends_at=ended, capacity=5, needed=1, taken=1
    )
    SignUp.objects.create(shift=shift, person_id=person_id)
    return shift


def test_it_knows_what_the_rooms_know(cast: Cast) -> None:
    assert everybody() == set(Person.objects.values_list("pk", flat=True))
    assert having("territory", "departement:71") == everybody()
    assert having("group", cast.group.hex) == {cast.owner, cast.teammate}
    assert having("mandate", "group-leader") == {cast.owner}
    assert having("contact", "email-open") == everybody()
    assert having("basis", "self") == everybody()


def test_every_verb_is_seen_at_the_next_question(cast: Cast) -> None:
    assert not having("consent", "newsletter")
    consents.set_consent(
        person_id=cast.teammate, purpose=Purpose.NEWSLETTER, granted=True, channel="account page", at=NOON
    )
    helping.say(
        person_id=cast.owner, helping=Helping(skills=frozenset({Skill.LAW}), slots=frozenset({"6-evening"}))
    )
    assert having("consent", "newsletter") == {cast.teammate}
    assert having("skill", "law") == having("availability", "6-evening") == {cast.owner}
    network.leave(person_id=cast.teammate, group_id=cast.group)
    assert having("group", cast.group.hex) == {cast.owner}
    people.note_bounce(address="owner@example.org", state=BounceState.HARD)
    assert having("contact", "email-returned") == {cast.owner}
    assert cast.owner not in having("contact", "email-open")


def test_a_refusal_is_seen_though_its_row_names_nobody(cast: Cast) -> None:
    assert cast.teammate in having("contact", "email-open")
    objection.record_objection(by_id=cast.coordinator, typed="Teammate@example.org", at=NOON)
    assert having("contact", "email-refused") == {cast.teammate}
    assert cast.teammate not in having("contact", "email-open")
    consents.set_consent(
        person_id=cast.teammate, purpose=Purpose.ACTIONS, granted=True, channel="account page", at=NOON
    )
    assert not having("contact", "email-refused")


def test_who_is_erased_is_gone_from_memory(cast: Cast) -> None:
    assert cast.teammate in everybody()
    erase(person_id=cast.teammate, by_id=None, at=NOON)
    assert cast.teammate not in everybody()
    with KEEPER.current() as state:
        assert state.numbers.find([cast.teammate.hex]).tolist() == [-1]
        assert all(state.index.everybody >= bitmap for bitmap in state.index._bitmaps())


def test_a_merge_and_its_undoing_are_followed(cast: Cast) -> None:
    everybody()
    merge = people.merge(by_id=cast.administrator, kept_id=cast.teammate, absorbed_id=cast.stranger)
    assert cast.stranger not in everybody()
    assert having("group", cast.other_group.hex) == {cast.teammate}
    people.undo_merge(by_id=cast.administrator, merge_id=merge)
    assert having("group", cast.other_group.hex) == {cast.stranger}
    assert not drift()


def test_an_action_counts_once_it_is_over(cast: Cast) -> None:
    everybody()
    yesterday = now() - timedelta(days=1)
    came(cast, cast.owner, yesterday)
    came(cast, cast.owner, yesterday - timedelta(days=9), "leaflet-drop")
    soon = came(cast, cast.teammate, now() + timedelta(minutes=5))

    def times(kind: str, number: int) -> set[UUID]:
        with KEEPER.current() as state:
            found = select(state.index, Between(f"actions/{kind}/{number}"))
            return {UUID(text) for text in state.numbers.ids(list(found))}

    assert times("", 1) == times("", 2) == times("leaflet-drop", 1) == {cast.owner}
    assert not times("", 3)
    assert not times("leaflet-drop", 2)
    Shift.objects.filter(pk=soon.pk).update(ends_at=now() - timedelta(seconds=1))
    assert times("", 1) == {cast.owner, cast.teammate}
    Shift.objects.filter(pk=soon.pk).update(state="cancelled")
    assert times("", 1) == {cast.owner}


def test_time_alone_is_followed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shift ends and a mandate ends, and nobody writes a row."""
    came(cast, cast.teammate, now() + timedelta(minutes=5))
    Mandate.objects.filter(person_id=cast.owner).update(ends_at=now() + timedelta(minutes=5))
    assert having("mandate", "group-leader") == {cast.owner}
    later = now() + timedelta(minutes=10)
    for module in (
        counting,
        "amiral.rooms.people.queries.facts",
        "amiral.rooms.mobilisation.queries.facts",
    ):
        target = module if isinstance(module, str) else module.__name__
        monkeypatch.setattr(f"{target}.now", lambda: later)
    assert not having("mandate", "group-leader")
    with KEEPER.current() as state:
        assert len(select(state.index, Between("actions//1"))) == 1


def test_a_new_map_moves_everybody(cast: Cast) -> None:
    assert having("territory", "region:27") == everybody()
    TerritoryClosure.objects.filter(ancestor_id="region:27").exclude(descendant_id="region:27").delete()
    assert not having("territory", "region:27")
    assert having("territory", "departement:71") == everybody()
    assert not drift()


def test_rows_written_by_hand_are_seen(cast: Cast) -> None:
    everybody()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {Membership._meta.db_table}")
        cursor.execute(f"UPDATE {Person._meta.db_table} SET language = 'en'")
    assert not having("group", cast.group.hex)
    assert having("language", "en") == everybody()


def gestures(cast: Cast, chance: random.Random) -> list[Callable[[UUID], object]]:
    """What may happen to a person, each written as somebody else might."""
    return [
        lambda who: Person.objects.filter(pk=who).update(
            commune_id=chance.choice(["commune:71076", "commune:21231", None])
        ),
        lambda who: Consent.objects.create(
            person_id=who, purpose="newsletter", granted=chance.random() < 0.5, text_shown="t", at=now()
        ),
        lambda who: ContactPoint.objects.filter(person_id=who).update(
            bounce_state=chance.choice(["ok", "hard"])
        ),
        lambda who: PersonSkill.objects.get_or_create(person_id=who, skill=chance.choice(list(Skill))),
        lambda who: PersonSkill.objects.filter(person_id=who).delete(),
        lambda who: Membership.objects.update_or_create(
            person_id=who, group_id=cast.other_group, defaults={"source": "choice", "left_at": None}
        ),
        lambda who: Membership.objects.filter(person_id=who).update(left_at=NOON),
        lambda who: came(cast, who, now() - timedelta(days=chance.randint(0, 400))),
        lambda who: SignUp.objects.filter(person_id=who).delete(),
        lambda who: Person.objects.filter(pk=who).delete(),
        lambda who: people.suppress(
            channel=ContactKind.EMAIL,
            value=Person.objects.get(pk=who).email or "",
            reason=SuppressionReason.OBJECTION,
        ),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_following_is_rebuilding(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    crowd = [make_person(f"Gens{number}") for number in range(12)]
    everybody()
    acts = gestures(cast, chance)
    for _round in range(6):
        for _gesture in range(8):
            alive = [who for who in crowd if Person.objects.filter(pk=who).exists()]
            chance.choice(acts)(chance.choice(alive))
        if chance.random() < 0.3:
            crowd.append(make_person(f"Venu{seed}{_round}"))
        assert not drift()


def test_a_drift_is_found_repaired_and_told(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    everybody()
    everybody()  # the log of this very transaction is read twice on PostgreSQL; now it is behind
    triggers.drop()
    Person.objects.filter(pk=cast.owner).update(language="en")
    api.watch()
    assert not having("language", "en")
    assert KEEPER.verify() == 1
    assert "1 persons differed" in caplog.text
    assert having("language", "en") == {cast.owner}
    assert KEEPER.verify() == 0


def test_the_nightly_run_reaches_every_process_by_the_log(cast: Cast) -> None:
    everybody()
    triggers.drop()
    Person.objects.filter(pk=cast.owner).update(language="en")
    api.watch()
    verify_segments(report=lambda _done, _total: None)
    everybody()
    assert having("language", "en") == {cast.owner}


def test_missing_triggers_are_laid_before_anything_is_counted(cast: Cast) -> None:
    triggers.drop()
    assert not triggers.are_laid()
    everybody()
    assert triggers.are_laid()
    Person.objects.filter(pk=cast.owner).update(language="en")
    assert having("language", "en") == {cast.owner}


def test_what_is_rolled_back_is_not_counted(cast: Cast) -> None:
    everybody()
    try:
        with transaction.atomic():
            Person.objects.filter(pk=cast.owner).update(language="en")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert not having("language", "en")


def test_the_log_is_short(cast: Cast) -> None:
    changes.forget_old()
    Person.objects.filter(pk=cast.owner).update(language="en")
    assert changes.forget_old() > 0
    changes.forget_old()
    assert PersonChange.objects.count() == 1


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 2, 28, 22, 59, tzinfo=UTC), "2026-02-28"),
        (datetime(2026, 2, 28, 23, 0, tzinfo=UTC), "2026-03-01"),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), "2026-07-02"),
    ],
)
def test_a_day_is_that_of_the_campaign(moment: datetime, day: str) -> None:
    assert day_of(f"{moment:%Y-%m-%d %H}") == day_number(datetime.fromisoformat(day).date())
