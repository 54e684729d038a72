"""Electoral silence: what kind of action may be told of, and held, when.

Allowed whatever the day: training, internal meetings, whatever ``CONDUCTS`` does not forbid.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from amiral.cores.silence import GROUNDS, Conduct
from amiral.rooms.mobilisation.contracts import CONDUCTS, ActionDraft, Kind
from amiral.rooms.outreach import api as outreach


class Timed(Protocol):
    """A shift, drafted or kept."""

    @property
    def starts_at(self) -> datetime:
        """Its beginning."""

    @property
    def ends_at(self) -> datetime:
        """Its end."""


def check_published(*, kind: Kind, commune_id: str | None, at: datetime) -> None:
    """An action's page is read by everybody: nothing new of a forbidden kind while silence lasts. Raises
    ``Silenced``."""
    if CONDUCTS[kind] in GROUNDS:
        outreach.check_silence(territory_ids=_place(commune_id), at=at, conduct=Conduct.PUBLICATION)


def check_free_phone(*, draft: ActionDraft, at: datetime) -> None:
    """No free number on a page that everybody reads, in the months before a ballot. Raises ``FreePhone``."""
    words = f"{draft.title} {draft.place} {draft.description}"
    outreach.check_free_phone(text=words, territory_ids=_place(draft.commune_id), at=at)


def check_shifts(*, kind: Kind, commune_id: str | None, shifts: Sequence[Timed]) -> None:
    """No shift of a forbidden kind lies in a silence. One query when no ballot is near. Raises
    ``Silenced``."""
    if not shifts:
        return
    first, last = min(one.starts_at for one in shifts), max(one.ends_at for one in shifts)
    place, conduct = _place(commune_id), CONDUCTS[kind]
    if outreach.silence_over(territory_ids=place, at=first, until=last, conduct=conduct):
        for one in shifts:
            outreach.check_silence(territory_ids=place, at=one.starts_at, until=one.ends_at, conduct=conduct)


def _place(commune_id: str | None) -> tuple[str, ...]:
    return (commune_id,) if commune_id else ()
