"""Imports of supporters: what is read, refused, written, listed and taken back."""

import json
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.urls import reverse

from amiral.kit import runs
from amiral.kit.errors import NotFound
from amiral.kit.models import Run
from amiral.kit.readers.contacts import UnreadableContacts, read_contacts
from amiral.rooms.people import api, columns, vault
from amiral.rooms.people.actions import account, importing, suppression
from amiral.rooms.people.actions.purge import purge
from amiral.rooms.people.contracts import (
    IMPORT_STEPS,
    REFUSED_ORIGINS,
    Basis,
    ContactKind,
    ImportDeclaration,
    ImportState,
    Origin,
    Purpose,
    SuppressionReason,
)
from amiral.rooms.people.models import (
    Consent,
    ContactPoint,
    ImportedPoint,
    ImportLine,
    Mandate,
    Person,
    SupporterImport,
)
from tests.conftest import NOON, Cast
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db

TABLE = """Prénom;Nom;Courriel;Téléphone;CP;Ville;Parti;Date de consentement
Anne;Essai;Anne@Example.org;06 12 34 56 78;71000;Mâcon;PR;01/02/2027
Bruno;Essai;bruno@example.org;;71100;CHALON SUR SAONE;PR;01/02/2027
Chloé;Essai;pas une adresse;;71000;Mâcon;;01/02/2027
Denis;Essai;denis@example.org;12;71000;Mâcon;;01/02/2027
Emma;Essai;emma@example.org;;21000;Dijon;;01/02/2027
Farid;Essai;farid@example.org;06 12 34 56 78;71000;Charnay-lès-Mâcon;;01/02/2027
Gaël;Essai;gael@example.org;;99999;Nulle Part;;01/02/2027
Owner;Essai;owner@example.org;;71000;Mâcon;;01/02/2027
Anne;Essai;anne@example.org;;71000;Mâcon;;01/02/2027
"""
MADE = {"anne@example.org", "bruno@example.org", "denis@example.org", "farid@example.org"}
PEOPLE_TABLES: tuple[type[Model], ...] = (Person, ContactPoint, Consent, ImportLine, ImportedPoint)


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()


def written(tmp_path: Path, text: str | bytes, name: str = "essai.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def uploaded(
    tmp_path: Path, by_id: UUID, text: str | bytes = TABLE, territory_id: str = "departement:71"
) -> UUID:
    path = written(tmp_path, text)
    return importing.upload(by_id=by_id, territory_id=territory_id, path=path, name="essai.csv", at=NOON)


def said(import_id: UUID, **changes: Any) -> ImportDeclaration:
    values: dict[str, Any] = {
        "mapping": tuple(SupporterImport.objects.get(pk=import_id).mapping),
        "origin": Origin.CAMPAIGN_FORM,
        "basis": Basis.CONSENT,
        "basis_proof": "Formulaires papier, armoire du local",
        "purpose": Purpose.NEWSLETTER,
        "consent_text": "J’accepte de recevoir la lettre.",
        "consented_on": date(2027, 2, 1),
    }
    return ImportDeclaration(**(values | changes))


def nothing(done: int, total: int) -> None:
    """A report that nobody reads."""


def imported(
    tmp_path: Path,
    by_id: UUID,
    text: str | bytes = TABLE,
    territory_id: str = "departement:71",
    **changes: Any,
) -> UUID:
    import_id = uploaded(tmp_path, by_id, text, territory_id)
    importing.declare(by_id=by_id, import_id=import_id, declaration=said(import_id, **changes), at=NOON)
    importing.carry_out(import_id=import_id, report=nothing, at=NOON)
    return import_id


def known() -> set[str]:
    """The addresses of those without an account."""
    return set(ContactPoint.objects.filter(person__email=None, kind="email").values_list("value", flat=True))


def tables() -> dict[str, list[Any]]:
    """Every row that speaks of a person."""
    return {model.__name__: sorted(map(str, model._default_manager.values_list())) for model in PEOPLE_TABLES}


