"""How many addresses of real files the geocoder finds again, as they are and misspelt by rule, and how fast.

    .venv/bin/python benchmarks/territory/geocode.py FILE.csv [FILE.csv …] [--seed 1]

Imports the files into a database and a store of its own under a temporary folder, then asks for each of their
doors by its text: number, street, postal code or town. Misspelt: one slip in the street by a rule of
``misspell.py``, or its kind shortened (``bd``), its kind, a given name or its particles dropped. Right:
precision "door" with the same number, within 50 m (a file may give one text to two doors). Wrong door:
another. Prints JSON.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from misspell import RULES, accents, capitals, cut, doubled, dropped, ear, hyphens, neighbour, swapped

SHORT = {
    "Rue": "r.", "Avenue": "av", "Boulevard": "bd", "Place": "pl", "Impasse": "imp", "Allée": "all",
    "Chemin": "ch", "Route": "rte", "Square": "sq", "Passage": "pass", "Cours": "crs", "Quai": "q",
}  # fmt: skip
STREET_RULES = (accents, capitals, dropped, doubled, swapped, neighbour, ear, cut, hyphens)
assert set(STREET_RULES) <= set(RULES)


def kind_short(_rng: Random, street: str) -> str | None:
    first, _space, rest = street.partition(" ")
    return f"{SHORT[first]} {rest}" if first in SHORT and rest else None


def particles(_rng: Random, street: str) -> str | None:
    words = [word for word in street.split() if word.lower() not in {"de", "du", "des", "la", "le", "les"}]
    return " ".join(words) if 1 < len(words) < len(street.split()) else None


def kind_dropped(_rng: Random, street: str) -> str | None:
    first, _space, rest = street.partition(" ")
    return rest if first in SHORT and len(rest) > 3 else None


def given_name_dropped(_rng: Random, street: str) -> str | None:
    words = street.split()
    return " ".join([words[0], *words[2:]]) if len(words) == 3 and words[1].istitle() else None


ALL_RULES = (*STREET_RULES, kind_short, particles, kind_dropped, given_name_dropped)


def misspelt(rng: Random, street: str) -> tuple[str, str]:
    for rule in rng.sample(ALL_RULES, len(ALL_RULES)):
        typed = rule(rng, street)
        if typed and typed != street:
            return rule.__name__.replace("_", " "), typed
    return "no rule applies", street


def metres(one: Any, lon: float, lat: float) -> float:
    return float((((one.lon - lon) * 73_000) ** 2 + ((one.lat - lat) * 111_000) ** 2) ** 0.5)


def measure(columns: Any, rng: Random | None) -> dict[str, Any]:
    from amiral.rooms.territory.queries.geocoding import geocode_many

    texts, kinds = [], []
    for number, suffix, street in zip(
        columns.numbers.tolist(), columns.suffixes, columns.streets, strict=True
    ):
        kind, typed = misspelt(rng, street) if rng else ("clean", street)
        kinds.append(kind)
        texts.append(f"{number or ''}{' ' + suffix if suffix else ''} {typed}".strip())
    started = perf_counter()
    answers = list(geocode_many(texts=texts, city_codes=list(columns.commune_codes)))
    seconds = perf_counter() - started
    count: dict[str, Counter[str]] = defaultdict(Counter)
    failures = []
    for at, (kind, answer) in enumerate(zip(kinds, answers, strict=True)):
        state = _state(answer, columns, at)
        for name in (kind, "all"):
            count[name][state] += 1
            count[name]["addresses"] += 1
        if state in ("wrong door", "another street") and len(failures) < 25:
            failures.append([texts[at], columns.streets[at], state, answer and (answer.label, answer.score)])
    return {
        "addresses": len(texts),
        "addresses_per_s": round(len(texts) / seconds),
        "percent": {
            kind: {
                state: round(100 * n / one["addresses"], 2)
                for state, n in sorted(one.items())
                if state != "addresses"
            }
            | {"addresses": one["addresses"]}
            for kind, one in sorted(count.items())
        },
        "examples of wrong ones": failures,
    }


def _state(answer: Any, columns: Any, at: int) -> str:
    if answer is None:
        return "nothing"
    if answer.precision != "door":
        right = answer.street == columns.streets[at]
        return f"{answer.precision} alone" if right or answer.precision == "commune" else "another street"
    right = metres(answer, columns.lon[at], columns.lat[at]) < 50 and answer.number == columns.numbers[at]
    return "door" if right else "wrong door"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AMIRAL_STATE_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        from amiral.rooms.territory import api

        call_command("migrate", verbosity=0)
        api.load_referential(front_dir=settings.FRONT_DIR)
        result: dict[str, Any] = {"seed": words.seed}
        for path in words.files:
            done = api.import_addresses_file(path=path, name=path.name)
            columns = api.addresses(file_id=done.file_id)
            started = perf_counter()
            api.geocode(text="1 rue de la Paix", city_code=columns.commune_codes[0])
            result[path.name] = {
                "rows": len(columns),
                "index_seconds": round(perf_counter() - started, 2),
                "clean": measure(columns, None),
                "misspelt": measure(columns, Random(words.seed)),
            }
        json.dump(result, sys.stdout, ensure_ascii=False, indent=2, default=str)
        print()


if __name__ == "__main__":
    main()
