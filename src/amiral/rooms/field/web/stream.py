"""Server-sent events: figures of progress, pushed to pages that are open (``kit.streams``)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.http import HttpResponseBase

from amiral.kit import streams
from amiral.kit.streams import News
from amiral.rooms.field.queries.coverage_pages import Live
from amiral.rooms.field.queries.progress import Progress


def answer(
    *, person_id: UUID, look: Callable[[datetime], Live], clock: Callable[[], datetime]
) -> HttpResponseBase:
    """The stream, or 503 with the seconds after which to try again."""
    return streams.answer(
        person_id=person_id,
        event="progress",
        look=lambda at: as_json(look(at)),
        clock=clock,
        unsaid=frozenset({"at"}),
    )


def as_json(live: Live) -> News:
    """What a page is told: ``version`` changes with the map; ``figures`` by place, "" the page's own."""
    figures = {"": _figures(live.place)} | {name: _figures(one) for name, one in live.lines.items()}
    return {"at": live.at.isoformat(timespec="seconds"), "version": live.version, "figures": figures}


def _figures(progress: Progress) -> dict[str, int]:
    return {
        "done": progress.done,
        "dwellings_done": progress.dwellings_done,
        "percent": progress.percent,
        "in_hand": progress.in_hand,
        "minutes_left": progress.minutes_left,
    }
