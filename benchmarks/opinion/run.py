"""Measure ``amiral.cores.opinion``, beside red-dwarf in the same process where that is installed; prints
JSON.

    python benchmarks/opinion/run.py real                 # each real conversation, both sides
    python benchmarks/opinion/run.py scale 10000 1000     # synthetic, each side in its own process
    python benchmarks/opinion/run.py large                # 1,000,000 x 2,000, 50 million votes, ours alone
    python benchmarks/opinion/run.py bridging             # loss against a general minimiser
    python benchmarks/opinion/run.py attack               # pushed statements, five seeds
    python benchmarks/opinion/run.py cluster              # sums in parts on a local cluster of two workers

The peer is called through its documented function with the same votes. Both sides run on one thread (BLAS
included), after a run to warm up; CPU seconds are those of the whole process. Ours is measured whole, and
doing only what the peer does ("same work": neither bridging scores nor stability). Where the peer
is not installed the output says so and holds our side alone. Conversations are looked for in --data (default:
beside the checkout).
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before numpy is loaded

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import numpy as np  # noqa: E402  # after the environment and the path are set
from benchmarks.opinion.attack import attacked  # noqa: E402  # likewise
from benchmarks.opinion.parts import counted  # noqa: E402  # likewise
from benchmarks.opinion.sides import (  # noqa: E402  # likewise
    as_dictionaries,
    beside,
    forget_peak,
    memory_mb,
    one_side,
    peer,
    peer_map,
    peer_name,
    peer_work,
)
from benchmarks.opinion.synthetic import synthetic  # noqa: E402  # likewise

from amiral.config.opinion_cli import read_votes  # noqa: E402  # likewise
from amiral.cores.opinion import (  # noqa: E402  # likewise
    OpinionMap,
    VoteMatrix,
    Votes,
    canonical_json,
    document,
    fingerprint,
    opinion_map,
    vote_matrix,
)
from amiral.cores.opinion.counts import (  # noqa: E402  # likewise
    group_informed_consensus,
    group_votes,
    measures_of,
)
from amiral.cores.opinion.kmeans import adjusted_rand  # noqa: E402  # likewise
from amiral.kit.vote_columns import read_columns  # noqa: E402  # likewise

DATA = ROOT.parent / "shared" / "data" / "debat" / "polis"
Json = dict[str, Any]


def timed(work: Callable[[], Any], runs: int) -> tuple[Any, Json]:
    """The last result, with the median CPU and wall seconds of ``runs`` runs, and the least CPU seconds."""
    cpu, wall, result = [], [], None
    for _ in range(runs):
        result = None
        began, ticks = time.perf_counter(), time.process_time()
        result = work()
        cpu.append(time.process_time() - ticks)
        wall.append(time.perf_counter() - began)
    return result, {
        "cpu_s": round(statistics.median(cpu), 4),
        "least_cpu_s": round(min(cpu), 4),
        "wall_s": round(statistics.median(wall), 4),
        "runs": runs,
    }


def compared(name: str, votes: Votes, runs: int, peer_runs: int) -> Json:
    """One vote log on both sides: seconds, megabytes, and whether the numbers are the same."""
    opinion, ours = timed(lambda: opinion_map(votes=votes), runs)
    matrix = opinion.matrix
    found: Json = {
        "name": name,
        "people": len(matrix.people),
        "statements": len(matrix.statements),
        "votes": len(matrix.codes),
        "groups": list(opinion.grouping.people),
        "reason": opinion.grouping.reason,
        "silhouette": round(opinion.grouping.silhouette, 4),
        "stability": round(opinion.grouping.stability, 4),
        "ours": ours,
        "ours_same_work": timed(lambda: peer_work(votes), runs)[1],
    }
    if peer() is None:
        return found
    table = as_dictionaries(matrix)
    theirs, seconds = timed(lambda: peer_map(table), peer_runs)
    found["peer"] = seconds
    for side in ("ours", "ours_same_work"):
        found[f"cpu_ratio_{side}"] = round(seconds["cpu_s"] / found[side]["cpu_s"], 1)
        found[f"least_cpu_ratio_{side}"] = round(seconds["least_cpu_s"] / found[side]["least_cpu_s"], 1)
    return found | {"same_numbers": sameness(opinion, theirs)}


def sameness(opinion: OpinionMap, theirs: Any) -> Json:
    """Axes, and counts and consensus given the peer's groups; agreement of the groups themselves."""
    placed, axes = opinion.plane.placed, opinion.plane.axes
    labels = np.full(len(placed), 255, np.uint8)
    labels[placed] = theirs.clusterer.labels_
    groups = int(theirs.clusterer.labels_.max()) + 1
    votes = group_votes(matrix=opinion.matrix, labels=labels, groups=groups)
    agree, disagree = group_informed_consensus(measures_of(votes))
    stats, table = theirs.group_comment_stats, theirs.statements_df
    counts = all(
        (stats.loc[g][column].to_numpy() == mine[g]).all()
        for g in range(groups)
        for column, mine in (("na", votes.agree), ("nd", votes.disagree), ("ns", votes.seen))
    )
    away = [
        float(np.abs(mine - table[f"group-aware-consensus-{side}"].to_numpy()).max())
        for side, mine in (("agree", agree), ("disagree", disagree))
    ]
    components = theirs.reducer.components_
    return {
        "cosines": [float(abs(components[axis] @ axes.loadings[axis])) for axis in (0, 1)],
        "counts_exact": bool(counts),
        "group_informed_consensus_max_difference": max(away),
        "peer_groups": np.sort(np.bincount(theirs.clusterer.labels_))[::-1].tolist(),
        "adjusted_rand": round(adjusted_rand(opinion.grouping.labels[placed], labels[placed]), 4),
    }


