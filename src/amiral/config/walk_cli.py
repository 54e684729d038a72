"""``amiral walk …``: files in, a GeoJSON plan or tour and a report out. Django is never loaded."""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from amiral.config import walk_ground_cli, walk_many_cli, walk_rounds_cli, walk_tour_cli
from amiral.config.command_language import (
    all_told,
    renamed,
    speak_in_library,
    told,
    told_error,
    unwritable,
    with_default,
)
from amiral.config.outputs import STANDARD, UnusableTarget, check_targets, whole_file
from amiral.cores.sentences import Figure, Sentence
from amiral.cores.walk import (
    EFFORTS,
    BadParameter,
    Parameters,
    Plan,
    Problem,
    Stop,
    check_reach,
    collection_texts,
    plan,
    report,
)
from amiral.cores.walk.dwellings import DwellingRule
from amiral.cores.walk.rounds import RoundParameters
from amiral.kit.readers import (
    AddressReading,
    UnreadableFile,
    problem_from,
    read_streets,
    read_sure_addresses,
)

REFUSED, INTERRUPTED, UNWRITABLE = 2, 130, 3

EPILOG = """\
examples:
  amiral walk plan --addresses ban_adresses.csv --minutes 120 --out plan.geojson --report report.json
  amiral walk plan --addresses town.osm.pbf --streets town.osm.pbf --effort high --out plan.geojson

ADDRESSES is a CSV file of the Base Adresse Nationale or alike (columns numero, nom_voie, lon, lat or x, y;
optionally id, rep, code_postal, logements) or an OpenStreetMap extract (.osm.pbf). STREETS is an extract too;
without it the plan is made by straight lines, and the report says so. Lines that cannot be used are listed in
the report under "problems" and do not stop the plan. The same files, options and seed give the same plan.
Exit status: 0 done, 2 a file or an option cannot be used, 3 a result cannot be written, 130 interrupted.
"""

Say = Callable[[str, int, int], None]


def run(argv: list[str]) -> int:
    """Do what the arguments ask; returns the exit status. Errors are one sentence on standard error."""
    speak_in_library()
    options = _parser().parse_args(argv)
    try:
        return int(options.verb(options))
    except _NamedFile as error:
        return _fail(told(error.named()), REFUSED)
    except UnreadableFile as error:
        return _fail(told_error(error), REFUSED)
    except BadParameter as error:
        return _fail(told(_with_option(error)), REFUSED)
    except KeyboardInterrupt:
        return _fail(told("Interrupted; nothing was written."), INTERRUPTED)
    except UnusableTarget as error:
        return _fail(told_error(error), UNWRITABLE)
    except OSError as error:
        return _fail(told(unwritable(error)), UNWRITABLE)


def _plan(options: argparse.Namespace) -> int:
    began = time.perf_counter()
    parameters = _parameters(options)
    _check_targets(options)
    say = _teller(options.progress, sys.stderr)
    reading, problem = _read(options, say)
    check_reach(problem=problem, parameters=parameters)
    answer = plan(
        problem=problem,
        parameters=parameters,
        seed=options.seed,
        stop=_stop(options),
        progress=lambda done, total: say(told("planning"), done, total),
        workers=os.cpu_count() or 1,
    )
    say("", 0, 0)
    figures = _figures(problem, answer, reading)
    figures["seconds"] = round(time.perf_counter() - began, 3)
    figures["peak_mb"] = _peak_mb()
    figures = all_told(figures)
    with _written(options.out) as out, _written(options.report) as about:
        if out is not None:
            out.writelines(collection_texts(problem=problem, plan=answer))
        _dump(about, figures, 2)
    _summary(figures)
    return 0


def _tour(options: argparse.Namespace) -> int:
    began = time.perf_counter()
    parameters = Parameters(**_pace(options), end=options.end)
    _check_targets(options)
    say = _teller(options.progress, sys.stderr)
    reading, problem = _read(options, say)
    say("", 0, 0)
    answer, notes = walk_tour_cli.toured(options, problem, parameters)
    figures = walk_tour_cli.figures(answer) | {"problems": _problems(reading)}
    figures["notes"] += notes
    figures["seconds"] = round(time.perf_counter() - began, 3)
    figures = all_told(figures)
    with _written(options.out) as out, _written(options.report) as about:
        _dump(out, walk_tour_cli.collection(problem, answer), None)
        _dump(about, figures, 2)
    lines = [walk_tour_cli.summary(answer), *_bad_lines(figures), *figures["notes"]]
    sys.stderr.write("\n".join(lines) + "\n")
    return 0


