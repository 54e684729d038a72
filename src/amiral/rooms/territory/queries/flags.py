"""Reads of addresses whose position is doubtful, and of those that a person has accepted."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from django.utils.translation import gettext

from amiral.kit.columnar import Unknown
from amiral.kit.errors import NotFound
from amiral.kit.readers import LineProblem
from amiral.rooms.territory import store
from amiral.rooms.territory.contracts import (
    AddressColumns,
    BadLineCard,
    Bounds,
    FileKind,
    FlaggedAddress,
)
from amiral.rooms.territory.models import AcceptedAddress
from amiral.rooms.territory.problems import sentence, short_reason


def accepted_ids(*, file_id: UUID) -> set[str]:
    """Ids of the doubtful addresses that were accepted. One query."""
    return set(AcceptedAddress.objects.filter(file_id=file_id).values_list("address_id", flat=True))


def with_accepted(
    found: AddressColumns, *, file_id: UUID, commune_code: str, bounds: Bounds | None
) -> AddressColumns:
    """Addresses with the accepted ones of the same choice among them. One query."""
    accepted = accepted_ids(file_id=file_id)
    if not accepted:
        return found
    doubtful, _flags = store.read_flagged(
        path=store.flagged_path_of(kind=FileKind.ADDRESSES, file_id=file_id)
    )
    chosen = [
        place
        for place, name in enumerate(doubtful.ids)
        if name in accepted and _is_asked(doubtful, place, commune_code, bounds)
    ]
    if not chosen:
        return found
    return store.joined([found, doubtful.take(np.array(chosen, dtype=np.int64))])


def _is_asked(doubtful: AddressColumns, place: int, commune_code: str, bounds: Bounds | None) -> bool:
    if commune_code and doubtful.commune_codes[place] != commune_code:
        return False
    if bounds is None:
        return True
    west, south, east, north = bounds
    return bool(west <= doubtful.lon[place] <= east and south <= doubtful.lat[place] <= north)


def flagged(*, kind: FileKind, file_id: UUID, code: str = "") -> tuple[FlaggedAddress, ...]:
    """The doubtful addresses or places of a file, by line; of one reason if ``code`` is given. One query."""
    doubtful, flags = store.read_flagged(path=store.flagged_path_of(kind=kind, file_id=file_id))
    accepted = accepted_ids(file_id=file_id)
    cards = (
        _card(doubtful, place, flag, accepted)
        for place, flag in enumerate(flags)
        if not code or flag.code == code
    )
    return tuple(sorted(cards, key=lambda card: (card.line, card.id)))


def _card(doubtful: AddressColumns, place: int, flag: LineProblem, accepted: set[str]) -> FlaggedAddress:
    name = doubtful.ids[place]
    return FlaggedAddress(
        id=name,
        line=flag.line,
        label=label(doubtful.numbers[place], doubtful.suffixes[place], doubtful.streets[place]),
        commune_code=doubtful.commune_codes[place],
        lon=float(doubtful.lon[place]),
        lat=float(doubtful.lat[place]),
        code=flag.code,
        reason=sentence(flag.code, flag.params),
        accepted=name in accepted,
    )


def label(number: int, suffix: str, street: str) -> str:
    """``12 bis Rue de Lappe``."""
    return " ".join(str(part) for part in (number or "", suffix, street) if part)


def positions_of_file(*, kind: FileKind, file_id: UUID, limit: int) -> tuple[tuple[float, float], ...]:
    """At most ``limit`` positions of a file of addresses or places, taken evenly."""
    try:
        lon, lat = store.read_positions(path=store.path_of(kind=kind, file_id=file_id))
    except Unknown:
        raise NotFound from None
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    chosen = known[:: max(1, -(-len(known) // limit))]
    return tuple(zip(lon[chosen].tolist(), lat[chosen].tolist(), strict=True))


def place_of(flag: LineProblem) -> BadLineCard:
    """A problem as a page shows it."""
    place = gettext("line %(number)s") % {"number": flag.line} if flag.line else flag.id
    return BadLineCard(place=place, reason=sentence(flag.code, flag.params))


def reasons(flags: Sequence[FlaggedAddress | LineProblem]) -> tuple[tuple[str, str, int], ...]:
    """(code, short words for it, how many) of each reason, the most frequent first."""
    counts = Counter(flag.code for flag in flags)
    return tuple((code, short_reason(code), count) for code, count in counts.most_common())
