"""Electoral silence: no walk is given out or begun while it lasts.

What was walked before, and comes late from a phone or from paper, is always taken in: nothing here is asked
of visits.
"""

from datetime import datetime

from amiral.cores.silence import Conduct
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Assignment, Canvass
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.network import api as network
from amiral.rooms.outreach import api as outreach


def check_given(*, canvass: Canvass, shift: ShiftCard) -> None:
    """A turf is given to a shift that lies in no silence. Raises ``Silenced``."""
    _check(canvass, at=shift.starts_at, until=shift.ends_at)


def check_begun(*, canvass: Canvass, at: datetime) -> None:
    """Nobody sets out now where it is silent. Raises ``Silenced``."""
    _check(canvass, at=at, until=None)


def check_team_begun(*, assignment: Assignment, at: datetime) -> None:
    """The same for the team that holds a turf."""
    check_begun(canvass=assignment.turf.canvass, at=at)


def _check(canvass: Canvass, *, at: datetime, until: datetime | None) -> None:
    leaflets = canvass.kind != CanvassKind.DOOR_TO_DOOR
    outreach.check_silence(
        territory_ids=(_place(canvass),),
        at=at,
        until=until,
        conduct=Conduct.DOCUMENTS if leaflets else Conduct.DOORS,
    )


def _place(canvass: Canvass) -> str:
    """Its commune, else the territory of its group."""
    if canvass.commune_code:
        return f"commune:{canvass.commune_code}"
    return network.group(group_id=canvass.group_id).territory_id
