"""How people misspell a place, by rule and by seed: one function for each kind of slip.

A rule answers ``None`` where it does not apply to a name. Written from habits of typing, not from what the
matching knows: nothing here is shared with it.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from random import Random

Pair = tuple[str, str]
Rule = Callable[[Random, str], str | None]

AZERTY = ("azertyuiop", "qsdfghjklm", "wxcvbn")
EAR = (
    ("ph", "f"), ("f", "ph"), ("qu", "k"), ("c", "ss"), ("ss", "c"), ("ç", "ss"), ("eau", "o"), ("au", "o"),
    ("ai", "é"), ("è", "ai"), ("ain", "in"), ("en", "an"), ("an", "en"), ("y", "i"), ("i", "y"), ("th", "t"),
    ("gn", "ni"), ("oe", "eu"), ("s", "z"), ("z", "s"), ("x", "s"), ("ck", "k"), ("ch", "sh"), ("h", ""),
    ("ll", "l"), ("nn", "n"), ("tt", "t"), ("rr", "r"), ("ff", "f"), ("oy", "oi"), ("er", "é"),
)  # fmt: skip
SCAN = (
    ("o", "0"),
    ("l", "1"),
    ("i", "l"),
    ("rn", "m"),
    ("m", "rn"),
    ("é", "6"),
    ("s", "5"),
    ("cl", "d"),
    ("e", "c"),
)


def plain(name: str) -> str:
    name = name.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))


def _letters(name: str) -> list[int]:
    return [place for place, char in enumerate(name) if char.isalpha()]


def _at(rng: Random, name: str, least: int = 4) -> int | None:
    letters = _letters(name)
    return rng.choice(letters) if len(letters) >= least else None


def accents(_rng: Random, name: str) -> str | None:
    return plain(name) if plain(name) != name else None


def capitals(_rng: Random, name: str) -> str | None:
    return plain(name).upper()


def case(rng: Random, name: str) -> str | None:
    return rng.choice((name.lower(), name.upper(), name.swapcase(), name.title()))


def saint(rng: Random, name: str) -> str | None:
    short = re.sub(r"\bSainte(s?)\b[- ]?", r"Ste\1" + rng.choice((" ", "-", ". ", "")), name)
    short = re.sub(r"\bSaint(s?)\b[- ]?", r"St\1" + rng.choice((" ", "-", ". ", "")), short)
    return short if short != name else None


def hyphens(rng: Random, name: str) -> str | None:
    return name.replace("-", rng.choice((" ", "", " - ", "  "))) if "-" in name else None


def apostrophe(rng: Random, name: str) -> str | None:
    return re.sub(r"['’]", rng.choice(("’", " ", "", "`", "´")), name) if re.search(r"['’]", name) else None


def dropped(rng: Random, name: str) -> str | None:
    at = _at(rng, name)
    return None if at is None else name[:at] + name[at + 1 :]


def doubled(rng: Random, name: str) -> str | None:
    at = _at(rng, name)
    return None if at is None else name[:at] + name[at] + name[at:]


def swapped(rng: Random, name: str) -> str | None:
    places = [
        p for p in _letters(name)[:-1] if name[p + 1].isalpha() and name[p].lower() != name[p + 1].lower()
    ]
    if len(places) < 3:
        return None
    at = rng.choice(places)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def neighbour(rng: Random, name: str) -> str | None:
    at = _at(rng, plain(name))
    if at is None or len(plain(name)) != len(name):
        return None
    char = plain(name)[at].lower()
    row = next((row for row in AZERTY if char in row), None)
    if row is None:
        return None
    place = row.index(char)
    return (
        name[:at] + rng.choice(row[max(0, place - 1) : place] + row[place + 1 : place + 2]) + name[at + 1 :]
    )


def random_letter(rng: Random, name: str) -> str | None:
    at = _at(rng, name, 5)
    return None if at is None else name[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + name[at + 1 :]


def article(rng: Random, name: str) -> str | None:
    found = re.match(r"(Le|La|Les|L['’])[ ]?(?=\S)", name)
    if not found:
        return rng.choice(("à ", "Le ", "La ")) + name if rng.random() < 0.3 else None
    rest, word = name[found.end() :], found[1]
    return rng.choice((rest, f"{rest} ({word})", f"{rest}, {word}", f"{word.upper()} {rest}"))


def particle(rng: Random, name: str) -> str | None:
    rules = ((r"-sur-", " s/ "), (r"-sur-", "/"), (r"-sur-", " "), (r"-sous-", " s/s "), (r"-lès-", "-les-"),
             (r"-lès-", " lez "), (r"-de-", " "), (r"-en-", " "), (r"-du-", " "), (r"-la-", " "))  # fmt: skip
    usable = [(a, b) for a, b in rules if re.search(a, name)]
    if not usable:
        return None
    before, after = rng.choice(usable)
    return re.sub(before, after, name, count=1)


def ear(rng: Random, name: str) -> str | None:
    lower = name.lower()
    usable = [(a, b) for a, b in EAR if a in lower]
    if not usable or len(lower) < 4:
        return None
    before, after = rng.choice(usable)
    at = rng.choice([m.start() for m in re.finditer(re.escape(before), lower)])
    return name[:at] + after + name[at + len(before) :]


def scanned(rng: Random, name: str) -> str | None:
    lower = name.lower()
    usable = [(a, b) for a, b in SCAN if a in lower[1:]]
    if not usable or len(lower) < 5:
        return None
    before, after = rng.choice(usable)
    at = rng.choice([m.start() for m in re.finditer(re.escape(before), lower) if m.start()])
    return name[:at] + after + name[at + len(before) :]


def cut(rng: Random, name: str) -> str | None:
    return name[: len(name) - rng.randint(1, max(1, len(name) // 4))] if len(name) >= 6 else None


def words_cut(_rng: Random, name: str) -> str | None:
    words = name.split("-")
    return (
        "-".join(words[:-1])
        if len(words) >= 3 and words[-2] not in {"de", "la", "le", "les", "sur"}
        else None
    )


def split(rng: Random, name: str) -> str | None:
    if len(name) < 7 or not name.isalpha():
        return None
    at = rng.randint(3, len(name) - 3)
    return f"{name[:at]} {name[at:]}"


def cedex(rng: Random, name: str) -> str | None:
    return f"{plain(name).upper()} CEDEX" + rng.choice(("", " 1", " 03", " 9"))


def around(rng: Random, name: str) -> str | None:
    return rng.choice((f" {name} ", f"{name}.", f"Ville de {name}", f"{name}, France", f"{name.upper()} "))


def two(rng: Random, name: str) -> str | None:
    first = rng.choice((dropped, doubled, swapped, neighbour))(rng, name)
    return rng.choice((capitals, hyphens, dropped, ear))(rng, first) if first and len(name) >= 8 else None


RULES: tuple[Rule, ...] = (
    accents, capitals, case, saint, hyphens, apostrophe, dropped, doubled, swapped, neighbour, random_letter,
    article, particle, ear, scanned, cut, words_cut, split, cedex, around, two,
)  # fmt: skip


def misspelt(rng: Random, pair: Pair, codes: Sequence[str]) -> tuple[str, Pair]:
    """(kind of slip, the pair with it). ``codes``: other postal codes of the département, for a wrong one."""
    code, name = pair
    while True:
        place = rng.randrange(len(RULES) + 1)
        if place == len(RULES):
            return "wrong code", (rng.choice(codes), name)
        typed = RULES[place](rng, name)
        if typed is not None and typed.strip() and typed != name:
            return RULES[place].__name__.replace("_", " "), (code, typed)
