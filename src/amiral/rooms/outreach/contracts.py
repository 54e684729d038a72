"""What crosses the door of this room."""

from dataclasses import dataclass

SERVICE = "service"
"""The purpose of a message that the person himself asked for: it needs no consent and leaves at once."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A text file that goes with a message, such as a calendar entry."""

    name: str
    content_type: str
    text: str
