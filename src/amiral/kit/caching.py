"""Names in the cache that tell nothing."""

import hmac
from hashlib import sha256

from django.conf import settings


def salted_key(key: str, prefix: str, version: int) -> str:
    """HMAC-SHA-256 of a cache key with the installation's secret (setting ``KEY_FUNCTION``).

    A counter of attempts is named by an address; whoever reads the cache must not be able to try addresses.
    """
    text = f"{prefix}:{version}:{key}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), text, sha256).hexdigest()
