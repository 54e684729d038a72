"""Walking plans of many communes: each alone, in any order, on any engine, to be gone on with after a kill.

A commune is a task; its plan depends on nothing but its own addresses, the streets around them, the
parameters, the seed and the stopping rule, and is byte for byte what ``amiral walk plan`` writes for it. In
the folder of results stand ``<commune>.geojson`` and ``<commune>.json`` (the report, written last, with the
fingerprint of what the plan was made from). No clock, so that a second run gives the same files. No Django.
"""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from amiral.cores import walk
from amiral.cores.sentences import Sentence
from amiral.kit.engines import Engine, Outcome

PART = ".part"
SUMMARY = "summary.json"
MOST_KEY_BYTES, KEPT_KEY_BYTES = 120, 100
FIGURES = (
    "doors", "turfs", "metres", "metres_per_door", "minutes", "balance_cv", "within_10_percent", "connected",
    "bound_metres", "ratio_to_bound", "mode",
)  # fmt: skip
OTHER_VERSION = (
    "The engine's workers run another version of Amiral: install the same one there, then do the same again."
)


class FolderInUse(Exception):
    """Another process writes plans into this folder."""


class UnlikeWorkers(Exception):
    """The workers of the engine would not give the plans of this machine; the sentence says what to do."""


@dataclass(frozen=True, kw_only=True)
class PlanTask:
    """One commune: all that its plan depends on. ``problem`` may hold the streets of a whole region."""

    problem: walk.Problem
    parameters: walk.Parameters
    seed: int
    stop: walk.Stop


@dataclass(frozen=True, kw_only=True)
class Commune:
    """A task with its name; ``key`` becomes the name of two files."""

    key: str
    task: PlanTask


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a worker answers: the GeoJSON text, the report, and the version of the planner that made them."""

    plan: bytes
    report: dict[str, Any]
    version: str


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A commune is over: ``report``, or the sentence of what went wrong. ``kept``: it was there already."""

    key: str
    doors: int
    report: dict[str, Any] | None
    problem: str = ""
    kept: bool = False


def planned(task: PlanTask) -> Planned:
    """Makes one plan, in whatever process."""
    answer = walk.plan(
        problem=task.problem, parameters=task.parameters, seed=task.seed, stop=task.stop, workers=1
    )
    text = "".join(walk.collection_texts(problem=task.problem, plan=answer))
    report = walk.report(problem=task.problem, plan=answer)
    return Planned(plan=text.encode(), report=report, version=version())