# Reading ----------------------------------------------------------------------------------------------


def test_columns_are_guessed_by_name_and_by_value() -> None:
    header = ["PRÉNOM", "nom de famille", "Colonne 3", "Code postal", "Ville", "truc"]
    row = ["Anne", "Essai", "anne@example.org", "71000", "Mâcon", "06 12 34 56 78"]
    assert columns.guessed(header, [row]) == [
        "given_name", "family_name", "email", "postal_code", "city", "phone",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "Ethnicity", "ethnicities", "Parti", "Party", "party_identification", "Religion", "Origine",
        "Syndicat",
        "Orientation sexuelle", "Opinion politique", "Nationalité", "Santé", "Support level", "Support Score",
        "Registered Party", "vote_history", "Handicap",
    ],
)  # fmt: skip
def test_columns_of_article_9_are_recognised(name: str) -> None:
    assert columns.is_sensitive(name)


@pytest.mark.parametrize(
    "name", ["Département", "Partenaire", "Prénom", "Email", "Particule", "Support papier", "Participation"]
)
def test_other_columns_are_not(name: str) -> None:
    assert not columns.is_sensitive(name)


def test_article_9_is_written_nowhere(tmp_path: Path, cast: Cast) -> None:
    import_id = uploaded(tmp_path, cast.coordinator)
    made = SupporterImport.objects.get(pk=import_id)
    assert made.dropped == ["Parti"]
    staged = (vault.staged_folder() / f"{import_id}.json").read_text()
    assert "anne@example.org" in staged.lower()
    assert "PR" not in staged


def test_waiting_lines_are_for_the_owner_of_the_server_only(tmp_path: Path, cast: Cast) -> None:
    uploaded(tmp_path, cast.coordinator)
    for path in [vault.staged_folder(), *vault.staged_folder().iterdir()]:
        assert path.stat().st_mode & 0o077 == 0


def spreadsheet() -> bytes:
    """A minimal XLSX with numbers where people have numbers."""
    from zipfile import ZipFile

    cells = [["Nom", "Email", "Téléphone", "Code postal"], ["Essai", "x@example.org", 612345678, 71000]]

    def cell(value: object) -> str:
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    rows = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in cells)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            f'"application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" '
            f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{kind}.worksheet+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="A" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{rel}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        )
    return held.getvalue()


def test_a_spreadsheet_keeps_its_numbers(tmp_path: Path, cast: Cast) -> None:
    imported(tmp_path, cast.coordinator, spreadsheet())
    person = Person.objects.get(email=None)
    assert (person.family_name, person.postal_code) == ("Essai", "")
    values = set(ContactPoint.objects.filter(person=person).values_list("value", flat=True))
    assert values == {"x@example.org", "+33612345678"}


VCARD = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=89ssai;No=C3=A9=
mie;;;
TEL;CELL;PREF:06 98 76 54 32
item1.EMAIL;type=pref:noemie@example.org
NOTE:vote Untel
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Paul Essai
EMAIL;TYPE=INTERNET:paul@
 example.org
