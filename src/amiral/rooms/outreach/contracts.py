"""What crosses the door of this room."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

SERVICE = "service"
"""The purpose of a message that the person himself asked for: it needs no consent and leaves at once."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A text file that goes with a message, such as a calendar entry."""

    name: str
    content_type: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A stretch of a letter: a link when ``href`` is not empty."""

    text: str
    href: str


@dataclass(frozen=True, kw_only=True)
class LetterCard:
    """A letter of the demonstration's mailbox."""

    id: UUID
    to_address: str
    subject: str
    at: datetime
    pieces: tuple[Piece, ...]
