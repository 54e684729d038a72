"""Electoral rolls: declared, apart, counted by what the law allows, gone the day after the ballot."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.rooms.people import vault
from amiral.rooms.people.actions import rolls
from amiral.rooms.people.contracts import RollDeclared, RollFilter, RollKind, RollQuality
from amiral.rooms.people.models import Person, PurgeCertificate, RollDeclaration
from amiral.rooms.people.queries import rolls as queries
from tests.conftest import NOON, Cast
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db

BALLOT = date(2027, 4, 11)
ROLL = """nom de naissance;nom d'usage;prénoms;sexe;date de naissance;commune de naissance;nationalité;\
numéro de voie;libellé de voie;code postal;commune;code du bureau de vote
ZZEXEMPLE;;Anne, Marie;F;03/05/1950;Lyon;française;1;rue Basse;71000;Mâcon;0001
ZZEXEMPLE;ZZMARIAGE;Berthe;F;1980-02-01;Alger;française;2;rue Basse;71000;Mâcon;0001
ZZMODELE;;Charles;M;12/12/2005;Mâcon;française;3;rue Haute;71000;Mâcon;0002
"""


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()


def declared(**changes: Any) -> RollDeclared:
    values: dict[str, Any] = {
        "territory_id": "commune:71270",
        "ballot": "Municipales",
        "ballot_on": BALLOT,
        "quality": RollQuality.CANDIDATE,
        "pledged": True,
    }
    return RollDeclared(**(values | changes))


def kept(tmp_path: Path, by_id: UUID, **changes: Any) -> UUID:
    path = tmp_path / "liste.csv"
    path.write_text(ROLL, encoding="utf-8")
    return rolls.declare(by_id=by_id, declared=declared(**changes), path=path, at=NOON)


@pytest.mark.parametrize(
    "changes",
    [{"pledged": False}, {"ballot_on": date(2027, 3, 2)}, {"ballot_on": date(2028, 6, 1)}],
)
def test_an_incomplete_declaration_is_refused(tmp_path: Path, cast: Cast, changes: dict[str, Any]) -> None:
    with pytest.raises(rolls.DeclarationRefused):
        kept(tmp_path, cast.coordinator, **changes)
    assert not RollDeclaration.objects.exists()


@pytest.mark.parametrize("place", ["commune:21231", "commune:99999", "departement:21"])
def test_only_over_ones_own_territory(tmp_path: Path, cast: Cast, place: str) -> None:
    with pytest.raises(NotFound):
        kept(tmp_path, cast.coordinator, territory_id=place)


def test_place_of_birth_and_nationality_are_kept_nowhere(tmp_path: Path, cast: Cast) -> None:
    declaration_id = kept(tmp_path, cast.coordinator)
    table = vault.roll(declaration_id=declaration_id)
    assert table.column_names == [
        "addressee", "street", "postal_code", "city", "bureau", "sex", "birth_year",
    ]  # fmt: skip
    assert "Alger" not in str(table.to_pylist())
    assert RollDeclaration.objects.get().dropped == ["commune de naissance", "nationalité"]
    assert table.column("addressee").to_pylist() == ["Anne ZZEXEMPLE", "Berthe ZZMARIAGE", "Charles ZZMODELE"]
    assert table.column("birth_year").to_pylist() == [1950, 1980, 2005]


def test_voters_are_in_no_table(tmp_path: Path, cast: Cast) -> None:
    before = Person.objects.count()
    kept(tmp_path, cast.coordinator)
    assert Person.objects.count() == before
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert "ZZEXEMPLE" not in str(cursor.fetchall()), table


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, 3),
        ({"sex": "F"}, 2),
        ({"bureau": "0002"}, 1),
        ({"youngest": "40"}, 2),
        ({"oldest": "30"}, 1),
        ({"sex": "F", "oldest": "60"}, 1),
    ],
)
def test_voters_are_counted_by_what_is_allowed(
    tmp_path: Path, cast: Cast, asked: dict[str, str], expected: int
) -> None:
    declaration_id = kept(tmp_path, cast.coordinator)
    found = queries.counts(
        person_id=cast.coordinator,
        declaration_id=declaration_id,
        wanted=queries.roll_filter(asked=asked),
        at=NOON,
    )
    assert found.total == expected == sum(number for _bureau, number in found.by_bureau)


@pytest.mark.parametrize("name", ["name", "addressee", "surname", "birthplace", "nationality", "order", "q"])
def test_nobody_is_chosen_by_name_or_birth_place(name: str) -> None:
    with pytest.raises(queries.CriterionRefused):
        queries.roll_filter(asked={name: "x"})


def test_envelopes_come_by_street_never_by_name(tmp_path: Path, cast: Cast) -> None:
    declaration_id = kept(tmp_path, cast.coordinator)
    count, found = queries.labels(
        person_id=cast.coordinator, declaration_id=declaration_id, wanted=RollFilter(), at=NOON
    )
    assert (count, [row[1] for row in found]) == (3, ["1 rue Basse", "2 rue Basse", "3 rue Haute"])


AFTER = datetime(2027, 4, 11, 22, 30, tzinfo=UTC)
"""Half past midnight in Paris, the day after."""


def test_the_day_after_nothing_is_left(tmp_path: Path, cast: Cast, settings: Any) -> None:
    declaration_id = kept(tmp_path, cast.coordinator)
    stray = vault.rolls_folder() / "left-by-a-killed-process.parquet.new"
    stray.write_bytes(b"ZZEXEMPLE")
    with time_machine.travel(AFTER - timedelta(hours=1), tick=False):
        call_command("purge")
    assert vault.roll(declaration_id=declaration_id) is not None
    with time_machine.travel(AFTER, tick=False):
        call_command("purge")
    assert not list(vault.rolls_folder().iterdir())
    left = [path for path in Path(settings.STATE_DIR).rglob("*") if path.is_file()]
    assert not [path for path in left if b"ZZEXEMPLE" in path.read_bytes()]
    certificate = PurgeCertificate.objects.get()
    assert (certificate.declaration_id, certificate.voters) == (declaration_id, 3)
    assert certificate.at == AFTER
    assert rolls.seal_holds(certificate=certificate)
    certificate.voters = 4
    assert not rolls.seal_holds(certificate=certificate)


def test_the_day_after_nothing_is_read_even_when_no_purge_ran(
    tmp_path: Path, cast: Cast, sign_in: Any
) -> None:
    declaration_id = kept(tmp_path, cast.coordinator)
    with pytest.raises(queries.RollOver):
        queries.counts(
            person_id=cast.coordinator, declaration_id=declaration_id, wanted=RollFilter(), at=AFTER
        )
    with time_machine.travel(AFTER, tick=False):
        page = sign_in(cast.coordinator).get(reverse("people:roll", args=[declaration_id]))
        assert page.status_code == 200
        assert "ZZEXEMPLE" not in page.content.decode()


def test_declarations_and_certificates_go_in_their_time(tmp_path: Path, cast: Cast) -> None:
    kept(tmp_path, cast.coordinator)
    rolls.purge(at=AFTER)
    rolls.purge(at=AFTER + timedelta(days=364))
    assert RollDeclaration.objects.exists()
    rolls.purge(at=AFTER + timedelta(days=367))
    assert not RollDeclaration.objects.exists()
    assert PurgeCertificate.objects.exists()
    rolls.purge_certificates(at=AFTER + timedelta(days=5 * 365 + 1))
    assert not PurgeCertificate.objects.exists()


def form(**changes: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("liste.csv", ROLL.encode(), content_type="text/csv")
    values = {
        "ballot": "Municipales",
        "ballot_on": "2027-04-11",
        "territory": "departement:71",
        "commune": "71270",
        "quality": "candidate",
        "pledged": "on",
        "file": file,
    }
    return values | changes


def test_from_the_declaration_to_the_certificate(sign_in: Any, cast: Cast) -> None:
    with time_machine.travel(NOON, tick=True):
        client = sign_in(cast.coordinator)
        assert client.post(reverse("people:declare_roll"), form(pledged="")).status_code == 422
        assert client.post(reverse("people:declare_roll"), form(commune="21231")).status_code == 422
        page = client.post(reverse("people:declare_roll"), form())["Location"]
        assert "<strong>2 " in client.get(page, {"sex": "F"}).content.decode()
        assert client.get(page, {"nom": "ZZ"}).status_code == 422
        table = client.get(page + "enveloppes/", {"sex": "F"})
        assert table.content.decode().count("ZZ") == 2
        assert AuditLine.objects.get(verb="roll.labels_downloaded").detail == {"rows": 2}
        assert client.post(page + "supprimer/").status_code == 302
        certificate = PurgeCertificate.objects.get()
        assert certificate.seal in client.get(page).content.decode()
        assert client.get(page + "enveloppes/").status_code == 302


MANAGERS = {"coordinator", "administrator"}


@pytest.mark.parametrize("who", ROLES)
def test_who_may_use_a_roll(tmp_path: Path, sign_in: Any, cast: Cast, who: str) -> None:
    with time_machine.travel(NOON, tick=True):
        declaration_id = kept(tmp_path, cast.coordinator)
        client = sign_in(role(cast, who))
        expected = 302 if who == "anonymous" else 200 if who in MANAGERS else 404
        for name in ("people:roll", "people:roll_labels"):
            assert client.get(reverse(name, args=[declaration_id])).status_code == expected
        listed = {**dict.fromkeys(MANAGERS, 200), "other_coordinator": 200, "anonymous": 302}
        assert client.get(reverse("people:rolls")).status_code == listed.get(who, 404)
        territory = "pays:FR" if who == "administrator" else "departement:71"
        client.post(reverse("people:declare_roll"), form(territory=territory))
        assert RollDeclaration.objects.count() == (2 if who in MANAGERS else 1)
        client.post(reverse("people:delete_roll", args=[declaration_id]))
        assert PurgeCertificate.objects.exists() == (who in MANAGERS)


# Lists of signatures (Code électoral, art. L. 68) ---------------------------------------------------------

SIGNED = """nom;prénoms;libellé de voie;code postal;commune;bureau;émargement
ZZEXEMPLE;Anne;rue Basse;71000;Mâcon;0001;X
ZZMODELE;Charles;rue Haute;71000;Mâcon;0001;
ZZMODELE;Denis;rue Haute;71000;Mâcon;0002;non
"""
ROUNDS = {"kind": RollKind.SIGNATURES, "first_round_on": date(2027, 2, 28), "ballot_on": date(2027, 3, 7)}


def signed(tmp_path: Path, by_id: UUID, **changes: Any) -> UUID:
    path = tmp_path / "emargement.csv"
    path.write_text(SIGNED, encoding="utf-8")
    told = declared(**(ROUNDS | changes))
    return rolls.declare(by_id=by_id, declared=told, path=path, at=NOON)


def test_abstainers_may_be_written_to_between_the_rounds_only(tmp_path: Path, cast: Cast) -> None:
    declaration_id = signed(tmp_path, cast.coordinator)
    asked = {"person_id": cast.coordinator, "declaration_id": declaration_id}
    wanted = RollFilter(abstained=True)
    assert queries.counts(**asked, wanted=wanted, at=NOON).total == 2
    assert queries.counts(**asked, wanted=RollFilter(), at=NOON).total == 3
    last = datetime(2027, 3, 6, 22, 30, tzinfo=UTC)
    assert queries.counts(**asked, wanted=wanted, at=last).total == 2
    with pytest.raises(queries.RollOver):
        queries.counts(**asked, wanted=wanted, at=last + timedelta(hours=1))
    assert rolls.purge(at=last) == 0
    assert rolls.purge(at=last + timedelta(hours=1)) == 3
    assert vault.roll(declaration_id=declaration_id) is None
    assert PurgeCertificate.objects.get(declaration_id=declaration_id).voters == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"first_round_on": None},
        {"first_round_on": date(2027, 2, 20)},
        {"first_round_on": date(2027, 3, 4)},
        {"first_round_on": date(2027, 3, 2), "ballot_on": date(2027, 3, 2)},
        {"first_round_on": date(2027, 2, 28), "ballot_on": date(2027, 3, 3)},
    ],
)
def test_a_list_of_signatures_out_of_its_time_is_refused(
    tmp_path: Path, cast: Cast, changes: dict[str, Any]
) -> None:
    with pytest.raises(rolls.DeclarationRefused):
        signed(tmp_path, cast.coordinator, **changes)


def test_a_roll_knows_nothing_of_who_voted(tmp_path: Path, cast: Cast) -> None:
    declaration_id = kept(tmp_path, cast.coordinator)
    wanted = RollFilter(abstained=True)
    asked = {"person_id": cast.coordinator, "declaration_id": declaration_id}
    assert queries.counts(**asked, wanted=wanted, at=NOON).total == 0


def test_the_envelopes_carry_what_the_first_letter_must_say(tmp_path: Path, cast: Cast, sign_in: Any) -> None:
    declaration_id = signed(tmp_path, cast.coordinator)
    with time_machine.travel(NOON, tick=False):
        browser = sign_in(cast.coordinator)
        page = browser.get(reverse("people:roll", args=[declaration_id])).content.decode()
        answer = browser.get(reverse("people:roll_labels", args=[declaration_id]) + "?abstained=on")
        table = b"".join(answer).decode()
    for text in ("émargement", "L. 68", "cnil.fr", "mes-droits", "7 mars 2027"):
        assert text in page
        assert text in table
    assert table.count("cnil.fr") == 2
