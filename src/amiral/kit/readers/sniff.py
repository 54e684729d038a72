"""What kind of file this is, from its first bytes; how its text is coded."""

from collections import Counter
from pathlib import Path

from amiral.cores.sentences import Sentence

from .errors import (
    ADVICE,
    ADVICE_CONVERT,
    ADVICE_EXPORT,
    ADVICE_OTHER,
    ADVICE_UNPACK,
    EXPECTED,
    UNKNOWN_BINARY,
    UNKNOWN_TEXT,
    UnreadableFile,
)

HEAD_BYTES = 262_144

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "a gzip archive", ADVICE_UNPACK),
    (b"BZh", "a bzip2 archive", ADVICE_UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", ADVICE_UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", ADVICE_UNPACK),
    (b"Rar!", "a RAR archive", ADVICE_UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", ADVICE_UNPACK),
    (b"%PDF", "a PDF document", ADVICE_OTHER),
    (b"\x89PNG", "an image (PNG)", ADVICE_OTHER),
    (b"\xff\xd8\xff", "an image (JPEG)", ADVICE_OTHER),
    (b"GIF8", "an image (GIF)", ADVICE_OTHER),
    (b"RIFF", "an image or a sound (RIFF)", ADVICE_OTHER),
    (b"\xd0\xcf\x11\xe0", "an old Office document (.xls, .doc)", ADVICE_EXPORT),
    (b"SQLite format 3", "an SQLite database or GeoPackage", ADVICE_EXPORT),
    (b"PAR1", "a Parquet file", ADVICE_EXPORT),
    (b"\x00\x00\x27\x0a", "a shapefile", ADVICE_EXPORT),
    (b"\x7fELF", "a program", ADVICE_OTHER),
    (b"{\\rtf", "an RTF document", ADVICE_OTHER),
)
_ZIPPED: tuple[tuple[bytes, str, str], ...] = (
    (b"xl/", "a spreadsheet (.xlsx)", ADVICE_EXPORT),
    (b"opendocument.spreadsheet", "a spreadsheet (.ods)", ADVICE_EXPORT),
    (b"word/", "a text document (.docx)", ADVICE_OTHER),
    (b"opendocument.text", "a text document (.odt)", ADVICE_OTHER),
)
_MARKED_UP = ("an OpenStreetMap XML file", "a web page", "an XML file", "a JSON or GeoJSON file")
_ARCHIVES = ("a zip archive", "a tar archive")

PHRASES: tuple[str, ...] = (
    *EXPECTED,
    *ADVICE,
    UNKNOWN_BINARY,
    UNKNOWN_TEXT,
    *_MARKED_UP,
    *_ARCHIVES,
    *dict.fromkeys(name for _, name, _ in (*_ZIPPED, *_SIGNATURES)),
)
"""Every value of ``expected``, ``found`` and ``advice``: msgids for translators, like ``SENTENCES``."""


def head_of(path: Path, expected: str) -> bytes:
    """The first bytes of a readable, non-empty file."""
    if not path.exists():
        raise UnreadableFile("missing_file", path=str(path))
    if path.is_dir():
        raise UnreadableFile("not_a_file", path=str(path))
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except PermissionError:
        raise UnreadableFile("no_access", path=str(path)) from None
    if not head.strip():
        raise UnreadableFile("empty", expected=expected)
    return head


def is_pbf(head: bytes) -> bool:
    """Whether an OpenStreetMap PBF begins here: a blob header that says OSMHeader."""
    return head[:3] == b"\x00\x00\x00" and b"OSMHeader" in head[:40]


def refuse_other_kinds(head: bytes, expected: str) -> None:
    """Raise for every kind of file that people mistake for a table or an extract."""
    found = _named(head)
    if found:
        raise UnreadableFile("other_kind", found=Sentence(found[0]), expected=expected, advice=found[1])


def _named(head: bytes) -> tuple[str, str] | None:
    if head[:4] == b"PK\x03\x04":
        inside = [(name, advice) for mark, name, advice in _ZIPPED if mark in head]
        return inside[0] if inside else ("a zip archive", ADVICE_UNPACK)
    for signature, name, advice in _SIGNATURES:
        if head.startswith(signature):
            return name, advice
    if head[257:262] == b"ustar":
        return "a tar archive", ADVICE_UNPACK
    return _marked_up(head)


def _marked_up(head: bytes) -> tuple[str, str] | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:2000].lower()
    if text.startswith((b"{", b"[")):
        return "a JSON or GeoJSON file", ADVICE_EXPORT
    if not text.startswith(b"<"):
        return None
    if b"<osm" in text:
        return "an OpenStreetMap XML file", ADVICE_CONVERT
    return ("a web page", ADVICE_OTHER) if b"<html" in text else ("an XML file", ADVICE_OTHER)


def richest_line_first(head: bytes) -> bytes:
    """The beginning of a text with its richest line first: titles stand above the header of many files."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head
    lines = head.split(b"\n")[:_HEAD_LINES]
    widest = max(lines, key=lambda line: max(line.count(mark) for mark in (b";", b",", b"\t", b"|")))
    bom = b"\xef\xbb\xbf" if head.startswith(b"\xef\xbb\xbf") else b""
    return bom + widest.removeprefix(bom) + b"\n" + head.removeprefix(bom)


_HEAD_LINES = 60


def encoding_of(head: bytes) -> tuple[str, str]:
    """(encoding, encoding for the lines that this one cannot read). UTF-8 wins unless it mostly fails.

    Files that were joined by hand are mostly UTF-8 with a few Windows-1252 lines, hence the second.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "utf-16"
    if bare := wide_without_mark(head):
        return bare, bare
    good, bad = _utf8_fit(head)
    if good >= bad:
        return "utf-8-sig", "cp1252"
    legacy = _legacy(head)
    return legacy, legacy


def wide_without_mark(head: bytes) -> str:
    """UTF-16 whose byte order mark is missing: every other byte of a European text is zero."""
    part = head[:4_000]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = part[first::2], part[1 - first :: 2]
        if len(zeros) > 8 and zeros.count(0) * 10 > len(zeros) * 9 and others.count(0) * 10 < len(others):
            return encoding
    return ""


def fallback_of(encoding: str) -> str:
    """The encoding for the lines that this one cannot read."""
    return "cp1252" if encoding.startswith("utf-8") else encoding


def _utf8_fit(head: bytes) -> tuple[int, int]:
    text = head.decode("utf-8", errors="replace")
    bad = text[:-1].count("\ufffd")
    return sum(1 for c in text if c > "\x7f") - bad, bad


_FRENCH = Counter("éèêëàâäçîïôöùûüÿœæÉÈÊËÀÂÄÇÎÏÔÖÙÛÜŸŒÆ’«»°ßñáíóúåøÅØ")
_WEIGHTS = {"é": 5.0, "è": 3.0, "à": 3.0}
"""How much commoner these are: an é of one encoding is a Ç of another, and both are letters of French."""
_CANDIDATES = ("cp1252", "iso8859-15", "mac_roman", "cp850")


def _legacy(head: bytes) -> str:
    """The one-byte encoding whose reading has the most letters that French uses."""
    high = bytes(b for b in head if b > 0x7F)
    return max(_CANDIDATES, key=lambda name: (_plausible(high, name), -_CANDIDATES.index(name)))


def _plausible(high: bytes, encoding: str) -> float:
    text = high.decode(encoding, errors="replace")
    return sum(_WEIGHTS.get(c, 2.0 if c.islower() else 1.0) if c in _FRENCH else -2.0 for c in text)