ADR;TYPE=HOME:;;1 rue Basse;Mâcon;;71000;France
END:VCARD
"""


def test_vcards_are_read_with_their_tricks(tmp_path: Path) -> None:
    table = read_contacts(written(tmp_path, VCARD))
    people = [dict(zip(table.header, row, strict=True)) for _line, row in table.rows]
    assert [line for line, _row in table.rows] == [1, 9]
    assert (people[0]["given_name"], people[0]["family_name"]) == ("Noémie", "Éssai")
    assert people[0]["email"] == "noemie@example.org"
    assert (people[1]["email"], people[1]["full_name"]) == ("paul@example.org", "Paul Essai")
    assert (people[1]["postal_code"], people[1]["city"]) == ("71000", "Mâcon")
    assert table.dropped == ("NOTE",)


def test_osdi_people_are_read_and_the_rest_is_named(tmp_path: Path) -> None:
    person = {
        "given_name": "Anne",
        "family_name": "Essai",
        "ethnicities": ["x"],
        "party_identification": "y",
        "email_addresses": [{"address": "b@example.org"}, {"address": "a@example.org", "primary": True}],
        "phone_numbers": [{"number": "+33612345678"}],
        "postal_addresses": [{"address_lines": ["1 rue Basse"], "locality": "Mâcon", "postal_code": "71000"}],
    }
    for content in ({"_embedded": {"osdi:people": [person]}}, {"people": [person]}, [person], person):
        table = read_contacts(written(tmp_path, json.dumps(content), "p.json"))
        assert table.rows[0][1][3:5] == ("a@example.org", "b@example.org")
        assert table.dropped == ("ethnicities", "party_identification")


def test_a_nul_is_left_out(tmp_path: Path) -> None:
    person = {"given_name": "An\x00ne", "x\x00": 1}
    table = read_contacts(written(tmp_path, json.dumps([person]), "p.json"))
    assert (table.rows[0][1][0], table.dropped) == ("Anne", ("x",))


PEOPLE = "Prénom;Nom;Courriel;Code postal\nÉloïse;Été;e@example.org;71000\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "mac_roman", "cp850", "cp1252"])
def test_odd_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Été;Éloïse;;;\r\nEMAIL:e@example.org\r\nEND:VCARD\r\n"
    person = '{"given_name": "Éloïse", "family_name": "Été", "email_addresses": []}'
    for text in (PEOPLE, card, person):
        table = read_contacts(written(tmp_path, text.encode(encoding)))
        assert table.rows[0][1][:2] == ("Éloïse", "Été")


@pytest.mark.parametrize("above", ["sep=;\n", "Liste des sympathisants\n\n", "Liste;;;\n"])
def test_the_header_may_stand_below_a_title(tmp_path: Path, above: str) -> None:
    table = read_contacts(written(tmp_path, above + PEOPLE))
    assert table.header == ("Prénom", "Nom", "Courriel", "Code postal")
    assert [row[2] for _line, row in table.rows] == ["e@example.org"]


@pytest.mark.parametrize(
    "text", ["Ann;Un;a@example.org\nBob;Deux;b@example.org\n", "a@example.org\nb@example.org\n"]
)
def test_the_first_person_of_a_file_without_header_is_not_lost(tmp_path: Path, text: str) -> None:
    table = read_contacts(written(tmp_path, text))
    assert [row[-1] for _line, row in table.rows] == ["a@example.org", "b@example.org"]
    assert columns.guessed(table.header, [row for _line, row in table.rows])[-1] == "email"


def test_a_bare_list_of_addresses_is_read(tmp_path: Path) -> None:
    table = read_contacts(written(tmp_path, "Courriel\na@example.org\n\nb@example.org\n"))
    assert (table.header, table.rows) == (
        ("Courriel",),
        [(2, ("a@example.org",)), (4, ("b@example.org",))],
    )


@pytest.mark.parametrize(
    "header",
    [
        ["primary_city", "primary_zip"],
        ["Home City", "Home Postal Code"],
        ["Address 1 - City", "Address 1 - Postal Code"],
    ],
)
def test_places_of_exports_of_other_programs_are_known(header: list[str]) -> None:
    assert columns.guessed(header, []) == ["city", "postal_code"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty"),
        ("a;b\n", "nobody"),
        ("<html>", "kind"),
        (b"PK\x03\x04rien", "damaged"),
        ("{", "damaged"),
        ("un mot\ndeux\n", "separator"),
        (";".join("abcdefgh" * 30) + "\n1;2\n", "columns"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: str | bytes, code: str) -> None:
    with pytest.raises(UnreadableContacts) as problem:
        read_contacts(written(tmp_path, content))
    assert problem.value.code == code


CONTACTS = Path(__file__).resolve().parents[4] / "shared" / "data" / "contacts"
real_files = pytest.mark.skipif(not CONTACTS.exists(), reason="no real address books beside the checkout")


@real_files
@pytest.mark.data
def test_every_real_address_book_is_read() -> None:
    for path in sorted((CONTACTS / "vcard").glob("*.vcf")):
        table = read_contacts(path)
        assert table.format == "vcard", path.name
        assert any(any(row) for _line, row in table.rows), path.name


@real_files
@pytest.mark.data
def test_five_hundred_people_are_imported_and_taken_back(tmp_path: Path, cast: Cast) -> None:
    before = tables()
    content = b"\n".join((CONTACTS / "osdi-fake-voters.csv").read_bytes().splitlines()[:501])
    import_id = imported(tmp_path, cast.administrator, content, "pays:FR")
    assert ImportLine.objects.filter(supporter_import_id=import_id).count() == 500
    assert 400 < Person.objects.filter(email=None).count() <= 500
    importing.ask_undo(by_id=cast.administrator, import_id=import_id, at=NOON)
    importing.undo(import_id=import_id, report=nothing, at=NOON)
    assert tables() == before


# Declaring --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", sorted(REFUSED_ORIGINS))
def test_files_made_for_another_purpose_are_refused(tmp_path: Path, cast: Cast, origin: Origin) -> None:
    import_id = uploaded(tmp_path, cast.coordinator)
    with pytest.raises(importing.OriginRefused):
        importing.declare(
            by_id=cast.coordinator, import_id=import_id, declaration=said(import_id, origin=origin), at=NOON
        )
    assert SupporterImport.objects.get(pk=import_id).state == ImportState.DRAFT


@pytest.mark.parametrize(
    "changes",
    [
        {"basis_proof": " "},
        {"consent_text": ""},
        {"consented_on": date(2027, 3, 4)},
        {"basis": Basis.REGULAR_CONTACT, "origin": Origin.PETITION},
        {"mapping": ("",) * 7},
        {"mapping": ("email", "email", *("",) * 5)},
    ],
)
def test_a_declaration_that_does_not_hold_is_refused(
    tmp_path: Path, cast: Cast, changes: dict[str, Any]
) -> None:
    import_id = uploaded(tmp_path, cast.coordinator)
    declaration = said(import_id, **changes)
    with pytest.raises((importing.BasisMissing, importing.ColumnsMissing)):
        importing.declare(by_id=cast.coordinator, import_id=import_id, declaration=declaration, at=NOON)


def test_steps_are_a_table() -> None:
    assert set(IMPORT_STEPS) == set(ImportState)
    assert not IMPORT_STEPS[ImportState.UNDONE]


def test_declaring_twice_starts_one_run(tmp_path: Path, cast: Cast) -> None:
    import_id = uploaded(tmp_path, cast.coordinator)
    importing.declare(by_id=cast.coordinator, import_id=import_id, declaration=said(import_id), at=NOON)
    with pytest.raises(importing.ImportOver):
        importing.declare(by_id=cast.coordinator, import_id=import_id, declaration=said(import_id), at=NOON)
    assert Run.objects.filter(kind="import-supporters").count() == 1


# Writing ----------------------------------------------------------------------------------------------


def problems(import_id: UUID) -> dict[int, str]:
    rows = ImportLine.objects.filter(supporter_import_id=import_id).exclude(problem="")
    return dict(rows.values_list("number", "problem"))


def test_an_import_writes_what_it_can_and_names_the_rest(tmp_path: Path, cast: Cast) -> None:
    import_id = imported(tmp_path, cast.coordinator)
    assert known() == MADE
    assert problems(import_id) == {
        4: "bad_email",
        5: "bad_phone",
        6: "outside",
        7: "shared_number",
        8: "unknown_place",
    }
    bruno = Person.objects.get(given_name="Bruno")
    assert (bruno.commune_id, bruno.email, bruno.is_active) == ("commune:71076", None, False)
    outcomes = dict(ImportLine.objects.values_list("number", "outcome"))
    assert (outcomes[9], outcomes[10]) == ("known", "known")


def test_what_the_lines_say_is_kept_nowhere(
    tmp_path: Path, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        imported(tmp_path, cast.coordinator)
    rows = str(list(ImportLine.objects.values()))
    assert "pas une adresse" not in rows
    assert not list(vault.staged_folder().iterdir())


def test_writing_again_changes_nothing(tmp_path: Path, cast: Cast) -> None:
    import_id = uploaded(tmp_path, cast.coordinator)
    importing.declare(by_id=cast.coordinator, import_id=import_id, declaration=said(import_id), at=NOON)
    header, rows = vault.staged(import_id=import_id)
    importing.carry_out(import_id=import_id, report=nothing, at=NOON)
    before = tables()
    from amiral.kit.readers.contacts import ContactTable

    vault.stage(import_id=import_id, table=ContactTable(format="csv", header=header, rows=rows))
    importing.carry_out(import_id=import_id, report=nothing, at=NOON)
    assert tables() == before


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    import_id = uploaded(tmp_path, cast.coordinator)
    importing.declare(by_id=cast.coordinator, import_id=import_id, declaration=said(import_id), at=NOON)

    def killed(done: int, total: int) -> None:
        if done >= 4:
            raise runs.Stopped

    with pytest.raises(runs.Stopped):
        importing.carry_out(import_id=import_id, report=killed, at=NOON)
    assert ImportLine.objects.count() == 4
    importing.carry_out(import_id=import_id, report=nothing, at=NOON)
    assert known() == MADE
    assert ImportLine.objects.count() == 9


def test_who_agreed_may_be_written_to_and_the_proof_says_why(tmp_path: Path, cast: Cast) -> None:
    imported(tmp_path, cast.coordinator)
    anne = Person.objects.get(given_name="Anne")
    assert api.has_consent(person_id=anne.pk, purpose=Purpose.NEWSLETTER)
    assert not api.has_consent(person_id=anne.pk, purpose=Purpose.ACTIONS)
    assert api.address_of(person_id=anne.pk) == "anne@example.org"
    line = Consent.objects.filter(person=anne).first()
    assert line is not None
    assert (line.at.date(), line.channel, line.basis) == (date(2027, 2, 1), "import", "consent")
    assert "line 2" in line.proof
    # Whoever has an account speaks for himself.
    assert not Consent.objects.filter(person_id=cast.owner).exists()


def test_who_refused_is_not_imported(tmp_path: Path, cast: Cast) -> None:
    suppression.suppress(
        channel=ContactKind.EMAIL,
        value="anne@example.org",
        reason=SuppressionReason.ERASURE,
        at=NOON,
    )
    import_id = imported(tmp_path, cast.coordinator)
    assert problems(import_id)[2] == "objected"
    assert "anne@example.org" not in known()


def test_regular_contact_never_overrides_a_withdrawal(tmp_path: Path, cast: Cast) -> None:
    imported(tmp_path, cast.coordinator)
    anne = Person.objects.get(given_name="Anne")
    Consent.objects.create(
        person=anne, purpose="newsletter", granted=False, text_shown="", text_sha256="", at=NOON
    )
    imported(
        tmp_path, cast.coordinator, basis=Basis.REGULAR_CONTACT, origin=Origin.MEMBERS, consented_on=None
    )
    assert not api.has_consent(person_id=anne.pk, purpose=Purpose.NEWSLETTER)
    assert api.has_consent(person_id=Person.objects.get(given_name="Bruno").pk, purpose=Purpose.NEWSLETTER)


def test_a_mandate_that_ended_stops_the_run(tmp_path: Path, cast: Cast) -> None:
    import_id = uploaded(tmp_path, cast.coordinator)
    importing.declare(by_id=cast.coordinator, import_id=import_id, declaration=said(import_id), at=NOON)
    Mandate.objects.filter(person_id=cast.coordinator).delete()
    with pytest.raises(NotFound):
        importing.carry_out(import_id=import_id, report=nothing, at=NOON)
    assert not known()


# Taking back ------------------------------------------------------------------------------------------


def undone(import_id: UUID, by_id: UUID) -> SupporterImport:
    importing.ask_undo(by_id=by_id, import_id=import_id, at=NOON)
    importing.undo(import_id=import_id, report=nothing, at=NOON)
    return SupporterImport.objects.get(pk=import_id)


def test_undoing_leaves_everything_as_it_was(tmp_path: Path, cast: Cast) -> None:
    before = tables()
    made = undone(imported(tmp_path, cast.coordinator), cast.coordinator)
    assert tables() == before
    assert (made.state, made.removed, made.kept) == ("undone", 4, 0)


def test_undoing_keeps_who_joined_since(tmp_path: Path, cast: Cast) -> None:
    import_id = imported(tmp_path, cast.coordinator)
    anne = api.add_confirmed_person(
        email="anne@example.org", given_name="Anne", postal_code="71000", commune_id="commune:71270"
    )
    made = undone(import_id, cast.coordinator)
    assert (made.removed, made.kept) == (3, 1)
    assert api.address_of(person_id=anne) == "anne@example.org"
    # The number came from the file and the person never confirmed it; so did the consent.
    assert not ContactPoint.objects.filter(person_id=anne, kind="phone").exists()
    assert not Consent.objects.filter(person_id=anne).exists()


@pytest.mark.parametrize("first", [0, 1])
def test_two_imports_are_taken_back_in_any_order(tmp_path: Path, cast: Cast, first: int) -> None:
    before = tables()
    both = [imported(tmp_path, cast.coordinator) for _time in range(2)]
    undone(both[first], cast.coordinator)
    assert known() == MADE
    undone(both[1 - first], cast.coordinator)
    assert tables() == before


def test_undoing_again_changes_nothing(tmp_path: Path, cast: Cast) -> None:
    import_id = imported(tmp_path, cast.coordinator)
    made = undone(import_id, cast.coordinator)
    importing.undo(import_id=import_id, report=nothing, at=NOON)
    assert SupporterImport.objects.get(pk=import_id).removed == made.removed
    with pytest.raises(importing.ImportOver):
        importing.ask_undo(by_id=cast.coordinator, import_id=import_id, at=NOON)


# Forgetting -------------------------------------------------------------------------------------------


def test_drafts_and_silent_people_are_forgotten(tmp_path: Path, cast: Cast) -> None:
    from datetime import timedelta

    draft = uploaded(tmp_path, cast.coordinator)
    done = imported(tmp_path, cast.coordinator)
    purge(at=NOON + timedelta(days=8))
    assert not SupporterImport.objects.filter(pk=draft).exists()
    assert not list(vault.staged_folder().iterdir())
    Mandate.objects.all().delete()
    purge(at=NOON + timedelta(days=1097))
    assert not known()
    assert SupporterImport.objects.filter(pk=done).exists(), "it still tells of somebody with an account"
    Person.objects.all().delete()
    purge(at=NOON + timedelta(days=1097))
    assert not SupporterImport.objects.filter(pk=done).exists()


def test_erasing_somebody_cleans_the_waiting_files(
    tmp_path: Path, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    import_id = uploaded(tmp_path, cast.coordinator)
    with django_capture_on_commit_callbacks(execute=True):
        account.erase(person_id=cast.owner, by_id=None, at=NOON)
    _header, rows = vault.staged(import_id=import_id)
    assert len(rows) == 8
    assert "owner@example.org" not in str(rows)


# Pages ------------------------------------------------------------------------------------------------


def send(client: Any, **changes: Any) -> Any:
    file = SimpleUploadedFile("essai.csv", TABLE.encode(), content_type="text/csv")
    return client.post(
        reverse("people:upload_supporters"), {"territory": "departement:71", "file": file} | changes
    )


def test_from_the_file_to_the_page_of_the_import(
    sign_in: Any, cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    client = sign_in(cast.coordinator)
    answer = send(client)
    assert answer.status_code == 302
    draft = client.get(answer["Location"]).content.decode()
    for text in ("Parti", "anne@example.org", "CHALON SUR SAONE"):
        assert text.lower() in draft.lower()
    mapping = SupporterImport.objects.get().mapping
    form = {f"column_{place}": name for place, name in enumerate(mapping)} | {
        "origin": "campaign-form",
        "basis": "consent",
        "purpose": "newsletter",
        "consent_text": "Oui",
        "consented_on": "2026-01-01",
        "basis_proof": "Armoire",
    }
    refused = client.post(answer["Location"], form | {"origin": "employer"})
    assert refused.status_code == 422
    assert Person.objects.filter(email=None).count() == 0
    assert client.post(answer["Location"], form).status_code == 302
    run = Run.objects.get(kind="import-supporters")
    runs.carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.problem
    page = client.get(run.result["url"]).content.decode()
    assert '<th scope="row">6</th>' in page
    assert client.post(reverse("people:undo_import", args=[run.arguments["import_id"]])).status_code == 302
    assert SupporterImport.objects.get().state == "done"
    client.post(reverse("people:undo_import", args=[run.arguments["import_id"]]), {"sure": "on"})
    runs.carry_out(Run.objects.get(kind="undo-supporters").pk)
    assert client.get(run.result["url"]).status_code == 200
    assert not known()


def test_a_wrong_file_is_refused_with_a_sentence(sign_in: Any, cast: Cast) -> None:
    wrong = SimpleUploadedFile("x.html", b"<html></html>")
    answer = send(sign_in(cast.coordinator), file=wrong)
    assert answer.status_code == 422
    assert "vCards" in answer.content.decode()
    too_large = sign_in(cast.coordinator).generic(
        "POST", reverse("people:upload_supporters"), b"", CONTENT_LENGTH=str(10**9)
    )
    assert too_large.status_code == 413


def test_a_forged_request_is_refused(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.coordinator)
    client.handler.enforce_csrf_checks = True
    assert send(client).status_code == 403


def test_the_list_costs_the_same_with_many(tmp_path: Path, sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.coordinator)

    def cost() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("people:supporter_imports"))
        return len(queries)

    for _time in range(2):
        uploaded(tmp_path, cast.coordinator)
    few = cost()
    for _time in range(18):
        uploaded(tmp_path, cast.coordinator)
    assert cost() == few


MANAGERS = {"coordinator", "administrator"}


@pytest.mark.parametrize("who", ROLES)
def test_who_sees_and_takes_back_an_import(tmp_path: Path, sign_in: Any, cast: Cast, who: str) -> None:
    import_id = imported(tmp_path, cast.coordinator)
    client = sign_in(role(cast, who))
    expected = 302 if who == "anonymous" else 200 if who in MANAGERS else 404
    assert client.get(reverse("people:supporter_import", args=[import_id])).status_code == expected
    answer = client.post(reverse("people:undo_import", args=[import_id]), {"sure": "on"})
    assert answer.status_code == (302 if who in MANAGERS | {"anonymous"} else 404)
    changed = SupporterImport.objects.get(pk=import_id).state != ImportState.DONE
    assert changed == (who in MANAGERS)


@pytest.mark.parametrize("who", ROLES)
def test_who_sends_and_removes_a_file(tmp_path: Path, sign_in: Any, cast: Cast, who: str) -> None:
    client = sign_in(role(cast, who))
    holders = MANAGERS | {"other_coordinator"}
    expected = 302 if who == "anonymous" else 200 if who in holders else 404
    assert client.get(reverse("people:supporter_imports")).status_code == expected
    send(client, territory="pays:FR" if who == "administrator" else "departement:71")
    assert SupporterImport.objects.exists() == (who in MANAGERS)
    draft = uploaded(tmp_path, cast.coordinator)
    client.post(reverse("people:remove_draft", args=[draft]))
    assert SupporterImport.objects.filter(pk=draft).exists() == (who not in MANAGERS)
