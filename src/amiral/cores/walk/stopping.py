"""When the search stops: counted in work, never in seconds, so that two machines give the same plan."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Stop after ``trials_per_door`` removals and re-insertions per door (0: only construct and polish)."""

    trials_per_door: int = 200

    def __post_init__(self) -> None:
        if not 0 <= self.trials_per_door <= 1_000_000:
            raise ValueError(
                f"trials_per_door must lie between 0 and 1,000,000; it is {self.trials_per_door}."
            )


EFFORTS: dict[str, Stop] = {
    "quick": Stop(trials_per_door=40),
    "normal": Stop(trials_per_door=200),
    "high": Stop(trials_per_door=2000),
}
"""The three amounts of work that the command line and the pages offer."""
