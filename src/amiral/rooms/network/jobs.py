"""What the worker does for this room."""

from collections.abc import Callable

from amiral.kit.clock import now
from amiral.rooms.network import actions


def send_digests(*, report: Callable[[int, int], None]) -> dict[str, int]:
    """The daily run ``network-digest``: the letters of the day."""
    return {"letters": actions.send_digests(at=now(), report=report)}


def check_certifications(*, report: Callable[[int, int], None]) -> dict[str, int]:
    """The daily run ``check-certifications``: warnings, suspended and restored badges."""
    return actions.check_certifications(at=now(), report=report)
