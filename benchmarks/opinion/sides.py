"""One side of a comparison alone in its process, so that its peak memory is its own."""

import json
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from benchmarks.opinion.synthetic import synthetic

from amiral.cores.opinion import OpinionMap, VoteMatrix, Votes, groups, opinion_map, vote_matrix
from amiral.cores.opinion.kmeans import adjusted_rand

Json = dict[str, Any]


def peer() -> Callable[..., Any] | None:
    """The documented function of red-dwarf, or None."""
    try:
        from reddwarf.implementations.polis import run_pipeline
    except ImportError:
        return None
    run: Callable[..., Any] = run_pipeline
    return run


def peer_name() -> Json:
    if peer() is None:
        return {"absent": "red-dwarf is not installed: only our side was measured"}
    return {"name": "red-dwarf", "version": metadata.version("red-dwarf")}


def peer_map(table: list[Json]) -> Any:
    run = peer()
    assert run is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run(votes=table, random_state=0)


def as_dictionaries(matrix: VoteMatrix) -> list[Json]:
    """The latest votes in the form that the peer takes."""
    people = np.repeat(matrix.people, matrix.lengths).tolist()
    statements = matrix.statements[matrix.codes // 3].tolist()
    values = (matrix.codes.astype(int) % 3 - 1).tolist()
    return [
        {"participant_id": i, "statement_id": j, "vote": v}
        for i, j, v in zip(people, statements, values, strict=True)
    ]


def peer_work(votes: Votes) -> OpinionMap:
    """Ours, doing only what the peer does: no bridging scores, and the stability taken for granted."""
    with patch.object(groups, "_stability", return_value=1.0):
        return opinion_map(votes=votes, bridging=False)


def memory_mb(name: str) -> int:
    """Of this process: ``VmRSS`` now, ``VmHWM`` at most since it was last forgotten. Unlike the figure of
    getrusage, it holds nothing of the process that started this one."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(name))


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def one_side(side: str, log: Path, runs: int) -> Json:
    """Seconds of processor, memory before and at most, and what was found, which goes to ``log``.npz."""
    small = synthetic(people=300, statements=50, mean_votes=20)
    with np.load(log) as columns:
        votes = Votes(**{name: columns[name] for name in ("people", "statements", "values")})
    if side == "theirs":
        peer_map(as_dictionaries(vote_matrix(votes=small)))
        table = as_dictionaries(vote_matrix(votes=votes))
        work: Callable[[], Any] = lambda: peer_map(table)  # noqa: E731  # one of three
    else:
        draw = peer_work if side == "ours_same_work" else (lambda votes: opinion_map(votes=votes))
        draw(small)
        work = lambda: draw(votes)  # noqa: E731  # likewise
    forget_peak()
    before, seconds, found = memory_mb("VmRSS"), [], None
    for _ in range(runs):
        found = None
        began = time.process_time()
        found = work()
        seconds.append(time.process_time() - began)
    peak = memory_mb("VmHWM")
    if side == "theirs":
        labels, axes = found.clusterer.labels_, found.reducer.components_
    else:
        labels = found.grouping.labels[found.plane.placed]
        axes = found.plane.axes.loadings
    np.savez(log.with_suffix(f".{side}.npz"), labels=labels.astype(np.uint8), axes=axes)
    median = sorted(seconds)[len(seconds) // 2]
    return {
        "cpu_s": round(median, 4),
        "least_cpu_s": round(min(seconds), 4),
        "runs": runs,
        "before_mb": before,
        "peak_mb": peak,
        "added_mb": peak - before,
    }


def beside(name: str, votes: Votes, folder: Path) -> Json:
    """Each side in a process of its own, one after the other, on the same log."""
    log = folder / "log.npz"
    np.savez(log, people=votes.people, statements=votes.statements, values=votes.values)
    sides = {"ours": 5, "ours_same_work": 5} | ({"theirs": 1} if peer() else {})
    script = str(Path(__file__).with_name("run.py"))
    found: Json = {"name": name, "votes": len(votes)}
    for side, runs in sides.items():
        command = [sys.executable, script, "side", side, str(log), "--runs", str(runs)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[side] = json.loads(done.stdout)
    if "theirs" not in sides:
        return found
    mine, other = (dict(np.load(log.with_suffix(f".{side}.npz"))) for side in ("ours", "theirs"))
    for side in ("ours", "ours_same_work"):
        found[f"cpu_ratio_{side}"] = round(found["theirs"]["cpu_s"] / found[side]["cpu_s"], 1)
    ours, theirs = found["ours"], found["theirs"]
    found["added_memory_ratio"] = round(theirs["added_mb"] / max(1, ours["added_mb"]), 1)
    found["peak_memory_ratio"] = round(theirs["peak_mb"] / ours["peak_mb"], 1)
    found["cosines"] = [float(abs(mine["axes"][axis] @ other["axes"][axis])) for axis in (0, 1)]
    found["adjusted_rand"] = round(adjusted_rand(mine["labels"], other["labels"]), 4)
    return found
