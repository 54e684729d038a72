"""``amiral walk rounds …``: streets (and addresses) in, leaflet rounds out."""

import argparse
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TextIO

import numpy as np

from amiral.config.command_language import all_told, told, with_default
from amiral.config.outputs import check_targets
from amiral.cores.sentences import Figure, Sentence
from amiral.cores.walk import EFFORTS, BadParameter, Problem, WayKind
from amiral.cores.walk.dwellings import DwellingRule
from amiral.cores.walk.rounds import (
    ZIGZAG,
    Estimate,
    NoBoxes,
    NoStreets,
    RoundParameters,
    leaflet_rounds,
    round_features,
    round_report,
)
from amiral.kit.readers import AddressReading, AddressTable, problem_from, read_addresses, read_streets
from amiral.kit.readers.buildings import homes_of, read_buildings

HELP = "cut streets into leaflet rounds, each side walked once, a bag at a time"
DESCRIPTION = "Cut streets into leaflet rounds, each side walked once, a bag at a time."

EPILOG = """\
examples:
  amiral walk rounds --streets town.osm.pbf --addresses ban_adresses.csv --bag 250 --out rounds.geojson
  amiral walk rounds --streets town.osm.pbf --bag 300 --minutes 90 --out rounds.geojson --report report.json

Without ADDRESSES the letter boxes are estimated by the length of streets, and the report says so. The homes
of an address are those of its file; else they are estimated from the buildings of an extract (--buildings),
else --boxes-per-address. A side with more boxes than a bag is split. The same files, options and seed give
the same rounds. Exit status: 0 done, 2 a file or an option cannot be used, 3 a result cannot be written,
130 interrupted.
"""

Say = Callable[[str, int, int], None]

_NONE = np.empty(0, np.int64)
NOBODY = AddressTable(
    ids=(), numbers=_NONE, suffixes=(), streets=(), postcodes=(), communes=(), cities=(),
    lon=np.empty(0), lat=np.empty(0), dwellings=_NONE, lines=_NONE,
)  # fmt: skip
"""No addresses at all: the boxes are estimated."""


@dataclass(frozen=True)
class Tools:
    """What the verbs of ``amiral walk`` share: errors that name the file, results written whole, progress."""

    say: Say
    naming: Callable[[str], AbstractContextManager[None]]
    written: Callable[[str | None], AbstractContextManager[TextIO | None]]
    dump: Callable[[TextIO | None, dict[str, Any], int | None], None]
    peak_mb: Callable[[], float]
    tell: Callable[[str], object]


def add_round_options(verb: argparse.ArgumentParser, point: Any) -> None:
    """All options of the verb."""
    usual = RoundParameters()

    def number(name: str, default: float, text: str) -> None:
        kind = type(default)
        verb.add_argument(name, type=kind, default=default, metavar="N", help=with_default(text, default))

    verb.add_argument("--streets", required=True, metavar=told("FILE"), help=told(".osm.pbf of streets"))
    verb.add_argument(
        "--addresses", metavar=told("FILE"), help=told("CSV or .osm.pbf of addresses; without it: estimated")
    )
    verb.add_argument(
        "--buildings",
        metavar=told("FILE"),
        help=told("extract whose buildings tell homes (default: the streets; none)"),
    )
    verb.add_argument(
        "--out", required=True, metavar=told("FILE"), help=told("GeoJSON rounds to write (- for stdout)")
    )
    verb.add_argument("--report", metavar=told("FILE"), help=told("JSON figures to write (- for stdout)"))
    verb.add_argument(
        "--seed", type=int, default=0, metavar=told("SEED"), help=told("same seed, same rounds (default 0)")
    )
    verb.add_argument("--progress", action="store_true", help=told("show progress even without a terminal"))
    verb.add_argument(
        "--effort", choices=sorted(EFFORTS), default="normal", help=told("how much work to spend, in trials")
    )
    number("--bag", usual.bag, "leaflets that a volunteer carries")
    number("--minutes", usual.minutes, "asked minutes of a round")
    number("--seconds-per-address", usual.seconds_per_address, "gate, path and back at each address")
    number("--seconds-per-box", usual.seconds_per_box, "one leaflet into one box")
    number(
        "--seconds-per-zigzag", usual.seconds_per_zigzag, "a change of side in a street served in one pass"
    )
    number("--boxes-per-address", usual.boxes_per_address, "homes where neither file nor building tells")
    number("--boxes-per-100m", usual.boxes_per_100m, "boxes of 100 m of a side without known addresses")
    number("--speed", usual.speed_m_per_min * 60 / 1000, "walking speed in km/h")
    number("--max-access", usual.max_access_m, "metres to the nearest way from which a door is named far")
    number("--max-straight", usual.max_straight_m, "metres from which it is in no round")
    verb.add_argument(
        "--estimate", choices=[one.value for one in Estimate], default=usual.estimate.value,
        help=told("sides without addresses: estimate where few are known at all (auto), always, or never"),
    )  # fmt: skip
    zigzag = Sentence(
        "kinds of way whose two sides are served in one pass, or none (default %(kinds)s)",
        kinds=",".join(kind.name.lower() for kind in sorted(ZIGZAG)),
    )
    verb.add_argument(
        "--zigzag", type=_kinds, default=ZIGZAG, metavar=told("KINDS"),
        help=told(zigzag),
    )  # fmt: skip
    verb.add_argument(
        "--start", type=point, metavar="LON,LAT", help=told("begin each round at its end nearer to this")
    )
    verb.add_argument(
        "--whole-sides",
        action="store_true",
        help=told("walk every metre of a side, not only from its first to its last address"),
    )
    verb.add_argument("--closed", action="store_true", help=told("walk back to where the round began"))


