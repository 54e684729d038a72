"""A ballot for the tests of other rooms: Sunday 7 March 2027 in Saône-et-Loire, silence from Saturday 0 h."""

from datetime import UTC, date, datetime, time, timedelta

from amiral.rooms.outreach.actions import ballots
from amiral.rooms.outreach.contracts import BallotDraft, BallotKind
from tests.conftest import NOON, Cast

EVE = datetime(2027, 3, 6, 12, tzinfo=UTC)
AFTER = datetime(2027, 3, 7, 19, tzinfo=UTC)
BEFORE = EVE - timedelta(days=1)


def vote(cast: Cast, *places: str) -> None:
    """Enters the ballot, in Saône-et-Loire unless told otherwise."""
    draft = BallotDraft(
        name="Municipales",
        kind=BallotKind.MUNICIPAL,
        places=places or ("71",),
        sundays=(date(2027, 3, 7),),
        closes=time(20),
    )
    ballots.create(by_id=cast.administrator, draft=draft, at=NOON)
