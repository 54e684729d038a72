"""Which properties of the features hold codes and names, and the one spelling of each code.

Kinds are the values of the territories' kinds: ``commune``, ``canton``, ``circonscription`` …
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .columns import plain_name

Properties = Mapping[str, str]

COMMUNE, DEPARTEMENT, REGION, EPCI = "commune", "departement", "region", "epci"
CANTON, ARRONDISSEMENT, CIRCONSCRIPTION = "canton", "arrondissement", "circonscription"
MUNICIPAL, BUREAU, ZONE = "arrondissement-municipal", "bureau-de-vote", "zone"
KINDS = (COMMUNE, CANTON, CIRCONSCRIPTION, ARRONDISSEMENT, MUNICIPAL, EPCI, DEPARTEMENT, REGION, BUREAU, ZONE)

Box = tuple[float, float, float, float]

PLM: dict[str, tuple[Box, str, int]] = {
    "75056": ((2.20, 48.80, 2.48, 48.91), "751", 20),
    "69123": ((4.75, 45.69, 4.91, 45.82), "6938", 9),
    "13055": ((5.20, 43.15, 5.55, 43.40), "132", 16),
}
"""Paris, Lyon, Marseille: their box, how the codes of their arrondissements begin, how many there are."""

_OVERSEAS_LETTERS = {
    "ZA": "971", "ZB": "972", "ZC": "973", "ZD": "974", "ZM": "976", "ZN": "988", "ZP": "987", "ZS": "975",
    "ZW": "986", "ZX": "977", "ZZ": "99",
}  # fmt: skip
_DEP = r"(?:97[1-8]|98[4-9]|2[ABab]|[0-9]{2})"
_COMMUNE = re.compile(r"^(?:\d{5}|2[ABab]\d{3})$")
_DEPARTEMENT = re.compile(rf"^{_DEP}$")
_NUMBERED = re.compile(rf"^0?({_DEP}|Z[A-Z])[-_ /]?0*(\d{{1,3}})$")
_STATION = re.compile(r"^((?:\d{5}|2[ABab]\d{3}))[-_ /.]*(\w{1,6})$")
_BY_ARRONDISSEMENT = re.compile(r"^0?(\d{1,2})[-_ /.]+(\w{1,5})$")

_CODE_NAMES: dict[str, tuple[str, ...]] = {
    COMMUNE: ("code", "insee", "inseecom", "codeinsee", "codecommune", "codgeo", "codeinseecommune", "depcom",
              "inseecommune", "comcode", "comcurrentcode", "id", "ref", "refinsee", "com"),
    MUNICIPAL: ("code", "inseearm", "insee", "codeinsee", "cainsee", "codeinseearrondissement", "car"),
    DEPARTEMENT: ("code", "codedepartement", "codedept", "inseedep", "dep", "departement", "codedep", "ref"),
    REGION: ("code", "coderegion", "inseereg", "reg", "codereg"),
    EPCI: ("code", "codesiren", "siren", "codeepci", "epci", "sirenepci"),
    CANTON: ("code", "codecanton", "inseecan", "canton", "can", "codecan", "ref", "bureaucentralcode"),
    ARRONDISSEMENT: ("code", "codearrondissement", "inseearr", "arr", "codearr"),
    CIRCONSCRIPTION: ("code", "codecirconscription", "circo", "circonscription", "codecirco", "ref",
                      "refcirconscription", "idcirco"),
    BUREAU: ("codebureauvote", "codebureau", "idbv", "idbvote", "codebv", "code", "bureau", "idbureau", "id",
             "identifiant", "numbv", "numbureau"),
    ZONE: ("code", "codeiris", "dcomiris", "iris", "id", "identifiant"),
}  # fmt: skip
_NAME_NAMES: dict[str, tuple[str, ...]] = {
    COMMUNE: ("nom", "nomcom", "nomcommune", "name", "libelle", "libgeo", "comname", "nomcomm", "commune"),
    MUNICIPAL: ("nom", "nomarm", "laroff", "lar", "name", "libelle"),
    DEPARTEMENT: ("nom", "nomdep", "nomdept", "nomdepartement", "name", "libelle", "departement"),
    REGION: ("nom", "nomreg", "nomregion", "name", "libelle", "region"),
    EPCI: ("nom", "nomepci", "name", "libelle", "raisonsociale", "libepci"),
    CANTON: ("nom", "nomcanton", "nomcan", "name", "libelle", "canton"),
    ARRONDISSEMENT: ("nom", "nomarr", "name", "libelle", "arrondissement"),
    CIRCONSCRIPTION: ("nom", "nomcirco", "name", "libelle", "nomcirconscription"),
    BUREAU: ("nombureau", "nombv", "nom", "name", "libelle", "lieu", "libbv", "nomlieu"),
    ZONE: ("nom", "name", "libelle", "nomiris", "label", "quartier", "nomquart"),
}  # fmt: skip
_DEPARTEMENT_NAMES = (
    "codedepartement",
    "codedpt",
    "codedept",
    "inseedep",
    "departement",
    "dep",
    "codedep",
    "dpt",
)
_COMMUNE_NAMES = (
    "codecommune",
    "codeinsee",
    "inseecom",
    "insee",
    "codeinseecommune",
    "depcom",
    "com",
    "commune",
)
_NUMBER_NAMES: dict[str, tuple[str, ...]] = {
    CANTON: ("canton", "codecanton", "inseecan", "numcanton", "can", "num", "numero"),
    ARRONDISSEMENT: ("arrondissement", "codearrondissement", "codearr", "inseearr", "arr", "num", "numero"),
    CIRCONSCRIPTION: ("circonscription", "numcirc", "numcirco", "circo", "codecirco", "num", "numero"),
    BUREAU: ("numbv", "numbureau", "numerobureauvote", "numerobureau", "numerobv", "bureau", "bv",
             "codebureau", "nobv", "numero", "num", "codebv"),
}  # fmt: skip
_SECTOR_NAMES = ("arrondissement", "arr", "ar", "car", "numarrondissement")


@dataclass(frozen=True, kw_only=True)
class ContourColumns:
    """Which properties hold the codes and the names.

    ``code``: one property, or two whose values go together (the département or commune, then the number).
    ``name``: empty where there is none. ``commune``: the commune of all stations, where the file tells none.
    """

    code: tuple[str, ...] = ()
    name: str = ""
    commune: str = ""


def code_of(kind: str, values: Sequence[str], *, commune: str = "") -> str:
    """The one spelling of a code; empty where the values are none of that kind.

    ``values``: that of the code, or of the département (or commune) and the number. ``commune``: of a station
    whose values do not tell it. Codes: canton ``7101``, circonscription ``71-05``, station ``71076_0012``.
    """
    given = [value.strip() for value in values]
    if not given or not given[-1]:
        return ""
    if len(given) == 2 and kind != BUREAU:
        return _numbered(kind, _padded(given[0]), given[1])
    if kind == BUREAU:
        return _station(given, commune)
    return _SPELLINGS[kind](given[0])


def _padded(departement: str) -> str:
    return departement.zfill(2) if departement.isdigit() else departement.upper()


def _commune(value: str) -> str:
    code = value.zfill(5) if value.isdigit() and len(value) == 4 else value.upper()
    return code if _COMMUNE.match(code) else ""


def _departement(value: str) -> str:
    code = _padded(value.removeprefix("0") if len(value) == 3 and value[0] == "0" else value)
    return code if _DEPARTEMENT.match(code) else ""


def _digits(length: int) -> Callable[[str], str]:
    def spelt(value: str) -> str:
        code = value.zfill(length)
        return code if len(code) == length and code.isdigit() else ""

    return spelt


def _canton(value: str) -> str:
    return _joined(CANTON, value)


def _circonscription(value: str) -> str:
    return _joined(CIRCONSCRIPTION, value)


def _arrondissement(value: str) -> str:
    return _joined(ARRONDISSEMENT, value)


def _joined(kind: str, value: str) -> str:
    if value.isdigit() and len(value) < 3:  # a number within a département that it does not tell
        return ""
    match = _NUMBERED.match(value.upper())
    if match is None and value.isdigit():
        match = _NUMBERED.match(value.zfill(len(value) + 1))  # a number that lost the 0 of 01 … 09
    return _numbered(kind, match[1], match[2]) if match else ""


def _numbered(kind: str, departement: str, number: str) -> str:
    departement = _OVERSEAS_LETTERS.get(departement.upper(), departement.upper())
    tail = number[len(departement) :] if number.startswith(departement) and len(number) > 3 else number
    tail = tail.strip("-_ ").lstrip("0")
    if not _DEPARTEMENT.match(departement) or not tail.isdigit():
        return ""
    return {
        CANTON: f"{departement}{tail.zfill(2)}",
        ARRONDISSEMENT: f"{departement}{tail}",
        CIRCONSCRIPTION: f"{departement}-{tail.zfill(2)}",
    }.get(kind, "")


def _zone(value: str) -> str:
    spelt = re.sub(r"[^0-9A-Za-z]+", "-", value).strip("-")
    return spelt[:20]


def _station(given: Sequence[str], commune: str) -> str:
    if len(given) == 2:
        holder = given[0]
        if commune in PLM and holder.isdigit() and 1 <= int(holder) <= PLM[commune][2]:
            return _with_station(sector_code(commune, int(holder)), given[1])
        return _with_station(_commune(holder), _last(given[1]))
    value = given[0]
    whole = _STATION.match(value)
    if whole and (len(value) > 5 or not commune):
        return _with_station(whole[1].upper(), whole[2])
    sector = _BY_ARRONDISSEMENT.match(value)
    if sector and commune in PLM and 1 <= int(sector[1]) <= PLM[commune][2]:
        return _with_station(sector_code(commune, int(sector[1])), sector[2])
    if commune in PLM and value.isdigit() and 3 <= len(value) <= 4:  # 1905: station 5 of the 19th
        return _with_station(sector_code(commune, int(value[:-2])), value[-2:])
    if sector and commune in PLM:  # no such arrondissement
        return ""
    return _with_station(commune, _last(value)) if commune else ""


def _last(value: str) -> str:
    """The number at the end of ``BV 12``, ``71076_0012``, ``12``."""
    found = re.search(r"(\d+[A-Za-z]?)\s*$", value)
    return found[1] if found else ""


def _with_station(commune: str, station: str) -> str:
    number = re.match(r"^0*(\d+)([A-Za-z]?)$", station)
    if not commune or number is None or len(number[1]) > 4:
        return ""
    return f"{commune}_{number[1].zfill(4)}{number[2].upper()}"


def sector_code(commune: str, number: int) -> str:
    """The code of a municipal arrondissement: 75119 for the 19th of Paris."""
    _box, beginning, _most = PLM[commune]
    return f"{beginning}{number:0{5 - len(beginning)}d}"


def plm_at(lon: float, lat: float) -> str:
    """Paris, Lyon or Marseille when the place lies there; else nothing."""
    return next(
        (
            code
            for code, ((west, south, east, north), _b, _m) in PLM.items()
            if west <= lon <= east and south <= lat <= north
        ),
        "",
    )


_SPELLINGS: dict[str, Callable[[str], str]] = {
    COMMUNE: _commune,
    MUNICIPAL: _commune,
    DEPARTEMENT: _departement,
    REGION: _digits(2),
    EPCI: _digits(9),
    CANTON: _canton,
    ARRONDISSEMENT: _arrondissement,
    CIRCONSCRIPTION: _circonscription,
    ZONE: _zone,
}


def departement_of_code(kind: str, code: str) -> str:
    """The département that a code tells; nothing for EPCI, régions and zones."""
    if kind == DEPARTEMENT:
        return code
    if kind in {REGION, EPCI, ZONE} or not code:
        return ""
    if kind == CIRCONSCRIPTION:
        return code.partition("-")[0]
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def guess_columns(kind: str, rows: Sequence[Properties], *, commune: str = "") -> ContourColumns:
    """The properties that give most features a code of their own; ties go to the usual names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    options = [(name,) for name in names] + _pairs(kind, names)
    ranked = sorted(options, key=lambda option: _merit(kind, option, rows, commune), reverse=True)
    best = ranked[0] if ranked and _merit(kind, ranked[0], rows, commune)[0] > 0 else ()
    return ContourColumns(code=best, name=_guess_name(kind, names, rows, best), commune=commune)


