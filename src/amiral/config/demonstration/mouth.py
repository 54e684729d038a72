"""A certified group, one that waits for its certification, and what the volunteer's word brought."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import CriterionKind
from amiral.rooms.people import api as people

BROUGHT = ((0, 4, None, 100), (4, 9, 0, 70), (9, 12, 4, 45))
"""From and to which of the crowd, by whom of them (``None``: the volunteer), how many days ago."""


def build(
    *,
    administrator: UUID,
    coordinator: UUID,
    leader: UUID,
    volunteer: UUID,
    crowd: Sequence[UUID],
    certified: UUID,
    waiting: UUID,
    now: datetime,
) -> None:
    """``certified`` is led by ``leader``; for ``waiting`` the coordinator asks, so that another decides."""
    network.write_criterion(
        by_id=administrator,
        kind=CriterionKind.MEMBERS,
        least=2,
        text_fr="Au moins deux membres",
        text_en="Two members at least",
        at=now,
    )
    charter = network.write_criterion(
        by_id=administrator,
        kind=CriterionKind.DECLARED,
        text_fr="La charte de la campagne est signée par celles et ceux qui animent",
        text_en="Those who lead have signed the charter of the campaign",
        at=now,
    )
    network.ask_certification(
        by_id=leader, group_id=certified, words="La charte est affichée au local.", at=now
    )
    network.grant_certification(
        by_id=coordinator,
        group_id=certified,
        confirmed=[charter],
        reasons="Charte vue, groupe rencontré (démonstration).",
        at=now,
    )
    for person in crowd[12:14]:
        network.join(person_id=person, group_id=waiting, at=now)
    network.ask_certification(by_id=coordinator, group_id=waiting, words="", at=now)
    for first, last, by, days in BROUGHT:
        for person in crowd[first:last]:
            people.note_brought(
                person_id=person,
                by_id=volunteer if by is None else crowd[by],
                shows_name=person == crowd[1],
                at=now - timedelta(days=days),
            )
