"""Secrets of second factors, encrypted as they lie in the database.

Beside the common files because the adapter of the sign-in library, a migration and the demonstration need it.
Whoever gets hold of a copy of the database alone cannot make codes with it.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

SEALED = "fernet:"
"""What an encrypted secret begins with; the sign-in library writes its own in capital letters and digits."""


class UnreadableSecret(ValueError):
    """The secret was encrypted with another key: AMIRAL_SECRET_KEY was changed or lost."""

    def __init__(self) -> None:
        super().__init__(
            "A second factor was encrypted with another secret key. Put the old key into "
            "AMIRAL_SECRET_KEY_FALLBACKS, or remove the authenticator so that the person sets up a new one."
        )


def sealed(text: str) -> str:
    """The secret as the database keeps it; what is sealed already stays as it is."""
    if text.startswith(SEALED):
        return text
    return SEALED + _box(_keys()).encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """The secret itself; one that was never encrypted is answered as it is. Raises ``UnreadableSecret``."""
    if not text.startswith(SEALED):
        return text
    try:
        return _box(_keys()).decrypt(text.removeprefix(SEALED).encode()).decode()
    except InvalidToken:
        raise UnreadableSecret from None


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    """32 bytes for this use alone (HKDF, RFC 5869)."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"amiral second factor")
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
