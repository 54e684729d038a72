"""What people said at doors, as the field room may tell it: counts with enough people behind them."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from amiral.rooms.debate.models import Consultation
from amiral.rooms.field import api as field
from amiral.rooms.talking_points import api as talking_points

DAYS = 7
WORDS_MOST = 140


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An objection, how often it was heard in a week, and whether it stands among the statements."""

    point_id: UUID
    words: str
    times: int
    stands: bool


def heard_at_doors(*, consultation: Consultation, day: date, language: str) -> tuple[Heard, ...]:
    """The objections of the last seven days, the most frequent first; periods of which nothing may be told
    add nothing. Six queries at most."""
    tallies = field.objections_of_days(first=day - timedelta(days=DAYS), last=day - timedelta(days=1))
    times = {one.point_id: one.times for one in tallies}
    cards = talking_points.cards(point_ids=list(times), language=language)
    known = set(
        consultation.statements.exclude(talking_point_id=None).values_list("talking_point_id", flat=True)
    )
    found = [
        Heard(
            point_id=card.point_id,
            words=card.short_line[:WORDS_MOST],
            times=times[card.point_id],
            stands=card.point_id in known,
        )
        for card in cards
    ]
    return tuple(sorted(found, key=lambda one: (-one.times, one.words)))
