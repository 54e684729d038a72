"""The demonstration is built through the rooms' doors, whole or not at all."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils.timezone import localtime

from amiral.config.demonstration import afield, ballots, world
from amiral.kit.clock import now
from amiral.rooms.field import api as field
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Canvass, Caution, LogEntry, LogStatus, Pair, Presence
from amiral.rooms.field.queries import log
from amiral.rooms.mobilisation.models import SignUp
from amiral.rooms.network import api as network
from amiral.rooms.outreach.models import Mailing
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory


@pytest.mark.django_db
def test_the_world_is_alive(tmp_path: Path, settings: Any) -> None:
    settings.REFERENCE_DIR = tmp_path
    settings.PUBLISHER = "Campagne de démonstration"
    said: list[str] = []
    assert not world.is_built()
    world.build(now=now(), say=said.append)
    assert world.is_built()
    assert said

    assert len(network.departement_groups()) > 100
    volunteer = people.person_id_of(email=world.ACCOUNTS[3].email)
    leader = people.person_id_of(email=world.ACCOUNTS[2].email)
    assert volunteer is not None
    assert [card.group.slug for card in network.groups_of(person_id=volunteer)] == ["macon-et-alentours"]
    assert not people.holds(person_id=volunteer, feature=Feature.MANAGE_FIELD)
    assert people.holds(person_id=leader, feature=Feature.MANAGE_FIELD)
    done, doors = field.campaign_figures()
    assert 0 < done < doors
    coordinator = people.person_id_of(email=world.ACCOUNTS[1].email)
    assert people.urgent_requests(person_id=coordinator) == 1
    assert people.find_duplicates()["pairs"] >= 2
    numbers = SignUp.objects.filter(
        shows_phone=True, shift__starts_at__gt=now(), shift__starts_at__lt=now() + timedelta(days=2)
    )
    assert numbers.filter(person_id=volunteer).exists()  # its leader sees a number on any day of the week
    for results in territory.results_of(territory_id="departement:71"):
        assert "inventé" in results.election.label
        assert results.attribution == ballots.SOURCE
        assert results.flagged == 0
    assert len(territory.elections()) == 2
    assert {
        row.name: (row.state, row.recipients.filter(state="sent").count() > 2)
        for row in Mailing.objects.all()
    } == {
        "Merci après samedi": ("done", True),
        "Renforts de samedi (brouillon)": ("draft", False),
    }
    assert_one_round_is_half_done()
    assert_teams_are_out_with_phones()


def assert_one_round_is_half_done() -> None:
    """The round with most sides, held by a team: every page of leaflet rounds has something to show."""
    canvass = Canvass.objects.get(kind=CanvassKind.LEAFLET_ROUNDS)
    turfs = field.turfs(canvass_id=canvass.id)
    assert len(turfs) > 1
    (held,) = [card.turf_id for card in field.live_assignments(canvass_id=canvass.id)]
    place = [turf.id for turf in turfs].index(held)
    done = field.coverage(canvass_id=canvass.id).turfs[place].tally
    assert 0 < done.done < done.doors == len(turfs[place].door_ids)


def assert_teams_are_out_with_phones() -> None:
    """What only phones bring: some visits are still on one, objections of yesterday, a pair, a caution."""
    canvass = Canvass.objects.get(kind=CanvassKind.DOOR_TO_DOOR)
    assert [one.missing for one in log.missing_by_device(canvass_id=canvass.id)] == [afield.LATE]
    assert not LogEntry.objects.exclude(status=LogStatus.STORED).exists()
    assert Pair.objects.filter(assignment__ended_at__isnull=True).count() == 2
    assert Presence.objects.filter(out_at__isnull=True).count() == 3
    assert Caution.objects.filter(confirmed_at__isnull=False).count() == 1
    assert field.frequent_objections(day=localtime(now()).date() - timedelta(days=1)).whole


@pytest.mark.django_db
def test_an_interrupted_build_leaves_nothing(tmp_path: Path, settings: Any) -> None:
    settings.REFERENCE_DIR = tmp_path

    def interrupt(sentence: str) -> None:
        if "Actions" in sentence:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        world.build(now=now(), say=interrupt)
    assert people.person_id_of(email=world.ACCOUNTS[0].email) is None


def test_the_demonstration_refuses_a_real_installation(settings: Any) -> None:
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="AMIRAL_DEMONSTRATION"):
        call_command("demo")
