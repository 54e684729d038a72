"""Filled-in pages that were photographed: what was read, and what a person is asked about."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import numpy as np
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from amiral.cores.marks import PX_PER_MM, Verdict, WhyUnreadable, layout
from amiral.cores.outcomes import DoorState, Outcome
from amiral.kit import pictures
from amiral.kit.errors import NotFound
from amiral.kit.sealed import SealedFolder
from amiral.rooms.field.access import access_assignment_by_id
from amiral.rooms.field.models import (
    OUTCOME_LABELS,
    SIDE_LABELS,
    Assignment,
    Door,
    PrintedPage,
    Scan,
    ScannedPage,
    Visit,
)
from amiral.rooms.field.queries import log
from amiral.rooms.field.queries.covering import states_of

PICTURES: Final = SealedFolder("field-scans")
"""Pictures that wait, encrypted: ``<scan>.file-<n>`` as sent, ``<scan>.page-<n>`` straightened."""

KEPT: Final = timedelta(days=7)
"""How long a scan waits for somebody to check it."""

NOTHING, KEEP = "rien", "garder"
"""Answers to a line beside the outcomes: nothing was done there; what is recorded stays."""


class Problem(StrEnum):
    """Why nothing was read of a picture, beside those of ``WhyUnreadable``."""

    FILE = "file"
    NO_CODE = "no-code"
    MAP = "map"
    UNKNOWN = "unknown"
    BLANK = "blank"
    MANY = "many"


PROBLEMS: dict[str, Promise] = {
    Problem.FILE: gettext_lazy(
        "This file cannot be opened: send it whole, as JPEG, PNG or PDF, without a password, with at most"
        " 120 million pixels in a picture and 60 pages in a PDF."
    ),
    Problem.BLANK: gettext_lazy(
        "Nothing can be seen here. If it is not the blank back of a sheet, take the picture again, in good"
        " light."
    ),
    Problem.MANY: gettext_lazy(
        "There are more pages than one sending may hold: those from here on were not read. Send them again,"
        " in parts."
    ),
    Problem.NO_CODE: gettext_lazy(
        "No page was found here: the code at the upper right must be sharp. Take the picture again from"
        " above, in good light."
    ),
    Problem.MAP: gettext_lazy("This is the first page, with the map: there is nothing to read on it."),
    Problem.UNKNOWN: gettext_lazy(
        "This page was not printed here, or its walk list is not one of yours: ask the leader of its team."
    ),
    WhyUnreadable.CORNERS: gettext_lazy(
        "At least three of the four black squares in the corners must be seen. Take the picture again with"
        " the whole page in it."
    ),
    WhyUnreadable.SMALL: gettext_lazy("The page is too small in this picture. Take it again from nearer."),
    WhyUnreadable.FRAMES: gettext_lazy(
        "The boxes were not found where they were printed: the page is folded, bent or blurred. Lay it flat"
        " and take the picture again."
    ),
}


@dataclass(frozen=True, kw_only=True)
class PageCard:
    """A page of a scan in a list. ``problem`` is a sentence, empty where the page was read."""

    number: int
    title: str
    file_name: str
    problem: str | Promise
    asked: int
    ticked: int
    is_entered: bool
    is_set_aside: bool
    url: str

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has to look at it."""
        return not (self.problem or self.is_entered or self.is_set_aside)


