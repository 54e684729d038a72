"""Addresses that say what comes back to them: ``retours+m-<id>-<check>@example.org`` (VERP, RFC 5233).

A bounce, a complaint or an answer is sent to the address that only one letter carried; which letter that was
stands in the address itself, with a check so that nobody can make up another. Everything in small letters and
digits: some servers change the rest. At most 62 characters before the ``@``, of 64.
"""

import base64
import hmac
from typing import Final
from uuid import UUID

from django.conf import settings

ID_SIGNS: Final = 26
CHECK_SIGNS: Final = 8
LONGEST_NAME: Final = 64 - len("+x--") - ID_SIGNS - CHECK_SIGNS
"""Of the return address, before its ``@``."""


def address(kind: str, id_: UUID) -> str:
    """The return address of one thing; ``kind``: one small letter. Empty without a setting."""
    name, at, domain = settings.RETURN_ADDRESS.rpartition("@")
    if not at:
        return ""
    # Both at once: blanks in between let each begin on a sign of its own.
    both = _signs(b"%s\0\0\0\0%s" % (id_.bytes, _check(kind, id_, settings.SECRET_KEY)))
    return f"{name}+{kind}-{both[:ID_SIGNS]}-{both[-CHECK_SIGNS:]}@{domain}"


def token(text: str) -> str:
    """What stands behind the plus of our return address, in small letters; empty for any other address.

    Rooms put tokens of their own there (the answers of the network); they check them themselves.
    """
    local, _at, domain = text.strip().strip("<>").lower().rpartition("@")
    name, _plus, found = local.partition("+")
    return found if f"{name}@{domain}" == settings.RETURN_ADDRESS.lower() else ""


def read(text: str) -> tuple[str, UUID] | None:
    """What a return address was made of; ``None`` for any other, and for one that we did not make."""
    local = text.strip().strip("<>").rpartition("@")[0].lower()
    kind, _dash, rest = local.rpartition("+")[2].partition("-")
    signs, _dash, check = rest.partition("-")
    if len(kind) != 1 or len(signs) != ID_SIGNS or not check.isascii():
        return None
    try:
        id_ = UUID(bytes=base64.b32decode(signs.upper() + "======"))
    except ValueError:
        return None
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    known = any(hmac.compare_digest(check, _signs(_check(kind, id_, key))) for key in keys)
    return (kind, id_) if known else None


def _check(kind: str, id_: UUID, key: str) -> bytes:
    made = hmac.digest(f"amiral mail tag {key}".encode(), kind.encode() + id_.bytes, "sha256")
    return made[: CHECK_SIGNS * 5 // 8]


def _signs(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()