@cache
def version() -> str:
    """A digest of the planner's code: another one may give other plans."""
    digest = hashlib.sha256()
    for path in sorted(_sources(files("amiral.cores.walk"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _sources(folder: Any) -> Iterator[Path]:
    return Path(str(folder)).rglob("*.py")


def around(task: PlanTask) -> PlanTask:
    """The task with no more streets than its plan looks at."""
    return PlanTask(
        problem=walk.around_doors(problem=task.problem, parameters=task.parameters),
        parameters=task.parameters,
        seed=task.seed,
        stop=task.stop,
    )


def fingerprint(task: PlanTask) -> str:
    """A digest of all that the plan depends on, the planner's code included."""
    digest = hashlib.sha256(version().encode())
    _digest(task, digest.update)
    return digest.hexdigest()


def _digest(value: Any, update: Callable[[bytes], None]) -> None:
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            update(one.name.encode() + b"=")
            _digest(getattr(value, one.name), update)
    elif isinstance(value, np.ndarray):
        update(f"{value.dtype.str}{value.shape}".encode())
        update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, tuple) and value and isinstance(value[0], str):
        update(json.dumps(value).encode())
    else:
        update(repr(value).encode())
    update(b";")


def safe_key(text: str) -> str:
    """A name that can be that of a file on any system; never empty, hidden, too long, or the summary's."""
    name = re.sub(r"[^\w.-]+", "_", text.strip()).strip("._") or "commune"
    if len(name.encode()) > MOST_KEY_BYTES:
        begin = name.encode()[:KEPT_KEY_BYTES].decode(errors="ignore")
        name = f"{begin}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"{name}_" if name.casefold() == Path(SUMMARY).stem else name


class PlanFolder:
    """The folder of results: what is finished there, and writing so that nothing is ever half there.

    ``told`` puts the sentences of a report into the language of whoever asked: workers know none.
    """

    def __init__(self, path: Path, told: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> None:
        self.path = path
        self._told = told

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Ours alone, rid of what a killed process left half-written; a new one that stays empty goes again.

        Raises ``FolderInUse`` and ``OSError``.
        """
        is_new = not self.path.exists()
        self.path.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderInUse(
                    Sentence(
                        "Another command is writing plans into %(path)s: wait for its end.", path=self.path
                    )
                ) from None
            for left in self.path.glob(f".*{PART}"):
                left.unlink()
            yield
        finally:
            if is_new:
                with suppress(OSError):  # it holds something
                    self.path.rmdir()
            os.close(handle)

    def finished(self, key: str, mark: str) -> dict[str, Any] | None:
        """The report of a commune that was planned from just this, if its plan is whole."""
        try:
            report: dict[str, Any] = json.loads((self.path / f"{key}.json").read_bytes())
            if report["fingerprint"] != mark:
                return None
            whole = hashlib.sha256((self.path / f"{key}.geojson").read_bytes()).hexdigest()
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return report if report.get("plan_sha256") == whole else None

    def keep(self, key: str, mark: str, answer: Planned) -> dict[str, Any]:
        """Writes the plan, then the report that says that it is whole. An old summary is no longer true."""
        (self.path / SUMMARY).unlink(missing_ok=True)
        report = self._told(answer.report) | {
            "commune": key,
            "plan_sha256": hashlib.sha256(answer.plan).hexdigest(),
            "fingerprint": mark,
        }
        self.write(f"{key}.geojson", answer.plan)
        self.write(f"{key}.json", as_json(report))
        return report

    def write(self, name: str, content: bytes) -> None:
        """The whole file under its name, or the file that was there before."""
        part, target = self.path / f".{name}{PART}", self.path / name
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(target)) from error


def as_json(value: dict[str, Any]) -> bytes:
    """As it stands in the files."""
    return (json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def plan_many(
    *, communes: Iterable[Commune], folder: PlanFolder, engine: Engine
) -> Generator[Finished, None, None]:
    """Plans what is not finished yet; one ``Finished`` for each commune, in no order. ``folder`` is locked.

    Communes are taken from the iterable when there is somebody to plan them. What goes wrong in one stops no
    other. Raises ``UnlikeWorkers``, ``EngineLost`` and ``OSError``; closing it gives the rest up.
    """
    marks, doors, kept = dict[str, str](), dict[str, int](), list[Finished]()

    def waiting() -> Iterator[tuple[str, PlanTask]]:
        for commune in communes:
            key, task = commune.key, around(commune.task)
            mark, count = fingerprint(task), len(task.problem.doors)
            report = folder.finished(key, mark)
            if report is not None:
                kept.append(Finished(key=key, doors=count, report=report, kept=True))
                continue
            marks[key], doors[key] = mark, count
            yield key, task

    for outcome in engine.outcomes(planned, waiting()):
        yield from _drained(kept)
        key = outcome.key
        yield _finished(folder, outcome, marks.pop(key), doors.pop(key))
    yield from _drained(kept)


def _drained(kept: list[Finished]) -> Iterator[Finished]:
    while kept:
        yield kept.pop(0)


def _finished(folder: PlanFolder, outcome: Outcome, mark: str, doors: int) -> Finished:
    if outcome.problem:
        return Finished(key=outcome.key, doors=doors, report=None, problem=outcome.problem)
    answer: Planned = outcome.value
    if answer.version != version():
        raise UnlikeWorkers(Sentence(OTHER_VERSION))
    return Finished(key=outcome.key, doors=doors, report=folder.keep(outcome.key, mark, answer))


def summary_of(finished: Iterable[Finished]) -> dict[str, Any]:
    """The figures of all communes, by key, and those that failed."""
    all_ = sorted(finished, key=lambda one: one.key)
    done = [(one.key, one.report) for one in all_ if one.report is not None]
    totals = {name: round(sum(report[name] for _, report in done), 2) for name in ("metres", "minutes")}
    return {
        "communes": len(done),
        "doors": sum(report["doors"] for _, report in done),
        "turfs": sum(report["turfs"] for _, report in done),
        **totals,
        "unreachable": sum(len(report["unreachable"]) for _, report in done),
        "far": sum(len(report["far"]) for _, report in done),
        "failed": [
            {"commune": one.key, "doors": one.doors, "sentence": one.problem} for one in all_ if one.problem
        ],
        "plans": [
            {"commune": key, "file": f"{key}.geojson", **{name: report[name] for name in FIGURES}}
            for key, report in done
        ],
    }
