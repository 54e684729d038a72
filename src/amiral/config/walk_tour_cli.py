"""``amiral walk tour …``: where a few people stand in, the doors they can do and the way past them out."""

import argparse
from math import isfinite
from pathlib import Path
from typing import Any

from amiral.config.command_language import reason_of, renamed, told
from amiral.cores.sentences import Figure, Sentence
from amiral.cores.walk import BadParameter, Parameters, Problem, Tour, tour, tour_feature, tour_report

TO_DO_AGAIN = ("nobody", "come-back")
"""Outcomes after which a door may be passed once more."""

HELP = "the doors that a few people can do from where they stand"
DESCRIPTION = "Find the doors that a few people can do from where they stand."

EPILOG = """\
example:
  amiral walk tour --addresses town.osm.pbf --streets town.osm.pbf --here 24.94,60.17 \\
      --minutes 45 --people 4 --done done.txt --out tour.geojson --report -

DONE is a text file with the id of an address on each line, and after a comma what came of the visit, where
that is known: those are passed by, but with --again not those whose outcome is nobody or come-back. WEIGHTS
has an id, a comma and a number on each line: what the address is worth; 0 leaves it out, and so does not
naming it. Without weights every dwelling is worth 1. The walk comes back to where it began, or ends at --end,
or anywhere.
"""


def add_tour_options(verb: argparse.ArgumentParser, point: Any) -> None:
    """The options that ``plan`` does not have."""
    verb.add_argument("--here", type=point, required=True, metavar="LON,LAT", help=told("where they stand"))
    verb.add_argument(
        "--people", type=int, default=2, metavar="N", help=told("how many they are (default 2)")
    )
    verb.add_argument(
        "--done", metavar=told("FILE"), help=told("ids of addresses to leave out, one on each line")
    )
    verb.add_argument(
        "--again",
        action="store_true",
        help=told("also addresses of DONE whose outcome is nobody or come-back"),
    )
    verb.add_argument(
        "--weights", metavar=told("FILE"), help=told("id,number on each line: what an address is worth")
    )
    ends = verb.add_mutually_exclusive_group()
    ends.add_argument("--anywhere", action="store_true", help=told("the walk may end anywhere"))
    ends.add_argument("--end", type=point, metavar="LON,LAT", help=told("the walk ends here"))


_OPTIONS = {"start": "--here", "team_size": "--people"}
"""Options that are called otherwise than the parameter they set."""


def toured(options: argparse.Namespace, problem: Problem, parameters: Parameters) -> tuple[Tour, list[str]]:
    """The tour that the options ask for, and what is to be said of the lists. Raises ``BadParameter``."""
    ids = problem.doors.ids
    number = {id_.strip(): i for i, id_ in enumerate(ids)} | {id_: i for i, id_ in enumerate(ids)}
    done, notes = _done(options.done, options.again, number)
    values, more = _weights(options.weights, number)
    try:
        answer = tour(
            problem=problem,
            parameters=parameters,
            here=options.here,
            minutes=options.minutes,
            people=options.people,
            done=done,
            values=values,
            back=not options.anywhere and options.end is None,
            seed=options.seed,
        )
    except BadParameter as error:
        raise BadParameter(renamed(error.args[0], lambda name: _OPTIONS.get(name, name))) from None
    return answer, notes + more


def _done(path: str | None, again: bool, number: dict[str, int]) -> tuple[set[int], list[str]]:
    """Addresses to leave out, and a note of the lines that name none; an id may hold commas itself."""
    done, strange = set[int](), list[str]()
    for line in _lines(path):
        id_, _, outcome = (line, "", "") if line in number or "," not in line else line.rpartition(",")
        id_ = id_.strip()
        if id_ not in number:
            strange.append(id_)
        elif not (again and outcome.strip().casefold() in TO_DO_AGAIN):
            done.add(number[id_])
    return done, _strangers(path, strange)


def _strangers(path: str | None, ids: list[str]) -> list[str]:
    """A note where a list was made for other addresses."""
    if not ids:
        return []
    return [
        Sentence(
            "%(count)s lines of %(path)s name no address of this file; the first: %(id)s.",
            count=len(ids),
            path=path,
            id=ids[0],
        )
    ]


def _lines(path: str | None) -> list[str]:
    if path is None:
        return []
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadParameter(
            Sentence("%(path)s cannot be read: %(reason)s.", path=path, reason=reason_of(error))
        ) from None
    except UnicodeDecodeError:
        raise BadParameter(
            Sentence("%(path)s is no text in UTF-8: give one id on each line.", path=path)
        ) from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _weights(path: str | None, number: dict[str, int]) -> tuple[list[float] | None, list[str]]:
    if path is None:
        return None, []
    values, strange = [0.0] * (1 + max(number.values(), default=-1)), list[str]()
    for line in _lines(path):
        id_, _, weight = (part.strip() for part in line.rpartition(","))
        try:
            value = float(weight)
        except ValueError:
            raise BadParameter(
                Sentence(
                    "%(path)s: expected an id, a comma and a number, not %(line)s.",
                    path=path,
                    line=repr(line),
                )
            ) from None
        if not isfinite(value):
            raise BadParameter(
                Sentence(
                    "%(path)s: the weight of %(id)s must be a number, not %(weight)s.",
                    path=path,
                    id=id_,
                    weight=weight,
                )
            )
        if id_ in number:
            values[number[id_]] = value
        else:
            strange.append(id_)
    return values, _strangers(path, strange)


def collection(problem: Problem, answer: Tour) -> dict[str, Any]:
    """The tour as a GeoJSON file."""
    return {"type": "FeatureCollection", "features": [tour_feature(problem=problem, tour=answer)]}


def figures(answer: Tour) -> dict[str, Any]:
    """The report."""
    notes = list[str]()
    if not answer.doors:
        notes.append(
            Sentence(
                "No door can be done from %(here)s (longitude,latitude) in %(minutes)s minutes:"
                " the nearest ones are too far away, take too long, or are done.",
                here=f"{answer.here[0]:g},{answer.here[1]:g}",
                minutes=Figure(f"{answer.asked:g}"),
            )
        )
    elif answer.straight:
        notes.append(Sentence("Planned by straight lines between addresses; the real walk is longer."))
    return tour_report(tour=answer) | {"notes": notes}


def summary(answer: Tour) -> str:
    """One line for the terminal."""
    return told(
        Sentence(
            "%(count)s doors, %(minutes)s of %(asked)s minutes, %(metres)s m on foot.",
            count=len(answer.doors),
            minutes=f"{answer.minutes:.0f}",
            asked=Figure(f"{answer.asked:g}"),
            metres=f"{answer.metres:.0f}",
        )
    )