def _rounds(options: argparse.Namespace) -> int:
    tools = walk_rounds_cli.Tools(
        say=_teller(options.progress, sys.stderr),
        naming=_naming,
        written=_written,
        dump=_dump,
        peak_mb=_peak_mb,
        tell=sys.stderr.write,
    )
    walk_rounds_cli.planned(options, tools)
    return 0


def _many(options: argparse.Namespace) -> int:
    return walk_many_cli.planned(options, _parameters(options), _naming)


def _parameters(options: argparse.Namespace) -> Parameters:
    return Parameters(
        minutes=options.minutes,
        team_size=options.team_size,
        **_pace(options),
        start=options.start,
        end=options.end,
        closed=options.closed,
        max_walk_m=options.max_walk,
        sizes=options.teams,
    )


def _pace(options: argparse.Namespace) -> dict[str, Any]:
    """How time passes, whatever is asked."""
    return {
        "minutes_per_dwelling": options.minutes_per_dwelling,
        "minutes_per_address": options.minutes_per_address,
        "dwellings_per_address": options.dwellings_per_address,
        "speed_m_per_min": options.speed * 1000 / 60,
    } | walk_ground_cli.ground_of(options)


def _check_targets(options: argparse.Namespace) -> None:
    check_targets(
        targets=[path for path in (options.out, options.report) if path is not None],
        inputs=[path for name in _INPUTS if (path := getattr(options, name, None))],
    )


_INPUTS = ("addresses", "streets", "heights", "buildings", "done", "weights")
"""Options that name a file to read, which no result may replace."""


def _stop(options: argparse.Namespace) -> Stop:
    return EFFORTS[options.effort]


def _read(options: argparse.Namespace, say: Say) -> tuple[AddressReading, Problem]:
    with _naming(options.addresses):
        reading = read_sure_addresses(
            options.addresses, progress=lambda done, total: say(told("reading addresses"), done, total)
        )
    streets = None
    if options.streets:
        with _naming(options.streets):
            streets = read_streets(
                options.streets, progress=lambda done, total: say(told("reading streets"), done, total)
            )
    with _naming(options.heights or ""):
        streets = streets and walk_ground_cli.raised(options, streets)
    with _naming(options.buildings or ""):
        homes = walk_ground_cli.homes(options, reading.rows)
    return reading, problem_from(addresses=reading.rows, streets=streets, homes=homes)


class _NamedFile(UnreadableFile):
    """An unreadable file, with its path before the sentence."""

    def __init__(self, path: str, error: UnreadableFile) -> None:
        self.path = path
        super().__init__(error.code, error.cause, **error.params)

    def __str__(self) -> str:
        return str(self.named())

    def named(self) -> Sentence:
        """The path, and what is wrong there."""
        return Sentence("%(path)s: %(sentence)s", path=self.path, sentence=self.sentence())


@contextmanager
def _naming(path: str) -> Iterator[None]:
    try:
        yield
    except UnreadableFile as error:
        raise _NamedFile(path, error) from None


def _figures(problem: Problem, answer: Plan, reading: AddressReading) -> dict[str, Any]:
    """The report; an address whose line was bad is unreachable too, unless its id stands elsewhere."""
    figures = report(problem=problem, plan=answer)
    known = set(problem.doors.ids)
    for bad in reading.problems:
        if bad.id and bad.id not in known:
            known.add(bad.id)
            figures["unreachable"].append(
                {"id": bad.id, "reason": bad.code, "sentence": bad.sentence(), "line": bad.line}
            )
    figures["problems"] = _problems(reading)
    return figures


def _problems(reading: AddressReading) -> list[dict[str, Any]]:
    return [
        {"line": bad.line, "id": bad.id, "reason": bad.code, "sentence": bad.sentence()}
        for bad in reading.problems
    ]


