"""What a map is worth when linked voices are counted once, and when those drawn by lot are asked.

A statement is called a consensus on the page only when it stays one with each linked set as one voice, and
when the sample does not hold it much less than the others.
"""

import json
from dataclasses import dataclass
from functools import lru_cache

from amiral.cores.by_lot import Answers, contradicts
from amiral.rooms.debate.models import MapVersion
from amiral.rooms.debate.queries.versions import Json, document_of

SIDES = ("agree", "disagree")


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """A statement that all groups seem to share, and why it is not called a consensus.

    ``linked``: not with linked voices counted once. ``sample`` and ``others``: percent on that side of those
    drawn by lot, and of the others, where the former contradict."""

    number: int
    side: str
    linked: bool
    sample: int | None
    others: int | None


@dataclass(frozen=True, kw_only=True)
class Consensus:
    """By side: numbers of the statements that may be called a consensus, in order; and those that may not."""

    kept: dict[str, tuple[int, ...]]
    withheld: tuple[Withheld, ...]


def once_of(version: MapVersion) -> Json | None:
    """The map with each linked set as one voice; ``None`` where no voices are linked."""
    return _parsed(version.once_fingerprint, version.once_document) if version.once_document else None


@lru_cache(maxsize=16)
def _parsed(fingerprint: str, document: str) -> Json:
    del fingerprint
    found: Json = json.loads(document)
    return found


def consensus_of(version: MapVersion) -> Consensus:
    """What the page, and the promise of an answer, call a consensus."""
    once = once_of(version)
    told, doubts = listed(document_of(version)), listed(once) if once else None
    kept, withheld = {}, []
    for side in SIDES:
        found = [(number, _doubt(version, number, side, doubts)) for number in told[side]]
        kept[side] = tuple(number for number, doubt in found if doubt is None)
        withheld += [doubt for _number, doubt in found if doubt is not None]
    return Consensus(kept=kept, withheld=tuple(withheld))


def listed(drawn: Json) -> dict[str, tuple[int, ...]]:
    """The consensus list of a document, by side."""
    lists = drawn["consensus"] or {}
    return {side: tuple(one["id"] for one in lists.get(side, [])) for side in SIDES}


def _doubt(
    version: MapVersion, number: int, side: str, once: dict[str, tuple[int, ...]] | None
) -> Withheld | None:
    linked = once is not None and number not in once[side]
    asked = _asked(version, number)
    against = asked is not None and contradicts(sample=asked[0], others=asked[1], agree=side == "agree")
    if not (linked or against):
        return None
    shares = [round(100 * one.share(agree=side == "agree")) for one in asked] if asked and against else []
    sample, others = shares or (None, None)
    return Withheld(number=number, side=side, linked=linked, sample=sample, others=others)


def _asked(version: MapVersion, number: int) -> tuple[Answers, Answers] | None:
    """How those drawn by lot, and the others, answered a statement."""
    found = version.control.get("statements", {}).get(str(number))
    if found is None:
        return None
    sample, others = (
        Answers(votes=one["votes"], agree=one["agree"], disagree=one["disagree"])
        for one in (found["sample"], found["others"])
    )
    return sample, others
