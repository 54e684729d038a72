"""Reads of the outbox and of the demonstration's mailbox."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Page, Paginator

from amiral.kit.errors import NotFound
from amiral.rooms.outreach.contracts import Channel, LetterCard, Piece
from amiral.rooms.outreach.models import DemonstrationLetter, Message

PER_PAGE = 30


def letters(*, page_number: str | int) -> tuple[Page[DemonstrationLetter], tuple[LetterCard, ...]]:
    """The letters of the demonstration, newest first: the page for its numbers, the cards to show."""
    page = Paginator(DemonstrationLetter.objects.all(), PER_PAGE).get_page(page_number)
    return page, tuple(_card(row) for row in page.object_list)


def letter(*, letter_id: UUID) -> LetterCard:
    """One letter, or ``NotFound``."""
    row = DemonstrationLetter.objects.filter(pk=letter_id).first()
    if row is None:
        raise NotFound
    return _card(row)


def _card(row: DemonstrationLetter) -> LetterCard:
    return LetterCard(
        id=row.pk,
        to_address=row.to_address,
        channel=Channel(row.channel),
        subject=row.subject,
        at=row.at,
        pieces=tuple(pieces(row.body, origin=settings.PUBLIC_URL)),
    )


def pieces(body: str, *, origin: str) -> Iterator[Piece]:
    """Cuts a letter into text and links of our own origin; a link elsewhere stays text.

    The link keeps its path only: it works whatever name the demonstration is opened under.
    """
    # The full stop or bracket that ends a sentence is not part of the link before it.
    link = re.compile(rf"{re.escape(origin)}(/[^\s<>\"]*[^\s<>\".,;:!?)\]»]|/)")
    done = 0
    for found in link.finditer(body):
        yield Piece(text=body[done : found.start()], href="")
        yield Piece(text=found[0], href=found[1])
        done = found.end()
    yield Piece(text=body[done:], href="")


def everything_about(*, person_id: UUID, address: str) -> list[dict[str, Any]]:
    """The messages written to a person, as plain types."""
    names = ("to_address", "purpose", "subject", "body", "state", "reason", "created_at", "sent_at")
    rows = Message.objects.filter(person_id=person_id) | Message.objects.filter(to_address=address)
    return [
        {"table": "message"} | {name: _as_text(row[name]) for name in names}
        for row in rows.order_by("created_at", "pk").values(*names)
    ]


def _as_text(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