@dataclass(frozen=True, kw_only=True)
class ScanView:
    """A sending: its pages, those that the person may see. ``until``: when it is deleted."""

    id: UUID
    run_id: UUID | None
    is_read: bool
    until: datetime
    pages: tuple[PageCard, ...]
    walk_list_url: str
    send_url: str

    @property
    def next_page(self) -> PageCard | None:
        """The first page that waits to be checked."""
        return next((page for page in self.pages if page.is_waiting), None)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line with boxes on the review of a page.

    ``read`` is what the camera saw, if it can be told; ``why`` the sentences that say why a person is asked
    (none: the line is certain); ``answer`` what the form is filled in with. ``is_gone``: the address left
    the plan, nothing can be recorded there.
    """

    row: int
    position: int
    label: str
    read: Outcome | None
    entered: Outcome | None
    why: tuple[str, ...]
    answer: str
    can_keep: bool
    is_gone: bool

    @property
    def is_asked(self) -> bool:
        return bool(self.why) and not self.is_gone

    @property
    def is_empty(self) -> bool:
        """Certainly without a tick."""
        return not self.why and self.answer == NOTHING


@dataclass(frozen=True, kw_only=True)
class Review:
    """A page to check. ``seen`` is a digest of what is recorded at its doors now."""

    scan_id: UUID
    number: int
    title: str
    lines: tuple[Line, ...]
    choices: tuple[tuple[str, str | Promise], ...]
    seen: str
    missing: int
    is_entered: bool
    is_set_aside: bool
    has_picture: bool

    @property
    def asked(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.is_asked)

    @property
    def certain(self) -> tuple[Line, ...]:
        """Lines with an outcome that is not asked about."""
        return tuple(line for line in self.lines if not (line.is_asked or line.is_empty or line.is_gone))

    @property
    def empty(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.is_empty and not line.is_gone)

    @property
    def gone(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.is_gone)


def labels_of(printed: PrintedPage) -> dict[Outcome, str | Promise]:
    """How the outcomes of a page are called; of a side of a street otherwise."""
    words: Mapping[Outcome, str | Promise] = OUTCOME_LABELS if len(printed.outcomes) == 6 else SIDE_LABELS
    return {Outcome(value): words[Outcome(value)] for value in printed.outcomes}


def scans_of(*, assignment: Assignment, at: datetime) -> tuple[ScanView, ...]:
    """What was sent from a walk list and is still there, the latest first; two queries."""
    rows = assignment.scans.filter(sent_at__gt=at - KEPT).prefetch_related("pages__printed__assignment__turf")
    return tuple(_view(scan, list(scan.pages.all())) for scan in rows)


def scan_view(*, scan: Scan, person_id: UUID, at: datetime) -> ScanView:
    """A sending with those of its pages whose walk list the person may open."""
    pages = scan.pages.select_related("printed__assignment__turf__canvass").defer(
        "printed__assignment__turf__walk"
    )
    return _view(scan, readable(pages, person_id=person_id, at=at))


def readable(pages: "QuerySet[ScannedPage]", *, person_id: UUID, at: datetime) -> list[ScannedPage]:
    """Those of walk lists that the person may open; a few queries for each walk list."""
    found = list(pages)
    lists = {page.printed.assignment_id for page in found if page.printed}
    open_ = {one for one in lists if _may_open(person_id, one, at)}
    return [page for page in found if page.printed is None or page.printed.assignment_id in open_]


def _may_open(person_id: UUID, assignment_id: UUID, at: datetime) -> bool:
    try:
        access_assignment_by_id(person_id=person_id, assignment_id=assignment_id, at=at)
    except NotFound:
        return False
    return True


def _view(scan: Scan, pages: list[ScannedPage]) -> ScanView:
    return ScanView(
        id=scan.pk,
        run_id=scan.run_id,
        is_read=scan.read_at is not None,
        until=scan.sent_at + KEPT,
        pages=tuple(_card(scan, page) for page in pages),
        walk_list_url=reverse("field:walk_list", args=[scan.assignment_id]),
        send_url=reverse("field:paper", args=[scan.assignment_id]),
    )


def _card(scan: Scan, page: ScannedPage) -> PageCard:
    verdicts = [Verdict(row[0]) for row in page.rows if row]
    return PageCard(
        number=page.number,
        title=_title(page.printed) if page.printed else _("Picture %(number)d") % {"number": page.number},
        file_name=scan.names[page.file] if page.file < len(scan.names) else "",
        problem=PROBLEMS.get(page.problem, ""),
        asked=sum(verdict in {Verdict.CORRECTED, Verdict.DOUBTFUL} for verdict in verdicts),
        ticked=sum(verdict is Verdict.TICKED for verdict in verdicts),
        is_entered=page.entered_at is not None,
        is_set_aside=page.set_aside_at is not None,
        url=reverse("field:scanned_page", args=[scan.pk, page.number]),
    )


def _title(printed: PrintedPage) -> str:
    return _("Turf %(turf)d, page %(page)d") % {
        "turf": printed.assignment.turf.number,
        "page": printed.number,
    }


def review(*, page: ScannedPage) -> Review:
    """A page beside what is recorded at its doors. Raises ``NotFound`` for a picture that was not read."""
    printed = page.printed
    if printed is None or page.problem:
        raise NotFound
    states = states_now(printed)
    shift = printed.assignment.shift_id
    return Review(
        scan_id=page.scan_id,
        number=page.number,
        title=_title(printed),
        lines=tuple(_lines(page, printed, states)),
        choices=tuple((outcome.value, label) for outcome, label in labels_of(printed).items()),
        seen=seen_of(printed, states),
        missing=sum(one.missing for one in log.missing_by_device(shift_id=shift)),
        is_entered=page.entered_at is not None,
        is_set_aside=page.set_aside_at is not None,
        has_picture=picture_name(page) in PICTURES.names(),
    )


def states_now(printed: PrintedPage) -> dict[UUID, DoorState]:
    """What is recorded at the doors of a page; one query."""
    return states_of(Visit.objects.filter(door__in=doors_of(printed).values()))


def doors_of(printed: PrintedPage) -> dict[int, UUID]:
    """The door of each line with boxes."""
    return {row: UUID(line["door"]) for row, line in enumerate(printed.doors) if line}


def seen_of(printed: PrintedPage, states: Mapping[UUID, DoorState]) -> str:
    """A digest of what is recorded at the doors of a page: it changes when anything is recorded there."""
    last = [f"{door}:{states[door].last.id}" for door in doors_of(printed).values() if door in states]
    return hashlib.sha256("\n".join(last).encode()).hexdigest()[:20]


def entered_of(printed: PrintedPage, door: UUID) -> tuple[UUID | None, Outcome | None]:
    """The event and the outcome that were last entered from this page at a door."""
    event, outcome = printed.entered.get(str(door), ("", ""))
    return UUID(event) if event else None, Outcome(outcome) if outcome else None


def _lines(page: ScannedPage, printed: PrintedPage, states: Mapping[UUID, DoorState]) -> Iterable[Line]:
    doors = doors_of(printed)
    rows = {row.pk: row for row in Door.objects.filter(pk__in=doors.values())}
    labels = labels_of(printed)
    for row, door_id in doors.items():
        door, (event, entered) = rows.get(door_id), entered_of(printed, door_id)
        verdict, read = _read(page, printed, row)
        since = _since(printed, row, states.get(door_id), event)
        why = tuple(_why(verdict, read, entered, since, labels))
        yield Line(
            row=row,
            position=door.position if door else 0,
            label=door.label if door else _("An address that left the plan"),
            read=read,
            entered=entered,
            why=why,
            answer=_answer(verdict, read, entered, since),
            can_keep=since is not None,
            is_gone=door is None,
        )


def _read(page: ScannedPage, printed: PrintedPage, row: int) -> tuple[Verdict, Outcome | None]:
    said = page.rows[row] if row < len(page.rows) else None
    if not said:
        return Verdict.DOUBTFUL, None
    verdict, column = said
    return Verdict(verdict), Outcome(printed.outcomes[column]) if column is not None else None


def _since(printed: PrintedPage, row: int, state: DoorState | None, entered: UUID | None) -> DoorState | None:
    """What was recorded at the door after the page was printed, and not from the page itself."""
    known = printed.doors[row]["known"]
    if state is None or str(state.last.id) in {known, str(entered)}:
        return None
    return state


def _why(
    verdict: Verdict,
    read: Outcome | None,
    entered: Outcome | None,
    since: DoorState | None,
    labels: Mapping[Outcome, str | Promise],
) -> Iterable[str]:
    if entered and (verdict is Verdict.EMPTY or read is entered):
        return  # what the paper says is in the log already
    if entered:
        yield _("Entered from this page before: %(outcome)s.") % {"outcome": labels[entered]}
    if verdict is Verdict.CORRECTED:
        yield _("One box is blackened and another one ticked.")
    if verdict is Verdict.DOUBTFUL:
        yield _("What is marked here cannot be told for certain.")
    if since and verdict is not Verdict.EMPTY:
        yield _("Recorded since this page was printed: %(outcome)s. A visit entered now counts as later.") % {
            "outcome": labels.get(since.outcome, OUTCOME_LABELS[since.outcome])
        }


def _answer(verdict: Verdict, read: Outcome | None, entered: Outcome | None, since: DoorState | None) -> str:
    """What the form is filled in with; nothing where the person must choose."""
    if verdict is Verdict.EMPTY:
        return entered.value if entered else NOTHING
    if since or (entered and read is not entered):
        return ""
    return read.value if read else ""


def picture_name(page: ScannedPage) -> str:
    """Of the straightened picture among the sealed files."""
    return f"{page.scan_id}.page-{page.number}"


def file_name(scan: Scan, index: int) -> str:
    """Of a file as it was sent."""
    return f"{scan.pk}.file-{index}"


def picture_of(*, page: ScannedPage, row: int | None = None) -> bytes:
    """The straightened page as PNG, or the boxes of one line. Raises ``NotFound`` once it is deleted."""
    content = PICTURES.read(picture_name(page))
    if content is None or page.printed is None:
        raise NotFound
    whole = pictures.of_ours(content)
    return pictures.as_png(whole if row is None else _strip(whole, page.printed, row))


def _strip(whole: NDArray[np.uint8], printed: PrintedPage, row: int) -> NDArray[np.uint8]:
    """The boxes of a line with some paper around them."""
    if row not in doors_of(printed):
        raise NotFound
    sheet = layout(columns=len(printed.outcomes), version=printed.version)
    first = sheet.box(row, 0)
    top, bottom = sheet.row_top(row) - 1.5, sheet.row_top(row) + sheet.row_height + 1.5
    left, right = first.x - 4, sheet.box(row, sheet.columns - 1).corners[1][0] + 5
    rows = slice(round(top * PX_PER_MM), round(bottom * PX_PER_MM))
    return np.ascontiguousarray(whole[rows, round(left * PX_PER_MM) : round(right * PX_PER_MM)])
