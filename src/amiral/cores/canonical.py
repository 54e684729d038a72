"""One way to write a value as bytes: what is hashed or sealed must read the same on every machine."""

import json


def canonical(value: object) -> bytes:
    """Objects with sorted keys, no blanks, UTF-8; text, integers, booleans and null.

    A subset of RFC 8785: ``JSON.stringify`` over sorted keys writes the same bytes. ``ValueError`` for
    NaN and infinities.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
