"""How many planted sets of accounts are found, how many honest voices are taken for one, in what time.

    .venv/bin/python benchmarks/opinion/linkage.py [--people 100000] [--statements 1000] [--out FILE]

Prints JSON. Real conversations are read from a folder beside the checkout; without it the answer says so.
Accounts that copy an honest voice answer for answer take that voice with them: no more than ``copied`` are
such. ``cpu_s`` are processor seconds of this process, compilation left out.
"""

import argparse
import csv
import json
import resource
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from synthetic import synthetic

from amiral.cores.linked_voices import DEFAULT, LinkedSet, LinkRules, counted_once, linked_voices
from amiral.cores.opinion import VoteMatrix, Votes, vote_matrix

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "debat" / "polis"
SET_VOICES, ANSWERS, SLIP = 20, 31, 0.03
Log = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def main() -> None:
    """Everything, as JSON."""
    options = _options()
    linked_voices(matrix=vote_matrix(votes=synthetic(people=300, statements=60, mean_votes=40)))
    found = {
        "scale": [
            _scale(options.people, options.statements, kind, options.sets)
            for kind in ("random", "mimic", "copy")
        ],
        "honest_camps": [
            _camp(people, keep) for people in (200, 2_000) for keep in (0.7, 0.85, 0.93, 0.97, 0.99)
        ],
        "real": [_real(folder) for folder in sorted(REAL.glob("*/votes.csv"))]
        or "no real conversations here",
    }
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--statements", type=int, default=1_000)
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _scale(people: int, statements: int, kind: str, sets: int) -> dict[str, Any]:
    """Sets of twenty accounts with 3 % slips among honest people of four camps."""
    honest = vote_matrix(votes=synthetic(people=people, statements=statements, mean_votes=50))
    matrix = _planted(honest, kind, sets, seed=7)
    before = process_time()
    found = linked_voices(matrix=matrix)
    linked = process_time()
    once = counted_once(matrix=matrix, sets=found)
    end = process_time()
    return {
        "people": people,
        "statements": statements,
        "votes": len(matrix.codes),
        "planted": f"{sets} sets of {SET_VOICES}, {kind}",
        **_score(found, int(honest.people.max()) + 1, people, sets * SET_VOICES),
        "copied": sets if kind == "copy" else 0,
        "voices_counted": len(once.people),
        "cpu_s": round(linked - before, 2),
        "cpu_s_counting_once": round(end - linked, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _score(found: tuple[LinkedSet, ...], first: int, honest: int, planted: int) -> dict[str, Any]:
    caught = sum(voice >= first for one in found for voice in one.voices)
    wrong = sum(voice < first for one in found for voice in one.voices)
    return {
        "sets_found": len(found),
        "recall": round(caught / planted, 4) if planted else None,
        "honest_linked": wrong,
        "honest_linked_per_10000": round(10_000 * wrong / honest, 3),
    }


def _planted(honest: VoteMatrix, kind: str, sets: int, *, seed: int, voices: int = SET_VOICES) -> VoteMatrix:
    """Random answers; those of the majority; or a copy of what one honest person answered."""
    rng = np.random.default_rng(seed)
    logs, first = [_log(honest)], int(honest.people.max()) + 1
    for number in range(sets):
        columns, values = _answers(honest, kind, rng)
        own = np.arange(voices) + first + number * voices
        cast = np.tile(values, voices)
        slips = rng.random(len(cast)) < SLIP
        logs.append((np.repeat(own, len(columns)), np.tile(columns, voices), np.where(slips, -cast, cast)))
    people, statements, values = (np.concatenate(parts) for parts in zip(*logs, strict=True))
    ids = honest.statements[statements]
    return vote_matrix(votes=Votes(people=people, statements=ids, values=values.astype(np.int8)))


def _answers(honest: VoteMatrix, kind: str, rng: np.random.Generator) -> tuple[Any, Any]:
    if kind == "copy":
        long = np.flatnonzero(honest.lengths >= ANSWERS)
        copied = int(rng.choice(long))
        codes = honest.codes[honest.starts[copied] : honest.starts[copied + 1]].astype(np.int64)
        return codes // 3, codes % 3 - 1
    columns = rng.choice(len(honest.statements), min(ANSWERS, len(honest.statements)), replace=False)
    if kind == "random":
        return columns, rng.choice([-1, 1], len(columns))
    return columns, honest.tally[columns].argmax(axis=1) - 1


def _log(matrix: VoteMatrix) -> Log:
    codes = matrix.codes.astype(np.int64)
    return np.repeat(matrix.people, matrix.lengths), codes // 3, codes % 3 - 1


def _camp(people: int, keep: float) -> dict[str, Any]:
    """Nobody cheats: two camps, everybody answers the same forty statements and keeps to the line of his camp
    with the chance ``keep``."""
    rng = np.random.default_rng(3)
    line = rng.choice([-1, 1], (2, 40))
    given = line[np.arange(people) % 2] * np.where(rng.random((people, 40)) < keep, 1, -1)
    votes = Votes(
        people=np.repeat(np.arange(people), 40),
        statements=np.tile(np.arange(40), people),
        values=given.ravel().astype(np.int8),
    )
    found = linked_voices(matrix=vote_matrix(votes=votes))
    return {
        "people": people,
        "keep_to_the_line": keep,
        "honest_linked": sum(len(one.voices) for one in found),
    }


def _real(path: Path) -> dict[str, Any]:
    """The conversation as it is, at three degrees of likeness; then with accounts planted in it."""
    matrix = _polis(path)
    people, told = len(matrix.people), {}
    for alike in (0.8, 0.7, 0.6):
        found = linked_voices(matrix=matrix, rules=LinkRules(least_alike=alike))
        told[str(alike)] = [len(one.voices) for one in found]
    planted = {
        kind: _score(
            linked_voices(matrix=_planted(matrix, kind, 1, seed=seed, voices=max(5, people // 10))),
            int(matrix.people.max()) + 1,
            people,
            max(5, people // 10),
        )
        for seed, kind in enumerate(("random", "mimic", "copy"))
    }
    return {
        "conversation": path.parent.name,
        "people": people,
        "with_25_answers": int((matrix.lengths >= DEFAULT.least_items).sum()),
        "linked_sets_by_likeness": told,
        "one_in_ten_planted": planted,
    }


def _polis(path: Path) -> VoteMatrix:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    people, statements, values, times = (
        np.array([int(row[name]) for row in rows]) for name in ("voter-id", "comment-id", "vote", "timestamp")
    )
    return vote_matrix(
        votes=Votes(people=people, statements=statements, values=values.astype(np.int8), order=times)
    )


if __name__ == "__main__":
    main()
