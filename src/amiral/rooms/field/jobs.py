"""Entry points of the background: planning a canvass, or those of all communes of a file."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.runs import Reporter
from amiral.rooms.field import actions
from amiral.rooms.field.actions import scanning
from amiral.rooms.field.contracts import CanvassKind


def check_log(*, report: Reporter) -> dict[str, Any]:
    """The nightly run ``check-log``: what is shown against the fold of the log; repairs nothing."""
    return actions.check_log(at=now(), report=report).figures()


def plan_canvass(*, report: Reporter, canvass_id: str) -> dict[str, Any]:
    """Run ``plan-canvass``: cuts the turfs; the result links to the canvass."""
    figures = actions.plan_canvass(canvass_id=UUID(canvass_id), progress=report, at=now())
    url = reverse("field:canvass", args=[canvass_id])
    return {"url": url, "turfs": figures["turfs"], "doors": figures["doors"]}


def replan_canvass(*, report: Reporter, canvass_id: str, more: int = 0) -> dict[str, Any]:
    """Run ``replan-canvass``: plans again around what is in use; the result links to what changed."""
    figures = actions.replan_canvass(canvass_id=UUID(canvass_id), progress=report, at=now(), more=more)
    url = reverse("field:replan", args=[canvass_id])
    return {"url": url, "turfs": figures["turfs"], "doors": figures["doors"]}


def read_paper(*, report: Reporter, scan_id: str, by_id: str) -> dict[str, Any]:
    """Run ``read-paper``: reads photographed pages; the result links to what was read."""
    figures = scanning.read_pages(scan_id=UUID(scan_id), by_id=UUID(by_id), progress=report, at=now())
    return {"url": reverse("field:scan", args=[scan_id]), **figures}


def plan_communes(
    *,
    report: Reporter,
    by_id: str,
    group_id: str,
    file_id: str,
    kind: str,
    canvasses: list[list[str]],
    **values: Any,
) -> dict[str, Any]:
    """Run ``plan-communes``: a canvass for each commune of a file, with other runs between two of them."""
    figures = actions.plan_series(
        by_id=UUID(by_id),
        group_id=UUID(group_id),
        file_id=UUID(file_id),
        kind=CanvassKind(kind),
        canvasses=[(code, UUID(canvass_id)) for code, canvass_id in canvasses],
        progress=report,
        give_way=lambda: runs.give_way(run_id=report.run_id),
        at=now(),
        **values,
    )  # fmt: skip
    return {"url": reverse("field:canvasses"), **figures}
