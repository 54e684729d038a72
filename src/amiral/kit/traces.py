"""Looking for what should be gone: texts, in every form they may hide in, wherever this installation writes.

Used by the tests of erasure and by ``amiral people scan-traces``. Tables and columns are read from the
database itself, so that a table nobody thought of is searched too.
"""

import base64
import binascii
import gzip
import hashlib
import html
import io
import json
import quopri
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import numpy as np
import pyarrow.parquet as pq
from django.conf import settings
from django.core.cache import caches
from django.db import connection

SHORTEST = 5
"""Shorter texts (a year, a given name of four letters) are looked for as whole words only."""
START = 4
"""Bytes by which a needle is first recognised; no needle is shorter."""
SHARE = 8 * 1024 * 1024
"""Bytes of a file read at once."""
DEEPEST = 3
"""How often something packed is unpacked: an archive in an archive, a session in a dump."""
LARGEST_PACKED = 256 * 1024 * 1024
"""Archives beyond this size are searched as they lie, and not opened."""


@dataclass(frozen=True, order=True, kw_only=True)
class Trace:
    """A text that was found: where, and in which form. Never the text itself, but its place in the list."""

    place: str
    form: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Needle:
    """One form of one text. ``whole``: only between signs that are neither letters nor digits."""

    number: int
    form: str
    text: bytes
    whole: bool


def bare(text: str) -> str:
    """Lower case, without accents, words of letters and digits separated by one blank."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", letters))


def spellings(text: str) -> set[str]:
    """The ways in which one value is written: as typed, folded, normalised; of a number its usual groups."""
    found = {text, text.casefold(), text.upper(), bare(text)}
    found |= {unicodedata.normalize(form, one) for form in ("NFC", "NFD") for one in tuple(found)}
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 9 and not re.search(r"[^\W\d_]", text):
        found |= _numbers(digits[-9:])
    return {one for one in found if one.strip()}


def _numbers(last: str) -> set[str]:
    """A French number from its last nine digits."""
    pairs = [last[0], *(last[place : place + 2] for place in range(1, 9, 2))]
    written = {f"0{last}", f"+33{last}", f"33{last}", last}
    return written | {sign.join(["0" + pairs[0], *pairs[1:]]) for sign in " .-"}


def needles(texts: Iterable[str]) -> tuple[Needle, ...]:
    """Every form of every text, without repetition. ``number`` is the text's place, from 1."""
    found: dict[tuple[bytes, bool], Needle] = {}
    for number, text in enumerate(texts, 1):
        for form, content in _forms(text.strip()):
            whole = len(text.strip()) < SHORTEST and form in _PLAIN
            if len(content) >= (START if whole else SHORTEST):
                needle = Needle(number=number, form=form, text=content, whole=whole)
                found.setdefault((content, whole), needle)
    return tuple(found.values())


_PLAIN = {"text", "utf-16", "latin-1"}


def _forms(text: str) -> Iterator[tuple[str, bytes]]:
    # Hay is searched as it is and in lower case (of ASCII): one spelling stands for all capitals.
    for one in spellings(text):
        yield "text", one.encode()
        if len(text) < SHORTEST:
            continue
        yield "utf-16", one.encode("utf-16-le")
        yield "utf-16", one.encode("utf-16-be")
        yield "latin-1", one.encode("latin-1", "ignore")
        yield "url", quote(one, safe="").encode()
        yield "url", quote_plus(one).encode()
        yield "json", json.dumps(one)[1:-1].encode()
        yield "html", html.escape(one).encode()
        yield "quoted-printable", quopri.encodestring(one.encode(), quotetabs=False)
        yield "hex", one.encode().hex().encode()
        yield from (("base64", part) for part in _base64(one.encode()))
        for name in ("md5", "sha1", "sha256"):
            digest = hashlib.new(name, one.encode(), usedforsecurity=False)
            yield name, digest.hexdigest().encode()
            yield name, digest.digest()
            yield name, base64.b64encode(digest.digest()).rstrip(b"=")


