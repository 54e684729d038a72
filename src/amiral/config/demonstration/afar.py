"""A group that can be followed from other networks, and an answer that waits. Nothing leaves the machine."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from amiral.kit.federation.documents import ActorDocument
from amiral.rooms.network import api as network

FRENCH = (
    "**Samedi, marché place Lamartine, de 9 h à 12 h.** Venez nous parler, ou venez nous aider : chaque "
    "équipe accueille de nouvelles têtes."
)
ENGLISH = "**Saturday, market on place Lamartine, 9 a.m. to noon.** Come and talk, or come and help."
ANSWER = "<p>Bravo pour le marché ! Y aura-t-il quelqu’un de la campagne à Cluny aussi ?</p>"
VISITOR = ActorDocument(
    url="https://exemple.invalid/comptes/camille",
    handle="camille@exemple.invalid",
    inbox="https://exemple.invalid/comptes/camille/boite",
    shared_inbox="",
    key_id="https://exemple.invalid/comptes/camille#cle",
    public_pem="",
)
"""Plainly fictional: names under .invalid lead nowhere (RFC 2606)."""


def build(*, administrator: UUID, leader: UUID, group_id: UUID, now: datetime) -> None:
    """The administrator opens federation, the leader his group; one announcement and one answer to it."""
    if not settings.FEDERATION:
        return
    network.open_federation(by_id=administrator, at=now)
    network.open_to_followers(by_id=leader, group_id=group_id, at=now)
    note_id = network.announce_to_all(
        by_id=leader, group_id=group_id, body=FRENCH, other_body=ENGLISH, at=now - timedelta(hours=3)
    )
    network.take_from_outside(
        author=VISITOR,
        note_id=note_id,
        url=f"{VISITOR.url}/1",
        html=ANSWER,
        at=now - timedelta(hours=1),
    )
