"""What the tests of this room share."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.core import mail

from tests.conftest import Cast


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Any:
    """``with commit():`` lets what waits for the commit happen, letters above all."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def last_letter(to: str) -> str:
    """The text of the newest letter to an address."""
    return next(str(letter.body) for letter in reversed(mail.outbox) if letter.to == [to])


def link_in(body: str) -> str:
    """The path of the first link of a letter."""
    found = re.search(r"https?://[^/\s]+(/\S+)", body)
    assert found, body
    return found[1]


def role(cast: Cast, name: str) -> UUID | None:
    """The id of a member of the cast; ``None`` for the visitor."""
    return None if name == "anonymous" else getattr(cast, name)


ROLES = (
    "anonymous",
    "stranger",
    "teammate",
    "owner",
    "coordinator",
    "other_coordinator",
    "administrator",
)