def _base64(content: bytes) -> Iterator[bytes]:
    """The parts that never change wherever the content begins, in both alphabets."""
    if len(content) < 8:
        return
    for shift in range(3):
        start = (3 - shift) % 3
        part = content[start : start + (len(content) - start) // 3 * 3]
        if len(part) >= 6:
            yield base64.b64encode(part)
            yield base64.urlsafe_b64encode(part)


class Searcher:
    """Finds needles in bytes, thousands at once: two tables of pairs of bytes tell where one may begin."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.needles = needles(texts)
        self.overlap = max((len(needle.text) for needle in self.needles), default=0)
        self._by_start: dict[bytes, list[Needle]] = {}
        self._first, self._second = np.zeros(65536, bool), np.zeros(65536, bool)
        for needle in self.needles:
            start = needle.text.lower()[:START]
            self._by_start.setdefault(start, []).append(needle)
            self._first[int.from_bytes(start[:2], "little")] = True
            self._second[int.from_bytes(start[2:], "little")] = True

    def find(self, hay: bytes) -> list[Needle]:
        """The needles in one piece of bytes. Capitals of ASCII are let alone in texts."""
        lower = hay.lower()
        found = {
            id(needle): needle
            for place in self._places(lower)
            for needle in self._by_start.get(lower[place : place + START], ())
            if _stands(needle, hay, lower, place)
        }
        return list(found.values())

    def _places(self, lower: bytes) -> list[int]:
        if len(lower) < START:
            return []
        signs = np.frombuffer(lower, np.uint8).astype(np.uint16)
        pairs = signs[:-1] | (signs[1:] << 8)
        places: list[int] = np.flatnonzero(self._first[pairs[:-2]] & self._second[pairs[2:]]).tolist()
        return places

    def deep(self, hay: bytes, *, depth: int = DEEPEST) -> list[Needle]:
        """As ``find``, and in what is packed inside: sessions, archives, escaped texts, base64."""
        found = self.find(hay)
        if depth and len(hay) <= LARGEST_PACKED:
            for inner in unpacked(hay):
                found += self.deep(inner, depth=depth - 1)
        return found


_CASELESS = {"text", "url", "json", "html", "hex", "md5", "sha1", "sha256", "latin-1", "quoted-printable"}


def _stands(needle: Needle, hay: bytes, lower: bytes, place: int) -> bool:
    end = place + len(needle.text)
    same = (
        needle.text.lower() == lower[place:end] if needle.form in _CASELESS else needle.text == hay[place:end]
    )
    return same and not (
        needle.whole and (_in_a_word(lower[place - 1 : place]) or _in_a_word(lower[end : end + 1]))
    )


def _in_a_word(sign: bytes) -> bool:
    return sign.isalnum() or sign >= b"\x80"


_PACKED = re.compile(rb"\.?[A-Za-z0-9+/_-]{24,}={0,2}")


def unpacked(hay: bytes) -> Iterator[bytes]:
    """What is packed in some bytes: gzip, zip, Parquet as a whole; base64, compressed or not, in the text."""
    if hay[:2] == b"\x1f\x8b":
        yield from _quietly(lambda: [gzip.decompress(hay)])
    if hay[:4] == b"PK\x03\x04":
        yield from _quietly(lambda: _members(hay))
    if hay[:4] == b"PAR1":
        yield from _quietly(lambda: [json.dumps(_parquet(hay), ensure_ascii=False, default=str).encode()])
    if b"\\u" in hay:
        # Half of a pair of surrogates is no text: left out.
        yield re.sub(rb"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)).encode(errors="ignore"), hay)
    if len(hay) <= SHARE:
        yield from (inner for found in _PACKED.finditer(hay) if (inner := _plain_base64(found[0])))


def _plain_base64(text: bytes) -> bytes:
    body = text.lstrip(b".").rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        content = base64.b64decode(body + b"=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return b""
    if content[:1] != b"\x78":
        return content
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content


def _quietly(read: Callable[[], Iterable[bytes]]) -> list[bytes]:
    """What cannot be opened is searched as it lies only."""
    try:
        return list(read())
    except Exception:  # a damaged file has as many ways to say so as there are formats
        return []


def _members(hay: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(hay)) as archive:
        for name in archive.namelist():
            yield name.encode() + b"\n" + archive.read(name)


def _parquet(hay: bytes) -> dict[str, Any]:
    columns: dict[str, Any] = pq.read_table(io.BytesIO(hay)).to_pydict()
    return columns


# Places -----------------------------------------------------------------------------------------------


def scan(texts: Iterable[str], *, also: Iterable[Path] = (), but: Iterable[Path] = ()) -> tuple[Trace, ...]:
    """Every trace of the texts in tables, files of the database, caches and folders; ``also``: further files.

    Reads everything once: some seconds for a village, some minutes for a nation.
    """
    searcher = Searcher(texts)
    found = [*in_tables(searcher), *in_caches(searcher)]
    for path in files(also=also, but=but):
        found += in_file(searcher, path)
    return tuple(sorted(set(found)))


def in_tables(searcher: Searcher) -> Iterator[Trace]:
    """Every column of every table that the database has, whether or not a model knows it."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
    for table in tables:
        yield from _in_table(searcher, table)


def _in_table(searcher: Searcher, table: str) -> Iterator[Trace]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 a table's own name
        names = [column[0] for column in cursor.description or ()]
        while rows := cursor.fetchmany(500):
            # One search for many rows; the cell is looked for only when there is something.
            if searcher.deep(b"\0".join(_bytes(value) for row in rows for value in row)):
                for row in rows:
                    yield from _in_row(searcher, table, names, row)


def _in_row(searcher: Searcher, table: str, names: list[str], row: tuple[Any, ...]) -> Iterator[Trace]:
    for name, value in zip(names, row, strict=True):
        for needle in searcher.deep(_bytes(value)):
            yield Trace(place=f"table {table}.{name}", form=needle.form, number=needle.number)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str).encode()
    text = "" if value is None else str(value)
    # Accents apart and signs apart: what was typed differently is the same value.
    return f"{text}\0{bare(text)}".encode(errors="surrogatepass")


