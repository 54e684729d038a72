"""What a printed page of a walk list is: its code, and the doors on its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from amiral.cores.marks import LAYOUT_VERSION, page_code
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.queries.walking import DoorLine, WalkList


@dataclass(frozen=True, kw_only=True)
class PrintedDoor:
    """A line with boxes. ``known``: the visit whose outcome is printed beside the door, if there was one."""

    door_id: UUID
    known: UUID | None


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A page of doors as it is printed. ``doors`` holds an entry for each line, None where it has no box.

    The code is a digest of all the rest: a page that is printed again with the same content has the same
    code, and one on which something else is known of a door has another.
    """

    code: str
    number: int
    version: int
    outcomes: tuple[Outcome, ...]
    doors: tuple[PrintedDoor | None, ...]


def sheet_of(*, walk: WalkList, number: int, doors: Sequence[DoorLine | None]) -> Sheet:
    """The page ``number`` of the walk list with these lines; None is a street's name."""
    lines = tuple(_printed(door) for door in doors)
    outcomes = tuple(choice.value for choice in walk.outcomes)
    content = [LAYOUT_VERSION, str(walk.assignment_id), number, [str(one) for one in outcomes]]
    code = page_code(printed=[*content, [_words(line) for line in lines]])
    return Sheet(code=code, number=number, version=LAYOUT_VERSION, outcomes=outcomes, doors=lines)


def _printed(door: DoorLine | None) -> PrintedDoor | None:
    if door is None or door.is_asked_not_to:
        return None
    return PrintedDoor(door_id=door.id, known=door.last_visit_id)


def _words(line: PrintedDoor | None) -> list[str]:
    return [] if line is None else [str(line.door_id), str(line.known or "")]
