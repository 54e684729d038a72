"""Who of a shift's team is together with whom, and who leads them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from amiral.rooms.field.models import Pair
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionCard
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature, MandateCard
from amiral.rooms.territory import api as territory


@dataclass(frozen=True, kw_only=True)
class Together:
    """A pair, a trio, or somebody alone. ``assignment_id``: the walk list that they do, when it was said."""

    number: int
    person_ids: tuple[UUID, ...]
    assignment_id: UUID | None = None

    @property
    def is_alone(self) -> bool:
        return len(self.person_ids) == 1


def in_pairs(person_ids: Sequence[UUID]) -> tuple[tuple[UUID, ...], ...]:
    """Everybody once, by twos in their order; of an odd number the last three stay together."""
    whole = tuple(person_ids)
    if len(whole) == 1:
        return (whole,)
    last = len(whole) - 2 - len(whole) % 2
    return tuple(whole[i : i + 2 if i < last else len(whole)] for i in range(0, last + 1, 2))


def together(*, shift_id: UUID) -> tuple[Together, ...]:
    """The pairs as they were kept, and by default everybody else: nobody is alone unless it was said so.

    Who left the team is left out; who stays behind alone goes with others. Three queries.
    """
    team = mobilisation.team_of_shift(shift_id=shift_id)
    kept = [pair for pair in _kept(shift_id, team) if pair.person_ids]
    settled = {person for pair in kept for person in pair.person_ids}
    return _with_others(kept, [person for person in team if person not in settled])


def _kept(shift_id: UUID, team: Sequence[UUID]) -> list[Together]:
    pairs = Pair.objects.filter(shift=shift_id).prefetch_related("members")
    return [_standing(pair, team) for pair in pairs]


def _standing(pair: Pair, team: Sequence[UUID]) -> Together:
    said = {member.person_id for member in pair.members.all()}
    here = tuple(person for person in team if person in said)
    # One of two who is left is paired anew; one who was put alone on purpose stays so, and is shown.
    still = here if len(here) > 1 or len(said) == 1 else ()
    return Together(number=pair.number, person_ids=still, assignment_id=pair.assignment_id)


def _with_others(kept: list[Together], others: Sequence[UUID]) -> tuple[Together, ...]:
    if len(others) == 1 and kept:
        smallest = min(kept, key=lambda pair: (len(pair.person_ids), -pair.number))
        kept[kept.index(smallest)] = replace(smallest, person_ids=(*smallest.person_ids, *others))
        return tuple(kept)
    next_number = max((pair.number for pair in kept), default=0) + 1
    new = [Together(number=next_number + i, person_ids=ids) for i, ids in enumerate(in_pairs(others))]
    return (*kept, *new)


def group_of(*, pairs: Iterable[Together], person_id: UUID | None) -> Together | None:
    """The pair in which somebody is."""
    return next((pair for pair in pairs if person_id in pair.person_ids), None)


def partners_of(*, shift_id: UUID, person_id: UUID | None) -> tuple[UUID, ...]:
    """Those with whom somebody is out; nobody for a phone without an account."""
    pair = group_of(pairs=together(shift_id=shift_id), person_id=person_id)
    return tuple(one for one in pair.person_ids if one != person_id) if pair else ()


def leaders(*, action: ActionCard) -> tuple[tuple[UUID, ...], ...]:
    """Who leads the action, nearest first: the group's leaders and who published it, then wider territories.

    One query, and one for each territory above the group.
    """
    group = action.group
    nearest = [*people.holders(scope_id=group.id), *people.holders(territory_id=group.territory_id)]
    publisher = mobilisation.publisher_of(action_id=action.id)
    first = [*_leading(nearest), *([publisher] if _still_leads(publisher, action) and publisher else [])]
    wider = (
        people.holders(territory_id=id_) for id_ in territory.ancestor_ids(territory_id=group.territory_id)
    )
    return _each_once([first, *(_leading(held) for held in wider)])


def _leading(mandates: Iterable[MandateCard]) -> list[UUID]:
    return [one.person_id for one in mandates if Feature.MANAGE_ACTIONS in one.features]


def _still_leads(person_id: UUID | None, action: ActionCard) -> bool:
    return person_id is not None and mobilisation.may_manage_action(person_id=person_id, action_id=action.id)


def _each_once(tiers: Iterable[Iterable[UUID]]) -> tuple[tuple[UUID, ...], ...]:
    seen: set[UUID] = set()
    found: list[tuple[UUID, ...]] = []
    for tier in tiers:
        new = tuple(dict.fromkeys(one for one in tier if one not in seen))
        seen.update(new)
        found += [new] if new else []
    return tuple(found)
