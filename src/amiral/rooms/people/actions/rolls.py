"""Electoral rolls: declared, kept apart from persons, deleted the day after the ballot with a certificate."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate, make_aware
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.kit.readers.columns import plain_name
from amiral.kit.readers.contacts import ContactTable, UnreadableContacts, read_contacts
from amiral.rooms.people import access, texts, vault
from amiral.rooms.people.actions.importing import FileRefused
from amiral.rooms.people.contact_values import seal
from amiral.rooms.people.contracts import RollDeclared, RollKind
from amiral.rooms.people.models import PurgeCertificate, RollDeclaration
from amiral.rooms.people.queries.rolls import may_use_roll

SIGNATURES_OPEN = timedelta(days=10)
"""How long after a round its lists of signatures may be looked at (Code électoral, art. L. 68)."""
DECLARATION_KEPT = timedelta(days=365)
CERTIFICATE_KEPT = timedelta(days=5 * 365)

COLUMNS: dict[str, str] = {
    "family_name": "nomdenaissance nomnaissance nom nomfamille",
    "used_name": "nomdusage nomusage",
    "given_names": "prenoms prenom prenomsdenaissance",
    "sex": "sexe civilite",
    "born": "datedenaissance datenaissance naissance",
    "bureau": "codedubureaudevote codebureaudevote bureaudevote bureau libelledubureaudevote numerobureau",
    "number": "numerodevoie numvoie numero",
    "street": "libelledevoie voie nomvoie rue adresse adresse1",
    "complement": "complement1 complement complementadresse complement2",
    "postal_code": "codepostal cp",
    "voted": "emargement signature avote vote participation presence",
    "city": "commune libellecommune ville libelledelacommune libellelocalite",
}
"""The columns that are read. Everything else is thrown away: place of birth and nationality above all."""
_COLUMN_OF = {name: known for known, names in COLUMNS.items() for name in names.split()}


class DeclarationRefused(Refused):
    """The declaration is not complete."""


class RollGone(Refused):
    """The voters were deleted."""

    def __init__(self) -> None:
        super().__init__(_("This electoral roll is deleted: its ballot is over."))


def declare(*, by_id: UUID, declared: RollDeclared, path: Path, at: datetime) -> UUID:
    """Keeps the voters of a declared roll in a file of their own; answers the declaration's id.

    Raises ``NotFound``, ``DeclarationRefused``, ``FileRefused``.
    """
    access.access_rolls(person_id=by_id, territory_id=declared.territory_id, at=at)
    _check(declared, at)
    try:
        table = read_contacts(path)
    except UnreadableContacts as problem:
        raise FileRefused(problem.code) from problem
    places = _places(table.header)
    if not {"family_name", "street"} <= set(places):
        raise DeclarationRefused(
            _("No column holds names, or none holds streets: this is no electoral roll.")
        )
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _keep(by_id, declared, sha256, table, places, at)


def _check(declared: RollDeclared, at: datetime) -> None:
    if not declared.pledged:
        raise DeclarationRefused(_("Without the pledge the law allows nobody to use an electoral roll."))
    if declared.ballot_on < localdate(at):
        raise DeclarationRefused(_("This ballot is over: its roll may no longer be used."))
    if declared.kind is RollKind.SIGNATURES:
        _check_signatures(declared, localdate(at))
    if declared.ballot_on > localdate(at) + timedelta(days=366):
        raise DeclarationRefused(_("This ballot is more than a year away. Ask for the roll nearer to it."))


def _check_signatures(declared: RollDeclared, today: date) -> None:
    """A list of signatures may be seen for ten days after its round, and used until the next one begins."""
    round_on = declared.first_round_on
    if round_on is None or round_on >= declared.ballot_on:
        raise DeclarationRefused(_("Say on which day the first round was, and on which the second one is."))
    if not round_on <= today <= round_on + SIGNATURES_OPEN:
        raise DeclarationRefused(
            _("A list of signatures may be looked at in the ten days after its round only (art. L. 68).")
        )
    if today >= declared.ballot_on:
        raise DeclarationRefused(
            _("The second round has begun: the list of signatures is of no use any more.")
        )


def _places(header: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        known = _COLUMN_OF.get(plain_name(name))
        if known:
            places.setdefault(known, place)
    return places


@transaction.atomic
def _keep(
    by_id: UUID,
    declared: RollDeclared,
    sha256: str,
    table: ContactTable,
    places: dict[str, int],
    at: datetime,
) -> UUID:
    pledge = texts.roll_pledge()
    declaration = RollDeclaration.objects.create(
        territory_id=declared.territory_id,
        declared_by_id=by_id,
        ballot=declared.ballot[:120],
        ballot_on=declared.ballot_on,
        quality=declared.quality,
        pledge_text=pledge,
        pledge_sha256=texts.fingerprint(pledge),
        pledged_at=at,
        file_sha256=sha256,
        voters=len(table.rows),
        dropped=[name for place, name in enumerate(table.header) if place not in places.values()],
        kind=declared.kind,
        first_round_on=declared.first_round_on if declared.kind is RollKind.SIGNATURES else None,
        expires_at=_end(declared),
    )
    columns = _columns(table, places, signatures=declared.kind is RollKind.SIGNATURES)
    vault.keep_roll(declaration_id=declaration.pk, columns=columns)
    _note(declaration, "roll.declared", by_id)
    return declaration.pk


def _end(declared: RollDeclared) -> datetime:
    """A roll serves until the ballot is over, a list of signatures until the second round begins."""
    if declared.kind is RollKind.SIGNATURES:
        return _midnight_after(declared.ballot_on - timedelta(days=1))
    return _midnight_after(declared.ballot_on)


def _midnight_after(day: date) -> datetime:
    return make_aware(datetime.combine(day + timedelta(days=1), time()))


def _columns(
    table: ContactTable, places: dict[str, int], *, signatures: bool
) -> dict[str, list[str] | list[int]]:
    """What is kept of each voter: what an envelope needs, and sex, year of birth and bureau.

    The name is one text for the envelope: no column of surnames exists that could be searched.
    """
    read = [{known: row[place] for known, place in places.items()} for _number, row in table.rows]
    voted: dict[str, list[str] | list[int]] = {"voted": [_voted(voter.get("voted", "")) for voter in read]}
    return (voted if signatures else {}) | {
        "addressee": [_addressee(voter) for voter in read],
        "street": [_words(voter, "number", "street", "complement") for voter in read],
        "postal_code": [voter.get("postal_code", "").zfill(5) for voter in read],
        "city": [voter.get("city", "") for voter in read],
        "bureau": [voter.get("bureau", "") for voter in read],
        "sex": [_sex(voter.get("sex", "")) for voter in read],
        "birth_year": [_year(voter.get("born", "")) for voter in read],
    }


def _addressee(voter: dict[str, str]) -> str:
    name = voter.get("used_name") or voter.get("family_name", "")
    first = voter.get("given_names", "").replace(",", " ").split(" ")[0]
    return f"{first} {name}".strip()


def _words(voter: dict[str, str], *names: str) -> str:
    return " ".join(voter[name] for name in names if voter.get(name))


def _voted(value: str) -> str:
    """Whether somebody signed: any mark but a plain "no"."""
    return "no" if value.strip().casefold() in {"", "0", "non", "n", "no", "absent", "abstention"} else "yes"


def _sex(value: str) -> str:
    first = value.strip()[:1].upper()
    return (
        {"F": "F", "2": "F", "M": "M", "1": "M", "H": "M"}.get(first, "") if value.lower() != "mme" else "F"
    )


def _year(value: str) -> int:
    """The year of a date in any order of its parts; 0 when it cannot be told."""
    parts = [part for part in value.replace("/", "-").replace(".", "-").split("-") if part[:4].isdigit()]
    return next((int(part[:4]) for part in parts if len(part) >= 4), 0)


def _note(declaration: RollDeclaration, verb: str, by_id: UUID | None, **detail: int) -> None:
    audit.record(
        actor_id=by_id, verb=verb, subject_kind="roll-declaration", subject_id=declaration.pk, **detail
    )


@transaction.atomic
def note_download(*, by_id: UUID, declaration_id: UUID, rows: int) -> None:
    """Writes that labels were handed out, and how many."""
    audit.record(
        actor_id=by_id,
        verb="roll.labels_downloaded",
        subject_kind="roll-declaration",
        subject_id=declaration_id,
        rows=rows,
    )


def delete_now(*, by_id: UUID, declaration_id: UUID, at: datetime) -> None:
    """Deletes the voters before their time. Raises ``NotFound``, ``RollGone``."""
    declaration = access.access_roll_by_id(person_id=by_id, declaration_id=declaration_id, at=at)
    if not may_use_roll(declaration=declaration, at=at):
        raise RollGone
    _delete(declaration, by_id, at)


def purge(*, at: datetime) -> int:
    """Deletes the voters of every ballot that is over, each with its certificate, then old declarations.

    Answers the number of voters deleted.
    """
    over = RollDeclaration.objects.filter(expires_at__lte=at, purged_at=None)
    deleted = sum(_delete(declaration, None, at) for declaration in over)
    RollDeclaration.objects.filter(ballot_on__lt=localdate(at) - DECLARATION_KEPT).delete()
    live = RollDeclaration.objects.filter(purged_at=None).values_list("pk", flat=True)
    vault.sweep_rolls(live=set(live))
    return deleted


def purge_certificates(*, at: datetime) -> int:
    """Deletes certificates past their time."""
    return PurgeCertificate.objects.filter(at__lt=at - CERTIFICATE_KEPT).delete()[0]


@transaction.atomic
def _delete(declaration: RollDeclaration, by_id: UUID | None, at: datetime) -> int:
    """The file goes before the row says so: a certificate must never precede the deletion."""
    if not RollDeclaration.objects.filter(pk=declaration.pk, purged_at=None).update(purged_at=at):
        return 0
    data_sha256 = vault.delete_roll(declaration_id=declaration.pk)
    what = f"{declaration.ballot}, {declaration.ballot_on:%Y-%m-%d}, {declaration.territory_id}"
    PurgeCertificate.objects.get_or_create(
        declaration_id=declaration.pk,
        defaults={
            "what": what[:200],
            "voters": declaration.voters,
            "data_sha256": data_sha256,
            "seal": seal(certificate_text(declaration.pk, what[:200], declaration.voters, data_sha256, at)),
            "at": at,
        },
    )
    _note(declaration, "roll.purged", by_id, voters=declaration.voters)
    return declaration.voters


def certificate_text(declaration_id: UUID, what: str, voters: int, data_sha256: str, at: datetime) -> str:
    """The text that is sealed."""
    return f"{declaration_id}\n{what}\n{voters}\n{data_sha256}\n{at.isoformat()}"


def seal_holds(*, certificate: PurgeCertificate) -> bool:
    """Whether the certificate is as it was written."""
    text = certificate_text(
        certificate.declaration_id,
        certificate.what,
        certificate.voters,
        certificate.data_sha256,
        certificate.at,
    )
    return seal(text) == certificate.seal
