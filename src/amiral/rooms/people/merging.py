"""What becomes of this room's rows when a person absorbs another.

Accounts: the absorbed address never opens the kept account. Its row of the sign-in library and its second
factor go into the way back; only a person without any address takes over the other's (``actions.merging``).
"""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from amiral.kit.relations import Drop, Journal, Move, Once, Own, Relations
from amiral.rooms.people import texts
from amiral.rooms.people.contracts import ContactKind
from amiral.rooms.people.models import (
    Availability,
    Consent,
    ContactPoint,
    Disclosure,
    DuplicateCandidate,
    ImportedPoint,
    ImportLine,
    JoinRequest,
    Mandate,
    Merge,
    Person,
    PersonSkill,
    PhoneCode,
    RecruitCode,
    Recruitment,
    Referral,
    RightsRequest,
    RollDeclaration,
    SupporterImport,
)


def _ledger(journal: Journal, kept_id: UUID, absorbed_id: UUID, at: datetime) -> None:
    """All lines go over, none is changed. Who refused by one of the two has refused: a line says so."""
    lines = list(Consent.objects.filter(person__in=[kept_id, absorbed_id]).order_by("at", "pk"))
    mine = Consent.objects.filter(pk__in=[line.pk for line in lines if line.person_id == absorbed_id])
    journal.point(mine, field="person", absorbed_id=absorbed_id, kept_id=kept_id)
    newest = {(line.purpose, line.way): line for line in lines}
    for line in {(line.person_id, line.purpose, line.way): line for line in lines}.values():
        if not line.granted and newest[line.purpose, line.way].granted:
            journal.add(_refusal(line, kept_id, at))


def _refusal(line: Consent, kept_id: UUID, at: datetime) -> Consent:
    return Consent(
        person_id=kept_id,
        purpose=line.purpose,
        way=line.way,
        granted=False,
        text_shown=line.text_shown,
        text_sha256=texts.fingerprint(line.text_shown),
        channel="merge",
        at=at,
    )


def _account(journal: Journal, kept_id: UUID, absorbed_id: UUID, _at: datetime) -> None:
    if Person.objects.filter(pk=kept_id, email=None).exists():
        rows = EmailAddress.objects.filter(user=absorbed_id)
        journal.point(rows, field="user", absorbed_id=absorbed_id, kept_id=kept_id)


def _contact_points(journal: Journal, kept_id: UUID, absorbed_id: UUID, _at: datetime) -> None:
    """Numbers and addresses go over, as further ones; the address of a closed account does not.

    Whoever reads that mailbox may join again with it, and nobody else is to be reached there.
    """
    kept_email = Person.objects.values_list("email", flat=True).get(pk=kept_id)
    closed = kept_email and Person.objects.values_list("email", flat=True).get(pk=absorbed_id)
    ours = {(point.kind, point.value): point for point in ContactPoint.objects.filter(person=kept_id)}
    kinds = {point.kind for point in ours.values() if point.primary}
    for point in ContactPoint.objects.filter(person=absorbed_id).order_by("pk"):
        if point.kind == ContactKind.EMAIL and point.value == closed:
            _drop_point(journal, point)
        elif (point.kind, point.value) in ours:
            _same_point(journal, ours[(point.kind, point.value)], point)
        else:
            journal.change(point, person_id=kept_id, primary=point.primary and point.kind not in kinds)


def _same_point(journal: Journal, kept: ContactPoint, absorbed: ContactPoint) -> None:
    """One of the two stays, verified if either was, vouched for by the lines of both."""
    journal.change(kept, verified_at=kept.verified_at or absorbed.verified_at)
    known = ImportedPoint.objects.filter(point=kept).values("line")
    lines = ImportedPoint.objects.filter(point=absorbed).exclude(line__in=known)
    journal.point(lines, field="point", absorbed_id=absorbed.pk, kept_id=kept.pk)
    _drop_point(journal, absorbed)


def _drop_point(journal: Journal, point: ContactPoint) -> None:
    for line in ImportedPoint.objects.filter(point=point).order_by("pk"):
        journal.drop(line)
    journal.drop(point)


def _nobody_brings_himself(journal: Journal, kept_id: UUID, absorbed_id: UUID, _at: datetime) -> None:
    """Who came by his own other account came by himself."""
    both = [kept_id, absorbed_id]
    for row in Recruitment.objects.filter(person__in=both, recruiter__in=both).order_by("pk"):
        journal.drop(row)


RELATIONS = Relations(
    "people",
    Own(covers=(), act=_nobody_brings_himself),
    Own(covers=((ContactPoint, "person"), (ImportedPoint, "point")), act=_contact_points),
    Move(ImportLine, "person"),
    Move(SupporterImport, "imported_by"),
    Move(RollDeclaration, "declared_by"),
    Own(covers=((Consent, "person"),), act=_ledger),
    Move(Mandate, "person", "granted_by"),
    Move(Referral, "inviter"),
    Move(JoinRequest, "recruiter"),
    Move(Recruitment, "recruiter"),
    Once(model=Recruitment, field="person", within=()),
    Once(model=RecruitCode, field="person", within=()),
    Move(RightsRequest, "person", "closed_by"),
    Move(DuplicateCandidate, "rejected_by"),
    Move(Merge, "survivor", "by", "undone_by"),
    # A day's receipt that both have is one receipt; who saw himself, once the two are one, saw himself.
    Once(model=Disclosure, field="person", within=("viewer_id", "field", "reason", "subject_id", "day")),
    Once(model=Disclosure, field="viewer", within=("person_id", "field", "reason", "subject_id", "day")),
    Once(model=PersonSkill, field="person", within=("skill",)),
    # What the kept person says of his week stands; without a word of his, the other's does.
    Once(model=Availability, field="person", within=()),
    Own(covers=(), act=_account),
    # A code goes with the gesture it was for: whoever waits for one asks anew.
    Drop(model=PhoneCode, field="person"),
    Drop(model=EmailAddress, field="user"),
    Drop(model=Authenticator, field="user"),
)
