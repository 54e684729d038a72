"""A sample drawn by lot that nobody can choose, and what it says of those who came by themselves.

First the SHA-256 of a secret is published, with the name of a public draw yet to come; then, with its result,
the secret. Who is drawn follows from both: whoever knew the secret did not know the result.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

LEAST_ANSWERS = 8
"""Of the sample, on a statement, before anything is concluded (Community Notes)."""
DROP = 0.15
"""By how much the sample's share may be lower before a consensus is no longer called so (Community Notes)."""


def commitment(*, secret: str) -> str:
    """What is published first."""
    return sha256(secret.encode()).hexdigest()


def drawn(*, secret: str, result: str, members: Iterable[str], size: int) -> tuple[str, ...]:
    """Those drawn among ``members``, sorted: the ``size`` smallest of SHA-256 of seed and member.

    The seed is the SHA-256 of the secret, a colon and the result. The order of members changes nothing.
    """
    seed = sha256(f"{secret}:{result}".encode()).hexdigest()
    ranked = sorted(set(members), key=lambda member: sha256(f"{seed}:{member}".encode()).hexdigest())
    return tuple(sorted(ranked[:size]))


def members_hash(*, members: Iterable[str]) -> str:
    """SHA-256 of all members, sorted, one per line: proves later among whom it was drawn."""
    return sha256("\n".join(sorted(set(members))).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Answers:
    """How some voices answered a statement: ``votes`` counts passes, too."""

    votes: int
    agree: int
    disagree: int

    def __post_init__(self) -> None:
        if min(self.agree, self.disagree) < 0 or self.agree + self.disagree > self.votes:
            raise ValueError("Agreements and disagreements are votes.")

    def share(self, *, agree: bool) -> float:
        """Of all votes, those on one side."""
        return (self.agree if agree else self.disagree) / max(1, self.votes)


def contradicts(*, sample: Answers, others: Answers, agree: bool) -> bool:
    """Whether a sample that is large enough holds a statement so much less than those who came by themselves
    that what these agree on cannot be called a consensus. ``agree``: which side it is on."""
    if sample.votes < LEAST_ANSWERS:
        return False
    # Rounded: 0.60 against 0.75 is a drop of 0.15, whatever binary fractions say.
    return round(others.share(agree=agree) - sample.share(agree=agree), 9) >= DROP
