"""Identifiers: UUID version 7 (RFC 9562), so that rows sort by their creation and phones can make them."""

import secrets
from uuid import UUID

from uuid6 import uuid7


def new_id() -> UUID:
    """A new UUIDv7, as the standard library's type."""
    return UUID(int=uuid7().int)


def new_secret(*, bytes_of_chance: int = 24) -> str:
    """A token for a link, safe in an address; 24 bytes make 32 characters."""
    return secrets.token_urlsafe(bytes_of_chance)
