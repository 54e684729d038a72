"""A text table by chunks of some megabytes: rows that any reader reads alike at once, odd ones one by one.

A line is *plain* when it is one whole row with the right number of fields, whose quotation marks stand only
around whole fields, without control characters. Plain lines go to the fast reader together; every other
line goes through ``csv`` alone, with the number that a text editor shows for it.
"""

import csv
from codecs import getincrementaldecoder
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .errors import UnreadableFile
from .lines import MOST_LINE_BYTES, Progress
from .plan import Plan

CHUNK_BYTES = 8 * 1024 * 1024

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some lines of a table. ``plain``: UTF-8 text of the plain rows, ``lines`` their numbers from 1;
    ``odd``: (number of the first line, fields) of the others, blank ones left out.
    """

    plain: bytes
    lines: Ints
    odd: list[tuple[int, list[str]]]


class _Unfinished(Exception):
    """A row goes on beyond the lines at hand."""


class _NeverClosed(Exception):
    """A row goes on beyond the end of the file."""


def chunks_of(
    path: Path, plan: Plan, *, expected: str, progress: Progress | None
) -> Generator[Chunk, None, None]:
    """Cuts a file into chunks at ends of rows. Raises ``UnreadableFile`` for what is no table."""
    width, number, rest = len(plan.names), 1, b""
    for text, last in _texts(path, plan, progress):
        cutter = _Cutter(rest + text, number, plan.separator, width, expected)
        yield cutter.chunk(last=last)
        number, rest = cutter.next_line, cutter.rest


def _texts(path: Path, plan: Plan, progress: Progress | None) -> Iterator[tuple[bytes, bool]]:
    """UTF-8 text whose lines end with one line feed, in pieces that end with a line; (piece, is the last)."""
    total, done, kept = path.stat().st_size, 0, b""
    decode = _Decoder(plan)
    with path.open("rb") as file:
        while True:
            block = file.read(CHUNK_BYTES)
            last = len(block) < CHUNK_BYTES
            done += len(block)
            whole, kept = _at_line_end(kept + decode(block, last=last), last=last)
            if len(kept) > CHUNK_BYTES:  # a line without an end is told by its length
                whole, kept = kept, b""
            yield whole, last
            if progress and done:
                progress(done, max(total, done))
            if last:
                return


def _at_line_end(text: bytes, *, last: bool) -> tuple[bytes, bytes]:
    """(whole lines with one kind of end, the beginning of the next)."""
    if last:
        whole, rest = text, b""
    else:
        cut = text.rfind(b"\n") + 1 or text.rfind(b"\r", 0, -1) + 1
        whole, rest = text[:cut], text[cut:]
    if b"\r" in whole:
        whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if last and whole and not whole.endswith(b"\n"):
        whole += b"\n"
    return whole, rest


class _Decoder:
    """Bytes of the file to UTF-8. What the encoding cannot read is read line by line by the fallback."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._utf8 = plan.encoding.startswith("utf-8")
        self._decoder = getincrementaldecoder("utf-8-sig" if self._utf8 else plan.encoding)("replace")
        self._begun = False

    def __call__(self, block: bytes, *, last: bool) -> bytes:
        if not self._utf8:
            text = self._decoder.decode(block, final=last)
            return text.removeprefix("\ufeff").encode("utf-8", errors="replace")
        if not self._begun:
            block, self._begun = block.removeprefix(b"\xef\xbb\xbf"), True
        return block  # checked in ``_Cutter``, whose pieces end with a line


