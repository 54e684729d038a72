"""``amiral walk plan-many …``: the addresses of many communes in, a plan for each out, in a folder."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from amiral.config import walk_ground_cli
from amiral.config.command_language import all_told, told, told_error
from amiral.config.outputs import UnusableTarget
from amiral.cores.sentences import Figure, Sentence
from amiral.cores.walk import EFFORTS, BadParameter, Parameters, Problem, Stop, Streets
from amiral.cores.walk.dwellings import Homes
from amiral.kit.engines import DEFAULT, HELP, BadEngine, EngineLost, engine_from
from amiral.kit.many_plans import (
    SUMMARY,
    Commune,
    Finished,
    FolderInUse,
    PlanFolder,
    PlanTask,
    UnlikeWorkers,
    as_json,
    plan_many,
    safe_key,
    summary_of,
)
from amiral.kit.readers import (
    AddressReading,
    AddressTable,
    UnreadableFile,
    problem_from,
    read_streets,
    read_sure_addresses,
)
from amiral.kit.readers.buildings import Buildings, homes_of, read_buildings

SETTING = "AMIRAL_ENGINE"
DONE, REFUSED, INTERRUPTED, SOME_FAILED = 0, 2, 130, 4
SUMMARISED = "plan a département or a country commune by commune, side by side, and go on after a stop"
DESCRIPTION = "Plan a département or a country commune by commune, side by side, and go on after a stop."
EPILOG = """\
examples:
  amiral walk plan-many --addresses adresses-71.csv --streets bourgogne.osm.pbf --out plans-71
  amiral walk plan-many --addresses france/ --streets france.osm.pbf --out plans --engine tcp://10.0.0.1:8786

