"""Results that a command writes: looked at before the work, whole or not at all after it."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from amiral.cores.sentences import Sentence

STANDARD = "-"
"""The name that stands for standard output."""
PART = ".part"


class UnusableTarget(ValueError):
    """A result could not be written where it is asked; the sentence says why."""


def check_targets(*, targets: Sequence[str], inputs: Sequence[str]) -> None:
    """Raises ``UnusableTarget`` before hours of work: no folder, a folder, an input, the same place twice."""
    for index, target in enumerate(targets):
        if any(_same(target, other) for other in targets[:index]):
            raise UnusableTarget(
                Sentence("Two results cannot be written to one place: %(path)s.", path=target)
            )
        if target == STANDARD:
            continue
        if any(_same(target, given) for given in inputs):
            raise UnusableTarget(
                Sentence("Cannot write %(path)s: it is one of the files to read.", path=target)
            )
        _check_place(Path(target))


def _same(one: str, other: str) -> bool:
    if STANDARD in (one, other):
        return one == other
    here, there = Path(one), Path(other)
    if here.exists() and there.exists():
        return here.samefile(there) and not is_stream(here)
    return here.resolve() == there.resolve()


def _check_place(target: Path) -> None:
    if not target.name or target.is_dir():
        raise UnusableTarget(
            Sentence("Cannot write %(path)s: it is a folder; give the name of a file.", path=target)
        )
    if not target.parent.is_dir():
        raise UnusableTarget(
            Sentence(
                "Cannot write %(path)s: the folder %(folder)s does not exist.",
                path=target,
                folder=target.parent,
            )
        )
    needed = target if is_stream(target) else target.parent
    if not os.access(needed, os.W_OK):
        raise UnusableTarget(
            Sentence("Cannot write %(path)s: %(reason)s.", path=target, reason=Sentence("Permission denied"))
        )


def is_stream(target: Path) -> bool:
    """A device or a pipe: written into. Renamed over, /dev/null would be a file for the whole machine."""
    return target.exists() and not target.is_file() and not target.is_dir()


@contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when all went well; errors name it, not its stand-in."""
    try:
        if is_stream(target):
            with target.open("wb") as stream:
                yield stream
        else:
            with _replaced(target.resolve()) as file:
                yield file
    except OSError as error:
        if error.filename is None or str(error.filename).endswith(PART):
            raise OSError(error.errno, error.strerror, str(target)) from error
        raise


@contextmanager
def _replaced(target: Path) -> Iterator[BinaryIO]:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
