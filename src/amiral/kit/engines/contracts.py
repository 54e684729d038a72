"""What every engine is, and what it answers."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

Task = tuple[str, Any]
"""(key, value given to the function)."""
MOST_SENTENCE = 500


class BadEngine(ValueError):
    """The setting names no engine that can be used here; the sentence says what to do."""


class EngineLost(Exception):
    """The engine went away while it was at work; the sentence says which."""


@dataclass(frozen=True)
class Outcome:
    """What became of the task ``key``: its ``value``, or the ``problem`` (a sentence) instead."""

    key: str
    value: Any = None
    problem: str = ""


class Engine(Protocol):
    """Does many pieces of work; used in a ``with`` block."""

    def __enter__(self) -> Self:
        """Gets ready."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends what the engine started itself, at once."""
        ...

    def outcomes(
        self, function: Callable[[Any], Any], tasks: Iterable[Task]
    ) -> Generator[Outcome, None, None]:
        """One outcome for each task, in the order in which they are finished."""
        ...


def attempted(function: Callable[[Any], Any], task: Task) -> Outcome:
    """Does one task; what it raises is put in words."""
    key, value = task
    try:
        return Outcome(key, function(value))
    except Exception as error:
        return Outcome(key, problem=sentence_of(error))


def sentence_of(error: BaseException) -> str:
    """One line that names the error."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:MOST_SENTENCE] if text else type(error).__name__
