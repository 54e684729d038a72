"""A thematic group that somebody asks to join, and a campaign team that only its own people see."""

from datetime import datetime
from uuid import UUID

from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import GroupKind, Openness

DEPARTEMENT = "departement:71"


def build(*, coordinator: UUID, leader: UUID, volunteer: UUID, now: datetime) -> None:
    """The coordinator makes both; the volunteer asks to join one, the leader is invited to the other."""
    climate = network.create_other_group(
        by_id=coordinator,
        kind=GroupKind.THEMATIC,
        name="Climat et énergie (démonstration)",
        territory_id=DEPARTEMENT,
        openness=Openness.MODERATED,
        presentation="",
        at=now,
    )
    network.join(person_id=coordinator, group_id=climate, at=now)
    network.join(person_id=volunteer, group_id=climate, at=now)
    team = network.create_other_group(
        by_id=coordinator,
        kind=GroupKind.CAMPAIGN,
        name="Équipe de campagne (démonstration)",
        territory_id=DEPARTEMENT,
        openness=Openness.INVITATION,
        presentation="",
        at=now,
    )
    network.join(person_id=coordinator, group_id=team, at=now)
    network.invite(by_id=coordinator, group_id=team, person_id=leader, at=now)
