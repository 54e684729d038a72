"""docs/personal-data.md names every table and every field that may speak of a person."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from amiral.rooms.people.models import Person

PAGE = Path(__file__).resolve().parents[1] / "docs" / "personal-data.md"
FREE = (models.TextField, models.JSONField, models.EmailField, models.FileField)
"""Kinds of field in which anything may be written."""
TELLING = re.compile(
    r"(^|_)(email|address|given|family|postal|phone|token|password|author|actor|person|user|by|reporter|ip)(_|$)"
)
"""Parts of names that speak of somebody."""


def every_model() -> list[type[models.Model]]:
    return sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label)


def rows() -> dict[str, str]:
    """Table name to the whole line of the page that begins with it."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found = {match[1]: line for line in lines if (match := re.match(r"\| `([\w.]+)` \|", line))}
    assert len(found) == len([line for line in lines if re.match(r"\| `", line)]), "a table is named twice"
    return found


def telling_fields(model: type[models.Model]) -> set[str]:
    """Fields that the page must name: whoever adds one has to say what it is for."""
    return {
        field.name
        for field in model._meta.concrete_fields
        if field.related_model is Person
        or (model is Person and not isinstance(field, models.BooleanField))
        or isinstance(field, FREE)
        or TELLING.search(field.name)
    }


def test_the_page_names_every_table_and_no_other() -> None:
    assert set(rows()) == {model._meta.label for model in every_model()}


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model._meta.label)
def test_the_page_names_every_field_that_may_speak_of_a_person(model: type[models.Model]) -> None:
    named = set(re.findall(r"`(\w+)`", rows().get(model._meta.label, "")))
    assert telling_fields(model) <= named
    # Nor a field that no longer exists.
    known = {field.name for field in model._meta.concrete_fields}
    assert named - {model._meta.object_name or ""} <= known


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model._meta.label)
def test_every_table_of_ours_declares_how_long_it_keeps(model: type[models.Model]) -> None:
    if not model.__module__.startswith("amiral."):
        return
    retention = getattr(model, "RETENTION", "")
    assert re.fullmatch(r"[A-Z].+\.", retention), "a plain sentence: why, how long"


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model._meta.label)
def test_erasing_a_person_is_never_stopped_by_a_table(model: type[models.Model]) -> None:
    for field in model._meta.concrete_fields:
        if field.related_model is Person:
            assert field.remote_field.on_delete in {models.CASCADE, models.SET_NULL}, field.name


def test_every_room_that_keeps_a_persons_rows_gives_them_to_the_person() -> None:
    keeping = {
        model._meta.app_label
        for model in every_model()
        if model.__module__.startswith("amiral.rooms.")
        and any(field.related_model is Person for field in model._meta.concrete_fields)
    } | {"people"}
    exporting = {path.split(".")[2] for path in settings.AMIRAL_PORTS["export_person"]}
    assert keeping <= exporting
