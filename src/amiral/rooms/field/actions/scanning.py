"""Paper in the log: pages that were photographed are read, checked by a person, and entered.

The paper of a shift is one more device of its team. An event entered from a page has an id made from the
page, the door and the outcome, so the same page never counts twice, whoever scans it and however often.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from amiral.cores.marks import FoundCode, Unreadable, code_in, find_codes, layout, read_page
from amiral.cores.outcomes import Outcome
from amiral.cores.sync import Body, Status, Visit, Void
from amiral.kit import pictures, runs
from amiral.kit.errors import NotFound, Refused
from amiral.kit.pictures import PictureKind
from amiral.rooms.field.access import access_assignment_by_id, access_scanned_page
from amiral.rooms.field.actions.syncing import append, hold
from amiral.rooms.field.models import DeviceKind, PrintedPage, Scan, ScannedPage
from amiral.rooms.field.queries import scanning
from amiral.rooms.field.queries.scanning import PICTURES, Problem

PAPER = UUID("6f0c2a2e-91f3-5d0b-9d3e-7a1c5e0b4a11")
"""The namespace of events that come from paper."""

MOST_FILES, MOST_FILE_BYTES, MOST_BYTES = 20, 15 * 1024**2, 60 * 1024**2
"""Of one sending."""
MOST_PAGES = 200
"""Read from one sending; more pictures are left out, and said so."""
NAME_LENGTH = 60

Progress = Callable[[int, int], None]


class NotAPicture(Refused):
    """A file of another kind."""

    def __init__(self, name: str, kind: PictureKind) -> None:
        super().__init__(
            _(
                "“%(name)s” is in Apple’s HEIC form, which nothing here can read. On the iPhone: Settings,"
                " Camera, Formats, “Most Compatible”; or send the picture as JPEG."
            )
            % {"name": name}
            if kind is PictureKind.HEIC
            else _("“%(name)s” is no photograph or scan: send JPEG, PNG or PDF files.") % {"name": name}
        )


class TooMuch(Refused):
    """More files, or larger ones, than one sending takes."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "At most %(files)d files in one sending, each of %(each)d MB and %(all)d MB together: send in"
                " parts."
            )
            % {"files": MOST_FILES, "each": MOST_FILE_BYTES // 1024**2, "all": MOST_BYTES // 1024**2}
        )


class ChangedMeanwhile(Refused):
    """Something was recorded at the doors of the page while the person was looking."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Something was recorded at these doors while you were looking. Nothing was entered: check"
                " again."
            )
        )


class IsSetAside(Refused):
    """Its picture is gone."""

    def __init__(self) -> None:
        super().__init__(_("This page was set aside: take a picture of it again to enter it."))


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """A file as it arrives."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What became of a page: visits that are new, lines that the log had already, and those kept apart."""

    new: int
    known: int
    apart: int


def send_pages(*, by_id: UUID, assignment_id: UUID, files: Sequence[SentFile], at: datetime) -> UUID:
    """Keeps the files, encrypted, and starts the run that reads them; answers the scan's id.

    For the team and the leaders of the walk list; pages of other walk lists that the person may open are read
    too. Raises ``NotFound``, ``NotAPicture``, ``TooMuch``.
    """
    access_assignment_by_id(person_id=by_id, assignment_id=assignment_id, at=at)
    _check(files)
    with transaction.atomic():
        names = [file.name[-NAME_LENGTH:] for file in files]
        scan = Scan.objects.create(assignment_id=assignment_id, names=names, sent_at=at)
        for index, file in enumerate(files):
            PICTURES.write(scanning.file_name(scan, index), file.content)
        arguments = {"scan_id": str(scan.pk), "by_id": str(by_id)}
        scan.run_id = runs.start(kind="read-paper", arguments=arguments, started_by_id=by_id)
        scan.save(update_fields=["run_id"])
    return scan.pk


def _check(files: Sequence[SentFile]) -> None:
    sizes = [len(file.content) for file in files]
    if len(files) > MOST_FILES or max(sizes, default=0) > MOST_FILE_BYTES or sum(sizes) > MOST_BYTES:
        raise TooMuch
    for file in files:
        kind = pictures.kind_of(file.content[:16])
        if kind not in pictures.READABLE:
            raise NotAPicture(file.name[-NAME_LENGTH:], kind)


