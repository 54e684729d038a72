"""Where one voice stands on the latest map: from the published numbers and its own votes alone."""

from dataclasses import dataclass
from functools import lru_cache
from math import hypot, sqrt
from uuid import UUID

from amiral.rooms.debate.contracts import StatementState
from amiral.rooms.debate.models import Voter
from amiral.rooms.debate.queries.versions import newest, parsed


@dataclass(frozen=True, kw_only=True)
class OwnPlace:
    """On the plane of the map ``number``; ``group`` is the nearest one, empty where none are distinct."""

    number: int
    x: float
    y: float
    group: str


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """Mean and loadings of each statement that may place somebody, and what the formula counts by."""

    statements: dict[int, tuple[float, float, float]]
    received: int
    left_out: int
    centres: tuple[tuple[str, float, float], ...]


def own_place(*, voter: Voter) -> OwnPlace | None:
    """None before a map or a vote on it. Two queries, however many people there are; O(own votes)."""
    version = newest(consultation_id=voter.consultation_id)
    if version is None:
        return None
    ground = _ground(version.pk, version.fingerprint)
    rows = voter.votes.filter(statement__state=StatementState.SHOWN).order_by("pk")
    own = dict(rows.values_list("statement__number", "value"))
    cast = [(*ground.statements[number], vote) for number, vote in own.items() if number in ground.statements]
    if not cast:
        return None
    # As amiral.cores.opinion.locate does.
    scale = sqrt(ground.received / max(1, len(cast) + ground.left_out))
    x = scale * sum((vote - mean) * first for mean, first, _second, vote in cast)
    y = scale * sum((vote - mean) * second for mean, _first, second, vote in cast)
    return OwnPlace(number=version.number, x=x, y=y, group=_nearest(ground, x, y))


def _nearest(ground: _Ground, x: float, y: float) -> str:
    near = min(ground.centres, key=lambda one: hypot(one[1] - x, one[2] - y), default=None)
    return near[0] if near else ""


@lru_cache(maxsize=16)
def _ground(version_id: UUID, fingerprint: str) -> _Ground:
    """Read once of each map."""
    document = parsed(version_id, fingerprint)
    about = document["input"]
    return _Ground(
        statements={
            one["id"]: (one["mean"], one["loadings"][0], one["loadings"][1])
            for one in document["statements"]
            if not one["meta"]
        },
        received=about["statements"],
        left_out=len(about["moderated"]) + len(about["meta"]),
        centres=tuple((one["name"], *one["centre"]) for one in document["groups"]["list"]),
    )
