"""Looking for duplicates: entries go to ``cores.linkage``, pairs come back as candidates."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from amiral.cores import linkage
from amiral.rooms.people.contracts import CandidateState, ContactKind, Report
from amiral.rooms.people.models import ContactPoint, DuplicateCandidate, Merge, Person

SHARE = 500


def find_duplicates(*, report: Report, at: datetime) -> dict[str, int]:
    """Compares everybody and keeps the pairs for the coordinators; what was rejected stays rejected.

    Doing it again changes only what changed: new pairs come, pairs that no longer agree go.
    """
    entries = _entries()
    search = linkage.Search()
    pairs: dict[tuple[Hashable, Hashable], linkage.Pair] = {}
    blocks = list(linkage.blocks(entries))
    for number, block in enumerate(blocks):
        report(number, len(blocks) + 1)
        pairs |= {(p.first, p.second): p for p in linkage.pairs_in(block, entries, search=search)}
    return {"persons": len(entries), "pairs": _keep(pairs.values(), at)}


def _entries() -> dict[Hashable, linkage.Entry]:
    emails, phones = _points(ContactKind.EMAIL), _points(ContactKind.PHONE)
    rows = Person.objects.order_by("pk").values_list(
        "pk", "given_name", "family_name", "commune_id", "postal_code", "email"
    )
    return {
        pk: linkage.Entry(
            given=given,
            family=family,
            place=commune or "",
            postal_code=code,
            emails=frozenset({*emails.get(pk, ()), *filter(None, (email,))}),
            phones=frozenset(phones.get(pk, ())),
        )
        for pk, given, family, commune, code, email in rows.iterator()
    }


def _points(kind: ContactKind) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    for person_id, value in (
        ContactPoint.objects.filter(kind=kind).values_list("person_id", "value").iterator()
    ):
        found[person_id].append(value)
    return found


@transaction.atomic
def _keep(pairs: Iterable[linkage.Pair], at: datetime) -> int:
    rejected = _rejected()
    rows = [_row(pair, at) for pair in pairs if frozenset((pair.first, pair.second)) not in rejected]
    DuplicateCandidate.objects.filter(state=CandidateState.OPEN).delete()
    # A pair that was rejected a moment ago keeps its row: the conflict is ignored.
    DuplicateCandidate.objects.bulk_create(rows, batch_size=SHARE, ignore_conflicts=True)
    return len(rows)


def _row(pair: linkage.Pair, at: datetime) -> DuplicateCandidate:
    return DuplicateCandidate(
        first_id=UUID(str(pair.first)),
        second_id=UUID(str(pair.second)),
        score=pair.score,
        features=_features(pair.features),
        found_at=at,
    )


def _features(features: linkage.Features) -> dict[str, Any]:
    levels = {
        name: getattr(features, name).name.lower() for name in ("family", "given", "place", "email", "phone")
    }
    return levels | {"swapped": features.swapped}


def _rejected() -> set[frozenset[Hashable]]:
    """The pairs that were rejected, and the pairs of those who have absorbed one of the two since."""
    today = dict(Merge.objects.filter(undone_at=None).values_list("absorbed_id", "survivor_id"))
    rows = DuplicateCandidate.objects.filter(state=CandidateState.REJECTED).values_list(
        "first_id", "second_id"
    )
    return {frozenset((_now(today, one), _now(today, other))) for one, other in rows}


def _now(today: dict[UUID, UUID], person_id: UUID) -> Hashable:
    return today.get(person_id, person_id)
