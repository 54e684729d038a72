"""Under seal: what a box holds, and who may look into it."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from amiral.rooms.moderation.access import may_open_seals
from amiral.rooms.moderation.contracts import SealView
from amiral.rooms.moderation.models import Decision, Opening, Report, Sealed
from amiral.rooms.people import api as people

OPEN_FOR = timedelta(hours=24)


def box() -> MultiFernet:
    """Encrypts under the first key, opens under any: ``AMIRAL_SEAL_KEYS``, else those of the installation."""
    keys = settings.SEAL_KEYS or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"amiral moderation seal")
    return base64.urlsafe_b64encode(derive.derive(key.encode()))


def content(*, sealed: Sealed) -> dict[str, Any]:
    """What lies under the seal; empty when it is destroyed, or was sealed under a key that is gone."""
    if not sealed.content:
        return {}
    try:
        found: dict[str, Any] = json.loads(box().decrypt(bytes(sealed.content)))
    except InvalidToken:
        return {}
    return found


def sealed_of(*, report: Report) -> Sealed | None:
    """The original that the last decision to hide what a report is about put under seal."""
    same = Report.objects.on(subject_kind=report.subject_kind, subject_id=report.subject_id)
    decisions = Decision.objects.filter(report__in=same, hidden=True).values("pk")
    return Sealed.objects.filter(about__in=decisions).order_by("-sealed_at").first()


def live_opening(*, sealed: Sealed, person_id: UUID, at: datetime) -> Opening | None:
    """A confirmed opening of the last day in which the person is one of the two."""
    recent = sealed.openings.filter(confirmed_at__gt=at - OPEN_FOR)
    mine = recent.filter(asked_by_id=person_id) | recent.filter(confirmed_by_id=person_id)
    return mine.order_by("-confirmed_at").first()


def waiting_opening(*, sealed: Sealed, at: datetime) -> Opening | None:
    """The last one asked for and not confirmed; it lapses after a day."""
    waiting = sealed.openings.filter(confirmed_at=None, asked_at__gt=at - OPEN_FOR)
    return waiting.order_by("-asked_at").first()


def seal_of_report(*, report: Report, person_id: UUID, at: datetime) -> SealView | None:
    """For the page of a report; ``None`` where nothing is sealed or the person may not open seals."""
    sealed = sealed_of(report=report)
    if sealed is None or not may_open_seals(person_id=person_id):
        return None
    return seal_view(sealed=sealed, person_id=person_id, at=at)


def seal_view(*, sealed: Sealed, person_id: UUID, at: datetime) -> SealView:
    """For the page of an administrator."""
    live = live_opening(sealed=sealed, person_id=person_id, at=at)
    shown = live or waiting_opening(sealed=sealed, at=at)
    held = content(sealed=sealed) if live else {}
    return SealView(
        id=sealed.pk,
        digest=sealed.digest,
        sealed_at=sealed.sealed_at,
        keep_until=sealed.keep_until,
        destroyed_at=sealed.destroyed_at,
        opening_id=shown.pk if shown else None,
        asked_by=_name(shown.asked_by_id) if shown else "",
        asked_by_me=bool(shown and shown.asked_by_id == person_id),
        reason=shown.reason if shown else "",
        open_until=live.confirmed_at + OPEN_FOR if live and live.confirmed_at else None,
        words=held.get("words", ""),
        author=held.get("author", ""),
    )


def _name(person_id: UUID | None) -> str:
    card = people.cards(person_ids=[person_id]).get(person_id) if person_id else None
    return card.public_name if card else _("Former member")