ADDRESSES is a file that tells the commune of each address (columns code_insee or alike), or a folder of such
files; addresses without a commune are taken together under the name of their file. STREETS is one extract for
all; each commune is planned with the streets around it. OUT is a folder: for each commune COMMUNE.geojson and
COMMUNE.json, as "amiral walk plan" writes them, and at the end summary.json. The command can be stopped and
killed; the same command goes on: what is finished and was made from the same addresses, streets and options
is not done again. Communes that fail are named in the summary and stop no other. The files are the same with
every engine, alone or side by side, in one go or in many.
Exit status: 0 done, 4 done but for what the summary names, 2 a file or an option cannot be used, 3 a result
cannot be written, 130 interrupted.
"""


def add_many_options(verb: argparse.ArgumentParser) -> None:
    """The options that ``plan`` does not have, and those that mean something else here."""
    verb.add_argument(
        "--addresses",
        required=True,
        metavar=told("PATH"),
        help=told("CSV or .osm.pbf of addresses, or a folder of them"),
    )
    verb.add_argument(
        "--streets", metavar=told("FILE"), help=told(".osm.pbf of streets; without it: straight lines")
    )
    verb.add_argument(
        "--out", required=True, metavar=told("FOLDER"), help=told("folder for the plans; made if needed")
    )
    verb.add_argument(
        "--seed", type=int, default=0, metavar=told("SEED"), help=told("same seed, same plans (default 0)")
    )
    verb.add_argument("--progress", action="store_true", help=told("show progress even without a terminal"))
    engine = Sentence(
        "%(engines)s (default: %(setting)s or %(usual)s)",
        engines=Sentence(HELP),
        setting=SETTING,
        usual=DEFAULT,
    )
    verb.add_argument(
        "--engine", default=os.environ.get(SETTING, DEFAULT), metavar=told("ENGINE"),
        help=told(engine),
    )  # fmt: skip


def planned(
    options: argparse.Namespace,
    parameters: Parameters,
    naming: Callable[[str], AbstractContextManager[None]],
) -> int:
    """Does what the options ask; the exit status.

    Raises ``UnreadableFile``, ``BadParameter``, ``UnusableTarget`` and ``OSError`` for what is given.
    """
    folder, finished = PlanFolder(_checked(options), all_told), list[Finished]()
    try:
        with engine_from(options.engine) as engine, folder.locked():
            inputs = _Inputs.opened(options, parameters, naming)
            meter = _Meter(inputs, sys.stderr if options.progress or sys.stderr.isatty() else None)
            with closing(plan_many(communes=inputs.communes(), folder=folder, engine=engine)) as plans:
                for one in plans:
                    finished.append(one)
                    meter.show(one)
            meter.end()
            summary = all_told(summary_of([*finished, *inputs.repeated]) | inputs.told())
            folder.write(SUMMARY, as_json(summary))
    except (BadEngine, FolderInUse) as error:
        return _fail(told_error(error), REFUSED)
    except (EngineLost, UnlikeWorkers) as error:
        return _fail(told_error(error), SOME_FAILED)
    except KeyboardInterrupt:
        count = sum(one.report is not None for one in finished)
        stopped = Sentence(
            "Interrupted; %(count)s communes are finished: the same command goes on from there.", count=count
        )
        return _fail(told(stopped), INTERRUPTED)
    return _concluded(summary)


def _checked(options: argparse.Namespace) -> Path:
    out, given = Path(options.out), Path(options.addresses)
    if out.exists() and not out.is_dir():
        raise UnusableTarget(
            Sentence("Cannot write %(path)s: it is a file; give the name of a folder.", path=out)
        )
    if given.is_dir() and out.exists() and out.samefile(given):
        raise UnusableTarget(
            Sentence("Cannot write %(path)s: it is the folder of the addresses; give another one.", path=out)
        )
    return out


@dataclass(kw_only=True)
class _Inputs:
    """The files to read, taken up one after the other, and what was wrong with them."""

    options: argparse.Namespace
    parameters: Parameters
    naming: Callable[[str], AbstractContextManager[None]]
    stop: Stop
    paths: tuple[Path, ...]
    streets: Streets | None
    buildings: Buildings | None
    read_bytes: int = 0
    here_bytes: int = 0
    here_doors: int = 0
    done_doors: int = 0
    seen: dict[str, str] = field(default_factory=dict)
    repeated: list[Finished] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def opened(
        cls,
        options: argparse.Namespace,
        parameters: Parameters,
        naming: Callable[[str], AbstractContextManager[None]],
    ) -> "_Inputs":
        """Reads what all communes share. Raises ``UnreadableFile``."""
        network, buildings = None, None
        walk_ground_cli.rule_of(options)  # a bad number is told before hours of work
        if options.streets:
            with naming(options.streets):
                network = read_streets(options.streets)
            with naming(options.heights or ""):
                network = walk_ground_cli.raised(options, network)
        if options.buildings:
            with naming(options.buildings):
                buildings = read_buildings(options.buildings)
        streets = problem_from(addresses=_nobody(), streets=network).streets
        return cls(
            options=options, parameters=parameters, naming=naming, stop=EFFORTS[options.effort],
            paths=_paths(options), streets=streets,
            buildings=buildings if buildings is not None and len(buildings) else None,
        )  # fmt: skip

    def communes(self) -> Iterator[Commune]:
        """File by file in the order of their names; of each the largest communes first."""
        for path in self.paths:
            reading = self._reading(path)
            if reading is None:
                continue
            self.read_bytes, self.here_bytes = self.read_bytes + self.here_bytes, path.stat().st_size
            self.done_doors = 0
            self.problems += [
                {"file": path.name, "line": bad.line, "id": bad.id, "reason": bad.code,
                 "sentence": bad.sentence()}
                for bad in reading.problems
            ]  # fmt: skip
            self.here_doors = len(reading.rows)
            yield from self._of_file(path, reading.rows)

    def _reading(self, path: Path) -> AddressReading | None:
        """``None`` for one bad file of a folder. Raises ``UnreadableFile`` for the only one."""
        if not Path(self.options.addresses).is_dir():
            with self.naming(str(path)):
                return read_sure_addresses(path)
        try:
            return read_sure_addresses(path)
        except UnreadableFile as error:
            self.unreadable.append({"file": path.name, "sentence": error.sentence()})
            return None

    def _of_file(self, path: Path, rows: AddressTable) -> Iterator[Commune]:
        for key, places in _by_commune(rows, path):
            if key in self.seen:
                sentence = Sentence(
                    "%(count)s addresses of it stand in %(file)s too and are in no plan.",
                    count=len(places),
                    file=path.name,
                )
                self.repeated.append(Finished(key=key, doors=len(places), report=None, problem=sentence))
                continue
            self.seen[key] = path.name
            task = PlanTask(
                problem=self._problem(rows.take(places)),
                parameters=self.parameters,
                seed=self.options.seed,
                stop=self.stop,
            )
            yield Commune(key=key, task=task)

    def _problem(self, table: AddressTable) -> Problem:
        return replace(problem_from(addresses=table, homes=self._homes(table)), streets=self.streets)

    def _homes(self, table: AddressTable) -> Homes | None:
        if self.buildings is None:
            return None
        return homes_of(
            lon=table.lon,
            lat=table.lat,
            told=table.dwellings,
            buildings=self.buildings,
            rule=walk_ground_cli.rule_of(self.options),
        )

    def share(self, doors: int) -> float:
        """What part of all is done, after ``doors`` more: by the bytes of the files."""
        self.done_doors += doors
        here = self.here_bytes * min(1.0, self.done_doors / max(1, self.here_doors))
        return (self.read_bytes + here) / max(1, sum(path.stat().st_size for path in self.paths))

    def told(self) -> dict[str, Any]:
        """What the summary says besides the communes."""
        return {
            "unreadable": self.unreadable,
            "problems": self.problems,
            "seed": self.options.seed,
            "trials_per_door": self.stop.trials_per_door,
            "parameters": self.parameters.as_dict(),
        }


def _paths(options: argparse.Namespace) -> tuple[Path, ...]:
    given = Path(options.addresses)
    if not given.is_dir():
        return (given,)
    streets = Path(options.streets).resolve() if options.streets else None
    files = (path for path in given.iterdir() if path.is_file() and not path.name.startswith("."))
    found = tuple(sorted(path for path in files if path.resolve() != streets))
    if not found:
        raise BadParameter(Sentence("%(path)s holds no file of addresses.", path=given))
    return found


def _nobody() -> AddressTable:
    none, whole = np.empty(0), np.empty(0, np.int64)
    return AddressTable(
        ids=(), numbers=whole, suffixes=(), streets=(), postcodes=(), communes=(), cities=(),
        lon=none, lat=none, dwellings=whole, lines=whole,
    )  # fmt: skip


def _by_commune(rows: AddressTable, path: Path) -> list[tuple[str, "np.ndarray"]]:
    """(name, places of its addresses), the largest first: the last to be planned are then small ones."""
    rest = safe_key(path.name.split(".")[0])
    names, number = np.unique(
        [safe_key(code) if code else rest for code in rows.communes], return_inverse=True
    )
    order = np.argsort(number, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(number))[:-1])
    found = list(zip(names.tolist(), groups, strict=True)) if len(rows) else []
    return sorted(found, key=lambda one: (-len(one[1]), one[0]))


class _Meter:
    """One line: how many are done, which part of all that is, and how long the rest may take."""

    def __init__(self, inputs: _Inputs, stream: TextIO | None) -> None:
        self._inputs, self._stream = inputs, stream
        self._began, self._communes, self._kept = time.perf_counter(), 0, 0.0

    def show(self, one: Finished) -> None:
        """After each commune."""
        self._communes += 1
        before = self._inputs.share(0)
        share = self._inputs.share(one.doors)
        self._kept += share - before if one.kept else 0.0
        if self._stream is not None:
            done = Sentence(
                "%(count)s communes, %(share)s %%%(left)s",
                count=self._communes,
                share=f"{100 * share:.0f}",
                left=self._left(share),
            )
            self._stream.write(f"\r\x1b[K{told(done)}")
            self._stream.flush()

    def _left(self, share: float) -> str:
        worked = share - self._kept
        if worked <= 0:
            return ""
        seconds = (time.perf_counter() - self._began) * max(0.0, 1 - share) / worked
        if seconds < 60:
            return Sentence(", less than a minute left")
        return Sentence(", about %(count)s minutes left", count=round(seconds / 60))

    def end(self) -> None:
        """Clears the line."""
        if self._stream is not None:
            self._stream.write("\r\x1b[K")


def _concluded(summary: dict[str, Any]) -> int:
    whole = Sentence(
        "%(communes)s: %(doors)s in %(turfs)s, %(metres)s m per door.",
        communes=Sentence("%(count)s communes", count=summary["communes"]),
        doors=Sentence("%(count)s doors", count=summary["doors"]),
        turfs=Sentence("%(count)s turfs", count=summary["turfs"]),
        metres=Figure(f"{summary['metres'] / max(1, summary['doors']):.1f}"),
    )
    said = [whole]
    said += [
        Sentence("%(name)s has no plan: %(sentence)s", name=one["commune"], sentence=one["sentence"])
        for one in summary["failed"]
    ]
    said += [
        Sentence("%(name)s cannot be used: %(sentence)s", name=one["file"], sentence=one["sentence"])
        for one in summary["unreadable"]
    ]
    if summary["problems"]:
        said.append(
            Sentence(
                "%(count)s lines could not be used; %(file)s lists them.",
                count=len(summary["problems"]),
                file=SUMMARY,
            )
        )
    lines = [told(one) for one in said]
    sys.stderr.write("\n".join(lines) + "\n")
    return SOME_FAILED if summary["failed"] or summary["unreadable"] else DONE


def _fail(sentence: str, status: int) -> int:
    sys.stderr.write("\n" + told(Sentence("amiral walk: %(sentence)s", sentence=sentence)) + "\n")
    return status
