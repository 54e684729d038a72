"""Opinion maps: who agrees with whom, on what all agree, and where the lines run.

    from amiral.cores.opinion import Parameters, Votes, canonical_json, document, opinion_map

    votes = Votes(people=..., statements=..., values=..., order=...)  # numpy columns, one row per gesture
    opinion = opinion_map(votes=votes, parameters=Parameters(), moderated={12}, meta=set())
    canonical_json(document(opinion=opinion, texts={3: "…"}))  # bytes; the same for the same votes

No Django, no clock, no files here. The order of the log, the number of threads and the machine change
nothing. docs/opinion.md explains the method and defines every figure.
"""

from .accumulators import Accumulators, UnlikeStatements, accumulated, axes_from
from .axes import Axes, signs_like
from .bridging import Bridging, bridging_scores
from .consensus import Consensus
from .document import FORMAT, canonical_json, document, fingerprint, group_name
from .groups import NOBODY, REASONS, Candidate, Grouping, Reason
from .matrix import VoteMatrix, extended, vote_matrix
from .opinion_map import Lists, OpinionMap, Plane, Scores, locate, opinion_map
from .parameters import BadParameter, Parameters
from .statements import Divisive, Majority, Representative
from .votes import AGREE, DISAGREE, PASS, BadVotes, Votes

__all__ = [
    "AGREE",
    "DISAGREE",
    "FORMAT",
    "NOBODY",
    "PASS",
    "REASONS",
    "Accumulators",
    "Axes",
    "BadParameter",
    "BadVotes",
    "Bridging",
    "Candidate",
    "Consensus",
    "Divisive",
    "Grouping",
    "Lists",
    "Majority",
    "OpinionMap",
    "Parameters",
    "Plane",
    "Reason",
    "Representative",
    "Scores",
    "UnlikeStatements",
    "VoteMatrix",
    "Votes",
    "accumulated",
    "axes_from",
    "bridging_scores",
    "canonical_json",
    "document",
    "extended",
    "fingerprint",
    "group_name",
    "locate",
    "opinion_map",
    "signs_like",
    "vote_matrix",
]