def _bad_lines(figures: dict[str, Any]) -> list[str]:
    """How many lines are no addresses, and the first of them: a report may not have been asked for."""
    if not figures["problems"]:
        return []
    first = figures["problems"][0]
    where = Sentence("line %(line)s", line=first["line"]) if first["line"] else first["id"]
    left_out = Sentence(
        "%(count)s lines could not be used; the report lists them.", count=len(figures["problems"])
    )
    return [f"{told(left_out)} {_the_first(where, first)}"]


def _the_first(where: str, one: dict[str, Any]) -> str:
    return told(Sentence("The first, %(where)s: %(sentence)s", where=where, sentence=one["sentence"]))


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1_000_000 if sys.platform == "darwin" else 1000) * 1.024, 1)


@contextmanager
def _written(path: str | None) -> Iterator[TextIO | None]:
    """A text file that takes its name only when all went well; "-" is standard output, None nothing."""
    if path is None or path == STANDARD:
        yield sys.stdout if path else None
        return
    with whole_file(Path(path)) as file:
        text = TextIOWrapper(file, encoding="utf-8")
        yield text
        text.detach()


def _dump(file: TextIO | None, value: dict[str, Any], indent: int | None) -> None:
    if file is not None:
        json.dump(value, file, ensure_ascii=False, indent=indent, allow_nan=False)
        file.write("\n")


def _summary(figures: dict[str, Any]) -> None:
    whole = Sentence(
        "%(doors)s in %(turfs)s, %(metres)s m per door, by %(mode)s distances, in %(seconds)s s.",
        doors=Sentence("%(count)s doors", count=figures["doors"]),
        turfs=Sentence("%(count)s turfs", count=figures["turfs"]),
        metres=Figure(figures["metres_per_door"]),
        mode=Sentence(figures["mode"]),
        seconds=Figure(figures["seconds"]),
    )
    lines = [told(whole), *_bad_lines(figures)]
    if figures["unreachable"]:
        homeless = Sentence(
            "%(count)s addresses are in no turf; the report lists them.", count=len(figures["unreachable"])
        )
        lines.append(told(homeless))
        first = figures["unreachable"][0]
        if "line" not in first:  # else it was told above
            lines[-1] += f" {_the_first(first['id'], first)}"
    sys.stderr.write("\n".join([*lines, *figures["notes"]]) + "\n")