def conversations(folder: Path) -> list[tuple[str, Votes]]:
    """Every conversation of the folder, whichever export it has."""
    found = []
    for one in sorted(folder.glob("*/")):
        for name in ("votes.csv", "participants-votes.csv"):
            if (one / name).exists():
                found.append((one.name, read_votes(str(one / name))))
                break
    return found


def real(options: argparse.Namespace) -> Json:
    some = conversations(options.data)
    if not some:
        return {"absent": f"no conversation in {options.data}"}
    compared("warm-up", some[0][1], 1, 1)
    return {"conversations": [compared(name, votes, 9, 5) for name, votes in some]}


def scale(options: argparse.Namespace) -> Json:
    votes = synthetic(people=options.people, statements=options.statements, mean_votes=50)
    with tempfile.TemporaryDirectory() as folder:
        return {"synthetic": beside(f"{options.people} x {options.statements}", votes, Path(folder))}


def large(options: argparse.Namespace) -> Json:
    """The log is made by one process and mapped by another, whose peak memory is then ours alone."""
    with tempfile.TemporaryDirectory() as folder:
        votes = synthetic(
            people=options.people, statements=options.statements, mean_votes=options.votes / options.people
        )
        for name in ("people", "statements", "values"):
            column = getattr(votes, name)
            np.save(Path(folder) / f"{name}.npy", column.astype(np.int16) if name == "statements" else column)
        rows = len(votes)
        del votes
        command = [sys.executable, __file__, "large-here", folder, "--workers", str(options.workers)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return {"votes_in_log": rows, **json.loads(done.stdout)}


def large_here(options: argparse.Namespace) -> Json:
    """From the log on disk to the published bytes; then again with the matrix at hand; then bridging
    scores."""
    workers = options.workers
    opinion_map(votes=synthetic(people=3_000, statements=300, mean_votes=40), workers=workers)  # compile
    lengths = {}
    forget_peak()

    def log() -> Votes:
        return read_columns(options.folder)

    def published(votes: Votes | VoteMatrix) -> tuple[str, OpinionMap]:
        opinion = opinion_map(votes=votes, bridging=False, workers=workers)
        content = canonical_json(document(opinion=opinion))
        lengths["json_mb"] = round(len(content) / 1e6, 2)
        return fingerprint(content), opinion

    (first, opinion), cold = timed(lambda: published(log()), 1)
    peak = memory_mb("VmHWM")
    matrix = opinion.matrix
    (again, _), warm = timed(lambda: published(matrix), 1)
    _, loading = timed(lambda: vote_matrix(votes=log(), workers=workers), 1)
    found: Json = {
        "people": len(matrix.people),
        "statements": len(matrix.statements),
        "votes": len(matrix.codes),
        "workers": workers,
        "cold": cold,
        "warm": warm,
        "loading_alone": loading,
        "peak_mb": peak,
        "same_hash": first == again,
        "groups": list(opinion.grouping.people),
        "stability": round(opinion.grouping.stability, 4),
        **lengths,
    }
    whole, seconds = timed(lambda: opinion_map(votes=matrix, workers=workers), 1)
    scores = whole.bridging
    found["with_bridging"] = seconds | {
        "rounds": scores.rounds,
        "loss": scores.loss,
        "ratings": scores.votes,
        "peak_mb": memory_mb("VmHWM"),
    }
    return found


def bridging(options: argparse.Namespace) -> Json:
    """The least loss that L-BFGS finds from three chance starts, and ours."""
    found = []
    for name, votes in conversations(options.data):
        opinion_map(votes=votes)
        opinion, _ = timed(lambda votes=votes: opinion_map(votes=votes), 1)
        found.append({"name": name} | against_descent(opinion))
    return {"conversations": found} if found else {"absent": f"no conversation in {options.data}"}


def against_descent(opinion: OpinionMap) -> Json:
    from amiral.cores.opinion import bridging_scores

    loadings = opinion.plane.axes.loadings[0]
    scores, ours = timed(
        lambda: bridging_scores(matrix=opinion.matrix, used=opinion.shown, loadings=loadings), 5
    )
    (least, intercepts, kept), theirs = timed(lambda: descent(opinion.matrix), 1)
    return {
        "people": scores.people,
        "statements": int(scores.scored.sum()),
        "ratings": scores.votes,
        "ours": ours | {"loss": scores.loss, "rounds": scores.rounds},
        "descent": theirs | {"loss": least},
        "loss_above": scores.loss - least,
        "intercepts_max_difference": float(np.abs(scores.intercepts[kept] - intercepts).max()),
    }


def descent(matrix: VoteMatrix) -> tuple[float, Any, Any]:
    """Minimise the published loss by a general method, on the votes that the published filters keep."""
    from scipy.optimize import minimize

    person = np.repeat(np.arange(len(matrix.people)), matrix.lengths)
    statement = matrix.codes.astype(np.int64) // 3
    enough = np.bincount(statement)[statement] >= 5
    enough &= np.bincount(person, enough, len(matrix.people))[person] >= 10
    _, u = np.unique(person[enough], return_inverse=True)
    kept, s = np.unique(statement[enough], return_inverse=True)
    r = (matrix.codes.astype(np.int64)[enough] % 3) / 2
    people, statements = int(u.max()) + 1, len(kept)

    def loss(x: Any) -> tuple[float, Any]:
        m, i_u, f_u, i_s, f_s = np.split(x, np.cumsum([1, people, people, statements]))
        e = m + i_u[u] + i_s[s] + f_u[u] * f_s[s] - r
        penalty = 0.03 * ((f_u**2).mean() + (f_s**2).mean())
        penalty += 0.15 * ((i_u**2).mean() + (i_s**2).mean() + m[0] ** 2)
        g = 2 * e / len(r)
        parts = [
            g.sum() + 0.3 * m,
            np.bincount(u, g, people) + 0.3 * i_u / people,
            np.bincount(u, g * f_s[s], people) + 0.06 * f_u / people,
            np.bincount(s, g, statements) + 0.3 * i_s / statements,
            np.bincount(s, g * f_u[u], statements) + 0.06 * f_s / statements,
        ]
        return float((e * e).mean() + penalty), np.concatenate(parts)

    best = None
    for seed in range(3):
        start = np.random.default_rng(seed).normal(0, 0.3, 1 + 2 * (people + statements))
        options = {"maxiter": 3_000, "maxfun": 5_000, "ftol": 1e-14, "gtol": 1e-9}
        one = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
        best = one if best is None or one.fun < best.fun else best
    first = 1 + 2 * people
    return float(best.fun), best.x[first : first + statements], kept


def attack(options: argparse.Namespace) -> Json:
    """False accounts, one in ten: is a statement that divides ever called a consensus?"""
    found = [
        attacked(name, votes, options.seeds, options.targets) for name, votes in conversations(options.data)
    ]
    return {"conversations": found} if found else {"absent": f"no conversation in {options.data}"}


def cluster(options: argparse.Namespace) -> Json:
    """The sums behind the axes, counted in parts by an engine, beside one piece."""
    mean = options.votes / options.people
    votes = synthetic(people=options.people, statements=options.statements, mean_votes=mean)
    return {"sums": counted(votes, parts=options.parts, setting=options.engine)}


def about() -> Json:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": metadata.version("numba"),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load_before": [round(one, 2) for one in os.getloadavg()],
        "peer": peer_name(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    for name, action in (("real", real), ("bridging", bridging), ("attack", attack)):
        part = parts.add_parser(name)
        part.add_argument("--data", type=Path, default=DATA)
        part.add_argument("--seeds", type=int, default=5)
        part.add_argument("--targets", type=int, default=10)
        part.set_defaults(action=action)
    part = parts.add_parser("scale")
    part.add_argument("people", type=int, nargs="?", default=10_000)
    part.add_argument("statements", type=int, nargs="?", default=1_000)
    part.set_defaults(action=scale)
    part = parts.add_parser("cluster")
    part.add_argument("people", type=int, nargs="?", default=100_000)
    part.add_argument("statements", type=int, nargs="?", default=1_000)
    part.add_argument("votes", type=int, nargs="?", default=5_000_000)
    part.add_argument("--parts", type=int, default=4)
    part.add_argument("--engine", default="dask:2")
    part.set_defaults(action=cluster)
    part = parts.add_parser("large")
    part.add_argument("people", type=int, nargs="?", default=1_000_000)
    part.add_argument("statements", type=int, nargs="?", default=2_000)
    part.add_argument("votes", type=int, nargs="?", default=50_000_000)
    part.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    part.set_defaults(action=large)
    part = parts.add_parser("side")
    part.add_argument("side", choices=("ours", "ours_same_work", "theirs"))
    part.add_argument("log", type=Path)
    part.add_argument("--runs", type=int, default=1)
    part.set_defaults(action=lambda options: one_side(options.side, options.log, options.runs))
    part = parts.add_parser("large-here")
    part.add_argument("folder", type=Path)
    part.add_argument("--workers", type=int, default=1)
    part.set_defaults(action=large_here)
    options = parser.parse_args()
    result = options.action(options)
    if options.part not in {"large-here", "side"}:
        result = {"benchmark": f"opinion {options.part}", "about": about(), **result}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
