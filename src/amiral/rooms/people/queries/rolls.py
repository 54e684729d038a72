"""Reads of electoral rolls: counts and envelopes, by sex, age and bureau and by nothing else."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from amiral.kit.errors import Refused
from amiral.rooms.people import access, vault
from amiral.rooms.people.contracts import (
    Feature,
    PurgeCard,
    RollCard,
    RollCounts,
    RollFilter,
    RollKind,
    RollQuality,
)
from amiral.rooms.people.models import PurgeCertificate, RollDeclaration
from amiral.rooms.people.queries import territories_held
from amiral.rooms.territory import api as territory

ALLOWED = frozenset({"abstained", "sex", "bureau", "oldest", "youngest"})
"""The only criteria (CNIL: by age, sex and bureau; by the sound of a name or a place of birth, never)."""
LABEL = ("addressee", "street", "postal_code", "city", "bureau")


class CriterionRefused(Refused):
    """Somebody asked to choose voters by what the law forbids."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _("Voters are chosen by sex, age and bureau only; “%(name)s” is not allowed.") % {"name": name}
        )


class RollOver(Refused):
    """The ballot is over, or the roll was deleted."""

    def __init__(self) -> None:
        super().__init__(_("This electoral roll may no longer be used: its ballot is over."))


def may_use_roll(*, declaration: RollDeclaration, at: datetime) -> bool:
    """Whether the voters may still be read: also refused when the purge has not run yet."""
    return declaration.purged_at is None and at < declaration.expires_at


def rolls(*, person_id: UUID, at: datetime) -> tuple[RollCard, ...]:
    """The declarations of the person's territories, newest first."""
    held = territories_held(person_id=person_id, feature=Feature.USE_ELECTORAL_ROLL, at=at)
    found = RollDeclaration.objects.filter(
        territory_id__in=territory.descendant_filter(ancestor_ids=held)
    ).select_related("territory")
    return tuple(roll_card(declaration, at=at) for declaration in found.order_by("-pledged_at")[:200])


def roll_card(declaration: RollDeclaration, *, at: datetime) -> RollCard:
    """A declaration for a page."""
    return RollCard(
        id=declaration.pk,
        ballot=declaration.ballot,
        ballot_on=declaration.ballot_on,
        territory_name=declaration.territory.name,
        quality=RollQuality(declaration.quality),
        pledge_text=declaration.pledge_text,
        pledged_at=declaration.pledged_at,
        voters=declaration.voters,
        dropped=tuple(declaration.dropped),
        usable=may_use_roll(declaration=declaration, at=at),
        kind=RollKind(declaration.kind),
        expires_at=declaration.expires_at,
    )


def certificates(*, declaration_ids: list[UUID]) -> dict[UUID, PurgeCard]:
    """The certificates of deleted rolls, by declaration. One query."""
    found = PurgeCertificate.objects.filter(declaration_id__in=declaration_ids)
    return {
        row.declaration_id: PurgeCard(
            what=row.what, voters=row.voters, data_sha256=row.data_sha256, seal=row.seal, at=row.at
        )
        for row in found
    }


def roll_filter(*, asked: dict[str, str]) -> RollFilter:
    """The criteria of a page's address. Raises ``CriterionRefused`` for every other name."""
    given = {name: value for name, value in asked.items() if value}
    for name in given:
        if name not in ALLOWED:
            raise CriterionRefused(name)
    return RollFilter(
        sex=given.get("sex", "") if given.get("sex") in {"F", "M"} else "",
        bureau=given.get("bureau", ""),
        abstained=given.get("abstained") == "on",
        oldest=_number(given.get("oldest", "")),
        youngest=_number(given.get("youngest", "")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None


def counts(*, person_id: UUID, declaration_id: UUID, wanted: RollFilter, at: datetime) -> RollCounts:
    """How many voters meet the criteria, by bureau. Raises ``NotFound``, ``RollOver``."""
    everybody = _voters(person_id, declaration_id, at)
    chosen = _chosen(everybody, wanted, at)
    by_bureau = Counter(chosen.column("bureau").to_pylist())
    return RollCounts(
        total=len(chosen),
        by_bureau=tuple(sorted(by_bureau.items())),
        bureaus=tuple(sorted(set(everybody.column("bureau").to_pylist()) - {""})),
    )


def labels(
    *, person_id: UUID, declaration_id: UUID, wanted: RollFilter, at: datetime
) -> tuple[int, Iterator[tuple[str, ...]]]:
    """How many, and the envelopes in the order of the streets; nothing is kept of them."""
    chosen = _chosen(_voters(person_id, declaration_id, at), wanted, at)
    # Not by name: that order would be a search by surname.
    ordered = chosen.sort_by([("bureau", "ascending"), ("city", "ascending"), ("street", "ascending")])
    columns = [ordered.column(name).to_pylist() for name in LABEL]
    return len(ordered), zip(*columns, strict=True)


def _voters(person_id: UUID, declaration_id: UUID, at: datetime) -> pa.Table:
    declaration = access.access_roll_by_id(person_id=person_id, declaration_id=declaration_id, at=at)
    found = (
        vault.roll(declaration_id=declaration_id) if may_use_roll(declaration=declaration, at=at) else None
    )
    if found is None:
        raise RollOver
    return found


def _chosen(voters: pa.Table, wanted: RollFilter, at: datetime) -> pa.Table:
    """Ages are those reached in the running year: only the year of birth is kept."""
    chosen = voters
    year = pc.field("birth_year")
    known = year > 0
    if wanted.sex:
        chosen = chosen.filter(pc.field("sex") == wanted.sex)
    if wanted.bureau:
        chosen = chosen.filter(pc.field("bureau") == wanted.bureau)
    if wanted.abstained:
        # Only a list of signatures knows: of a roll nobody is chosen by it.
        known_here = "voted" in chosen.column_names
        chosen = chosen.filter(pc.field("voted") == "no") if known_here else chosen.slice(0, 0)
    if wanted.youngest is not None:
        chosen = chosen.filter(known & (year <= at.year - wanted.youngest))
    if wanted.oldest is not None:
        chosen = chosen.filter(known & (year >= at.year - wanted.oldest))
    return chosen
