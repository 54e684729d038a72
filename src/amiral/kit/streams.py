"""Server-sent events: short news pushed to pages that are open.

A stream holds a thread of the server, so there are few of them at once in the whole process
(``AMIRAL_STREAMS``), each lasts ``LASTS_S`` seconds and then asks the browser to come back; rights are looked
up again each time. Who finds no room gets 503 and asks now and then instead.
"""

import json
import time
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from threading import Lock
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

LASTS_S = 25.0
LOOKS_EVERY_S = 2.0
COME_BACK_MS = 1_500
TRY_AGAIN_S = 25
PER_PERSON = 2
"""Streams of one person at once: two pages, or a page in two windows."""

News = dict[str, object]


class NoRoom(HttpResponse):
    """503 without a line in the log of errors: it is no failure."""

    status_code = 503
    _has_been_logged = True


class Sitting(Protocol):
    """What takes a seat."""

    person_id: UUID
    is_over: bool


class Seats:
    """The streams open in this process, and whose. A person's newest ones stay: the oldest is told to
    end, since it is probably a page that was left."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[UUID, list[Sitting]] = {}

    def take(self, stream: Sitting) -> bool:
        """Whether there was room."""
        with self._lock:
            own = self._open.setdefault(stream.person_id, [])
            if len(own) >= PER_PERSON:
                own.pop(0).is_over = True
            if self._count() >= settings.STREAMS:
                return False
            own.append(stream)
            return True

    def leave(self, stream: Sitting) -> None:
        """Gives the seat back; harmless twice."""
        with self._lock:
            own = self._open.get(stream.person_id, [])
            if stream in own:
                own.remove(stream)
            if not own:
                self._open.pop(stream.person_id, None)

    def _count(self) -> int:
        return sum(len(own) for own in self._open.values())

    @property
    def taken(self) -> int:
        """How many are open."""
        with self._lock:
            return self._count()


SEATS = Seats()
"""Of this process, whatever its pages stream."""


class Stream:
    """The lines of one stream. Its seat is given back when it ends, however it ends."""

    def __init__(
        self,
        person_id: UUID,
        event: str,
        look: Callable[[datetime], News],
        clock: Callable[[], datetime],
        unsaid: frozenset[str],
    ) -> None:
        self.person_id, self.event, self.look, self.clock, self.unsaid = person_id, event, look, clock, unsaid
        self.is_over = False
        self._lines = self._all()

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def close(self) -> None:
        """Called by the server at the end of the answer, also when the browser has gone."""
        self._lines.close()
        SEATS.leave(self)

    def _all(self) -> Generator[bytes]:
        ends = time.monotonic() + LASTS_S
        told = None
        yield f"retry: {COME_BACK_MS}\n\n".encode()
        while not self.is_over:
            news = self.look(self.clock())
            telling = {name: value for name, value in news.items() if name not in self.unsaid}
            # A line each time: only a line that cannot be delivered tells that the browser has gone.
            yield self._event(news) if telling != told else b":\n\n"
            told = telling
            if time.monotonic() + LOOKS_EVERY_S >= ends:
                return
            time.sleep(LOOKS_EVERY_S)

    def _event(self, news: News) -> bytes:
        said = json.dumps(news, sort_keys=True, separators=(",", ":"))
        return f"event: {self.event}\ndata: {said}\n\n".encode()


def answer(
    *,
    person_id: UUID,
    event: str,
    look: Callable[[datetime], News],
    clock: Callable[[], datetime],
    unsaid: frozenset[str] = frozenset(),
) -> HttpResponseBase:
    """The stream, or 503 with the seconds after which to try again. ``unsaid``: parts of the news that are
    no news by themselves, such as the time of day."""
    stream = Stream(person_id, event, look, clock, unsaid)
    if not SEATS.take(stream):
        return NoRoom(headers={"Retry-After": str(TRY_AGAIN_S), "Cache-Control": "no-store"})
    return StreamingHttpResponse(
        stream,
        content_type="text/event-stream",
        headers={"Cache-Control": "private, no-store, no-transform", "X-Accel-Buffering": "no"},
    )