def _pairs(kind: str, names: Sequence[str]) -> list[tuple[str, ...]]:
    firsts = (*_COMMUNE_NAMES, *_SECTOR_NAMES) if kind == BUREAU else _DEPARTEMENT_NAMES
    holders = [name for name in names if plain_name(name) in firsts]
    numbers = [name for name in names if plain_name(name) in _NUMBER_NAMES.get(kind, ())]
    return [(one, other) for one in holders for other in numbers if one != other]


def _merit(
    kind: str, option: tuple[str, ...], rows: Sequence[Properties], commune: str
) -> tuple[float, float, int]:
    """(share of features with a code of their own, in tenths; minus the rank of the name; share exactly)."""
    if kind == ZONE and len(option) == 1:
        values = [row.get(option[0], "") for row in rows]
    else:
        values = [code_of(kind, [row.get(name, "") for name in option], commune=commune) for row in rows]
    own = len({value for value in values if value})
    plain = plain_name(option[-1])
    usual = _CODE_NAMES[kind] if len(option) == 1 else _NUMBER_NAMES.get(kind, ())
    rank = usual.index(plain) if plain in usual else 99
    if kind == ZONE and rank == 99:
        own = 0
    if len(option) == 1 and rank == 99 and not _tells(kind, plain):
        own = own // 2  # any five digits look like a commune: a postal code, an id
    return round(20 * own / max(1, len(rows))) / 20, -rank - (len(option) - 1) * 0.5, own


def _tells(kind: str, plain: str) -> bool:
    return any(part in plain for part in ("code", "insee", "siren", kind[:5]))


def _guess_name(kind: str, names: Sequence[str], rows: Sequence[Properties], code: tuple[str, ...]) -> str:
    usual = _NAME_NAMES[kind]
    known = [name for name in names if plain_name(name) in usual and name not in code]
    worded = [name for name in known if _worded([row.get(name, "") for row in rows])]
    return min(worded, key=lambda name: usual.index(plain_name(name)), default="")


def _worded(values: Sequence[str]) -> bool:
    """Whether most values are words."""
    with_letters = Counter(bool(re.search(r"[^\W\d_]{2}", value)) for value in values)
    return with_letters[True] > with_letters[False]
