"""A million (postal code, city) pairs of real places, half of them misspelt: how many sets are exact.

    .venv/bin/python benchmarks/territory/resolve.py [--pairs 1000000] [--seed 1] [--sample 300]

Communes are drawn by population from the official geography, a postal code of theirs evenly. Exact: the set
of communes is the one that was drawn (with those of the same name under the same code). Beside it, in the
same process, on a sample of the same pairs, ``rapidfuzz.process.extractOne`` over the names of
all communes: as it comes, by its quickest scorer, and by that within the département. Prints JSON.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from misspell import Pair, misspelt
from rapidfuzz import fuzz, process, utils

from amiral.cores.names import Gazetteer, Place, normalise

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "node_modules" / "@etalab" / "decoupage-administratif" / "data" / "communes.json"


def read() -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    rows = json.loads(SOURCE.read_text(encoding="utf-8"))
    former: dict[str, list[str]] = defaultdict(list)
    for one in rows:
        if one["type"] in {"commune-deleguee", "commune-associee"}:
            former[one["chefLieu"]].append(one["nom"])
    return [one for one in rows if one["type"] == "commune-actuelle" and one.get("codesPostaux")], former


def gazetteer_of(communes: list[dict[str, Any]], former: dict[str, list[str]]) -> Gazetteer:
    return Gazetteer(
        [
            Place(
                name=one["nom"],
                departement=one["departement"],
                population=one.get("population", 0),
                postal_codes=tuple(one["codesPostaux"]),
                former=tuple(name for name in dict.fromkeys(former[one["code"]]) if name != one["nom"]),
            )
            for one in communes
        ]
    )


class Draw:
    """Pairs with what they mean."""

    def __init__(self, communes: list[dict[str, Any]], rng: Random) -> None:
        self.communes, self.rng = communes, rng
        self.weights = list(accumulate(one.get("population", 0) + 1 for one in communes))
        self.codes: dict[str, list[str]] = defaultdict(list)
        self.twins: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, one in enumerate(communes):
            for code in one["codesPostaux"]:
                self.codes[one["departement"]].append(code)
                self.twins[code, normalise(one["nom"])].append(place)
        self.codes = {key: sorted(set(codes)) for key, codes in self.codes.items()}

    def clean(self, number: int) -> list[tuple[str, Pair, frozenset[int]]]:
        drawn = self.rng.choices(range(len(self.communes)), cum_weights=self.weights, k=number)
        return [self._pair(place) for place in drawn]

    def _pair(self, place: int) -> tuple[str, Pair, frozenset[int]]:
        one = self.communes[place]
        code = self.rng.choice(one["codesPostaux"])
        return "clean", (code, one["nom"]), frozenset(self.twins[code, normalise(one["nom"])])

    def misspelt(self, number: int) -> list[tuple[str, Pair, frozenset[int]]]:
        return [self._slip(pair, meant) for _kind, pair, meant in self.clean(number)]

    def _slip(self, pair: Pair, meant: frozenset[int]) -> tuple[str, Pair, frozenset[int]]:
        one = self.communes[min(meant)]
        others = [code for code in self.codes[one["departement"]] if code not in one["codesPostaux"]]
        kind, typed = misspelt(self.rng, pair, others or [pair[0]])
        return kind, typed, meant


def measure(gazetteer: Gazetteer, lines: list[tuple[str, Pair, frozenset[int]]]) -> dict[str, Any]:
    pairs = [pair for _kind, pair, _meant in lines]
    gazetteer.match.cache_clear()
    started = perf_counter()
    answers = [gazetteer.match(code, city) for code, city in pairs]
    seconds = perf_counter() - started
    count: dict[str, Counter[str]] = defaultdict(Counter)
    examples: dict[str, list[Any]] = defaultdict(list)
    for (kind, pair, meant), answer in zip(lines, answers, strict=True):
        found = {place for place, _share in answer.found}
        state = "exact" if found == meant else "wider" if found >= meant else "other" if found else "none"
        certain = len(found) == 1 and not answer.contradiction and not found & meant
        for name in (kind, "all"):
            count[name][state] += 1
            count[name]["falsely certain"] += certain
            count[name]["pairs"] += 1
        if state != "exact" and len(examples[kind]) < 12:
            names = [(gazetteer.places[p].name, round(s, 3)) for p, s in answer.found[:3]]
            examples[kind].append([*pair, [gazetteer.places[p].name for p in meant], names])
    return {
        "pairs": len(pairs),
        "distinct": len(set(pairs)),
        "seconds": round(seconds, 2),
        "pairs_per_s": round(len(pairs) / seconds),
        "exact_percent": round(100 * count["all"]["exact"] / len(pairs), 3),
        "kinds": {
            kind: {
                "pairs": one["pairs"],
                **{
                    state: round(100 * one[state] / one["pairs"], 2)
                    for state in ("exact", "wider", "other", "none", "falsely certain")
                },
            }
            for kind, one in sorted(count.items())
        },
        "examples": examples,
    }


def beside(
    gazetteer: Gazetteer,
    lines: list[tuple[str, Pair, frozenset[int]]],
    scorer: Callable[..., float],
    *,
    own: bool = False,
) -> dict[str, Any]:
    """``extractOne`` over all communes; ``own``: among those of the postal code's département."""
    names = [place.name for place in gazetteer.places]
    every = dict(enumerate(utils.default_process(name) for name in names))
    by_departement: dict[str, dict[int, str]] = defaultdict(dict)
    for place, one in enumerate(gazetteer.places):
        by_departement[one.departement][place] = every[place]
    right = 0
    started = perf_counter()
    for _kind, (code, city), meant in lines:
        pool = every
        if own:
            pool = by_departement.get(code[:3] if code.startswith("97") else code[:2]) or every
        best = process.extractOne(utils.default_process(city), pool, scorer=scorer)
        right += best is not None and best[2] in meant
    seconds = perf_counter() - started
    return {
        "pairs": len(lines),
        "pairs_per_s": round(len(lines) / seconds, 1),
        "right_percent": round(100 * right / len(lines), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--examples", action="store_true")
    words = parser.parse_args()
    communes, former = read()
    started = perf_counter()
    gazetteer = gazetteer_of(communes, former)
    built = perf_counter() - started
    draw = Draw(communes, Random(words.seed))
    result: dict[str, Any] = {"seed": words.seed, "communes": len(communes), "index_seconds": round(built, 2)}
    sides = {"clean": draw.clean(words.pairs // 2), "misspelt": draw.misspelt(words.pairs - words.pairs // 2)}
    for name, lines in sides.items():
        ours = measure(gazetteer, lines)
        if not words.examples:
            ours.pop("examples")
        sample = lines[: words.sample]
        peers = {
            "extractOne over all communes (its own scorer, WRatio)": beside(gazetteer, sample, fuzz.WRatio),
            "extractOne over all communes (ratio)": beside(gazetteer, sample, fuzz.ratio),
            "extractOne over the département (ratio)": beside(gazetteer, sample, fuzz.ratio, own=True),
        }
        for peer in peers.values():
            peer["ours_times_faster"] = round(ours["pairs_per_s"] / peer["pairs_per_s"], 1)
        result[name] = {"ours": ours} | peers
    json.dump(result, sys.stdout, ensure_ascii=False, indent=2)
    print()


if __name__ == "__main__":
    main()
