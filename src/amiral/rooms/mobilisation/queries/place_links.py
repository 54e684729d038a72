"""Signed links to one's own place: from a letter, without signing in.

Whoever holds the link reads the letters to that address. It opens one sign-up and nothing else, and leads to
a page; only the button there does anything, so that a program that follows links does not.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from amiral.kit.errors import NotFound


class Tap(StrEnum):
    """What the page behind a link offers first; the words of the address."""

    ACCEPT = "accepter"
    DECLINE = "decliner"
    CANCEL = "annuler"


def _signer() -> Signer:
    return Signer(salt="mobilisation.place", sep=".")


def token_of(*, sign_up_id: UUID) -> str:
    """What stands in the links to this sign-up."""
    return _signer().sign(urlsafe_b64encode(sign_up_id.bytes).decode().rstrip("="))


def place_path(*, sign_up_id: UUID, tap: Tap | None = None) -> str:
    """The path of the person's own page about this sign-up."""
    token = token_of(sign_up_id=sign_up_id)
    if tap is None:
        return reverse("mobilisation:place", args=[token])
    return reverse("mobilisation:tap", args=[token, tap])


def place_url(*, sign_up_id: UUID, tap: Tap | None = None) -> str:
    """The same, for a letter."""
    return settings.PUBLIC_URL + place_path(sign_up_id=sign_up_id, tap=tap)


def sign_up_id_of(*, token: str) -> UUID:
    """Whose link it is. Raises ``NotFound`` for one that was not signed here."""
    try:
        return UUID(bytes=urlsafe_b64decode(_signer().unsign(token) + "=="))
    except (BadSignature, ValueError):
        raise NotFound from None
