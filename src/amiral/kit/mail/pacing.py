"""How fast messages leave: so many a second, evenly, which is how providers want it."""

import time
from collections.abc import Callable


class Pace:
    """At most ``per_second`` messages, none saved up. ``clock`` and ``sleep`` in seconds, for tests."""

    def __init__(
        self,
        per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap_s = 1 / per_second if per_second else 0.0
        self._clock, self._sleep = clock, sleep
        self._next_at = float("-inf")

    def wait(self) -> None:
        """Returns when the next message may leave, and counts it."""
        ahead_s = self._next_at - self._clock()
        if ahead_s > 0:
            self._sleep(ahead_s)
        self._count()

    def is_free(self) -> bool:
        """Whether the next message may leave now; counts it then."""
        if self._next_at > self._clock():
            return False
        self._count()
        return True

    def _count(self) -> None:
        self._next_at = self._clock() + self._gap_s


UNPACED = Pace(0)
