"""One person absorbs another, and the way back.

Merges form a history. Undoing one takes back the later ones that touch the same persons, newest first, undoes
it, and makes the others again: the result is what would be there had it never been made.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit, ports
from amiral.kit.errors import NotFound, Refused
from amiral.kit.relations import Journal, Records, undo
from amiral.rooms.people import access, letters
from amiral.rooms.people.actions.mandates import forget
from amiral.rooms.people.contracts import CandidateState, MergeField
from amiral.rooms.people.models import DuplicateCandidate, Mandate, Merge, Person

PERSON = "person"
"""The part of the way back that restores the two persons themselves."""


class AdministratorNeeded(Refused):
    """Rights would go from hand to hand."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "One of these persons holds a mandate: ask an administrator to do this, "
                "or end the mandate first."
            )
        )


class AddressTaken(Refused):
    """The absorbed address has an account again."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Somebody has joined with this address since the merge. "
                "Ask that person to erase the new account, then undo the merge."
            )
        )


class NotOneself(Refused):
    """Nobody ends his own account by merging it."""

    def __init__(self) -> None:
        super().__init__(_("You cannot merge your own account into another. Ask another administrator."))


@transaction.atomic
def merge(
    *,
    by_id: UUID,
    kept_id: UUID,
    absorbed_id: UUID,
    chosen: Collection[MergeField] = (),
    at: datetime,
    silent: bool = False,
) -> UUID:
    """Moves all that is known of the absorbed person to the kept one, and returns the id of the merge.

    ``chosen``: what the kept one takes over from the other. Both addresses are written to unless ``silent``.
    Raises ``NotFound`` (missing, the same, out of reach), ``AdministratorNeeded``, ``NotOneself``.
    """
    kept, absorbed = _both(by_id, kept_id, absorbed_id, at)
    row = Merge(
        kept_id=kept_id,
        absorbed_id=absorbed_id,
        survivor_id=kept_id,
        chosen=sorted(field.value for field in chosen),
        absorbed_place=absorbed.commune_id or "",
        snapshot=_snapshot(absorbed),
        administrators_only=_check_mandates(by_id, [kept_id, absorbed_id], at),
        at=at,
        by_id=by_id,
    )
    addresses = {person.email: person for person in (kept, absorbed) if person.email}
    _apply(row)
    row.save(force_insert=True)
    _note("person.merged", row, by_id)
    if not silent:
        letters.merged(merge_id=row.pk, addresses=addresses)
    return row.pk


def _both(by_id: UUID, kept_id: UUID, absorbed_id: UUID, at: datetime) -> tuple[Person, Person]:
    if kept_id == absorbed_id:
        raise NotFound
    if absorbed_id == by_id:
        raise NotOneself
    found = access.access_mergeable(person_id=by_id, person_ids=[kept_id, absorbed_id], at=at, lock=True)
    return found[kept_id], found[absorbed_id]


def _check_mandates(by_id: UUID, person_ids: Collection[UUID], at: datetime) -> bool:
    held = Mandate.objects.in_force(at).filter(person_id__in=person_ids).exists()
    if held and not access.administers(person_id=by_id, at=at):
        raise AdministratorNeeded
    return held


def _snapshot(person: Person) -> dict[str, str]:
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email or "",
    }


def _apply(row: Merge) -> None:
    """Does the merge as the row says, and writes the way back into the row (not into the database)."""
    kept = Person.objects.get(pk=row.kept_id)
    absorbed = Person.objects.get(pk=row.absorbed_id)
    records: Records = {}
    for part in ports.call("merge_person", kept_id=kept.pk, absorbed_id=absorbed.pk, at=row.at):
        records |= part
    journal = Journal()
    journal.drop(absorbed)
    journal.change(kept, **_values(kept, absorbed, {MergeField(name) for name in row.chosen}))
    row.records = records | {PERSON: journal.lines}
    row.survivor_id = kept.pk
    _forget_rights(absorbed.pk, kept.pk)


def _values(kept: Person, absorbed: Person, chosen: Collection[MergeField]) -> dict[str, Any]:
    """What the kept person's own row holds afterwards."""
    values: dict[str, Any] = {
        "joined_at": min(kept.joined_at, absorbed.joined_at),
        "last_seen_at": max(kept.last_seen_at, absorbed.last_seen_at),
    }
    if not kept.email and absorbed.email:
        values |= {"email": absorbed.email, "is_active": absorbed.is_active}
    if not kept.family_name:
        values["family_name"] = absorbed.family_name
    if not kept.commune_id:
        values |= _place(absorbed)
    for field in chosen:
        values |= (
            _place(absorbed) if field == MergeField.PLACE else {field.value: getattr(absorbed, field.value)}
        )
    return values


