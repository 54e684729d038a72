"""No table of the field can hold a word about a door or tie a person to one: run over the models themselves.

A field in which text may stand is in the closed list below with what it may hold, or the test fails. None of
them is filled from what somebody types but the name of a canvass.
"""

import pytest
from django import forms
from django.apps import apps
from django.db import models

from amiral.rooms.field import web
from amiral.rooms.field.models import Door
from amiral.rooms.people.models import Person

PUBLIC_ADDRESS = "a public address, from the imported file"
MADE_HERE = "made by this program: an id, a token, a digest"
FIGURES = "numbers, ids and codes that this program writes"
CLOSED: dict[str, str] = {
    "Canvass.name": "the one text that somebody types: of a quarter, by who leads",
    "Canvass.address_file_name": "name of a public file",
    "Canvass.commune_code": PUBLIC_ADDRESS,
    "Canvass.bounds": FIGURES,
    "Canvass.report": FIGURES,
    "Canvass.attribution": "who publishes the file",
    "Canvass.start": FIGURES,
    "Canvass.end": FIGURES,
    "Canvass.team_sizes": FIGURES,
    "Turf.walk": FIGURES,
    "Door.address_id": PUBLIC_ADDRESS,
    "Door.label": PUBLIC_ADDRESS,
    "Door.number": PUBLIC_ADDRESS,
    "Door.street": PUBLIC_ADDRESS,
    "Door.commune_code": PUBLIC_ADDRESS,
    "Door.leg": "a side of a public street",
    "Assignment.token": MADE_HERE,
    "Assignment.list_number": MADE_HERE,
    "Assignment.moved_doors": MADE_HERE,
    "Visit.units": "numbers of dwellings: the core refuses anything else (amiral.cores.sync)",
    "AddressWish.address_file_name": PUBLIC_ADDRESS,
    "AddressWish.address_id": PUBLIC_ADDRESS,
    "AddressWish.address_key": PUBLIC_ADDRESS,
    "PlanVersion.figures": FIGURES,
    "PlanVersion.turfs": FIGURES,
    "Priority.lists": "keys of ballots",
    "Priority.reach": "keys of ballots",
    "Priority.before_lists": "keys of ballots",
    "Priority.before_reach": "keys of ballots",
    "Priority.weights": FIGURES,
    "DwellingCount.address_file_name": PUBLIC_ADDRESS,
    "DwellingCount.address_id": PUBLIC_ADDRESS,
    "Caution.address_file_name": PUBLIC_ADDRESS,
    "Caution.address_id": PUBLIC_ADDRESS,
    "Caution.address_key": PUBLIC_ADDRESS,
    "Device.key": MADE_HERE,
    "Device.token_hash": MADE_HERE,
    "Device.seen": FIGURES,
    "LogEntry.kind": "visit, void or objection; a later version's own word while it waits in quarantine",
    "LogEntry.content": "the canonical event: the core refuses any field but those of docs/field-protocol.md",
    "LogEntry.seal": MADE_HERE,
    "LogEntry.digest": MADE_HERE,
    "LogEntry.why": "a code of the protocol",
    "LogConflict.content": "another canonical event",
    "LogConflict.seal": MADE_HERE,
    "LogConflict.digest": MADE_HERE,
    "ReleasedFigure.subject": "outcomes or objections",
    "ReleasedFigure.level": "kind of place",
    "ReleasedFigure.key": "code of a place",
    "ReleasedFigure.counts": FIGURES,
    "CountedEvent.what": "an outcome, or the id of a talking point",
    "PrintedPage.code": MADE_HERE,
    "PrintedPage.outcomes": "outcomes",
    "PrintedPage.doors": FIGURES,
    "PrintedPage.entered": FIGURES,
    "Scan.names": "names of files as a camera gives them, for the one who sent them; gone with the pictures",
    "ScannedPage.problem": "a code of this program",
    "ScannedPage.rows": FIGURES,
}
TEXTUAL = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)
PERSON_BESIDE_A_DOOR = {
    "field.LogEntry.by": "who recorded an event, to correct mistakes: emptied after thirty days",
}
"""Columns that name somebody in a row that names a door; each of the team, none of who lives there."""


def field_models() -> list[type[models.Model]]:
    return sorted(apps.get_app_config("field").get_models(), key=lambda model: model.__name__)


@pytest.mark.parametrize("model", field_models(), ids=lambda model: model.__name__)
def test_every_field_for_text_is_in_the_closed_list(model: type[models.Model]) -> None:
    for field in model._meta.concrete_fields:
        if isinstance(field, TEXTUAL) and not field.choices:
            assert f"{model.__name__}.{field.name}" in CLOSED, (
                "say what it may hold; never what somebody types"
            )


def test_the_closed_list_names_no_field_that_is_gone() -> None:
    known = {
        f"{model.__name__}.{field.name}" for model in field_models() for field in model._meta.concrete_fields
    }
    assert set(CLOSED) <= known


def test_no_row_of_a_door_names_a_person_but_who_recorded() -> None:
    found = set()
    for model in field_models():
        related = {field.related_model for field in model._meta.concrete_fields}
        has_door = (
            Door in related or model is Door or any("address" in f.name for f in model._meta.concrete_fields)
        )
        if has_door:
            found |= {
                f"{model._meta.label}.{field.name}"
                for field in model._meta.concrete_fields
                if field.related_model is Person
            }
    of_teams = {"field.Canvass.created_by", "field.Caution.reported_by", "field.Caution.confirmed_by"}
    assert found - of_teams <= set(PERSON_BESIDE_A_DOOR)


def test_no_table_of_the_field_leads_to_what_is_known_of_contacts() -> None:
    """Neither a consent, an address nor a request to join can be reached from a door."""
    for model in field_models():
        for field in model._meta.concrete_fields:
            target = field.related_model
            if isinstance(field, models.ForeignKey) and target._meta.app_label == "people":
                assert target is Person, field


def forms_of_the_room() -> list[type[forms.BaseForm]]:
    import importlib
    import pkgutil

    modules = [
        importlib.import_module(one.name) for one in pkgutil.iter_modules(web.__path__, f"{web.__name__}.")
    ]
    values = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    found = {value for value in values if issubclass(value, forms.BaseForm) and hasattr(value, "base_fields")}
    return sorted(found, key=lambda form: form.__name__)


@pytest.mark.parametrize("form", forms_of_the_room(), ids=lambda form: form.__name__)
def test_no_form_of_a_walk_takes_free_text(form: type[forms.BaseForm]) -> None:
    """A text area is nowhere in the room."""
    for name, field in form.base_fields.items():
        assert not isinstance(field.widget, forms.Textarea) or name in {"corners", "boundary"}, name
