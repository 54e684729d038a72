"""Events as JSON: one canonical form, so that the same event has the same bytes and the same seal
everywhere.

Canonical: objects with sorted keys, no blanks, UTF-8, integers only (a subset of RFC 8785 that a phone
writes with ``JSON.stringify`` over sorted keys). docs/field-protocol.md says it field by field.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from amiral.cores.canonical import canonical
from amiral.cores.outcomes import Outcome

from .events import GREATEST, MOST_SECONDS, MOST_UNITS, VERSION, Body, Event, Kind, Objection, Visit, Void

Json = Mapping[str, Any]

_UNIT: Final = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,3})?")
_AT: Final = re.compile(r"[+-]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,16}(Z|[+-][0-9]{2}:[0-9]{2})")
_SEAL: Final = re.compile(r"[0-9a-f]{64}")
_ENVELOPE: Final = frozenset({"v", "id", "device", "seq", "lam", "at", "form", "kind", "seal"})
_KINDS: Final = frozenset(kind.value for kind in Kind)
_OUTCOMES: Final = frozenset(outcome.value for outcome in Outcome)
_BODIES: Final = {
    Kind.VISIT: (frozenset({"door", "outcome"}), frozenset({"units", "replaces", "seconds"})),
    Kind.VOID: (frozenset({"door", "target"}), frozenset()),
    Kind.OBJECTION: (frozenset({"turf", "point"}), frozenset()),
}


class Malformed(ValueError):
    """``field`` of the event cannot be read: ``problem`` says why. Nothing of the event is kept."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


class FromTheFuture(ValueError):
    """The event is of a version or of a kind that this program does not know: keep it, do not count it."""


def dump(event: Event) -> dict[str, Any]:
    """The event as JSON, without its seal; optional fields that say nothing are left out."""
    return {
        "v": VERSION,
        "id": str(event.id),
        "device": str(event.device),
        "seq": event.seq,
        "lam": event.lam,
        "at": event.at,
        "form": event.form,
        **_dump_body(event.body),
    }


def _dump_body(body: Body) -> dict[str, Any]:
    if isinstance(body, Objection):
        return {"kind": Kind.OBJECTION.value, "turf": str(body.turf), "point": str(body.point)}
    if isinstance(body, Void):
        return {"kind": Kind.VOID.value, "door": str(body.door), "target": str(body.target)}
    said: dict[str, Any] = {"kind": Kind.VISIT.value, "door": str(body.door), "outcome": body.outcome.value}
    if body.units:
        said["units"] = list(body.units)
    if body.replaces:
        said["replaces"] = str(body.replaces)
    if body.seconds:
        said["seconds"] = body.seconds
    return said


def digest(event: Event) -> str:
    """SHA-256 of the canonical event, hexadecimal: equal exactly when the events are."""
    return hashlib.sha256(canonical(dump(event))).hexdigest()


def seal(event: Event, key: bytes) -> str:
    """HMAC-SHA-256 of the canonical event under the device's key, hexadecimal.

    Whoever carries the event (a partner's phone, a QR code) can neither change it nor write one for the
    device.
    """
    return seal_of(canonical(dump(event)), key)


def seal_of(content: bytes, key: bytes) -> str:
    """The same over the canonical bytes, also of an event of a later version."""
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def sealed(event: Event, key: bytes) -> dict[str, Any]:
    """The event as a phone sends it."""
    return {**dump(event), "seal": seal(event, key)}


def is_sealed(said: Json, event: Event, key: bytes) -> bool:
    """Whether the ``seal`` of the JSON was made with ``key`` over this very event."""
    return hmac.compare_digest(str(said.get("seal", "")), seal(event, key))


def parse(said: object) -> Event:
    """The event that the JSON says. Raises ``Malformed`` (with the field) or ``FromTheFuture``.

    What ``parse`` accepts it reads whole: ``dump(parse(x))`` is ``x`` without its seal.
    """
    if not isinstance(said, Mapping):
        raise Malformed("event", "an object is expected")
    if _integer(said, "v", least=1) > VERSION:
        raise FromTheFuture(said["v"])
    kind = _kind(said)
    _check_fields(said, kind)
    return Event(
        id=_uuid(said, "id"),
        device=_uuid(said, "device"),
        seq=_integer(said, "seq", least=1),
        lam=_integer(said, "lam", least=1),
        at=_text(said, "at", _AT),
        form=_integer(said, "form", least=1),
        body=_body(said, kind),
    )


def envelope(said: object) -> tuple[UUID, UUID, int]:
    """Id, device and sequence number of an event whose body may be unknown. Raises ``Malformed``."""
    if not isinstance(said, Mapping):
        raise Malformed("event", "an object is expected")
    return _uuid(said, "id"), _uuid(said, "device"), _integer(said, "seq", least=1)


def _kind(said: Json) -> Kind:
    kind = said.get("kind")
    if not isinstance(kind, str):
        raise Malformed("kind", "text is expected")
    if kind not in _KINDS:
        raise FromTheFuture(kind)
    return Kind(kind)


def _check_fields(said: Json, kind: Kind) -> None:
    needed, allowed = _BODIES[kind]
    for field in sorted(needed - said.keys()):
        raise Malformed(field, "is missing")
    for field in sorted(map(str, said.keys() - _ENVELOPE - needed - allowed)):
        raise Malformed(field[:40], "is not a field of this kind of event")
    _text(said, "seal", _SEAL) if "seal" in said else None


def _body(said: Json, kind: Kind) -> Body:
    if kind is Kind.OBJECTION:
        return Objection(turf=_uuid(said, "turf"), point=_uuid(said, "point"))
    if kind is Kind.VOID:
        return Void(door=_uuid(said, "door"), target=_uuid(said, "target"))
    return Visit(
        door=_uuid(said, "door"),
        outcome=_outcome(said),
        units=_units(said),
        replaces=_uuid(said, "replaces") if "replaces" in said else None,
        seconds=_integer(said, "seconds", least=1, most=MOST_SECONDS) if "seconds" in said else 0,
    )


def _outcome(said: Json) -> Outcome:
    outcome = said["outcome"]
    if not isinstance(outcome, str) or outcome not in _OUTCOMES:
        raise Malformed("outcome", "is none of the known ones")
    return Outcome(outcome)


def _units(said: Json) -> tuple[str, ...]:
    units = said.get("units", ["0"])
    if not isinstance(units, list) or not 1 <= len(units) <= MOST_UNITS:
        raise Malformed("units", f"a list of 1 to {MOST_UNITS} is expected")
    if not all(isinstance(unit, str) and _UNIT.fullmatch(unit) for unit in units):
        raise Malformed("units", "a unit is a floor, or a floor and a dwelling: 3 or 3.2")
    if sorted(set(units)) != units:
        raise Malformed("units", "each unit stands once, in the order of its text")
    return tuple(units) if "units" in said else ()


def _uuid(said: Json, field: str) -> UUID:
    value = said.get(field)
    if not isinstance(value, str) or len(value) != 36:
        raise Malformed(field, "an id of 36 characters is expected")
    try:
        found = UUID(value)
    except ValueError:
        raise Malformed(field, "is not an id") from None
    if str(found) != value:
        raise Malformed(field, "is not an id written in small letters")
    return found


def _integer(said: Json, field: str, *, least: int, most: int = GREATEST) -> int:
    value = said.get(field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(field, "a whole number is expected")
    if not least <= value <= most:
        raise Malformed(field, f"must be between {least} and {most}")
    return value


def _text(said: Json, field: str, pattern: re.Pattern[str]) -> str:
    value = said.get(field)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Malformed(field, "is not written as expected")
    return value
