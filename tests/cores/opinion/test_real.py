"""Real conversations of Polis: published counts, dense axes, and numbers computed by red-dwarf 0.4.0.

benchmarks/opinion/run.py compares with red-dwarf itself, statement by statement, where it is installed.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from amiral.config.opinion_cli import read_votes
from amiral.cores.opinion import OpinionMap, VoteMatrix, opinion_map, vote_matrix
from amiral.cores.opinion.counts import group_informed_consensus, group_votes, measures_of, priorities
from amiral.cores.opinion.statements import representative

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "debat" / "polis"
FOLDERS = sorted(DATA.glob("*/votes.csv"))

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FOLDERS, reason=f"no conversations of Polis in {DATA}"),
]


@dataclass(frozen=True)
class Known:
    """What red-dwarf finds: groups by size; for each, its statements as id, + or -, successes/trials."""

    people: tuple[int, ...]
    explained: tuple[float, float]
    consensus: dict[int, float]
    dissent: dict[int, float]
    priority: dict[int, float]
    speak: tuple[str, ...]
    majority: tuple[tuple[int, ...], tuple[int, ...]]


KNOWN = {
    "15-per-hour-seattle": Known(
        people=(77, 61),
        explained=(0.20300699501843064, 0.08763959333255242),
        consensus={45: 0.3739035087719298, 48: 0.3611111111111111},
        dissent={51: 0.4137931034482759, 26: 0.37828947368421056},
        priority={14: 12.529726250088151, 19: 12.529726250088151},
        speak=(
            "24+38/54 9+47/59 28-35/46 20-37/53 46-23/36",
            "28+24/29 25+27/31 46+18/20 20+30/42 24-29/38",
        ),
        majority=((45, 12, 11, 48, 2), (26,)),
    ),
    "brexit-consensus": Known(
        people=(92, 62, 35),
        explained=(0.19552685245885731, 0.08643911476802998),
        consensus={19: 0.7615241900956188, 14: 0.7602339181286548, 1: 0.7317488611606258},
        dissent={27: 0.8123268698060941, 0: 0.7548782224754308, 3: 0.7458242556281772},
        priority={11: 4.222878033426718, 48: 2.823507196983717, 10: 2.4509907009167007},
        speak=(
            "8+69/80 13+77/79 7-69/81 2-72/80 4-65/78",
            "21+37/43 11+52/57 7+38/55 6-46/55 8-34/52",
            "17+29/29 10+26/31 11-27/32 5-30/31 12-24/31",
        ),
        majority=((14, 1, 17, 19, 16), (3, 0, 27, 26, 23)),
    ),
    "canadian-electoral-reform": Known(
        people=(260, 21),
        explained=(0.1188317861165104, 0.05366393752689646),
        consensus={111: 0.7291666666666667, 89: 0.7246031746031746, 129: 0.7058823529411764},
        dissent={25: 0.8184143222506394, 132: 0.6303030303030304},
        priority={63: 12.529726250090182, 135: 12.529726250090182},
        speak=(
            "29+103/114 44+76/87 22+105/113 43+84/98 13-106/113",
            "24+15/17 13+11/16 29-14/17 22-12/17 44-14/16",
        ),
        majority=((1, 89, 0, 11, 2), (25, 13, 16, 14, 132)),
    ),
}

each_folder = pytest.mark.parametrize("path", FOLDERS, ids=lambda path: path.parent.name)
each_known = pytest.mark.parametrize("name", sorted(KNOWN))


def drawn(name: str) -> OpinionMap:
    path = DATA / name / "votes.csv"
    if not path.exists():
        pytest.skip(f"no {path}")
    return opinion_map(votes=read_votes(str(path)), bridging=False)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def dense(matrix: VoteMatrix) -> np.ndarray:
    cells = np.full((len(matrix.people), len(matrix.statements)), np.nan)
    rows = np.repeat(np.arange(len(matrix.people)), matrix.lengths)
    cells[rows, matrix.codes // 3] = matrix.codes.astype(int) % 3 - 1
    return cells


@each_folder
def test_both_published_forms_of_a_conversation_are_one_matrix(path: Path) -> None:
    long, wide = (read_votes(str(path.parent / name)) for name in ("votes.csv", "participants-votes.csv"))
    assert vote_matrix(votes=long).sha256 == vote_matrix(votes=wide).sha256


@each_folder
def test_published_counts(path: Path) -> None:
    """Polis publishes the number of vote rows per statement, replaced votes included, and per participant the
    number of latest votes."""
    votes = read_votes(str(path))
    for row in table(path.parent / "comments.csv"):
        mine = votes.values[votes.statements == int(row["comment-id"])]
        assert (int((mine == 1).sum()), int((mine == -1).sum())) == (
            int(row["agrees"]),
            int(row["disagrees"]),
        )
    matrix = vote_matrix(votes=votes)
    columns = {int(person): i for i, person in enumerate(matrix.people)}
    for row in table(path.parent / "participants-votes.csv"):
        i = columns[int(row["participant"])]
        mine = matrix.codes[matrix.starts[i] : matrix.starts[i + 1]] % 3
        counted = [len(mine), int((mine == 2).sum()), int((mine == 0).sum())]
        assert counted == [int(row[name]) for name in ("n-votes", "n-agree", "n-disagree")]


def test_counts_of_one_conversation() -> None:
    matrix = drawn("brexit-consensus").matrix
    assert (matrix.rows, len(matrix.codes)) == (5312, 5303)
    votes = read_votes(str(DATA / "brexit-consensus" / "votes.csv"))
    assert [int((votes.values == vote).sum()) for vote in (1, -1, 0)] == [2689, 1957, 666]


@each_folder
def test_axes_are_those_of_the_dense_matrix(path: Path) -> None:
    opinion = opinion_map(votes=read_votes(str(path)), bridging=False)
    cells = dense(opinion.matrix)
    filled = np.where(np.isnan(cells), np.nanmean(cells, axis=0), cells)
    vectors = np.linalg.svd(filled - filled.mean(axis=0), full_matrices=False)[2]
    for axis in (0, 1):
        assert abs(vectors[axis] @ opinion.plane.axes.loadings[axis]) >= 1 - 1e-12


@each_known
def test_groups_and_variance(name: str) -> None:
    opinion = drawn(name)
    assert opinion.grouping.people == KNOWN[name].people
    assert opinion.plane.axes.explained == pytest.approx(KNOWN[name].explained, abs=1e-12)


@each_known
def test_numbers_given_the_groups(name: str) -> None:
    opinion, known = drawn(name), KNOWN[name]
    columns = {int(statement): j for j, statement in enumerate(opinion.matrix.statements)}
    votes = group_votes(matrix=opinion.matrix, labels=opinion.grouping.labels, groups=len(known.people))
    measures = measures_of(votes)
    agree, disagree = group_informed_consensus(measures)
    for expected, found in ((known.consensus, agree), (known.dissent, disagree)):
        for statement, value in expected.items():
            assert found[columns[statement]] == pytest.approx(value, abs=1e-12)
    a, d, s = (whole.sum(axis=0) for whole in (votes.agree, votes.disagree, votes.seen))
    found = priorities(a, s - a - d, s, opinion.scores.extremities)
    for statement, value in known.priority.items():
        assert found[columns[statement]] == pytest.approx(value, abs=1e-6)
    speak = representative(votes=votes, measures=measures, shown=opinion.shown, z=1.2816, most=5)
    ids = opinion.matrix.statements
    listed = [
        " ".join(f"{ids[one.statement]}{'-+'[one.agree]}{one.successes}/{one.trials}" for one in group)
        for group in speak
    ]
    assert tuple(listed) == known.speak


@each_known
def test_majorities(name: str) -> None:
    opinion = drawn(name)
    found = tuple(
        tuple(int(opinion.matrix.statements[one.statement]) for one in side)
        for side in opinion.lists.majority
    )
    assert found == KNOWN[name].majority
