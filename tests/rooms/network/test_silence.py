"""What a group says to everybody waits for the end of electoral silence; what its members say does not."""

import pytest

from amiral.rooms.network import actions
from amiral.rooms.network.models import Group
from amiral.rooms.outreach.contracts import Silenced
from tests.conftest import Cast
from tests.rooms.outreach.silences import AFTER, EVE, vote

pytestmark = pytest.mark.django_db


def test_the_public_words_of_a_group_wait(cast: Cast) -> None:
    vote(cast)
    words = {"by_id": cast.owner, "group_id": cast.group, "name": "Mâcon", "presentation": "Votez !"}
    with pytest.raises(Silenced, match="rien de nouveau n’est publié"):
        actions.edit_group(**words, at=EVE)
    actions.edit_group(**words, at=AFTER)
    actions.edit_group(**words, at=EVE)  # unchanged: nothing is published
    group = {"by_id": cast.coordinator, "name": "Charnay", "commune_id": "commune:71105"}
    with pytest.raises(Silenced):
        actions.create_local_group(**group, presentation="Bienvenue", at=EVE)
    actions.create_local_group(**group, presentation="", at=EVE)
    assert Group.objects.filter(name="Charnay").exists()


def test_members_go_on_talking_to_one_another(cast: Cast) -> None:
    vote(cast)
    post = actions.publish(
        author_id=cast.teammate, group_id=cast.group, body="Qui tient le bureau 3 ?", at=EVE
    )
    actions.comment(author_id=cast.owner, post_id=post, body="Moi.", at=EVE)
