"""Long work of the debate, begun by runs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import reverse

from amiral.kit.clock import now
from amiral.rooms.debate.actions import maps


def draw_map(*, report: Callable[[int, int], None], consultation_id: str) -> dict[str, Any]:
    """The run ``draw-opinion-map``: a new version of the map."""
    report(0, 1)
    maps.draw_now(consultation_id=UUID(consultation_id), at=now())
    report(1, 1)
    return {"url": reverse("debate:map", args=[consultation_id])}
