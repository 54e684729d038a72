"""What a map is made with: numbers with units, refused when they make no sense."""

from dataclasses import asdict, dataclass
from math import isfinite

from amiral.cores.sentences import Sentence


class BadParameter(ValueError):
    """A parameter that no map can be made with; the sentence names it and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Every choice behind a map. The defaults are those of Polis where Polis has one.

    Thresholds on z are one-sided at 90 %. ``group_count`` forces a number of groups (0: the best silhouette
    decides); a forced number is still refused when it would make a group too small to be published.
    ``first_sign`` and ``second_sign`` turn an axis around (-1) to keep the picture of an earlier map.
    """

    seed: int = 0
    min_votes: int = 7  # a person with fewer is not placed (all statements, where there are fewer)
    max_groups: int = 5
    group_count: int = 0
    min_group_people: int = 5
    min_group_share: float = 0.02  # of the people placed
    min_silhouette: float = 0.25
    min_stability: float = 0.6  # adjusted Rand index
    resamples: int = 20
    significant_z: float = 1.2816
    representative_max: int = 5  # statements listed per group and per direction
    consensus_share: float = 0.10  # a consensus stands in this first part of both rankings
    false_share: float = 0.10  # a consensus would stand if so many of all accounts were false
    first_sign: int = 1
    second_sign: int = 1

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            _check(name, float(getattr(self, name)), least, most)
        if self.group_count == 1:
            raise BadParameter(Sentence("group_count must be 0 (choose) or at least 2; it is 1."))
        if {self.first_sign, self.second_sign} - {-1, 1}:
            raise BadParameter(Sentence("first_sign and second_sign must be 1 or -1."))

    def as_dict(self) -> dict[str, int | float]:
        """All values, ready for JSON."""
        return asdict(self)

    def least_people(self, placed: int) -> int:
        """The smallest group that may be spoken of: max(min_group_people, min_group_share of ``placed``)."""
        share = self.min_group_share * placed
        return max(self.min_group_people, int(share) + (share > int(share)))

    def false_accounts(self, people: int) -> int:
        """So many of them may be false."""
        return int(self.false_share * people + 1e-9)


_RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**53),
    "min_votes": (1, 1000),
    "max_groups": (2, 20),
    "group_count": (0, 20),
    "min_group_people": (5, 1_000_000),
    "min_group_share": (0.02, 0.5),
    "min_silhouette": (-1, 1),
    "min_stability": (-1, 1),
    "resamples": (2, 1000),
    "significant_z": (0, 10),
    "representative_max": (1, 100),
    "consensus_share": (0, 1),
    "false_share": (0, 1),
    "first_sign": (-1, 1),
    "second_sign": (-1, 1),
}


def _check(name: str, value: float, least: float, most: float) -> None:
    if not (isfinite(value) and least <= value <= most):
        ends = {"least": f"{least:g}", "most": f"{most:g}", "value": f"{value:g}"}
        raise BadParameter(
            Sentence("%(name)s must lie between %(least)s and %(most)s; it is %(value)s.", name=name, **ends)
        )