def read_pages(*, scan_id: UUID, by_id: UUID, progress: Progress, at: datetime) -> dict[str, int]:
    """Reads every page in the files of a scan, then deletes the files. Doing it again is harmless."""
    scan = Scan.objects.filter(pk=scan_id).first()
    if scan is None:  # deleted meanwhile, with its seven days over
        return {"pages": 0, "unread": 0}
    if scan.read_at is None:
        scan.pages.all().delete()
        for number, page in enumerate(_pages(scan, by_id, progress, at), start=1):
            _keep(scan, number, page)
        Scan.objects.filter(pk=scan_id).update(read_at=at)
    for index in range(len(scan.names)):
        PICTURES.delete(scanning.file_name(scan, index))
    pages = list(scan.pages.values_list("problem", flat=True))
    return {"pages": pages.count(""), "unread": len(pages) - pages.count("")}


@dataclass(kw_only=True)
class _Found:
    """A page in a picture, or a picture without one."""

    file: int
    problem: str = ""
    printed: PrintedPage | None = None
    rows: list[list[str | int | None] | None] | None = None
    picture: NDArray[np.uint8] | None = None


def _keep(scan: Scan, number: int, found: _Found) -> None:
    page = ScannedPage.objects.create(
        scan=scan,
        number=number,
        file=found.file,
        printed=found.printed,
        problem=found.problem,
        rows=found.rows or [],
    )
    if found.picture is not None:
        PICTURES.write(scanning.picture_name(page), pictures.as_jpeg(found.picture))


def _pages(scan: Scan, by_id: UUID, progress: Progress, at: datetime) -> Iterator[_Found]:
    count = 0
    for index in range(len(scan.names)):
        for found in _in_file(scan, index, by_id, progress, at):
            count += 1
            if count > MOST_PAGES:
                yield _Found(file=index, problem=Problem.MANY)
                return
            yield found
    progress(len(scan.names), len(scan.names))


def _in_file(scan: Scan, index: int, by_id: UUID, progress: Progress, at: datetime) -> Iterator[_Found]:
    """What is found in a file: never nothing at all, so that no picture is passed over in silence."""
    is_empty = True
    try:
        for picture in pictures.pictures_in(PICTURES.read(scanning.file_name(scan, index)) or b""):
            progress(index, len(scan.names))
            for found in _in_picture(picture, index, by_id, at):
                is_empty = False
                yield found
    except pictures.BadPicture:
        is_empty = False
        yield _Found(file=index, problem=Problem.FILE)
    if is_empty:
        yield _Found(file=index, problem=Problem.BLANK)


def _in_picture(picture: NDArray[np.uint8], file: int, by_id: UUID, at: datetime) -> Iterator[_Found]:
    """The pages of a picture; the blank back of a scanned sheet is nothing."""
    codes = find_codes(picture)
    pages = [(code, named) for code in codes if (named := code_in(code.text))]
    for code, named in pages:
        yield _read(picture, code, _printed(named, by_id, at), file)
    if not pages and not _is_blank(picture):
        is_map = any("/t/" in code.text for code in codes)
        yield _Found(file=file, problem=Problem.MAP if is_map else Problem.NO_CODE)


def _is_blank(picture: NDArray[np.uint8]) -> bool:
    small = picture[::7, ::7].astype(np.float32)
    return float((small < 0.7 * np.median(small)).mean()) < 0.0008


def _printed(code: str, by_id: UUID, at: datetime) -> PrintedPage | None:
    """What was printed under that code, if the person may open its walk list."""
    printed = PrintedPage.objects.filter(pk=code).first()
    if printed is None:
        return None
    try:
        access_assignment_by_id(person_id=by_id, assignment_id=printed.assignment_id, at=at)
    except NotFound:
        return None
    return printed


