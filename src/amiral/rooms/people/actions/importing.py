"""Importing supporters: keep the lines, say where they come from, write them, take them back."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from amiral.kit import audit, runs
from amiral.kit.errors import Refused
from amiral.kit.readers.contacts import ContactTable, UnreadableContacts, read_contacts
from amiral.rooms.people import access, columns, texts, vault
from amiral.rooms.people.actions.account import erase_known
from amiral.rooms.people.columns import ReadLine
from amiral.rooms.people.contracts import (
    IMPORT_STEPS,
    REFUSED_ORIGINS,
    REGULAR_CONTACT_ORIGINS,
    Basis,
    ContactKind,
    ImportDeclaration,
    ImportState,
    LineOutcome,
    Origin,
    Purpose,
    Report,
    Way,
)
from amiral.rooms.people.models import (
    Consent,
    ContactPoint,
    ImportedPoint,
    ImportLine,
    Person,
    SupporterImport,
)
from amiral.rooms.people.queries import contacts
from amiral.rooms.people.queries.places import Places

BATCH = 200


class FileRefused(Refused):
    """The file cannot be read as a list of people."""

    def __init__(self, code: str) -> None:
        super().__init__(texts.unreadable(code))


class OriginRefused(Refused):
    """A file made for another purpose may not be used for a campaign."""

    def __init__(self, origin: Origin) -> None:
        super().__init__(texts.origin_refusal(origin))


class BasisMissing(Refused):
    """The basis does not go with the origin, or nothing shows that it holds."""


class ColumnsMissing(Refused):
    """No column holds an address or a number, or two columns hold the same thing."""


class ImportOver(Refused):
    """Another step was taken meanwhile."""

    def __init__(self) -> None:
        super().__init__(_("This import has moved on meanwhile. Look at its page again."))


class FileGone(Refused):
    """The lines that waited were deleted."""

    def __init__(self) -> None:
        super().__init__(_("The lines of this file are no longer there. Upload it again."))


# The draft --------------------------------------------------------------------------------------------


def upload(*, by_id: UUID, territory_id: str, path: Path, name: str, at: datetime) -> UUID:
    """Keeps the lines of a file as a draft, without what must not be kept; the file itself is not.

    Raises ``NotFound`` (no right over the territory), ``FileRefused``.
    """
    access.access_supporters(person_id=by_id, territory_id=territory_id, at=at)
    try:
        table = read_contacts(path)
    except UnreadableContacts as problem:
        raise FileRefused(problem.code) from problem
    kept, dropped = _without_sensitive(table)
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return _draft(by_id, territory_id, name, sha256, kept, dropped, at)


def _without_sensitive(table: ContactTable) -> tuple[ContactTable, list[str]]:
    """The table without the columns of GDPR art. 9, whose values are written nowhere."""
    places = [place for place, name in enumerate(table.header) if not columns.is_sensitive(name)]
    dropped = [name for name in table.header if columns.is_sensitive(name)] + list(table.dropped)
    kept = ContactTable(
        format=table.format,
        header=tuple(table.header[place] for place in places),
        rows=[(number, tuple(row[place] for place in places)) for number, row in table.rows],
    )
    return kept, dropped


@transaction.atomic
def _draft(
    by_id: UUID,
    territory_id: str,
    name: str,
    sha256: str,
    table: ContactTable,
    dropped: list[str],
    at: datetime,
) -> UUID:
    sample = [row for _number, row in table.rows[:50]]
    made = SupporterImport.objects.create(
        territory_id=territory_id,
        imported_by_id=by_id,
        file_name=name[:120],
        file_sha256=sha256,
        file_format=table.format,
        lines=len(table.rows),
        dropped=dropped,
        mapping=columns.guessed(table.header, sample),
        created_at=at,
    )
    vault.stage(import_id=made.pk, table=table)
    _note(made, "import.uploaded", by_id, lines=len(table.rows))
    return made.pk


def _note(made: SupporterImport, verb: str, by_id: UUID | None, **detail: int) -> None:
    audit.record(actor_id=by_id, verb=verb, subject_kind="supporter-import", subject_id=made.pk, **detail)


@transaction.atomic
def remove_draft(*, by_id: UUID, import_id: UUID, at: datetime) -> None:
    """Deletes a draft with its lines. Raises ``NotFound``, ``ImportOver``."""
    made = access.access_import_by_id(person_id=by_id, import_id=import_id, at=at)
    if made.state != ImportState.DRAFT:
        raise ImportOver
    _note(made, "import.draft_removed", by_id)
    made.delete()
    transaction.on_commit(lambda: vault.unstage(import_id=import_id))


# The declaration --------------------------------------------------------------------------------------


@transaction.atomic
def declare(*, by_id: UUID, import_id: UUID, declaration: ImportDeclaration, at: datetime) -> UUID:
    """Keeps what the importer answers for, and starts the run; answers the run's id.

    Raises ``NotFound`` and one of the errors above.
    """
    made = access.access_import_by_id(person_id=by_id, import_id=import_id, at=at)
    check_declaration(declaration=declaration, at=at)
    _step(made, ImportState.RUNNING)
    run_id = runs.start(
        kind="import-supporters", arguments={"import_id": str(import_id)}, started_by_id=by_id
    )
    SupporterImport.objects.filter(pk=import_id).update(
        mapping=list(declaration.mapping),
        origin=declaration.origin,
        basis=declaration.basis,
        basis_proof=declaration.basis_proof,
        purpose=declaration.purpose,
        consent_text=declaration.consent_text if declaration.basis is Basis.CONSENT else "",
        consented_on=declaration.consented_on,
        run_id=run_id,
    )
    _note(made, "import.declared", by_id)
    return run_id


def check_declaration(*, declaration: ImportDeclaration, at: datetime) -> None:
    """Raises ``OriginRefused``, ``BasisMissing`` or ``ColumnsMissing``."""
    if declaration.origin in REFUSED_ORIGINS:
        raise OriginRefused(declaration.origin)
    _check_basis(declaration, at.date())
    used = [known for known in declaration.mapping if known]
    if len(used) != len(set(used)):
        raise ColumnsMissing(_("Two columns are said to hold the same thing. Choose one of them."))
    if not {"email", "phone", "street"} & set(used):
        raise ColumnsMissing(_("Say which column holds an e-mail address, a telephone number or a street."))


def _check_basis(declaration: ImportDeclaration, today: date) -> None:
    if not declaration.basis_proof.strip():
        raise BasisMissing(_("Write where the originals are kept, or why the basis holds: it is your proof."))
    if declaration.basis is Basis.REGULAR_CONTACT and declaration.origin not in REGULAR_CONTACT_ORIGINS:
        raise BasisMissing(
            _(
                "People are in regular contact who are members or came to you. "
                "For this origin, consent is needed."
            )
        )
    if declaration.basis is Basis.CONSENT:
        _check_consent(declaration, today)


def _check_consent(declaration: ImportDeclaration, today: date) -> None:
    if not declaration.consent_text.strip():
        raise BasisMissing(_("Write the sentence to which these people agreed, word for word."))
    if declaration.consented_on is None and "consented_on" not in declaration.mapping:
        raise BasisMissing(_("Say when these people agreed: one day for all, or a column of the file."))
    if declaration.consented_on and declaration.consented_on > today:
        raise BasisMissing(_("The day of the consent lies in the future. Correct it."))


def _step(made: SupporterImport, to: ImportState) -> None:
    """The next state by one conditional write, so that two clicks do one thing."""
    before = [state for state, after in IMPORT_STEPS.items() if to in after]
    if not SupporterImport.objects.filter(pk=made.pk, state__in=before).update(state=to):
        raise ImportOver


def import_at_once(
    *,
    by_id: UUID,
    territory_id: str,
    path: Path,
    origin: Origin,
    basis: Basis,
    basis_proof: str,
    purpose: Purpose,
    consent_text: str,
    at: datetime,
) -> UUID:
    """Upload, declaration and run in one go, with the columns as they are guessed. Raises as they do."""
    import_id = upload(by_id=by_id, territory_id=territory_id, path=path, name=path.name, at=at)
    mapping = tuple(SupporterImport.objects.values_list("mapping", flat=True).get(pk=import_id))
    declaration = ImportDeclaration(
        mapping=mapping,
        origin=origin,
        basis=basis,
        basis_proof=basis_proof,
        purpose=purpose,
        consent_text=consent_text,
        consented_on=None,
    )
    runs.carry_out(declare(by_id=by_id, import_id=import_id, declaration=declaration, at=at))
    return import_id


# The run ----------------------------------------------------------------------------------------------


def carry_out(*, import_id: UUID, report: Report, at: datetime) -> None:
    """Writes the lines that are not written yet; doing it again changes nothing.

    Raises ``NotFound`` when the importer has lost the right meanwhile, ``FileGone``.
    """
    made = SupporterImport.objects.get(pk=import_id)
    access.access_import_by_id(person_id=made.imported_by_id, import_id=import_id, at=at)
    _header, rows = vault.staged(import_id=import_id)
    if made.state == ImportState.RUNNING and not rows:
        raise FileGone
    done = set(ImportLine.objects.filter(supporter_import=made).values_list("number", flat=True))
    places = Places(territory_id=made.territory_id)
    for start in range(0, len(rows), BATCH):
        report(start, len(rows))
        left = [row for row in rows[start : start + BATCH] if row[0] not in done]
        _write(made, [_read(made, row) for row in left], places, at)
    _finish(made, at)


def _read(made: SupporterImport, row: tuple[int, tuple[str, ...]]) -> ReadLine:
    return columns.read_line(number=row[0], fields=row[1], mapping=made.mapping)


@transaction.atomic
def _finish(made: SupporterImport, at: datetime) -> None:
    done = SupporterImport.objects.filter(pk=made.pk, state=ImportState.RUNNING)
    if done.update(state=ImportState.DONE, done_at=at):
        _note(made, "import.done", made.imported_by_id)
    transaction.on_commit(lambda: vault.unstage(import_id=made.pk))


Value = tuple[str, str]
"""Kind and normalised value of an address or number."""


@dataclass(kw_only=True)
class _Known:
    """What is known of those whom a batch speaks of; grows as its lines are taken."""

    people: dict[Value, UUID]
    points: dict[tuple[str, str, UUID], UUID]
    refused: set[Value]
    accounts: set[UUID]
    withdrawn: set[UUID]

    def holder(self, kind: ContactKind, value: str) -> UUID | None:
        """Who is reached by an address or a number."""
        return self.people.get((kind.value, value))

    def add(self, point: ContactPoint) -> None:
        """One contact point more."""
        self.points[point.kind, point.value, point.person_id] = point.pk
        if point.kind != ContactKind.POSTAL:
            self.people[point.kind, point.value] = point.person_id


@transaction.atomic
def _write(made: SupporterImport, lines: Sequence[ReadLine], places: Places, at: datetime) -> None:
    """One batch: a few queries whatever its length."""
    writer = _Writer(made, _known(lines, made.purpose), at)
    for line in lines:
        writer.take(line, places.of(postal_code=line.postal_code, city=line.city))
    writer.save()


def _known(lines: Iterable[ReadLine], purpose: str) -> _Known:
    """Six queries, whatever the number of lines."""
    values = {
        (kind, value) for line in lines for kind, value in line.points if kind is not ContactKind.POSTAL
    }
    found = ContactPoint.objects.filter(
        kind__in=[ContactKind.EMAIL, ContactKind.PHONE], value__in=[value for _kind, value in values]
    )
    people = {
        (kind, value): person for kind, value, person in found.values_list("kind", "value", "person_id")
    }
    ids = set(people.values())
    theirs = ContactPoint.objects.filter(person_id__in=ids)
    withdrawn = Consent.objects.filter(person_id__in=ids, purpose=purpose, way=Way.EMAIL, granted=False)
    return _Known(
        people=people,
        points={(one.kind, one.value, one.person_id): one.pk for one in theirs},
        refused=_refused(values),
        accounts=set(Person.objects.filter(pk__in=ids, email__isnull=False).values_list("pk", flat=True)),
        withdrawn=set(withdrawn.values_list("person_id", flat=True)),
    )


def _refused(values: Iterable[tuple[ContactKind, str]]) -> set[Value]:
    given = list(values)
    return {
        (channel.value, value)
        for channel in (ContactKind.EMAIL, ContactKind.PHONE)
        for value in contacts.suppressed(
            channel=channel, values=[value for kind, value in given if kind is channel]
        )
    }


class _Writer:
    """Collects the rows of a batch, then writes them table by table."""

    def __init__(self, made: SupporterImport, known: _Known, at: datetime) -> None:
        self.made, self.known, self.at = made, known, at
        self.password = make_password(None)
        self.persons: list[Person] = []
        self.points: list[ContactPoint] = []
        self.lines: list[ImportLine] = []
        self.links: list[tuple[UUID, UUID]] = []
        self.consents: list[Consent] = []

    def take(self, line: ReadLine, place: tuple[str | None, str]) -> None:
        """Decides what becomes of one line."""
        commune_id, place_problem = place
        code, column = self._refusal(line, place_problem)
        if code:
            self._add_line(line, LineOutcome.PROBLEM, None, code, column)
            return
        holder = self._holder(line)
        if holder in self.known.accounts:
            # Somebody with an account speaks for himself: nothing is added to what he says.
            self._add_line(line, LineOutcome.KNOWN, holder, "", "")
            return
        person_id = holder or self._create(line, commune_id)
        new, taken = self._add_points(line, person_id)
        outcome = (
            LineOutcome.CREATED if holder is None else LineOutcome.ENRICHED if new else LineOutcome.KNOWN
        )
        row = self._add_line(line, outcome, person_id, *_remark(line, taken=taken))
        self._link(row, line, person_id)
        self._consent(line, person_id)

    def _refusal(self, line: ReadLine, place_problem: str) -> tuple[str, str]:
        """Why the whole line is left out: code and column, both empty when it is not."""
        if not line.points:
            return (line.problems[0].code, line.problems[0].column) if line.problems else ("no_contact", "")
        if any((kind.value, value) in self.known.refused for kind, value in line.points):
            return "objected", ""
        if place_problem:
            return place_problem, "postal_code"
        emails = {
            self.known.holder(kind, value) for kind, value in line.points if kind is ContactKind.EMAIL
        } - {None}
        if len(emails) > 1:
            return "two_persons", "email"
        return ("future_date", "consented_on") if self._is_late(line) else self._undated(line)

    def _is_late(self, line: ReadLine) -> bool:
        return line.consented_on is not None and line.consented_on > self.at.date()

    def _undated(self, line: ReadLine) -> tuple[str, str]:
        undated = not (line.consented_on or self.made.consented_on)
        return ("no_date", "consented_on") if undated and self.made.basis == Basis.CONSENT else ("", "")

    def _holder(self, line: ReadLine) -> UUID | None:
        """The one whom the addresses lead to; a number alone leads to somebody, beside an address not.

        A household shares its telephone: another address on the same number is another person.
        """
        emails = [self.known.holder(kind, value) for kind, value in line.points if kind is ContactKind.EMAIL]
        if emails:
            return next((found for found in emails if found), None)
        phones = [self.known.holder(kind, value) for kind, value in line.points if kind is ContactKind.PHONE]
        return next((found for found in phones if found), None)

    def _create(self, line: ReadLine, commune_id: str | None) -> UUID:
        person = Person(
            email=None,
            is_active=False,
            password=self.password,
            given_name=line.given_name,
            family_name=line.family_name,
            language=settings.LANGUAGE_CODE,
            postal_code=line.postal_code if commune_id else "",
            commune_id=commune_id,
            joined_at=self.at,
            last_seen_at=self.at,
        )
        self.persons.append(person)
        return person.pk

    def _add_points(self, line: ReadLine, person_id: UUID) -> tuple[bool, bool]:
        """Whether the line adds a contact point, and whether one of its values leads to somebody else."""
        taken = any(self.known.holder(*point) not in {None, person_id} for point in line.points)
        new = [
            point
            for point in line.points
            if self.known.holder(*point) is None and (*point, person_id) not in self.known.points
        ]
        for kind, value in new:
            self._add_point(kind, value, person_id)
        return bool(new), taken

    def _add_point(self, kind: ContactKind, value: str, person_id: UUID) -> None:
        first = not any(one == kind and person == person_id for one, _value, person in self.known.points)
        point = ContactPoint(person_id=person_id, kind=kind, value=value, primary=first, created_at=self.at)
        self.points.append(point)
        self.known.add(point)

    def _add_line(
        self, line: ReadLine, outcome: LineOutcome, person_id: UUID | None, code: str, column: str
    ) -> ImportLine:
        row = ImportLine(
            supporter_import=self.made,
            number=line.number,
            outcome=outcome,
            problem=code,
            column=column,
            person_id=person_id,
        )
        self.lines.append(row)
        return row

    def _link(self, row: ImportLine, line: ReadLine, person_id: UUID) -> None:
        """What this line vouches for: undoing removes the contact points for which no line is left."""
        for kind, value in line.points:
            if point := self.known.points.get((kind, value, person_id)):
                self.links.append((row.pk, point))

    def _consent(self, line: ReadLine, person_id: UUID) -> None:
        if self.made.basis != Basis.CONSENT and person_id in self.known.withdrawn:
            return
        day = line.consented_on or self.made.consented_on
        text = self.made.consent_text
        self.consents.append(
            Consent(
                person_id=person_id,
                purpose=Purpose(self.made.purpose),
                granted=True,
                text_shown=text,
                text_sha256=texts.fingerprint(text),
                channel="import",
                basis=self.made.basis,
                proof=f"import {self.made.pk}, line {line.number}, file SHA-256 {self.made.file_sha256}",
                supporter_import=self.made,
                at=make_aware(datetime.combine(day, time(12))) if day else self.at,
            )
        )

    def save(self) -> None:
        """Writes everything; the order is that of the foreign keys."""
        Person.objects.bulk_create(self.persons)
        ContactPoint.objects.bulk_create(self.points)
        ImportLine.objects.bulk_create(self.lines)
        ImportedPoint.objects.bulk_create(
            ImportedPoint(line_id=line_id, point_id=point_id)
            for line_id, point_id in dict.fromkeys(self.links)
        )
        Consent.objects.bulk_create(self.consents)


def _remark(line: ReadLine, *, taken: bool) -> tuple[str, str]:
    """What was left out of a line that is imported all the same: code and column."""
    if line.problems:
        return line.problems[0].code, line.problems[0].column
    return ("shared_number", "phone") if taken else ("", "")


# Undoing ----------------------------------------------------------------------------------------------


@transaction.atomic
def ask_undo(*, by_id: UUID, import_id: UUID, at: datetime) -> UUID:
    """Starts the run that takes an import back; answers the run's id. Raises ``NotFound``, ``ImportOver``."""
    made = access.access_import_by_id(person_id=by_id, import_id=import_id, at=at)
    if made.state == ImportState.RUNNING and made.run_id and not runs.run_by_id(run_id=made.run_id).is_over:
        raise ImportOver
    _step(made, ImportState.UNDOING)
    run_id = runs.start(kind="undo-supporters", arguments={"import_id": str(import_id)}, started_by_id=by_id)
    SupporterImport.objects.filter(pk=import_id).update(run_id=run_id)
    _note(made, "import.undo_asked", by_id)
    return run_id


