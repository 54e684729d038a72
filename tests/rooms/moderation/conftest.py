"""A report of the owner on a post of the team-mate, in Mâcon."""

from uuid import UUID

import pytest

from amiral.rooms.moderation import api
from amiral.rooms.moderation.contracts import Grounds, SubjectKind
from amiral.rooms.network import api as network
from tests.conftest import NOON, Cast


def file(cast: Cast, *, post: UUID, reporter: UUID, author: UUID | None = None) -> UUID:
    """A report on ``post``, of the team-mate unless said otherwise."""
    return api.report(
        subject_kind=SubjectKind.POST,
        subject_id=post,
        subject_author_id=author or cast.teammate,
        territory_id="commune:71270",
        excerpt="Vous êtes des <b>ânes</b>.",
        reporter_id=reporter,
        grounds=Grounds.INSULT,
        explanation="C’est <i>blessant</i>.",
    )


@pytest.fixture
def post(cast: Cast) -> UUID:
    """What was said."""
    return network.publish(author_id=cast.teammate, group_id=cast.group, body="Vous êtes des ânes.", at=NOON)


@pytest.fixture
def report(cast: Cast, post: UUID) -> UUID:
    """See the module."""
    return file(cast, post=post, reporter=cast.owner)