def _read(picture: NDArray[np.uint8], code: FoundCode, printed: PrintedPage | None, file: int) -> _Found:
    if printed is None:
        return _Found(file=file, problem=Problem.UNKNOWN)
    sheet = layout(columns=len(printed.outcomes), version=printed.version)
    try:
        reading = read_page(picture, code.corners, sheet, rows=[line is not None for line in printed.doors])
    except Unreadable as problem:
        return _Found(file=file, problem=problem.why, printed=printed)
    rows = [[row.verdict.value, row.column] if row else None for row in reading.rows]
    return _Found(file=file, printed=printed, rows=rows, picture=reading.picture)


@transaction.atomic
def enter_page(
    *,
    by_id: UUID,
    scan_id: UUID,
    number: int,
    answers: Mapping[int, Outcome | None],
    seen: str,
    at: datetime,
) -> Entered:
    """Puts a checked page into the log: for each line an outcome, or None for nothing; a line that is left
    out stays as it is.

    ``seen`` is the digest that the review showed. Raises ``NotFound``, ``ChangedMeanwhile``, ``IsSetAside``.
    """
    page = access_scanned_page(person_id=by_id, scan_id=scan_id, number=number, at=at)
    if page.printed_id is None or page.problem:
        raise NotFound
    if page.set_aside_at:
        raise IsSetAside
    pages = PrintedPage.objects.select_for_update(of=("self",)).select_related("assignment")
    printed = pages.get(pk=page.printed_id)
    hold(
        shift_id=printed.assignment.shift_id,
        doors=scanning.doors_of(printed).values(),
        at=at,
        kind=DeviceKind.PAPER,
    )
    if scanning.seen_of(printed, scanning.states_now(printed)) != seen:
        raise ChangedMeanwhile
    result = _enter(printed, answers, by_id, at)
    ScannedPage.objects.filter(pk=page.pk, entered_at__isnull=True).update(entered_at=at)
    transaction.on_commit(lambda: PICTURES.delete(scanning.picture_name(page)))
    return result


def _enter(printed: PrintedPage, answers: Mapping[int, Outcome | None], by_id: UUID, at: datetime) -> Entered:
    new = known = apart = 0
    for row, door in scanning.doors_of(printed).items():
        if row not in answers:
            continue
        outcome = answers[row]
        before, entered = scanning.entered_of(printed, door)
        if outcome is entered:
            known += outcome is not None
            continue
        event_id = uuid5(PAPER, f"{printed.code}:{door}:{before or ''}:{outcome or ''}")
        answer = append(
            shift_id=printed.assignment.shift_id,
            by_id=by_id,
            body=_body(door, outcome, before if entered else None),
            event_id=event_id,
            at=at,
            kind=DeviceKind.PAPER,
        )
        new += answer.status is Status.STORED
        known += answer.status is Status.DUPLICATE
        apart += answer.status is Status.QUARANTINED
        printed.entered[str(door)] = [str(event_id), outcome.value if outcome else ""]
    printed.save(update_fields=["entered"])
    return Entered(new=new, known=known, apart=apart)


def _body(door: UUID, outcome: Outcome | None, before: UUID | None) -> Body:
    """A visit that replaces what was entered from this line before, or the taking back of it."""
    if outcome is None:
        assert before is not None
        return Void(door=door, target=before)
    return Visit(door=door, outcome=outcome, replaces=before)


@transaction.atomic
def set_aside(*, by_id: UUID, scan_id: UUID, number: int, at: datetime) -> None:
    """A page that shall not be entered: its picture is deleted at once."""
    page = access_scanned_page(person_id=by_id, scan_id=scan_id, number=number, at=at)
    if page.entered_at is None:
        ScannedPage.objects.filter(pk=page.pk, set_aside_at__isnull=True).update(set_aside_at=at)
    transaction.on_commit(lambda: PICTURES.delete(scanning.picture_name(page)))


def purge_scans(*, at: datetime) -> dict[str, int]:
    """Deletes scans after seven days, and pictures that belong to none; table name to number of rows."""
    gone = Scan.objects.filter(sent_at__lte=at - scanning.KEPT).delete()[1]
    PICTURES.keep_only({str(pk) for pk in Scan.objects.values_list("pk", flat=True)})
    return {name: gone.get(name, 0) for name in ("field.Scan", "field.ScannedPage")}
