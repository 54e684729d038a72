"""Codes of places as results files write them, in one form: ``ZA`` is 971, bureau ``12`` is ``0012``.

Codes are those of the day of the ballot; which commune of today that is, the room knows.
"""

import re
from dataclasses import dataclass

DEPARTEMENT_OF = {
    "ZA": "971",
    "ZB": "972",
    "ZC": "973",
    "ZD": "974",
    "ZM": "976",
    "ZN": "988",
    "ZP": "987",
    "ZS": "975",
    "ZW": "986",
    "ZZ": "99",
    "099": "99",
}
"""The ministry's letters for overseas and abroad. ``ZX`` is Saint-Martin with Saint-Barthélemy: two codes."""

ABROAD = "99"
SAINT_MARTIN_AND_SAINT_BARTHELEMY = "ZX"
_SAINTS = {"701": "977", "801": "978"}
LEVELS = ("bureau-de-vote", "commune", "canton", "circonscription", "departement", "region", "pays")
"""Levels of a line from the finest to the coarsest."""

_ARRONDISSEMENTS = {"75056": (75100, 20), "69123": (69380, 9), "13055": (13200, 16)}
_SECTOR = re.compile(r"^(\d{3}|\d{5})((?:SR|SN)\d{1,2})$")
_ODD = re.compile(r"[^0-9A-Z-]")


@dataclass(frozen=True, kw_only=True)
class PlaceCodes:
    """Where a line belongs: codes of the day of the ballot, empty where the line does not tell.

    ``commune`` is a whole INSEE code (``71076``, abroad ``99`` and the ministry's three digits),
    ``arrondissement`` that of Paris, Lyon or Marseille, ``canton`` as ``7101``, ``circonscription`` as
    ``71-05``, ``bureau`` four characters without the arrondissement. ``sector`` tells the electoral sectors
    of Paris, Lyon and Marseille apart (``SR01``), each with lists of its own in municipal elections.
    """

    departement: str = ""
    region: str = ""
    commune: str = ""
    arrondissement: str = ""
    canton: str = ""
    circonscription: str = ""
    bureau: str = ""
    sector: str = ""

    @property
    def station(self) -> str:
        """Code of the bureau as a territory: ``71076_0012``, in Paris ``75104_0012``."""
        return f"{self.arrondissement or self.commune}_{self.bureau}" if self.bureau else ""


def departement_code(text: str) -> str:
    """``1`` → ``01``, ``2a`` → ``2A``, ``ZD`` → ``974``; other texts stay as they are."""
    code = text.strip().upper()
    if code.isdigit():
        code = code.lstrip("0").zfill(2)
    return DEPARTEMENT_OF.get(code, code)


def commune_code(departement: str, text: str) -> str:
    """The whole INSEE code from the ministry's three digits, a whole code, or one that begins by letters."""
    code = text.strip().upper()
    if len(code) == 5 and code[:2] in {*DEPARTEMENT_OF, SAINT_MARTIN_AND_SAINT_BARTHELEMY}:
        return _overseas(code[:2], code[2:])
    if len(code) == 5 and (code.isdigit() or code[:2] in {"2A", "2B"}):
        return code
    if len(code) == 4 and code.isdigit() and departement == code[0].zfill(2):
        return code.zfill(5)  # 1053 for 01053: a spreadsheet took the code for a number
    return _overseas(departement, code.zfill(3)) if code else ""


def sector_in(text: str) -> tuple[str, str]:
    """(commune, sector) of ``055SR01`` or ``13055SR01``; the sector is empty elsewhere."""
    found = _SECTOR.match(text.strip().upper())
    return (found[1], found[2]) if found else (text, "")


def _overseas(departement: str, code: str) -> str:
    """``ZA`` and 101 make 97101; before 2011 Mayotte's were 501 and on, now 601: 97601."""
    if departement == SAINT_MARTIN_AND_SAINT_BARTHELEMY:
        return "97" + code
    departement = DEPARTEMENT_OF.get(departement, departement)
    if len(departement) < 3:
        return departement + code
    if code.startswith(("0", departement[2])):
        return departement[:2] + (departement[2] + code[1:])
    return departement + code[1:]


def departement_of_commune(commune: str) -> str:
    """The département that an INSEE code begins with."""
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def bureau_code(text: str) -> str:
    """Four characters: ``12`` → ``0012``, ``JUS1`` stays; of ``71076_12`` the part behind the line."""
    code = _ODD.sub("", text.strip().upper().rpartition("_")[2].replace(" ", "-"))
    return code.zfill(4) if code else ""


def arrondissement_in(commune: str, bureau: str) -> tuple[str, str]:
    """(municipal arrondissement, bureau within it): bureau 0412 of Paris is 0012 of the 4th."""
    base, most = _ARRONDISSEMENTS.get(commune, (0, 0))
    if base and len(bureau) == 4 and bureau.isdigit() and 1 <= int(bureau[:2]) <= most:
        return str(base + int(bureau[:2])), f"00{bureau[2:]}"
    for first, count in _ARRONDISSEMENTS.values():
        if commune.isdigit() and first < int(commune) <= first + count:
            own = f"{int(commune) - first:02d}"
            inner = f"00{bureau[2:]}" if bureau.startswith(own) and len(bureau) == 4 else bureau
            return commune, inner
    return "", bureau


def whole_commune(commune: str) -> str:
    """75056 for 75104: what a results file calls a commune may be an arrondissement of it."""
    for whole, (first, count) in _ARRONDISSEMENTS.items():
        if commune.isdigit() and first < int(commune) <= first + count:
            return whole
    return commune


def canton_code(departement: str, text: str) -> str:
    """``71`` and ``1`` make ``7101``."""
    code = text.strip().upper().replace("-", "")
    if not code or not departement:
        return ""
    return code if len(code) > 2 and code.startswith(departement) else departement + code[-2:].zfill(2)


def circonscription_code(departement: str, text: str) -> str:
    """``71`` and ``5`` (or ``05``, ``7105``, ``71-05``) make ``71-05``; abroad ``99-01``."""
    digits = re.sub(r"\D", "", text.strip()[-3:] if len(text.strip()) > 2 else text)
    return f"{departement}-{digits[-2:].zfill(2)}" if digits and departement else ""


def region_code(text: str) -> str:
    """``1`` → ``01``."""
    code = text.strip()
    return code.zfill(2) if code.isdigit() else code


def saint(commune: str, departement: str) -> str:
    """977 or 978 where a line of ``ZX`` names its commune."""
    return _SAINTS.get(commune[2:], departement) if departement == "ZX" and commune else departement