def in_caches(searcher: Searcher) -> Iterator[Trace]:
    """Keys and values of the caches that lie in this process; others are named in docs/erasure.md."""
    for alias in settings.CACHES:
        kept = getattr(caches[alias], "_cache", None)
        if isinstance(kept, dict):
            content = b"\0".join(str(key).encode() + b"\0" + bytes(value) for key, value in kept.items())
            for needle in searcher.deep(content):
                yield Trace(place=f"cache {alias}", form=needle.form, number=needle.number)


def files(*, also: Iterable[Path] = (), but: Iterable[Path] = ()) -> list[Path]:
    """Every file under the folders of this installation, the database with its log, and those given."""
    places = {Path(settings.STATE_DIR), Path(settings.REFERENCE_DIR), *also}
    if settings.MEDIA_ROOT:
        places.add(Path(settings.MEDIA_ROOT))
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        places |= {Path(f"{name}{end}") for end in ("", "-wal", "-journal")}
    found = {path.resolve() for place in places for path in (place.rglob("*") if place.is_dir() else [place])}
    left_out = [path.resolve() for path in but]
    return sorted(
        path for path in found if path.is_file() and not any(path.is_relative_to(out) for out in left_out)
    )


def in_file(searcher: Searcher, path: Path) -> Iterator[Trace]:
    """One file: its name, its bytes, and what is packed inside."""
    seen = {(needle.form, needle.number) for needle in searcher.find(path.name.encode())}
    for content in _shares(path, searcher.overlap):
        seen |= {(needle.form, needle.number) for needle in searcher.find(content)}
    if path.stat().st_size <= LARGEST_PACKED and not _is_database(path):
        seen |= {(needle.form, needle.number) for needle in searcher.deep(path.read_bytes())}
    for form, number in seen:
        yield Trace(place=f"file {path}", form=form, number=number)


def _is_database(path: Path) -> bool:
    """Its tables are searched as tables: unpacking every run of letters of its bytes would take for ever."""
    return path.name.endswith(("-wal", "-shm")) or _shares_first(path) == b"SQLite format 3\0"


def _shares_first(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _shares(path: Path, overlap: int) -> Iterator[bytes]:
    """The bytes in pieces that overlap, so that nothing hides at a border."""
    before = b""
    with path.open("rb") as file:
        for piece in iter(partial(file.read, SHARE), b""):
            yield before + piece
            before = (before + piece)[-overlap:] if overlap else b""