def repaired(text: bytes, fallback: str) -> bytes:
    """UTF-8 throughout: lines that are not are read by the fallback."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return b"".join(_line(line, fallback) for line in text.splitlines(keepends=True))
    return text


def _line(line: bytes, fallback: str) -> bytes:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(fallback, errors="replace").encode()
    return line


class _Cutter:
    """One piece of text, cut into plain rows and odd ones."""

    def __init__(self, text: bytes, number: int, separator: str, width: int, expected: str) -> None:
        self._text = repaired(text, "cp1252")
        self._number, self._separator, self._width = number, separator, width
        self._expected = expected
        self.next_line, self.rest = number, b""
        self._bytes = np.frombuffer(self._text, np.uint8)
        ends = np.flatnonzero(self._bytes == _LF).astype(np.int64)
        self._stops = ends + 1
        self._starts = np.concatenate([[0], self._stops[:-1]]).astype(np.int64) if len(ends) else ends
        self._check_lengths()

    def _check_lengths(self) -> None:
        if len(self._stops) and (longest := np.max(self._stops - self._starts)) > MOST_LINE_BYTES:
            place = int(np.argmax(self._stops - self._starts == longest))
            self._too_long(place)
        if not len(self._stops) and len(self._bytes) > MOST_LINE_BYTES:
            self._too_long(0)

    def _too_long(self, place: int) -> None:
        raise UnreadableFile(
            "line_too_long", line=self._number + place, limit=MOST_LINE_BYTES, expected=self._expected
        )

    def chunk(self, *, last: bool) -> Chunk:
        """The rows; ``rest`` and ``next_line`` tell where the next piece begins."""
        count = len(self._stops)
        plain = self._plain()
        odd = list(self._odd_rows(plain, last=last))
        plain[count - self._left :] = False
        self.next_line = self._number + count - self._left
        self.rest = self._text[self._starts[count - self._left] :] if self._left else b""
        kept = plain.all() if count else False
        text = self._text if kept else self._bytes[np.repeat(plain, self._stops - self._starts)].tobytes()
        return Chunk(plain=text, lines=np.flatnonzero(plain) + self._number, odd=odd)

    def _plain(self) -> Bools:
        data, starts = self._bytes, self._starts
        if not len(starts):
            return np.zeros(0, bool)
        separators = np.flatnonzero(data == ord(self._separator))
        found = np.diff(np.searchsorted(separators, np.append(starts, len(data))))
        bare = self._stops - self._starts - 1 <= found  # nothing but separators
        odd = np.zeros(len(starts), bool)
        quotes = np.flatnonzero(data == _QUOTE)
        if len(quotes):
            found -= self._quoted(quotes, separators, odd)
        odd |= bare | (found != self._width - 1)
        control = np.flatnonzero((data < 32) & (data != _LF) & (data != 9))
        odd[np.searchsorted(starts, control, side="right") - 1] = True
        return ~odd

    def _quoted(self, quotes: Ints, separators: Ints, odd: Bools) -> Ints:
        """How many separators of each line stand within marks; lines with a misplaced mark become odd."""
        line_of = np.searchsorted(self._starts, quotes, side="right") - 1
        rank = np.arange(len(quotes)) - np.searchsorted(quotes, self._starts)[line_of]
        odd[line_of[~self._well_placed(quotes, rank % 2 == 0)]] = True
        odd[np.bincount(line_of, minlength=len(odd)) % 2 == 1] = True
        fine = ~odd[line_of]
        pairs = quotes[fine].reshape(-1, 2)
        inside = np.searchsorted(separators, pairs[:, 1]) - np.searchsorted(separators, pairs[:, 0])
        counted = np.bincount(line_of[fine][::2], weights=inside, minlength=len(odd))
        return counted.astype(np.int64)

    def _well_placed(self, quotes: Ints, opening: Bools) -> Bools:
        """Opening marks begin a field, closing ones end it."""
        data, separator = self._bytes, ord(self._separator)
        before = data[np.maximum(quotes - 1, 0)]
        begins = (quotes == 0) | (before == separator) | (before == _LF)
        after = data[np.minimum(quotes + 1, len(data) - 1)]
        ends = (after == separator) | (after == _LF)
        fits: Bools = np.where(opening, begins, ends)
        return fits

    def _odd_rows(self, plain: Bools, *, last: bool) -> Iterator[tuple[int, list[str]]]:
        """Rows of the lines that are not plain; marks as not plain what a quoted field swallows."""
        self._left, place = 0, 0
        for odd in np.flatnonzero(~plain).tolist():
            if odd < place:
                continue
            try:
                row, lines = self._row_from(odd, last=last)
            except _Unfinished:
                self._left = len(plain) - odd
                return
            except (_NeverClosed, csv.Error):
                raise UnreadableFile("open_quote", line=self._number + odd) from None
            place = odd + lines
            plain[odd:place] = False
            if any(field.strip() for field in row):
                yield self._number + odd, row

    def _row_from(self, place: int, *, last: bool) -> tuple[list[str], int]:
        """(fields, number of lines) of the row that begins here.

        A mark that is opened and forgotten would swallow all lines up to the next one: where the marks of
        several lines stand elsewhere than around fields, the first line is a row of its own.
        """
        reader = csv.reader(self._lines_from(place, last=last), delimiter=self._separator)
        row, lines = next(reader), reader.line_num
        if lines > 1:
            some = [self._line(here) for here in range(place, place + lines)]
            try:
                next(csv.reader(some, delimiter=self._separator, strict=True))
            except csv.Error:
                return next(csv.reader(some[:1], delimiter=self._separator)), 1
        return row, lines

    def _lines_from(self, place: int, *, last: bool) -> Iterator[str]:
        for here in range(place, len(self._stops)):
            yield self._line(here)
        raise _NeverClosed if last else _Unfinished

    def _line(self, place: int) -> str:
        return self._text[self._starts[place] : self._stops[place]].decode()
