"""Before and after a shift: what is sent, when, to whom; and what one tap answers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import lead, reminders
from amiral.rooms.mobilisation.contracts import ShiftDraft, Step
from amiral.rooms.mobilisation.models import Reminded, SignUp, SignUpAnswer
from amiral.rooms.mobilisation.queries.place_links import token_of
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import NotificationKind, Tell
from amiral.rooms.outreach.contracts import Channel
from amiral.rooms.outreach.models import Message, PushSubscription
from amiral.rooms.people import api as people
from tests.conftest import NOON, Cast, make_person
from tests.rooms.mobilisation.conftest import SATURDAY, World, draft

pytestmark = pytest.mark.django_db
EVE = datetime(2027, 3, 5, 17, tzinfo=UTC)
"""Friday, 18:00 in Paris."""


def comes(world: World, person: UUID) -> SignUp:
    api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
    return SignUp.objects.get(shift=world.saturday, person=person)


def remind(step: Step, at: datetime) -> list[str]:
    """Sends what is due; the subjects written since."""
    before = set(Message.objects.values_list("pk", flat=True))
    reminders.remind_step(step=step, at=at)
    return list(Message.objects.exclude(pk__in=before).order_by("subject").values_list("subject", flat=True))


def test_the_evening_before_by_the_clocks_of_the_place(world: World) -> None:
    comes(world, world.cast.teammate)
    assert remind(Step.EVE, EVE - timedelta(minutes=1)) == []
    assert remind(Step.EVE, EVE) == ["Demain : Porte-à-porte à la Chanaye"]
    assert remind(Step.EVE, EVE + timedelta(minutes=1)) == []
    letter = Message.objects.get()
    assert "de 13\u00a0h\u00a000 à 15\u00a0h\u00a000" in letter.body
    assert "/rappel/" in letter.body


def test_overseas_hours_are_local(cast: Cast) -> None:
    from amiral.rooms.territory.models import Territory, TerritoryClosure

    Territory.objects.create(
        id="commune:98735",
        kind="commune",
        code="98735",
        name="Papeete",
        search_name="papeete",
        departement_code="987",
    )
    TerritoryClosure.objects.create(ancestor_id="commune:98735", descendant_id="commune:98735", depth=0)
    start = datetime(2027, 3, 6, 9, tzinfo=ZoneInfo("Pacific/Tahiti"))
    action = api.create_action(
        by_id=cast.administrator,
        group_id=cast.group,
        draft=draft(commune_id="commune:98735"),
        shifts=[ShiftDraft(starts_at=start, ends_at=start + timedelta(hours=2), capacity=3)],
        at=NOON,
    )
    card = api.action(action_id=action).shifts[0]
    assert card.zone == "Pacific/Tahiti"
    api.sign_up(person_id=cast.teammate, shift_id=card.id, at=NOON, silent=True)
    eve = datetime(2027, 3, 5, 18, tzinfo=ZoneInfo("Pacific/Tahiti"))
    assert remind(Step.EVE, eve - timedelta(minutes=1)) == []
    assert len(remind(Step.EVE, eve)) == 1
    assert "9" in Message.objects.get().body.split("samedi 6 mars 2027")[1][:20]


def test_in_the_language_of_the_person(world: World) -> None:
    comes(world, make_person("Anglophone", language="en"))
    assert remind(Step.EVE, EVE) == ["Tomorrow: Porte-à-porte à la Chanaye"]


def test_nothing_for_a_place_given_back_or_a_shift_called_off(world: World) -> None:
    comes(world, world.cast.teammate)
    comes(world, world.cast.stranger)
    api.cancel_sign_up(person_id=world.cast.stranger, shift_id=world.saturday, at=NOON)
    Message.objects.all().delete()
    assert len(remind(Step.EVE, EVE)) == 1
    lead.cancel_shift(by_id=world.cast.owner, shift_id=world.saturday, at=EVE)
    assert remind(Step.MORNING, SATURDAY - timedelta(hours=3)) == []


def test_a_shift_that_moves_moves_its_reminders(world: World) -> None:
    comes(world, world.cast.teammate)
    assert len(remind(Step.EVE, EVE)) == 1
    later = ShiftDraft(
        starts_at=SATURDAY + timedelta(days=7), ends_at=SATURDAY + timedelta(days=7, hours=2), capacity=4
    )
    lead.change_shift(by_id=world.cast.owner, shift_id=world.saturday, shift=later, at=EVE)
    assert remind(Step.MORNING, SATURDAY - timedelta(hours=3)) == []
    assert len(remind(Step.EVE, EVE + timedelta(days=7))) == 1


def test_moved_within_its_day_nobody_is_reminded_twice(world: World) -> None:
    comes(world, world.cast.teammate)
    remind(Step.EVE, EVE)
    hour = timedelta(hours=1)
    later = ShiftDraft(starts_at=SATURDAY + hour, ends_at=SATURDAY + 3 * hour, capacity=4)
    lead.change_shift(by_id=world.cast.owner, shift_id=world.saturday, shift=later, at=EVE)
    assert remind(Step.EVE, EVE + timedelta(minutes=5)) == []


def test_a_worker_that_slept_sends_nothing_stale(world: World) -> None:
    comes(world, world.cast.teammate)
    assert remind(Step.EVE, SATURDAY - timedelta(hours=4)) == []
    assert Reminded.objects.filter(step=Step.EVE).exists()
    assert remind(Step.MORNING, SATURDAY + timedelta(minutes=1)) == []


def test_the_morning_names_place_and_leader(world: World) -> None:
    comes(world, world.cast.teammate)
    assert remind(Step.MORNING, SATURDAY - timedelta(hours=5)) == ["Aujourd’hui : Porte-à-porte à la Chanaye"]
    body = Message.objects.get().body
    assert "Owner E." in body
    assert "Devant l’école Jean-Moulin" in body


def test_thanks_and_the_question_afterwards(world: World) -> None:
    comes(world, world.cast.teammate)
    assert remind(Step.AFTER, SATURDAY + timedelta(hours=2, minutes=59)) == []
    assert remind(Step.AFTER, SATURDAY + timedelta(hours=3)) == ["Merci : Porte-à-porte à la Chanaye"]


def test_the_leader_is_asked_for_the_report_twice_at_most(world: World) -> None:
    comes(world, world.cast.teammate)
    after_last = SATURDAY + timedelta(days=2)
    assert len(remind(Step.REPORT, after_last)) == 1
    assert Message.objects.get().person_id == world.cast.owner
    assert len(remind(Step.REPORT_AGAIN, after_last + timedelta(days=3))) == 1
    assert remind(Step.REPORT_AGAIN, after_last + timedelta(days=4)) == []


def test_no_report_is_asked_for_an_action_without_anybody(world: World) -> None:
    assert remind(Step.REPORT, SATURDAY + timedelta(days=2)) == []


def test_the_round_sends_what_is_due(world: World) -> None:
    comes(world, world.cast.teammate)
    assert api.remind_due(at=EVE) == 1
    assert api.remind_due(at=EVE) == 0


# One tap -------------------------------------------------------------------------------------------
def link(row: SignUp) -> str:
    return f"/rappel/{token_of(sign_up_id=row.pk)}/"


def test_a_get_shows_and_a_post_acts(world: World, sign_in: Any) -> None:
    row, nobody = comes(world, world.cast.teammate), sign_in(None)
    page = nobody.get(link(row))
    assert page.status_code == 200
    assert "Je serai là" in page.content.decode()
    assert not SignUpAnswer.objects.exists()
    assert nobody.post(link(row), {"say": "come"}).status_code == 302
    assert SignUpAnswer.objects.get().comes_at is not None
    nobody.post(link(row), {"say": "cancel"})
    assert not api.team_of_shift(shift_id=world.saturday)
    assert page["Referrer-Policy"] == "same-origin"  # else a browser's buttons are refused


def test_a_forged_link_opens_nothing(world: World, sign_in: Any) -> None:
    row = comes(world, world.cast.teammate)
    assert sign_in(None).get(f"/rappel/{row.pk}/").status_code == 404
    assert sign_in(None).get(link(row)[:-4] + "abc/").status_code == 404
    assert sign_in(None).post(link(row), {"say": "delete"}).status_code == 404


def test_did_you_come(world: World, sign_in: Any) -> None:
    import time_machine

    row, nobody = comes(world, world.cast.teammate), sign_in(None)
    nobody.post(link(row), {"say": "came"})
    assert not SignUpAnswer.objects.exists()
    with time_machine.travel(SATURDAY + timedelta(hours=3), tick=False):
        assert "J’y étais" in nobody.get(link(row)).content.decode()
        nobody.post(link(row), {"say": "missed"})
        assert SignUpAnswer.objects.get().came is False
        nobody.post(link(row), {"say": "came"})
        assert SignUpAnswer.objects.get().came is True


def test_the_page_speaks_the_language_of_the_person(world: World, sign_in: Any) -> None:
    row = comes(world, make_person("Anglophone", language="en"))
    assert "I will be there" in sign_in(None).get(link(row)).content.decode()


@pytest.mark.parametrize("way", [Channel.SMS, Channel.PUSH])
def test_who_chose_another_channel_is_reminded_by_it_while_it_reaches_him(
    world: World, way: Channel, settings: Any
) -> None:
    settings.SMS_GATEWAY = "smpp://amiral:x@127.0.0.1:1"
    person = world.cast.teammate
    comes(world, person)
    network.choose_notifications(person_id=person, kind=NotificationKind.ACTION, tell=Tell.AT_ONCE, way=way)
    remind(Step.EVE, EVE)
    assert Message.objects.get().channel == "email", "nothing is open there yet"
    people.add_shown_number(person_id=person, number="+33612345678")
    PushSubscription.objects.create(person_id=person, endpoint="https://x", endpoint_sha256="x")
    Message.objects.all().delete()
    remind(Step.MORNING, EVE + timedelta(hours=14))
    message = Message.objects.get()
    assert (message.channel, message.to_address) == (way, "")
    assert message.link.startswith("/rappel/")
    assert message.link in message.body
    assert "\n" not in message.body.strip()
