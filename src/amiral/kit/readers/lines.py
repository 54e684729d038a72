"""Lines and rows of a text table, streamed: never more than one line in memory."""

import csv
from collections.abc import Callable, Generator
from pathlib import Path

from .errors import UnreadableFile
from .sniff import encoding_of

MOST_LINE_BYTES = 1_000_000
MOST_FIELD = 200_000
REPORT_EVERY = 2000

Progress = Callable[[int, int], None]
"""Called with (done, total); raise from it to interrupt. Total 0: unknown."""

csv.field_size_limit(MOST_FIELD)


class Table:
    """Rows of a delimited text file with the number of the line each begins on; made for one pass."""

    def __init__(self, path: Path, head: bytes, expected: str, progress: Progress | None) -> None:
        self._path = path
        self._expected = expected
        self._progress = progress
        self._encoding, self._fallback = encoding_of(head)
        self.separator = _separator(self._decode(head.split(b"\n", 1)[0]) if not self._wide else _wide(head))
        if not self.separator:
            raise UnreadableFile("no_separator", expected=expected)

    @property
    def _wide(self) -> bool:
        return self._encoding == "utf-16"

    def rows(self) -> Generator[tuple[int, list[str]], None, None]:
        """(first line, fields) of each row that is not blank, the header too. Closing it closes the file."""
        lines = self._lines()
        reader = csv.reader(lines, delimiter=self.separator)
        begins = 1
        try:
            for row in reader:
                if any(field.strip() for field in row):
                    yield begins, row
                begins = reader.line_num + 1
        except csv.Error:
            raise UnreadableFile("open_quote", line=begins) from None
        finally:
            lines.close()

    def _lines(self) -> Generator[str, None, None]:
        return self._wide_lines() if self._wide else self._byte_lines()

    def _byte_lines(self) -> Generator[str, None, None]:
        total, done = self._path.stat().st_size, 0
        with self._path.open("rb") as file:
            number = 0
            while line := file.readline(MOST_LINE_BYTES + 1):
                number += 1
                done += len(line)
                self._check(len(line), number)
                self._report(number, done, total)
                yield from _split_old_mac(self._decode(line))

    def _wide_lines(self) -> Generator[str, None, None]:
        with self._path.open(encoding="utf-16", errors="replace", newline="") as file:
            number = 0
            while line := file.readline(MOST_LINE_BYTES + 1):
                number += 1
                self._check(len(line), number)
                self._report(number, 0, 0)
                yield line

    def _check(self, length: int, number: int) -> None:
        if length > MOST_LINE_BYTES:
            raise UnreadableFile("line_too_long", line=number, limit=MOST_LINE_BYTES, expected=self._expected)

    def _report(self, number: int, done: int, total: int) -> None:
        if self._progress and number % REPORT_EVERY == 0:
            self._progress(done, total)

    def _decode(self, line: bytes) -> str:
        try:
            return line.decode(self._encoding)
        except UnicodeDecodeError:
            return line.decode(self._fallback, errors="replace")


def _split_old_mac(line: str) -> list[str]:
    """Lines that end with a lone carriage return, as old spreadsheets write them."""
    return line.splitlines(keepends=True) if "\r" in line.rstrip("\r\n") else [line]


def _wide(head: bytes) -> str:
    return head.decode("utf-16", errors="replace").split("\n", 1)[0]


def _separator(header: str) -> str:
    """The candidate that splits the header most, outside quotation marks."""
    first = header.splitlines()[0] if header.splitlines() else ""
    bare = "".join(part for place, part in enumerate(first.split('"')) if place % 2 == 0)
    best = max(";,\t|", key=bare.count)
    return best if bare.count(best) else ""
