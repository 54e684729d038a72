"""Log lines that speak of nobody."""

import logging
import re

_EMAIL = re.compile(r"[^\s<>\"'(),;:=/]+(?:@|%40)[^\s<>\"'(),;:/]+\.[^\s<>\"'(),;:/]+")
# What PostgreSQL adds to a broken constraint: the values of the row.
_VALUES = re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= |$)|(Failing row contains) \(.*\)", re.MULTILINE)
# Ten digits or more, grouped or not; a group of hexadecimal digits in an id is none.
_NUMBER = re.compile(r"(?<![\w-])(?:\+|00)?\d{1,3}(?:[ .-]?\d{2,3}){4,5}(?![\w-])")
_SECRET = re.compile(r"(/(?:confirmer|tournee|agenda|mes-droits|invitation)/)[^/\s\"']+")


def discreet(text: str) -> str:
    """A text without e-mail addresses, telephone numbers, values of rows, secrets of links."""
    text = _VALUES.sub(lambda found: f"{found[1] or found[2]} (…)", text)
    text = _EMAIL.sub("(address)", text)
    text = _SECRET.sub(r"\1…", text)
    return _NUMBER.sub("(number)", text)


class DiscreetFormatter(logging.Formatter):
    """Writes a record as usual, its traceback included, and leaves out what may speak of somebody.

    Names are not recognised: no line of ours holds one, and a test of erasure reads them all.
    """

    def format(self, record: logging.LogRecord) -> str:
        moment, said = self._cut(super().format(record), record)
        return moment + discreet(said)

    def _cut(self, line: str, record: logging.LogRecord) -> tuple[str, str]:
        """The time, which is made of digits too, and the rest."""
        moment = getattr(record, "asctime", "")
        return (moment, line[len(moment) :]) if line.startswith(moment) else ("", line)
