"""Every table that promises to forget after some time is forgotten by a job."""

import re

import pytest
from django.apps import apps
from django.db import models

from amiral.kit import ports
from amiral.kit.clock import now
from tests.conftest import Cast

PERIOD = re.compile(r"\b(day|days|month|months|year|years|newest)\b", re.IGNORECASE)
OTHERWISE = {
    "outreach.DemonstrationLetter": "each letter that comes deletes the oldest beyond five hundred",
}
"""Tables whose period is kept by something else than the daily run, and by what."""


def promising() -> list[type[models.Model]]:
    ours = [model for model in apps.get_models() if model.__module__.startswith("amiral.")]
    return [model for model in ours if PERIOD.search(getattr(model, "RETENTION", ""))]


@pytest.mark.django_db
def test_every_period_has_a_job(cast: Cast) -> None:
    purged = {table for part in ports.call("purge", at=now()) for table in part}
    missing = {model._meta.label for model in promising()} - purged - set(OTHERWISE)
    assert missing == set(), "say in the room's purge what is deleted, and when"
