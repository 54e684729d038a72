"""A post of the team-mate with a comment of the owner, in the group of Mâcon."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from amiral.rooms.network import api
from amiral.rooms.people.models import Mandate
from tests.conftest import NOON, Cast


@dataclass(frozen=True, kw_only=True)
class Said:
    """Ids of what was said."""

    post: UUID
    comment: UUID


@pytest.fixture
def said(cast: Cast) -> Said:
    """See the module. The mandate of the leader says where the group lies, as ``name_leader`` writes it."""
    Mandate.objects.filter(scope_id=cast.group).update(territory_id="commune:71270")
    post = api.publish(author_id=cast.teammate, group_id=cast.group, body="Rendez-vous samedi.", at=NOON)
    comment = api.comment(author_id=cast.owner, post_id=post, body="J’y serai.", at=NOON)
    return Said(post=post, comment=comment)