def _kinds(text: str) -> frozenset[WayKind]:
    known = {kind.name.lower(): kind for kind in WayKind}
    names = [] if text.strip().lower() == "none" else [one.strip().lower() for one in text.split(",")]
    if unknown := [name for name in names if name not in known]:
        strange = Sentence("%(name)s is none of %(kinds)s", name=repr(unknown[0]), kinds=", ".join(known))
        raise argparse.ArgumentTypeError(told(strange))
    return frozenset(known[name] for name in names)


def planned(options: argparse.Namespace, tools: Tools) -> None:
    """Does the verb. Raises ``BadParameter`` and what the readers raise."""
    began = time.perf_counter()
    parameters = _parameters(options)
    check_targets(
        targets=[path for path in (options.out, options.report) if path is not None],
        inputs=[path for path in (options.addresses, options.streets, options.buildings) if path],
    )
    reading, problem = _read(options, tools)
    try:
        answer = leaflet_rounds(
            problem=problem,
            parameters=parameters,
            seed=options.seed,
            stop=EFFORTS[options.effort],
            progress=lambda done, total: tools.say(told("planning"), done, total),
        )
    except (NoStreets, NoBoxes) as error:
        raise BadParameter(error.args[0]) from None
    tools.say("", 0, 0)
    figures = round_report(problem=problem, rounds=answer) | {"problems": _problems(reading)}
    figures["seconds"] = round(time.perf_counter() - began, 3)
    figures["peak_mb"] = tools.peak_mb()
    figures = all_told(figures)
    with tools.written(options.out) as out, tools.written(options.report) as about:
        tools.dump(out, round_features(problem=problem, rounds=answer), None)
        tools.dump(about, figures, 2)
    tools.tell(_summary(figures))


def _parameters(options: argparse.Namespace) -> RoundParameters:
    return RoundParameters(
        bag=options.bag,
        minutes=options.minutes,
        seconds_per_address=options.seconds_per_address,
        seconds_per_box=options.seconds_per_box,
        seconds_per_zigzag=options.seconds_per_zigzag,
        boxes_per_address=options.boxes_per_address,
        boxes_per_100m=options.boxes_per_100m,
        estimate=Estimate(options.estimate),
        speed_m_per_min=options.speed * 1000 / 60,
        max_access_m=options.max_access,
        max_straight_m=options.max_straight,
        whole_sides=options.whole_sides,
        closed=options.closed,
        start=options.start,
        zigzag=options.zigzag,
    )


def _read(options: argparse.Namespace, tools: Tools) -> tuple[AddressReading | None, Problem]:
    with tools.naming(options.streets):
        streets = read_streets(
            options.streets, progress=lambda done, total: tools.say(told("reading streets"), done, total)
        )
    if not options.addresses:
        return None, problem_from(addresses=NOBODY, streets=streets)
    with tools.naming(options.addresses):
        reading = read_addresses(
            options.addresses, progress=lambda done, total: tools.say(told("reading addresses"), done, total)
        )
    homes, rows = None, reading.rows
    path = options.buildings or options.streets
    if path != "none":
        with tools.naming(path):
            buildings = read_buildings(path)
        if len(buildings):
            homes = homes_of(
                lon=rows.lon, lat=rows.lat, told=rows.dwellings, buildings=buildings, rule=DwellingRule()
            )
    return reading, problem_from(addresses=rows, streets=streets, homes=homes)


def _problems(reading: AddressReading | None) -> list[dict[str, Any]]:
    return [
        {"line": bad.line, "id": bad.id, "reason": bad.code, "sentence": bad.sentence()}
        for bad in (reading.problems if reading else ())
    ]


def _summary(figures: dict[str, Any]) -> str:
    whole = Sentence(
        "%(boxes)s in %(rounds)s, %(metres)s m per box, %(share)s %% of the way without leaflets,"
        " in %(seconds)s s.",
        boxes=Sentence("%(count)s boxes", count=figures["boxes"]),
        rounds=Sentence("%(count)s rounds", count=figures["rounds"]),
        metres=Figure(figures["metres_per_box"]),
        share=f"{100 * figures['empty_share']:.0f}",
        seconds=Figure(figures["seconds"]),
    )
    lines = [told(whole)]
    if figures["problems"]:
        left_out = Sentence(
            "%(count)s lines could not be used; the report lists them.", count=len(figures["problems"])
        )
        lines.append(told(left_out))
    return "\n".join([*lines, *figures["notes"]]) + "\n"
