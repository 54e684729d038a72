"""Entry points of the background: planning a canvass."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from amiral.kit.clock import now
from amiral.kit.runs import Reporter
from amiral.rooms.field import actions


def plan_canvass(*, report: Reporter, canvass_id: str) -> dict[str, Any]:
    """Run ``plan-canvass``: cuts the turfs; the result links to the canvass."""
    figures = actions.plan_canvass(canvass_id=UUID(canvass_id), progress=report, at=now())
    url = reverse("field:canvass", args=[canvass_id])
    return {"url": url, "turfs": figures["turfs"], "doors": figures["doors"]}