def _teller(asked: bool, stream: TextIO) -> Say:
    """Progress on one line of a terminal, or nothing."""
    if not asked and not stream.isatty():
        return lambda what, done, total: None
    last = [""]

    def say(what: str, done: int, total: int) -> None:
        share = told(Sentence("%(share)s %%", share=100 * done // total)) if total else done or ""
        line = what and f"{what} {share}"
        if line != last[0]:
            last[0] = line
            stream.write(f"\r\x1b[K{line}")
            stream.flush()

    return say


_OPTIONS = {
    "speed_m_per_min": Sentence("--speed, in metres per minute,"),
    "max_walk_m": "--max-walk",
    "sizes": "--teams",
    "crossing_s": "--crossing",
    "signal_wait_s": "--signal-wait",
}
"""Options that are called otherwise than the parameter they set."""


def _with_option(error: BadParameter) -> str:
    """The sentence about a parameter, under the name of its option."""
    sentence = error.args[0]
    return renamed(sentence, _option) if isinstance(sentence, Sentence) else str(error)


def _option(name: str) -> str:
    option = f"--{name.removesuffix('_m').replace('_', '-')}"
    named = {one.name for kind in (Parameters, DwellingRule, RoundParameters) for one in fields(kind)}
    return _OPTIONS.get(name, option) if name in named else name


def _fail(sentence: str, status: int) -> int:
    sys.stderr.write(told(Sentence("amiral walk: %(sentence)s", sentence=sentence)) + "\n")
    return status


def _point(text: str) -> tuple[float, float]:
    lon, _, lat = text.partition(",")
    try:
        return float(lon), float(lat)
    except ValueError:
        raise argparse.ArgumentTypeError(told("give longitude,latitude: 2.3522,48.8566")) from None


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(told("give persons in each team: 2,2,4")) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="amiral walk",
        description=told("Walking plans: addresses and streets in, turfs of equal minutes out."),
        epilog=told(EPILOG),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(required=True, metavar="plan|plan-many|tour|rounds")
    verb = verbs.add_parser(
        "plan",
        help=told("cut addresses into turfs, each with a walking order"),
        description=told("Cut addresses into turfs of equal minutes, each with a walking order."),
        epilog=told(EPILOG),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.set_defaults(verb=_plan)
    _add_files(verb)
    _add_effort(verb)
    _add_walk(verb)
    many = verbs.add_parser(
        "plan-many",
        help=told(walk_many_cli.SUMMARISED),
        description=told(walk_many_cli.DESCRIPTION),
        epilog=told(walk_many_cli.EPILOG),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    many.set_defaults(verb=_many)
    walk_many_cli.add_many_options(many)
    _add_effort(many)
    _add_walk(many)
    tour = verbs.add_parser(
        "tour",
        help=told(walk_tour_cli.HELP),
        description=told(walk_tour_cli.DESCRIPTION),
        epilog=told(walk_tour_cli.EPILOG),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    tour.set_defaults(verb=_tour)
    _add_files(tour)
    walk_tour_cli.add_tour_options(tour, _point)
    _add_pace(tour, minutes=45)
    rounds = verbs.add_parser(
        "rounds",
        help=told(walk_rounds_cli.HELP),
        description=told(walk_rounds_cli.DESCRIPTION),
        epilog=told(walk_rounds_cli.EPILOG),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rounds.set_defaults(verb=_rounds)
    walk_rounds_cli.add_round_options(rounds, _point)
    return parser


def _add_files(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--addresses", required=True, metavar=told("FILE"), help=told("CSV or .osm.pbf of addresses")
    )
    verb.add_argument(
        "--streets", metavar=told("FILE"), help=told(".osm.pbf of streets; without it: straight lines")
    )
    verb.add_argument(
        "--out", required=True, metavar=told("FILE"), help=told("GeoJSON plan to write (- for stdout)")
    )
    verb.add_argument("--report", metavar=told("FILE"), help=told("JSON figures to write (- for stdout)"))
    verb.add_argument(
        "--seed", type=int, default=0, metavar=told("SEED"), help=told("same seed, same plan (default 0)")
    )
    verb.add_argument("--progress", action="store_true", help=told("show progress even without a terminal"))


def _add_effort(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--effort",
        choices=sorted(EFFORTS),
        default="normal",
        help=told("how much work to spend: quick, normal (default) or high; counted in trials, not seconds"),
    )


def _add_pace(verb: argparse.ArgumentParser, minutes: float) -> None:
    usual = Parameters()

    def number(name: str, default: float, text: str) -> None:
        verb.add_argument(name, type=float, default=default, metavar="N", help=with_default(text, default))

    number("--minutes", minutes, "asked minutes of a walk")
    number("--minutes-per-dwelling", usual.minutes_per_dwelling, "minutes at each home")
    number("--minutes-per-address", usual.minutes_per_address, "minutes lost at each address besides")
    number("--dwellings-per-address", usual.dwellings_per_address, "homes where the file does not tell")
    number("--speed", usual.speed_m_per_min * 60 / 1000, "walking speed in km/h")
    walk_ground_cli.add_ground_options(verb)


def _add_walk(verb: argparse.ArgumentParser) -> None:
    usual = Parameters()
    _add_pace(verb, usual.minutes)
    verb.add_argument(
        "--team-size",
        type=int,
        default=usual.team_size,
        metavar="N",
        help=told("persons per team (default 2)"),
    )
    verb.add_argument(
        "--start",
        type=_point,
        metavar="LON,LAT",
        help=told("every walk begins here (station, meeting point)"),
    )
    verb.add_argument("--end", type=_point, metavar="LON,LAT", help=told("every walk ends here"))
    verb.add_argument(
        "--max-walk", type=float, metavar="M", help=told("cut turfs smaller whose walk is longer")
    )
    verb.add_argument(
        "--teams",
        type=_sizes,
        default=(),
        metavar="N,N,…",
        help=told("persons in each team: 2,2,4 (not --team-size)"),
    )
    verb.add_argument(
        "--closed", action="store_true", help=told("walk back to the start, or to the first door")
    )
