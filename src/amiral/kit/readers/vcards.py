"""vCards 2.1, 3.0 and 4.0 as programs really write them; no Django.

Own parser: the one library for it stops at the first line that breaks the grammar, and address books of
telephones break it in every way (RFC 2426, RFC 6350, vCard 2.1 of the versit consortium).
"""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

_PROPERTY = re.compile(r'^(?:[\w-]+\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)$', re.DOTALL)
_QUOTED_PRINTABLE = re.compile(r"QUOTED-PRINTABLE", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CHARSET = re.compile(r"CHARSET=\"?([\w-]+)", re.IGNORECASE)
_SILENT = {"BEGIN", "END", "VERSION", "PRODID", "REV", "UID", "FN", "N", "EMAIL", "TEL", "ADR", "LABEL"}


@dataclass(frozen=True)
class _Property:
    name: str
    parameters: str
    value: str


def cards(text: str) -> Iterator[tuple[int, dict[str, str], tuple[str, ...]]]:
    """(line of BEGIN, fields of ``PERSON_HEADER``, names of unread properties) of each card."""
    begins, depth = 0, 0
    held: list[_Property] = []
    for number, line in _logical_lines(text):
        mark = line.strip().upper()
        if mark == "BEGIN:VCARD":
            depth += 1
            begins, held = (number, []) if depth == 1 else (begins, held)
        elif mark == "END:VCARD" and depth:
            depth -= 1
            if depth == 0:
                yield begins, _person(held), _others(held)
        elif depth == 1 and (found := _property(line)):
            held.append(found)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their folded ends; a quoted-printable line goes on after ``=``."""
    begins, waiting = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if waiting and line[:1] in {" ", "\t"}:
            waiting += line[1:]
        elif waiting.endswith("=") and _QUOTED_PRINTABLE.search(waiting.split(":", 1)[0]):
            waiting = waiting[:-1] + line
        else:
            if waiting:
                yield begins, waiting
            begins, waiting = number, line
    if waiting:
        yield begins, waiting


def _property(line: str) -> _Property | None:
    match = _PROPERTY.match(line)
    if not match:
        return None
    name, parameters, value = match[1].upper(), match[2], match[3]
    if _QUOTED_PRINTABLE.search(parameters):
        charset = _CHARSET.search(parameters)
        value = _decoded(quopri.decodestring(value.encode("latin-1", "replace")), charset and charset[1])
    return _Property(name, parameters.upper(), value)


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return content.decode("cp1252", errors="replace")


def _parts(value: str) -> list[str]:
    """The parts of a value between semicolons, without escapes."""
    return [_plain(part) for part in re.split(r"(?<!\\);", value)]


def _plain(value: str) -> str:
    return _ESCAPE.sub(lambda match: " " if match[1] in "nN" else match[1], value).strip()


def _person(held: list[_Property]) -> dict[str, str]:
    name = _parts(next((one.value for one in held if one.name == "N"), ""))
    emails = [_plain(one.value) for one in _preferred(held, "EMAIL")]
    phones = [_plain(one.value) for one in _preferred(held, "TEL") if not _is_machine(one)]
    address = (_parts(_preferred(held, "ADR")[0].value) if _preferred(held, "ADR") else []) + [""] * 7
    return {
        "given_name": _nth(name, 1),
        "family_name": _nth(name, 0),
        "full_name": _plain(next((one.value for one in held if one.name == "FN"), "")),
        "email": _nth(emails, 0),
        "email2": _nth(emails, 1),
        "phone": _nth(phones, 0),
        "phone2": _nth(phones, 1),
        "street": address[2],
        "postal_code": address[5],
        "city": address[3],
    }


def _preferred(held: list[_Property], name: str) -> list[_Property]:
    """Those of a name, the preferred one first, then home before work."""
    found = [one for one in held if one.name == name]
    return sorted(found, key=lambda one: ("PREF" not in one.parameters, "WORK" in one.parameters))


def _is_machine(one: _Property) -> bool:
    return "FAX" in one.parameters or "PAGER" in one.parameters


def _nth(values: list[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def _others(held: list[_Property]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in held if one.name not in _SILENT))
