"""An opinion map without what would tell how fewer than five people voted.

Of each statement a map holds the votes of everybody and of each group; the difference is those who are in no
group. So the votes that are *not* shown by group can always be summed by subtraction, and the rule is about
that sum: **what is left over is nobody, or enough people** (complementary suppression; Cox 1980,
"Suppression methodology and statistical disclosure control", JASA 75). A group with too few votes is left
out; while what is left over is somebody but too few, the smallest group that is still shown is left out too.

Figures that are computed from counts by group go with them: their product (group-informed consensus), the
lists that give them again. A statement that too few voted on goes whole, and the total of votes becomes the
total of what is shown. No Django, no clock, no chance.
"""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
Told = Mapping[int, Json]
LEAST = 5


def withheld(drawn: Mapping[str, Any], *, least: int = LEAST) -> Json:
    """A copy of the document of a map (``cores.opinion.document``) that may be published.

    Counts by group that are left out are ``None``; ``withheld`` names the statements that are left out whole.
    What was withheld already stays as it is: doing it twice changes nothing.
    """
    if "withheld" in drawn:
        return dict(drawn)
    told = {one["id"]: _statement(one, least) for one in drawn["statements"] if one["votes"] >= least}
    gone = [one["id"] for one in drawn["statements"] if one["votes"] < least]
    found = dict(drawn) | {
        "withheld": {"under": least, "statements": gone},
        "statements": list(told.values()),
        "axes": [_axis(one, told) for one in drawn["axes"]],
        "groups": drawn["groups"] | {"list": [_group(one, told) for one in drawn["groups"]["list"]]},
        "divisive": [found for one in drawn["divisive"] if (found := _divisive(one, told))],
        "majority": _sides(drawn["majority"], told),
        "consensus": _sides(drawn["consensus"], told),
    }
    if gone:
        found["input"] = drawn["input"] | {"votes": sum(one["votes"] for one in told.values())}
    return found


def left_out(everybody: int, groups: Mapping[str, int], *, least: int = LEAST) -> frozenset[str]:
    """The groups whose votes on a statement may not be told, of the votes of each and of ``everybody``."""
    out = {name for name, votes in groups.items() if votes < least}
    rest = everybody - sum(votes for name, votes in groups.items() if name not in out)
    for name in sorted(groups.keys() - out, key=lambda name: (groups[name], name)):
        if rest == 0 or rest >= least:
            break
        out.add(name)
        rest += groups[name]
    return frozenset(out)


def _statement(one: Json, least: int) -> Json:
    groups: Mapping[str, Json] = one["groups"]
    out = left_out(one["votes"], {name: cell["votes"] for name, cell in groups.items()}, least=least)
    if not out:
        return one
    cells = {name: None if name in out else cell for name, cell in groups.items()}
    return one | {"groups": cells, "group_informed_consensus": None}


def _axis(axis: Json, told: Told) -> Json:
    ends = ("positive_end", "negative_end")
    return axis | {end: [number for number in axis[end] if number in told] for end in ends}


def _group(group: Json, told: Told) -> Json:
    kept = [one for one in group["representative"] if _cell(told, one["id"], group["name"])]
    return group | {"representative": [_alone(one) if _is_partial(told[one["id"]]) else one for one in kept]}


def _alone(one: Json) -> Json:
    """Ratios compare a group with the sum of all others, those left out among them."""
    return one | {"ratio": None, "ratio_test": None}


def _divisive(one: Json, told: Told) -> Json | None:
    """The spread is of all groups: where some are left out, of the two that are named."""
    agreeing, disagreeing = (
        _cell(told, one["id"], one[side]) for side in ("agreeing_group", "disagreeing_group")
    )
    if agreeing is None or disagreeing is None:
        return None
    if not _is_partial(told[one["id"]]):
        return one
    return one | {"spread": _probability(agreeing) - _probability(disagreeing)}


def _probability(cell: Json) -> float:
    """That somebody of the group agrees, as ``cores.opinion`` estimates it."""
    return float((cell["agree"] + 1) / (cell["votes"] + 2))


def _cell(told: Told, number: int, group: str) -> Json | None:
    cell: Json | None = told[number]["groups"].get(group) if number in told else None
    return cell


def _is_partial(one: Json) -> bool:
    return None in one["groups"].values()


def _sides(lists: Json | None, told: Told) -> Json | None:
    if lists is None:
        return None
    return {side: [one for one in some if one["id"] in told] for side, some in lists.items()}