def _place(person: Person) -> dict[str, Any]:
    return {"postal_code": person.postal_code, "commune_id": person.commune_id}


def _forget_rights(absorbed_id: UUID, kept_id: UUID) -> None:
    """What is remembered of their mandates is void. Sessions of an absorbed person find nobody any more."""
    transaction.on_commit(lambda: forget(person_id=absorbed_id))
    transaction.on_commit(lambda: forget(person_id=kept_id))


@transaction.atomic
def undo_merge(*, by_id: UUID, merge_id: UUID, at: datetime) -> None:
    """Takes a merge back, whatever was merged since.

    Raises ``NotFound``, ``AdministratorNeeded``, ``AddressTaken``.
    """
    row = access.access_merge_by_id(person_id=by_id, merge_id=merge_id, at=at, lock=True)
    later = later_merges(row)
    if any(one.administrators_only for one in (row, *later)) and not access.administers(
        person_id=by_id, at=at
    ):
        raise AdministratorNeeded
    _check_addresses([row, *later])
    for one in (*reversed(later), row):
        _take_back(one)
    for one in later:
        _apply(one)
        one.save(update_fields=["records", "survivor"])
    # The way back has been gone: the absorbed person's data have no reason to lie here any longer.
    Merge.objects.filter(pk=row.pk).update(undone_at=at, undone_by_id=by_id, records={}, snapshot={})
    _note("person.unmerged", row, by_id)


def later_merges(row: Merge) -> list[Merge]:
    """The merges in force, made after this one, that touch what it touched; oldest first. One query."""
    touched, found = {row.kept_id}, []
    after = Merge.objects.filter(survivor_id=row.survivor_id, undone_at=None, pk__gt=row.pk)
    for one in after.order_by("pk"):
        if touched & {one.kept_id, one.absorbed_id}:
            touched.add(one.kept_id)
            found.append(one)
    return found


def _check_addresses(rows: Collection[Merge]) -> None:
    ours = {row.survivor_id for row in rows}
    addresses = [row.snapshot["email"] for row in rows if row.snapshot.get("email")]
    if Person.objects.filter(email__in=addresses).exclude(pk__in=ours).exists():
        raise AddressTaken


def _take_back(row: Merge) -> None:
    # The persons first: what the rooms give back points to them.
    undo(row.records[PERSON], tables={Person._meta.label: Person})
    ports.call("unmerge_person", records=row.records)
    _forget_rights(row.absorbed_id, row.kept_id)


@transaction.atomic
def reject(*, by_id: UUID, candidate_id: UUID, at: datetime) -> None:
    """Two persons, for ever: the pair is never proposed again. Raises ``NotFound``."""
    row = access.access_candidate_by_id(person_id=by_id, candidate_id=candidate_id, at=at)
    DuplicateCandidate.objects.filter(pk=row.pk).update(
        state=CandidateState.REJECTED, rejected_by_id=by_id, rejected_at=at, features={}
    )
    audit.record(
        actor_id=by_id,
        verb="duplicate.rejected",
        subject_kind="person",
        subject_id=row.first_id,
        other=str(row.second_id),
    )


def forget_candidates(*, person_id: UUID) -> None:
    """Deletes the pairs that name the person or one whom he absorbed; the ways back go with his row."""
    absorbed = list(Merge.objects.filter(survivor=person_id).values_list("absorbed_id", flat=True))
    for field in ("first_id__in", "second_id__in"):
        DuplicateCandidate.objects.filter(**{field: [person_id, *absorbed]}).delete()


def _note(verb: str, row: Merge, by_id: UUID) -> None:
    audit.record(
        actor_id=by_id,
        verb=verb,
        subject_kind="person",
        subject_id=row.kept_id,
        absorbed=str(row.absorbed_id),
        merge=str(row.pk),
    )
