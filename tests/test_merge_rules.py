"""Every column that points to a person says what becomes of it when a person absorbs another."""

from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from amiral.kit.relations import Relations
from amiral.rooms.people.models import Person

ROOMS = [room for room in settings.ROOMS if room != "territory"]


def rules(room: str) -> Relations:
    return import_module(f"amiral.rooms.{room}.merging").RELATIONS


def test_every_foreign_key_to_a_person_has_exactly_one_rule() -> None:
    covered = [one for room in ROOMS for one in rules(room).covers]
    assert len(covered) == len(set(covered))
    pointing = {
        (model._meta.label, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and issubclass(Person, field.related_model)
    }
    # A row that hangs on a row which may be dropped must go its way too.
    assert set(covered) - pointing == {("people.ImportedPoint", "point")}
    assert pointing <= set(covered)


@pytest.mark.parametrize("port", ["merge_person", "unmerge_person"])
def test_every_room_is_wired(port: str) -> None:
    assert {path.split(".")[2] for path in settings.AMIRAL_PORTS[port]} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_speaks_of_its_own_tables(room: str) -> None:
    library = {"account", "mfa"} if room == "people" else set()
    assert rules(room).room == room
    assert {label.split(".")[0] for label, _field in rules(room).covers} <= {room} | library
