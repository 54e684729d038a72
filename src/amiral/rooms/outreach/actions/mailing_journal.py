"""What a sending process has handed over since it last wrote to the database, in a file that outlives it.

A letter that was taken and of which nothing is written would leave twice after ``kill -9``; a database write
for each letter costs more than the letter. So each hand-over and each answer is appended to a file, which the
system keeps when the process dies; whoever comes next finds that its owner is gone (the lock is free), writes
what it says to the database, and sends on. In doubt is then at most the one letter of a process that left
without an answer.
"""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

HANDED, TAKEN, NOT_TAKEN = b"h", b"t", b"n"
RECORD = 17
SUFFIX = ".journal"


def folder() -> Path:
    """Where the journals of this machine lie."""
    made = Path(settings.STATE_DIR) / "mailings"
    made.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made


@dataclass(frozen=True)
class Told:
    """What a journal says: which letters were taken, and which left without an answer."""

    taken: frozenset[UUID]
    in_doubt: frozenset[UUID]


class Journal:
    """The journal of this process. Not for several threads."""

    def __init__(self, owner: str) -> None:
        self.path = folder() / f"{owner}{SUFFIX}"
        while True:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if self.path.exists():
                break
            os.close(self._file)  # somebody cleared it away between the two calls

    def handed(self, recipient_id: UUID) -> None:
        """The letter leaves now."""
        os.write(self._file, HANDED + recipient_id.bytes)

    def answered(self, recipient_id: UUID, *, taken: bool) -> None:
        """The server has it, or certainly has not."""
        os.write(self._file, (TAKEN if taken else NOT_TAKEN) + recipient_id.bytes)

    def clear(self) -> None:
        """All of it stands in the database."""
        os.ftruncate(self._file, 0)

    def leave(self) -> None:
        """It stays for whoever comes next."""
        os.close(self._file)

    def close(self) -> None:
        """The process has nothing more to say."""
        self.path.unlink(missing_ok=True)
        os.close(self._file)


def _left() -> Iterator[Path]:
    """Each journal whose process is gone; locked until the caller comes back."""
    for path in sorted(folder().glob(f"*{SUFFIX}")):
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield path
        except BlockingIOError:
            continue
        finally:
            os.close(file)


def is_any_left() -> bool:
    """Whether a process is gone without having written down all that it handed over."""
    return next((True for _path in _left()), False)


def left_behind() -> Iterator[tuple[str, Told]]:
    """Owner and content of each journal whose process is gone; it is deleted once the caller comes back."""
    for path in _left():
        yield path.name.removesuffix(SUFFIX), read(path.read_bytes())
        path.unlink(missing_ok=True)


def read(content: bytes) -> Told:
    """The last word on each letter; a record that was cut off says nothing."""
    last: dict[bytes, bytes] = {}
    for start in range(0, len(content) - RECORD + 1, RECORD):
        last[content[start + 1 : start + RECORD]] = content[start : start + 1]
    return Told(
        taken=frozenset(UUID(bytes=one) for one, said in last.items() if said == TAKEN),
        in_doubt=frozenset(UUID(bytes=one) for one, said in last.items() if said == HANDED),
    )
