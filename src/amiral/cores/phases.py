"""The life of a consultation: which phase follows which, who may do what in each, and what stands in the way.

    draft → contributions → votes → frozen → map → review → answers → follow-up → closed

A step forward has conditions (``obstacles``); a step back exists, one at a time, and needs a reason that is
published; nothing returns to the draft once the public has seen it. Whoever asked cannot reach the end
without the answers that were promised.
"""

from dataclasses import dataclass
from enum import StrEnum

REVIEW_DAYS = 7
"""How long anybody may contradict the synthesis before answers are given."""
DAY_S = 86_400
REASON_MIN_CHARACTERS = 20


class Phase(StrEnum):
    """Where a consultation is, in the order of its life."""

    DRAFT = "draft"
    CONTRIBUTIONS = "contributions"
    VOTES = "votes"
    FROZEN = "frozen"
    MAP = "map"
    REVIEW = "review"
    ANSWERS = "answers"
    FOLLOW_UP = "follow-up"
    CLOSED = "closed"


ORDER: tuple[Phase, ...] = tuple(Phase)


class Gesture(StrEnum):
    """What somebody does in a consultation."""

    EDIT = "edit"  # the question and its frame
    READ = "read"
    PROPOSE = "propose"
    VOTE = "vote"
    ARGUE = "argue"
    DRAW = "draw"  # a map
    SYNTHESISE = "synthesise"
    CHALLENGE = "challenge"  # a sentence of the synthesis
    ANSWER = "answer"
    FOLLOW_UP = "follow-up"  # a milestone after an answer


ALLOWED: dict[Gesture, frozenset[Phase]] = {
    Gesture.EDIT: frozenset({Phase.DRAFT}),
    Gesture.READ: frozenset(ORDER[1:]),
    Gesture.PROPOSE: frozenset({Phase.CONTRIBUTIONS}),
    Gesture.VOTE: frozenset({Phase.VOTES}),
    Gesture.ARGUE: frozenset({Phase.CONTRIBUTIONS, Phase.VOTES, Phase.REVIEW}),
    Gesture.DRAW: frozenset({Phase.VOTES, Phase.FROZEN}),
    Gesture.SYNTHESISE: frozenset({Phase.MAP}),
    Gesture.CHALLENGE: frozenset({Phase.REVIEW}),
    Gesture.ANSWER: frozenset({Phase.ANSWERS, Phase.FOLLOW_UP}),
    Gesture.FOLLOW_UP: frozenset({Phase.ANSWERS, Phase.FOLLOW_UP}),
}
OVERLAPPING: dict[Gesture, frozenset[Phase]] = {
    Gesture.PROPOSE: frozenset({Phase.CONTRIBUTIONS, Phase.VOTES}),
    Gesture.VOTE: frozenset({Phase.CONTRIBUTIONS, Phase.VOTES}),
    Gesture.DRAW: frozenset({Phase.CONTRIBUTIONS, Phase.VOTES, Phase.FROZEN}),
}
"""What opens besides, where contributions and votes overlap."""


class Obstacle(StrEnum):
    """Why a step cannot be taken."""

    NO_SUCH_STEP = "no-such-step"
    NO_REASON = "no-reason"
    NO_FRAME = "no-frame"
    NO_TIME = "no-time"
    NO_STATEMENT = "no-statement"
    NO_MAP = "no-map"
    NO_SYNTHESIS = "no-synthesis"
    TOO_EARLY = "too-early"
    OPEN_CHALLENGES = "open-challenges"
    OWED_ANSWERS = "owed-answers"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the conditions ask. Seconds are left until the promised day ends, or were spent in this phase."""

    framed: bool = False
    seconds_left: float = 0.0
    seconds_here: float = 0.0
    statements: int = 0
    map_is_current: bool = False
    synthesis_published: bool = False
    open_challenges: int = 0
    owed: int = 0


def may(*, phase: Phase, gesture: Gesture, overlap: bool = False) -> bool:
    """Whether the phase allows the gesture."""
    allowed = OVERLAPPING.get(gesture, ALLOWED[gesture]) if overlap else ALLOWED[gesture]
    return phase in allowed


def following(*, phase: Phase) -> Phase | None:
    """The next phase; None at the end."""
    place = ORDER.index(phase) + 1
    return ORDER[place] if place < len(ORDER) else None


def preceding(*, phase: Phase) -> Phase | None:
    """The phase one may go back to; None where there is no way back."""
    place = ORDER.index(phase) - 1
    return ORDER[place] if place >= 1 else None


def is_back(*, phase: Phase, to: Phase) -> bool:
    """Whether the step goes against the order."""
    return ORDER.index(to) < ORDER.index(phase)


def obstacles(*, phase: Phase, to: Phase, facts: Facts, reason: str = "") -> tuple[Obstacle, ...]:
    """Everything that stands in the way of the step; empty when it may be taken."""
    if to not in {following(phase=phase), preceding(phase=phase)}:
        return (Obstacle.NO_SUCH_STEP,)
    if is_back(phase=phase, to=to):
        enough = len(" ".join(reason.split())) >= REASON_MIN_CHARACTERS
        return () if enough else (Obstacle.NO_REASON,)
    return tuple(obstacle for obstacle, stands in _conditions(to, facts) if stands)


def _conditions(to: Phase, facts: Facts) -> list[tuple[Obstacle, bool]]:
    owed = [(Obstacle.OWED_ANSWERS, facts.owed > 0)]
    conditions: dict[Phase, list[tuple[Obstacle, bool]]] = {
        Phase.CONTRIBUTIONS: [
            (Obstacle.NO_FRAME, not facts.framed),
            (Obstacle.NO_TIME, facts.seconds_left <= 0),
        ],
        Phase.VOTES: [(Obstacle.NO_STATEMENT, facts.statements == 0)],
        Phase.MAP: [(Obstacle.NO_MAP, not facts.map_is_current)],
        Phase.REVIEW: [(Obstacle.NO_SYNTHESIS, not facts.synthesis_published)],
        Phase.ANSWERS: [
            (Obstacle.TOO_EARLY, facts.seconds_here < REVIEW_DAYS * DAY_S),
            (Obstacle.OPEN_CHALLENGES, facts.open_challenges > 0),
        ],
        Phase.FOLLOW_UP: owed,
        Phase.CLOSED: owed,
    }
    return conditions.get(to, [])
