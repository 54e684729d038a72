"""Who can be named in a group, and by which words.

Only the members of the group are found, and only by who may write there, who sees the list of members
anyway: completing a name tells nobody that somebody exists.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from uuid import UUID

from django.core.cache import cache
from django.utils.text import slugify

from amiral.rooms.network.access import apart_from
from amiral.rooms.network.contracts import Mentionable
from amiral.rooms.network.models import Membership, Mention
from amiral.rooms.people import api as people

OFFERED_MAX = 8
LEAST_CHARACTERS = 2
ROSTER_MAX = 50_000
"""In a larger group nobody is found by name: its names are not read at each word that is typed."""
ROSTER_S = 60
AT_ONCE = 5_000


def complete(*, group_id: UUID, person_id: UUID, text: str) -> tuple[Mentionable, ...]:
    """The members whose name begins so, a word of it at least; never who blocked or is blocked."""
    wanted = slugify(text)
    if len(wanted) < LEAST_CHARACTERS:
        return ()
    away = apart_from(person_id=person_id) | {person_id}
    found = (
        one
        for one in roster(group_id=group_id)
        if one.person_id not in away and (one.handle.startswith(wanted) or f"-{wanted}" in one.handle)
    )
    return tuple(one for _place, one in zip(range(OFFERED_MAX), found, strict=False))


def named(*, group_id: UUID, handles: Collection[str]) -> dict[str, Mentionable]:
    """The members behind the handles; a name that several carry calls nobody without its own end."""
    if not handles:
        return {}
    wanted = set(handles)
    return {one.handle: one for one in roster(group_id=group_id) if one.handle in wanted}


def handles_of(*, group_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """What calls each of these members."""
    return {one.person_id: one.handle for one in roster(group_id=group_id) if one.person_id in person_ids}


def roster(*, group_id: UUID) -> tuple[Mentionable, ...]:
    """The members of a group by handle, read anew after a minute or when their number changes."""
    members = Membership.objects.active().filter(group_id=group_id)
    number = members.count()
    if number > ROSTER_MAX:
        return ()
    key = f"network:roster:{group_id}:{number}"
    found: tuple[Mentionable, ...] | None = cache.get(key)
    if found is None:
        found = _read(members.values_list("person_id", flat=True))
        cache.set(key, found, timeout=ROSTER_S)
    return found


def _read(person_ids: Iterable[UUID]) -> tuple[Mentionable, ...]:
    ids = list(person_ids)
    names: dict[UUID, str] = {}
    for start in range(0, len(ids), AT_ONCE):
        cards = people.cards(person_ids=ids[start : start + AT_ONCE])
        names |= {card.id: card.public_name for card in cards.values()}
    plain = {person_id: slugify(name) or "membre" for person_id, name in names.items()}
    carried = Counter(plain.values())
    return tuple(
        sorted(
            (
                Mentionable(
                    person_id=person_id,
                    public_name=names[person_id],
                    handle=word if carried[word] == 1 else f"{word}.{person_id.hex[-4:]}",
                )
                for person_id, word in plain.items()
            ),
            key=lambda one: one.handle,
        )
    )


def kept_of(*, person_id: UUID) -> list[dict[str, str]]:
    """When, and by which name, others mentioned the person, for the person."""
    rows = Mention.objects.filter(person_id=person_id).order_by("created_at", "id")
    return [{"at": row.created_at.isoformat(), "handle": row.handle} for row in rows]
