"""A public log that nobody can rewrite unnoticed: every entry holds the hash of the one before.

Whoever kept one hash (a mirror, a newspaper, a reader) can prove that an entry before it was changed,
removed or put in. An entry says what may be public for ever; what may not (the text that was hidden, a
name) stands in it only as a salted digest. The form is so small that anybody can check it without this
program: ``scripts/verify_log.py`` does, in fifty lines.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .canonical import canonical

START = "0" * 64
"""What the first entry holds as the hash before it."""


class Broken(ValueError):
    """Entry ``number`` (from 1) does not follow from what stands before it, for ``reason``."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"entry {number}: {reason}")
        self.number, self.reason = number, reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """``number`` counts from 1; ``at`` is ISO 8601 in UTC with ``Z``; ``body`` is JSON without fractions;
    ``hash`` covers all the rest."""

    number: int
    at: str
    body: Mapping[str, Any]
    before: str
    hash: str

    @property
    def line(self) -> bytes:
        """The entry as one line of the published file, without its line end."""
        return canonical({**_covered(self.number, self.at, self.body, self.before), "hash": self.hash})


def append(last: Entry | None, *, body: Mapping[str, Any], at: str) -> Entry:
    """The entry after ``last`` (None: the first one). Raises ``ValueError`` when ``at`` is before the
    last one's."""
    if last is not None and at < last.at:
        raise ValueError(f"The log stands at {last.at}; an entry of {at} would go back in time.")
    number, before = (last.number + 1, last.hash) if last else (1, START)
    return Entry(number=number, at=at, body=body, before=before, hash=_hash(number, at, body, before))


def verify(entries: Iterable[Entry], *, known: Mapping[int, str] | None = None) -> str:
    """The hash of the last entry of a whole log (``START`` for an empty one). Raises ``Broken`` at the
    first entry that was touched.

    ``known``: hashes by number that the reader kept from earlier. Without them a log that was written
    anew from some entry on looks whole; with one from after that entry, it does not. A known entry that
    is missing at the end is a ``Broken`` too.
    """
    kept, before, at, count = known or {}, START, "", 0
    for count, entry in enumerate(entries, 1):
        _check(entry, count, before, at)
        if kept.get(count, entry.hash) != entry.hash:
            raise Broken(count, "was another one when its hash was noted")
        before, at = entry.hash, entry.at
    if kept and max(kept) > count:
        raise Broken(count + 1, "is missing, though its hash was noted")
    return before


def _check(entry: Entry, number: int, before: str, at: str) -> None:
    if entry.number != number:
        raise Broken(number, f"bears the number {entry.number}")
    if entry.before != before:
        raise Broken(number, "does not follow the entry before it")
    if entry.at < at:
        raise Broken(number, "is older than the entry before it")
    if entry.hash != _hash(entry.number, entry.at, entry.body, entry.before):
        raise Broken(number, "was changed")


def sealed_digest(content: str, salt: str) -> str:
    """What stands in the log for a text that may not: SHA-256 of salt and text. The salt lies with the
    sealed original, so that nobody can guess a short text from its digest; destroying both makes the
    digest mean nothing."""
    return hashlib.sha256(canonical([salt, content])).hexdigest()


def _covered(number: int, at: str, body: Mapping[str, Any], before: str) -> dict[str, Any]:
    return {"number": number, "at": at, "body": body, "before": before}


def _hash(number: int, at: str, body: Mapping[str, Any], before: str) -> str:
    return hashlib.sha256(canonical(_covered(number, at, body, before))).hexdigest()
