"""A market where everybody wants to go: a full shift with a waiting list, an offer that stands for the demo's
volunteer, and a second shift whose leader answers each request.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, Role, ShiftDraft, ShiftRules

HOURS = timedelta(hours=2)
OFFER_MINUTES = 3 * 24 * 60
"""So that the offer still stands when somebody looks at the demonstration the day after."""


def build(
    *,
    leader: UUID,
    volunteer: UUID,
    crowd: Sequence[UUID],
    group_id: UUID,
    starts_at: datetime,
    now: datetime,
) -> None:
    """One action of the group at ``starts_at`` and two hours later."""
    rules = ShiftRules(offer_minutes=OFFER_MINUTES, newcomers_each=2, most={Role.DRIVER: 1})
    action = mobilisation.create_action(
        by_id=leader,
        group_id=group_id,
        draft=ActionDraft(
            kind=Kind.MARKET,
            title="Marché de démonstration : Mâcon",
            place="Esplanade, devant la fontaine",
            commune_id="commune:71270",
        ),
        shifts=[
            ShiftDraft(starts_at=starts_at, ends_at=starts_at + HOURS, capacity=5, needed=3, rules=rules),
            ShiftDraft(
                starts_at=starts_at + HOURS,
                ends_at=starts_at + 2 * HOURS,
                capacity=4,
                needed=2,
                rules=ShiftRules(approval=True),
            ),
        ],
        at=now,
    )
    first, second = mobilisation.action(action_id=action).shifts
    _fill(first.id, [(leader, Role.LEAD, 1), (crowd[5], Role.DRIVER, 1), (crowd[6], Role.NEWCOMER, 2)], now)
    _fill(first.id, [(crowd[7], Role.VOLUNTEER, 1), (volunteer, Role.VOLUNTEER, 1)], now)
    _fill(first.id, [(crowd[8], Role.NEWCOMER, 1), (crowd[9], Role.VOLUNTEER, 2)], now)
    mobilisation.cancel_sign_up(person_id=crowd[7], shift_id=first.id, at=now, silent=True)
    _fill(second.id, [(crowd[5], Role.DRIVER, 1), (crowd[8], Role.NEWCOMER, 1)], now)


def _fill(shift_id: UUID, asking: Sequence[tuple[UUID, Role, int]], at: datetime) -> None:
    for person, role, party in asking:
        mobilisation.sign_up(person_id=person, shift_id=shift_id, at=at, role=role, party=party, silent=True)
