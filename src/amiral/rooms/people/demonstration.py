"""The "telephone" of the demonstration: what its accounts' authenticators would show now.

Anyone who can read this can be anybody, so the module refuses to be loaded outside the demonstration.
"""

import base64
import hmac
import struct
from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from amiral.rooms.people import secrets
from amiral.rooms.people.contracts import DemonstrationCode

if not settings.DEMONSTRATION:
    raise ImproperlyConfigured("The demonstration's telephone exists in the demonstration only.")

SHOWN = 50


def codes(*, at: datetime) -> tuple[DemonstrationCode, ...]:
    """The codes of this moment, by address."""
    found = Authenticator.objects.filter(type=Authenticator.Type.TOTP).select_related("user")
    return tuple(_code(row, at) for row in found.order_by("user__email")[:SHOWN])


def _code(row: Authenticator, at: datetime) -> DemonstrationCode:
    elapsed = int(at.timestamp())
    period = app_settings.TOTP_PERIOD
    return DemonstrationCode(
        address=row.user.email,
        name=row.user.public_name,
        code=digits(secret=secrets.opened(row.data["secret"]), counter=elapsed // period),
        seconds_left=period - elapsed % period,
    )


def digits(*, secret: str, counter: int) -> str:
    """The six digits of a counter (RFC 4226, 5.3, HMAC-SHA-1)."""
    digest = hmac.digest(base64.b32decode(secret, casefold=True), struct.pack(">Q", counter), "sha1")
    offset = digest[-1] & 0x0F
    (value,) = struct.unpack_from(">I", digest, offset)
    return f"{(value & 0x7FFF_FFFF) % 1_000_000:06d}"