def undo(*, import_id: UUID, report: Report, at: datetime) -> None:
    """Removes what the import created and nothing else; doing it again changes nothing.

    A person stays who has confirmed an account since, or whom another import brought too; a contact point
    stays that the person verified, or that another line vouches for.
    """
    made = SupporterImport.objects.get(pk=import_id)
    _take_back_consents(made)
    numbers = list(made.import_lines.values_list("pk", flat=True))
    for start in range(0, len(numbers), BATCH):
        report(start, len(numbers))
        _take_back(made, numbers[start : start + BATCH], at)
    _undone(made, at)


@transaction.atomic
def _take_back_consents(made: SupporterImport) -> None:
    Consent.objects.filter(supporter_import=made).delete()


@transaction.atomic
def _take_back(made: SupporterImport, line_ids: list[UUID], at: datetime) -> None:
    lines = ImportLine.objects.filter(pk__in=line_ids)
    persons = set(lines.exclude(person=None).values_list("person_id", flat=True))
    created = set(lines.filter(outcome=LineOutcome.CREATED).values_list("person_id", flat=True))
    points = set(ContactPoint.objects.filter(import_lines__in=line_ids).values_list("pk", flat=True))
    lines.delete()
    ContactPoint.objects.filter(pk__in=points, import_lines=None, verified_at=None).delete()
    gone = Person.objects.filter(pk__in=persons, email=None).exclude(
        pk__in=ImportLine.objects.filter(person_id__in=persons).values("person_id")
    )
    ids = list(gone.values_list("pk", flat=True))
    for person_id in ids:
        erase_known(person_id=person_id, by_id=None, at=at)
    kept = Person.objects.filter(pk__in=created).count()
    counted = SupporterImport.objects.get(pk=made.pk)
    SupporterImport.objects.filter(pk=made.pk).update(
        removed=counted.removed + len(ids), kept=counted.kept + kept
    )


@transaction.atomic
def _undone(made: SupporterImport, at: datetime) -> None:
    done = SupporterImport.objects.filter(pk=made.pk, state=ImportState.UNDOING)
    if done.update(state=ImportState.UNDONE, undone_at=at, done_at=at):
        _note(made, "import.undone", made.imported_by_id)
    vault.unstage(import_id=made.pk)
