"""What this room keeps of a person beside the sign-ups, for the person's own copy."""

from typing import Any
from uuid import UUID

from amiral.kit.relations import plain
from amiral.rooms.mobilisation.models import (
    Action,
    ActionDelegate,
    ActionReport,
    ActionSeries,
    ReportPicture,
    SignUpAnswer,
)

Row = dict[str, Any]


def everything_else_of(*, person_id: UUID) -> list[Row]:
    """Actions published or led, series, reports, pictures, answers to reminders; six queries."""
    led = ActionDelegate.objects.filter(person=person_id).order_by("given_at")
    published = Action.objects.filter(created_by=person_id).order_by("created_at", "pk")
    series = ActionSeries.objects.filter(created_by=person_id).order_by("created_at", "pk")
    reports = ActionReport.objects.filter(written_by=person_id).order_by("written_at")
    pictures = ReportPicture.objects.filter(sent_by=person_id)
    answers = SignUpAnswer.objects.filter(sign_up__person=person_id).order_by("sign_up")
    return [
        *_rows("published", published.values("title", "created_at")),
        *_rows("led", led.values("action__title", "given_at")),
        *_rows("series", series.values("rule", "starts_on", "created_at")),
        *_rows("report", reports.values("action__title", "words", "written_at")),
        *_rows("picture", pictures.values("report__action__title", "words", "sent_at")),
        *_rows("answer", answers.values("sign_up__shift__action__title", "comes_at", "came", "came_at")),
    ]


def _rows(what: str, rows: Any) -> list[Row]:
    """Each with the plain name of what it is; ``x__action__title`` becomes ``action``."""
    return [{"what": what} | {_name(key): plain(value) for key, value in row.items()} for row in rows]


def _name(key: str) -> str:
    return "action" if key.endswith("action__title") else key
