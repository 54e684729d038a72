"""Codes of contours that nothing knows: a mistake among known ones, or a territory to create."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from amiral.kit.readers.contour_codes import departement_of_code
from amiral.rooms.territory.contracts import TerritoryKind
from amiral.rooms.territory.models import Territory

DOUBTED = (TerritoryKind.CANTON, TerritoryKind.CIRCONSCRIPTION, TerritoryKind.BUREAU_DE_VOTE)
NEAR = 10
"""A station whose number is so near to a known one is a new one of its town: towns open some each year."""


def doubtful_codes(
    kind: TerritoryKind, codes: Collection[str], known: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    """The codes that look like mistakes, each with the name of its département (a station: of its commune).

    Those are unknown codes of a place most of whose codes in the file are known. A file that mostly brings
    new ones is another edition, or the first, and is believed. At most two queries.
    """
    if kind not in DOUBTED:
        return {}
    told: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        told[_place(kind, code)].append(code)
    found = {
        code: place
        for place, several in told.items()
        for code in several
        if code not in known
        and 2 * sum(one in known for one in several) > len(several)
        and not _is_near(kind, code, [one for one in several if one in known])
    }
    names = _names(set(found.values()))
    return {code: names.get(place, place.partition(":")[2]) for code, place in found.items()}


def _place(kind: TerritoryKind, code: str) -> str:
    if kind is TerritoryKind.BUREAU_DE_VOTE:
        return f"{TerritoryKind.COMMUNE}:{code.partition('_')[0]}"
    return f"{TerritoryKind.DEPARTEMENT}:{departement_of_code(kind, code)}"


def _is_near(kind: TerritoryKind, code: str, known: Iterable[str]) -> bool:
    commune, _line, number = code.partition("_")
    if kind is not TerritoryKind.BUREAU_DE_VOTE or not number.isdecimal():
        return False
    numbers = (one.partition("_")[2] for one in known if one.startswith(f"{commune}_"))
    return any(abs(int(one) - int(number)) <= NEAR for one in numbers if one.isdecimal())


def _names(places: Collection[str]) -> dict[str, str]:
    return dict(Territory.objects.filter(pk__in=places).values_list("pk", "name")) if places else {}
