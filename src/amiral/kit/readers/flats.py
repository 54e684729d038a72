"""Numbers of homes as OpenStreetMap writes them: ``building:flats=12``, ``addr:flats=1-12;14``."""

import re
from typing import Any

MOST_FLATS = 100_000
_RANGE = re.compile(r"^(\d{1,5}|[A-Za-z])\s*[-–]\s*(\d{1,5}|[A-Za-z])$")


def flats_told(tags: Any) -> int:
    """How many homes the tags tell; 0 where they do not."""
    count = tags.get("building:flats", "").strip()
    if count.isascii() and count.isdigit():
        return min(int(count), MOST_FLATS)
    return flats_listed(tags.get("addr:flats", ""))


def flats_listed(text: str) -> int:
    """How many a list of flats names: 12 for ``1-12``, 4 for ``1;3;A-B``; 0 for an empty one."""
    parts = [part.strip() for part in re.split(r"[;,]", text) if part.strip()]
    return min(sum(map(_named, parts)), MOST_FLATS)


def _named(part: str) -> int:
    match = _RANGE.match(part)
    if not match:
        return 1
    first, last = match[1], match[2]
    if first.isdigit() and last.isdigit():
        return max(1, int(last) - int(first) + 1)
    if first.isalpha() and last.isalpha():
        return max(1, ord(last.lower()) - ord(first.lower()) + 1)
    return 1
