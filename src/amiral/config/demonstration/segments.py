"""Two segments of the demonstration, and what its persons say they can do."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import Clause, Group, How, SegmentDraft
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import SLOTS, Helping, Skill

TERRITORY = "departement:71"


def say_what_they_can_do(*, persons: Sequence[UUID], chance: random.Random) -> None:
    """Two in three say something."""
    for person_id in persons:
        if chance.random() < 0.66:
            helping = Helping(
                skills=frozenset(chance.sample(list(Skill), 2)),
                slots=frozenset(chance.sample(SLOTS[12:], 3)),  # Friday to Sunday
            )
            people.say_helping(person_id=person_id, helping=helping)


def build(*, coordinator: UUID, now: datetime) -> tuple[UUID, UUID]:
    """One that leaves people out, one with a group inside; their ids."""
    came = Clause(criterion="actions", since=(now - timedelta(days=270)).date().replace(day=1))
    in_macon = Clause(criterion="territory", values=("commune:71270",), negated=True)
    newsletter = Clause(criterion="consent", values=("newsletter",))
    weekend = Group(
        how=How.ANY,
        parts=(
            Clause(criterion="availability", values=("6-morning", "6-afternoon", "7-morning")),
            Clause(criterion="skill", values=(Skill.DOOR_TO_DOOR.value, Skill.DRIVING.value)),
        ),
    )
    actions = Clause(criterion="consent", values=("actions",))
    first, second = (
        outreach.create_segment(
            by_id=coordinator,
            draft=SegmentDraft(name=name, territory_id=TERRITORY, tree=Group(parts=parts)),
        )
        for name, parts in (
            ("Lettre aux personnes déjà venues, hors Mâcon", (newsletter, came, in_macon)),
            ("Renforts du week-end", (actions, weekend)),
        )
    )
    return first, second
