"""The same votes counted otherwise: each linked set as one voice; those drawn by lot beside the others."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from amiral.cores.by_lot import DROP, LEAST_ANSWERS
from amiral.cores.counted_once import linked_in, map_once
from amiral.cores.opinion import OpinionMap
from amiral.rooms.debate.contracts import LEAST_PEOPLE
from amiral.rooms.debate.models import Consultation, Voter

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Recount:
    """``sets``: how many voices each linked set has. ``opinion``: the map with each as one voice."""

    sets: tuple[int, ...]
    opinion: OpinionMap | None


def recounted(*, opinion: OpinionMap, out: Collection[int], about: Collection[int]) -> Recount:
    """Looks for linked voices on what may be listed, and draws the map with each set as one voice."""
    found = linked_in(matrix=opinion.matrix, moderated=out, meta=about)
    once = map_once(opinion=opinion, sets=found, moderated=out, meta=about) if found else None
    return Recount(sets=tuple(len(one.voices) for one in found), opinion=once)


def control_of(*, row: Consultation, opinion: OpinionMap) -> Json:
    """Answers of those drawn by lot beside the others', of statements that enough of both answered.

    Empty while nobody drawn has voted. One query.
    """
    numbers = list(Voter.objects.filter(consultation=row, by_lot=True).values_list("number", flat=True))
    matrix = opinion.matrix
    of_lot = np.repeat(np.isin(matrix.people, numbers), matrix.lengths)
    width = 3 * len(matrix.statements)
    sample, others = (
        np.bincount(matrix.codes[which], minlength=width).reshape(-1, 3) for which in (of_lot, ~of_lot)
    )
    told = {
        str(number): {"sample": _answers(sample[at]), "others": _answers(others[at])}
        for at, number in enumerate(matrix.statements.tolist())
        if sample[at].sum() >= LEAST_ANSWERS and others[at].sum() >= LEAST_PEOPLE
    }
    return {"least": LEAST_ANSWERS, "drop": DROP, "statements": told} if told else {}


def _answers(counts: Any) -> dict[str, int]:
    disagree, passed, agree = (int(one) for one in counts)
    return {"votes": disagree + passed + agree, "agree": agree, "disagree": disagree}
