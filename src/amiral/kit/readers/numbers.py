"""House numbers as people write them: ``12``, ``12 bis``, ``73B``, ``3-5``."""

import re

_NUMBER = re.compile(r"^(\d{1,6})(?!\d)(?:\.0+)?\s*(.*)$", re.DOTALL)
_SUFFIX = re.compile(r"^(?:[\s\-–/;,.&+à]*[^\W_]{1,9}){0,5}[.½¼¾]?$")
_BEFORE = re.compile(
    r"^(?:(?:č\.\s?p|č\.\s?ev|ev\.\s?č|ev|č|д|no|nr|num)\.|№|n[°º]|#)\s?(?=\d)", re.IGNORECASE
)  # č.p. 214, д. 5
_ADDRESS = re.compile(
    r"^\s*(\d{1,6}(?:\s*[-/]\s*\d{1,5})?)\s*((?:bis|ter|quater|quinquies)\b|[A-Za-z]\b(?!['’]))?[\s,]+(.*\S)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_LETTERED = re.compile(r"^[A-Z]{1,2}\d{0,3}$")  # some estates number by letters
_TOWN = re.compile(r"^(.*\S)\s*[,\s]\s*(\d{5})\s+(\D+)$", re.DOTALL)
MOST_SUFFIX_LETTERS = 9


def split_number(text: str) -> tuple[int, str]:
    """(12, "bis") for ``12bis``, (0, "H1") for ``H1``; ValueError for what is no house number."""
    if _LETTERED.match(text.strip()):
        return 0, text.strip()
    match = _NUMBER.match(_BEFORE.sub("", text.strip()))
    suffix = match[2].strip() if match else ""
    letters = sum(c.isalpha() for c in suffix)
    if not match or letters > MOST_SUFFIX_LETTERS or len(suffix) > 30 or not _SUFFIX.match(suffix):
        raise ValueError(text)
    return int(match[1]), suffix


def split_address(text: str) -> tuple[int, str, str]:
    """(12, "bis", "Rue de Lappe") for ``12 bis Rue de Lappe``; number 0 where there is none."""
    match = _ADDRESS.match(text)
    if not match:
        return 0, "", text.strip()
    number, own = split_number(match[1])
    return number, match[2] or own, match[3]


def split_town(text: str) -> tuple[str, str, str]:
    """(street, postal code, town) of ``Rue de Siam, 29200 Brest``; the last two empty where not told."""
    match = _TOWN.match(text)
    return (match[1].rstrip(" ,"), match[2], match[3].strip(" ,")) if match else (text, "", "")
