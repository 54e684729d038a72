"""The report of an action, and who may read it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation.access import access_action_by_id, access_managed_action_by_id
from amiral.rooms.mobilisation.contracts import COMING, REPORTED, CoState, State
from amiral.rooms.mobilisation.models import Action, ActionGroup, ActionReport, ReportPicture, Shift, SignUp
from amiral.rooms.mobilisation.queries.picture_files import PICTURES
from amiral.rooms.network import api as network
from amiral.rooms.people import api as people


@dataclass(frozen=True, kw_only=True)
class PictureView:
    """A photograph on a page."""

    id: UUID
    words: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class ReportPage:
    """``numbers``: field name to what was counted. ``came``: places held in shifts that are over."""

    exists: bool
    numbers: dict[str, int]
    words: str
    author: str
    written_at: datetime | None
    pictures: tuple[PictureView, ...]
    thanked_at: datetime | None
    manages: bool
    has_begun: bool
    came: int


def access_report(*, person_id: UUID | None, action_id: UUID) -> bool:
    """Whether the reader manages the action. ``NotFound`` unless he does, came, or is in a group of it."""
    try:
        access_managed_action_by_id(person_id=person_id, action_id=action_id)
    except NotFound:
        action = access_action_by_id(person_id=person_id, action_id=action_id)
        if not _was_concerned(person_id, action):
            raise
        return False
    return True


def may_read(*, person_id: UUID, action_id: UUID) -> bool:
    """Whether there is a report that the person may read without managing the action."""
    action = Action.objects.filter(pk=action_id, report__isnull=False).first()
    return action is not None and _was_concerned(person_id, action)


def _was_concerned(person_id: UUID | None, action: Action) -> bool:
    if person_id is None:
        return False
    if SignUp.objects.filter(shift__action=action.pk, person=person_id, state__in=COMING).exists():
        return True
    others = ActionGroup.objects.filter(action=action.pk, state=CoState.ACCEPTED)
    groups = [action.group_id, *others.values_list("group_id", flat=True)]
    return any(network.is_member(person_id=person_id, group_id=group_id) for group_id in groups)


def report_page(*, action_id: UUID, manages: bool, at: datetime) -> ReportPage:
    """What was reported, or an empty page to fill in; a fixed number of queries."""
    report = ActionReport.objects.filter(action=action_id).first()
    begun = Shift.objects.filter(action=action_id, starts_at__lte=at, state=State.PUBLISHED)
    came = SignUp.objects.filter(shift__action=action_id, state__in=COMING, shift__ends_at__lte=at)
    return ReportPage(
        exists=report is not None,
        numbers=_numbers(report),
        words=report.words if report else "",
        author=_name(report.written_by_id) if report and report.written_by_id else "",
        written_at=report.written_at if report else None,
        pictures=_pictures(report),
        thanked_at=report.thanked_at if report else None,
        manages=manages,
        has_begun=begun.exists(),
        came=sum(came.values_list("party", flat=True)),
    )


def _name(person_id: UUID) -> str:
    card = people.cards(person_ids=[person_id]).get(person_id)
    return card.public_name if card else ""


def _numbers(report: ActionReport | None) -> dict[str, int]:
    found = {name: getattr(report, name) for name in REPORTED} if report else {}
    return {name: count for name, count in found.items() if count is not None}


def _pictures(report: ActionReport | None) -> tuple[PictureView, ...]:
    rows = report.pictures.all() if report else ()
    return tuple(PictureView(id=row.pk, words=row.words, width=row.width, height=row.height) for row in rows)


def picture(*, person_id: UUID | None, picture_id: UUID) -> bytes:
    """The bytes of a photograph, for those who may read the report; ``NotFound`` when it is gone."""
    row = ReportPicture.objects.select_related("report").filter(pk=picture_id).first()
    if row is None:
        raise NotFound
    access_report(person_id=person_id, action_id=row.report.action_id)
    content = PICTURES.read(str(picture_id))
    if content is None:
        raise NotFound
    return content


def reported(*, action_id: UUID) -> bool:
    """Whether a report was filed with something in it. One query."""
    return ActionReport.objects.filter(action=action_id).exists()
