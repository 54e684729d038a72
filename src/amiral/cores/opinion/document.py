"""What may be published of a map, as JSON that is the same byte for byte wherever it is computed.

Keys are sorted, floats have at most 15 significant digits (each prints back exactly at that length), lines
end in ``\\n``. Nothing about one person, about a statement that was moderated out, or about a group too
small.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np

from .compiled import Ints
from .counts import wilson
from .opinion_map import OpinionMap
from .statements import Divisive, Majority, Representative

FORMAT = "amiral-opinion-map/3"
INTERVAL_Z = 1.96
"""Confidence intervals are two-sided at 95 %."""
_AXIS_STATEMENTS = 3

Json = dict[str, Any]


def document(*, opinion: OpinionMap, texts: Mapping[int, str] | None = None) -> Json:
    """The map ready for ``canonical_json``; ``texts`` by statement id are copied where they are given."""
    return {
        "format": FORMAT,
        "parameters": opinion.parameters.as_dict(),
        "input": _input(opinion),
        "people": _people(opinion),
        "axes": [_axis(opinion, number) for number in (0, 1)],
        "groups": _groups(opinion),
        "statements": _statements(opinion, texts or {}),
        "consensus": _consensus(opinion),
        "divisive": [_divisive(opinion, one) for one in opinion.lists.divisive],
        "majority": {
            side: [_majority(opinion, one) for one in some]
            for side, some in zip(("agree", "disagree"), opinion.lists.majority, strict=True)
        },
        "bridging": _bridging(opinion),
    }


def canonical_json(value: Json) -> bytes:
    """UTF-8, keys sorted, two spaces of indentation for objects and short lists on one line."""
    return (_encoded(value, 0) + "\n").encode()


def fingerprint(content: bytes) -> str:
    """SHA-256 of a published map, in hexadecimal."""
    return sha256(content).hexdigest()


def group_name(number: int) -> str:
    """A, B, C …: the largest group is A."""
    return chr(ord("A") + number)


def _input(opinion: OpinionMap) -> Json:
    matrix = opinion.matrix
    return {
        "votes_sha256": matrix.sha256,
        "votes": len(matrix.codes),
        "people": len(matrix.people),
        "statements": len(matrix.statements),
        "moderated": matrix.statements[opinion.moderated].tolist(),
        "meta": matrix.statements[opinion.meta].tolist(),
    }


def _people(opinion: OpinionMap) -> Json:
    everyone, placed = len(opinion.matrix.people), int(opinion.plane.placed.sum())
    places = sha256(opinion.grouping.published.data)
    for column in (opinion.plane.x, opinion.plane.y):
        places.update(np.ascontiguousarray(column, "<i8").data)
    return {
        "all": everyone,
        "placed": placed,
        "not_placed": everyone - placed,
        "not_placed_share": (everyone - placed) / max(1, everyone),
        "places_sha256": places.hexdigest(),
    }


def _axis(opinion: OpinionMap, number: int) -> Json:
    """An axis is named by the statements at its two ends: those who agree with them stand there."""
    axes = opinion.plane.axes
    loading = np.where(opinion.shown, axes.loadings[number], 0.0)
    order = np.argsort(loading, kind="stable")
    least = [j for j in order[:_AXIS_STATEMENTS] if loading[j] < 0]
    most = [j for j in order[::-1][:_AXIS_STATEMENTS] if loading[j] > 0]
    return {
        "explained_variance": axes.explained[number],
        "positive_end": _ids(opinion, most),
        "negative_end": _ids(opinion, least),
    }


def _groups(opinion: OpinionMap) -> Json:
    grouping = opinion.grouping
    return {
        "distinct": grouping.distinct,
        "reason": None if grouping.reason is None else grouping.reason.value,
        "silhouette": grouping.silhouette,
        "stability": grouping.stability,
        "tried": [
            {"groups": one.groups, "silhouette": one.silhouette}
            for one in grouping.candidates
            if one.smallest >= opinion.parameters.least_people(int(opinion.plane.placed.sum()))
        ],
        "list": [_group(opinion, number) for number in range(len(grouping.people))]
        if grouping.distinct
        else [],
    }


def _group(opinion: OpinionMap, number: int) -> Json:
    grouping = opinion.grouping
    return {
        "name": group_name(number),
        "people": grouping.people[number],
        "share": grouping.people[number] / int(opinion.plane.placed.sum()),
        "centre": grouping.centres[number].tolist(),
        "representative": [_representative(opinion, one) for one in opinion.lists.representative[number]],
    }


def _statements(opinion: OpinionMap, texts: Mapping[int, str]) -> list[Json]:
    low, high = wilson(opinion.scores.everybody.agree[0], opinion.scores.everybody.seen[0], INTERVAL_Z)
    columns = np.flatnonzero(~opinion.moderated)
    found = []
    for j in columns.tolist():
        statement = _statement(opinion, j)
        statement["agree_interval"] = [float(low[j]), float(high[j])]
        if statement["id"] in texts:
            statement["text"] = texts[statement["id"]]
        found.append(statement)
    return found


def _statement(opinion: OpinionMap, j: int) -> Json:
    scores, axes = opinion.scores, opinion.plane.axes
    agree, disagree, seen = (
        int(whole[0, j])
        for whole in (scores.everybody.agree, scores.everybody.disagree, scores.everybody.seen)
    )
    return {
        "id": int(opinion.matrix.statements[j]),
        "meta": bool(opinion.meta[j]),
        "votes": seen,
        "agree": agree,
        "disagree": disagree,
        "pass": seen - agree - disagree,
        "mean": float(axes.means[j]),
        "loadings": axes.loadings[:, j].tolist(),
        "extremity": float(scores.extremities[j]),
        "priority": float(scores.priorities[j]),
        "group_informed_consensus": {
            "agree": float(scores.informed_agree[j]),
            "disagree": float(scores.informed_disagree[j]),
        },
        "bridging": _bridge(opinion, j),
        "groups": _by_group(opinion, j),
    }


def _by_group(opinion: OpinionMap, j: int) -> Json:
    votes = opinion.scores.votes
    groups = range(len(votes.seen)) if opinion.grouping.distinct else []
    return {
        group_name(g): {
            "votes": int(votes.seen[g, j]),
            "agree": int(votes.agree[g, j]),
            "disagree": int(votes.disagree[g, j]),
        }
        for g in groups
    }


def _bridge(opinion: OpinionMap, j: int) -> Json | None:
    bridging = opinion.bridging
    if bridging is None or not bridging.scored[j]:
        return None
    return {
        "intercept": float(bridging.intercepts[j]),
        "factor": float(bridging.factors[j]),
        "helpful": bool(bridging.helpful[j]),
    }


def _bridging(opinion: OpinionMap) -> Json | None:
    bridging = opinion.bridging
    if bridging is None:
        return None
    return {
        "statements": int(bridging.scored.sum()),
        "people": bridging.people,
        "votes": bridging.votes,
        "mean": bridging.mean,
        "loss": bridging.loss,
    }


def _consensus(opinion: OpinionMap) -> Json | None:
    if opinion.bridging is None:
        return None
    return {
        side: [
            {
                "id": int(opinion.matrix.statements[one.statement]),
                "group_informed_rank": one.informed_rank,
                "bridging_rank": one.bridging_rank,
            }
            for one in some
        ]
        for side, some in zip(("agree", "disagree"), opinion.lists.consensus, strict=True)
    }


def _divisive(opinion: OpinionMap, one: Divisive) -> Json:
    return {
        "id": int(opinion.matrix.statements[one.statement]),
        "spread": one.spread,
        "agreeing_group": group_name(one.agreeing),
        "disagreeing_group": group_name(one.disagreeing),
    }


def _majority(opinion: OpinionMap, one: Majority) -> Json:
    return {
        "id": int(opinion.matrix.statements[one.statement]),
        "successes": one.successes,
        "trials": one.trials,
        "probability": one.probability,
        "test": one.test,
    }


def _representative(opinion: OpinionMap, one: Representative) -> Json:
    return {
        "id": int(opinion.matrix.statements[one.statement]),
        "side": "agree" if one.agree else "disagree",
        "successes": one.successes,
        "trials": one.trials,
        "probability": one.probability,
        "test": one.test,
        "ratio": one.ratio,
        "ratio_test": one.ratio_test,
        "best_agree": one.best_agree,
    }


def _ids(opinion: OpinionMap, columns: list[Any] | Ints) -> list[int]:
    return [int(opinion.matrix.statements[j]) for j in columns]


def _encoded(value: Any, depth: int) -> str:
    if isinstance(value, float):
        return _number(value)
    if not isinstance(value, dict | list):
        return _text(value)
    pad, end = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict) and value:
        inside = [f"{pad}{_name(key)}: {_encoded(value[key], depth + 1)}" for key in sorted(value)]
        return "{\n" + ",\n".join(inside) + f"\n{end}}}"
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return "[\n" + ",\n".join(pad + _encoded(one, depth + 1) for one in value) + f"\n{end}]"
    if isinstance(value, list):
        return "[" + ", ".join(_encoded(one, depth) for one in value) + "]"
    return "{}"


def _number(value: float) -> str:
    """At most 15 significant digits; minus zero is zero. Infinite or undefined numbers are a fault
    (ValueError)."""
    if value - value != 0.0:
        raise ValueError("A map holds no infinite or undefined number.")
    return format(value + 0.0, ".15g")


@cache
def _name(key: str) -> str:
    """The names are few and come thousands of times."""
    return _text(key)


def _text(value: Any) -> str:
    if type(value) is int:
        return str(value)
    return json.dumps(value, ensure_ascii=False)
