"""Somebody who used every room erases himself: nothing is found of him, wherever one looks."""

import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from amiral.kit import runs, traces
from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.kit.logs import DiscreetFormatter
from amiral.rooms.field import api as field
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import AddressWish, Assignment, Canvass, Door, Turf
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
from amiral.rooms.moderation.models import Report
from amiral.rooms.network import api as network
from amiral.rooms.network.actions import searching
from amiral.rooms.network.models import Comment, Post, SearchEntry
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api, vault
from amiral.rooms.people.actions import importing
from amiral.rooms.people.contracts import Basis, ImportDeclaration, Origin, Purpose
from amiral.rooms.people.models import ContactPoint, ImportLine, Merge, Person, Suppression
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import Source
from tests.conftest import Cast
from tests.rooms.people.conftest import last_letter, link_in

pytestmark = pytest.mark.django_db(transaction=True)

GIVEN, FAMILY = "Zéphyrinette", "Effaçouille-Tûlmagne"
EMAIL, SECOND_EMAIL, THIRD_EMAIL = (
    "zephyrinette.effacouille@introuvable-a.example",
    "zezette1931@introuvable-b.example",
    "z.tulmagne@introuvable-c.example",
)
PHONE, SECOND_PHONE = "06 12 98 41 27", "07 66 78 12 93"
STREET = "17 impasse du Crépuscule-Oublié"
SAID = {
    "post": "Tournesolviolet refleurira",
    "comment": "Hippocampedoré nagera",
    "explanation": "Parapluiecarmin protégera",
    "excerpt": "Mandolinebleue résonnera",
}
VALUES = (GIVEN, FAMILY, EMAIL, SECOND_EMAIL, THIRD_EMAIL, PHONE, SECOND_PHONE, STREET, *SAID.values())


@dataclass(frozen=True, kw_only=True)
class Life:
    """Somebody who did everything, his browser, and the log lines since."""

    person: UUID
    browser: Client
    log: io.StringIO
    folder: Path


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR, settings.REFERENCE_DIR = tmp_path / "state", tmp_path / "reference"
    settings.STATE_DIR.mkdir()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Every log line of the test, as the installation writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DiscreetFormatter("{asctime} {levelname} {name} {message}", style="{"))
    root = logging.getLogger()
    level, root_level = handler.level, root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(root_level)
    handler.setLevel(level)


@pytest.fixture
def life(cast: Cast, log: io.StringIO, tmp_path: Path) -> Iterator[Life]:
    browser = Client()
    person = joined(browser)
    own_pages(browser, person)
    second_factor(person)
    words(cast, person)
    field_work(cast, person)
    files_of_people(cast, tmp_path / "state" / "file.csv")
    absorbed(cast, person)
    letters(person)
    failure()
    yield Life(person=person, browser=browser, log=log, folder=tmp_path)
    # Emptying the tables after a test does not know the engine's own index, which is no model's table.
    SearchEntry.objects.all().delete()
    searching.forget_deleted()


def joined(browser: Client) -> UUID:
    typed = {"given_name": GIVEN, "family_name": FAMILY, "postal_code": "71100", "shown_in": "fr"}
    again = {**typed, "email": THIRD_EMAIL}
    assert (
        browser.post(reverse("people:join"), {**typed, "email": EMAIL, "newsletter": "on"}).status_code == 302
    )
    assert Client().post(reverse("people:join"), again).status_code == 302
    assert browser.post(link_in(last_letter(EMAIL))).status_code == 302
    return Person.objects.get(email=EMAIL).pk


def own_pages(browser: Client, person: UUID) -> None:
    assert browser.post(reverse("people:contact_points"), {"phone": PHONE}).status_code == 302
    assert browser.post(reverse("people:consents"), {"purpose": "actions", "give": "1"}).status_code == 302
    assert browser.get(reverse("people:export")).status_code == 200
    for address in (EMAIL, EMAIL.upper(), THIRD_EMAIL):
        Client().post(reverse("account_request_login_code"), {"email": address})
    browser.get(f"/introuvable/?q={EMAIL}")
    asked = {"kind": "access", "address": SECOND_EMAIL, "words": f"{GIVEN} {FAMILY}"}
    assert Client().post(reverse("people:ask_rights"), asked).status_code == 302


def second_factor(person: UUID) -> None:
    owner = Person.objects.get(pk=person)
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(owner)


def words(cast: Cast, person: UUID) -> None:
    network.join(person_id=person, group_id=cast.group)
    post = network.publish(
        author_id=person, group_id=cast.group, body=f"{SAID['post']} – {GIVEN} {FAMILY}, {PHONE}"
    )
    network.comment(author_id=cast.owner, post_id=post, body="Bien vu.")
    others = network.publish(author_id=cast.owner, group_id=cast.group, body="Réunion jeudi.")
    network.comment(author_id=person, post_id=others, body=SAID["comment"])
    shocking = network.publish(author_id=person, group_id=cast.group, body=SAID["excerpt"])
    teammate, mine = browser_of(cast.teammate), browser_of(person)
    told = {"grounds": "other", "explanation": "À voir."}
    assert teammate.post(reverse("network:report_post", args=[shocking]), told).status_code == 302
    told = {"grounds": "other", "explanation": SAID["explanation"]}
    assert mine.post(reverse("network:report_post", args=[others]), told).status_code == 302


def browser_of(person_id: UUID) -> Client:
    browser = Client()
    browser.force_login(
        Person.objects.get(pk=person_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    session = browser.session
    session["account_authentication_methods_user"] = str(person_id)
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0, "type": "totp"}]
    session.save()
    return browser


def field_work(cast: Cast, person: UUID) -> None:
    start = now().replace(microsecond=0)
    shift = ShiftDraft(
        starts_at=start + timedelta(days=1), ends_at=start + timedelta(days=1, hours=2), capacity=9, needed=1
    )
    action = mobilisation.create_action(
        by_id=cast.owner,
        group_id=cast.group,
        draft=ActionDraft(
            kind=Kind.DOOR_TO_DOOR, title="Porte-à-porte", place="Mairie", commune_id="commune:71270"
        ),
        shifts=[shift],
    )
    card = mobilisation.action(action_id=action).shifts[0]
    mobilisation.sign_up(person_id=person, shift_id=card.id)
    canvass = Canvass.objects.create(
        name="Quartier", kind="door-to-door", group_id=cast.group, address_file_id=new_id(),
        address_file_name="a", created_by_id=person,
    )  # fmt: skip
    turf = Turf.objects.create(canvass=canvass, number=1, minutes=9, metres=9, walk={})
    door = Door.objects.create(
        turf=turf, position=1, address_id="a1", label="1 rue", longitude=4.8, latitude=46.3
    )
    given = Assignment.objects.create(
        turf=turf, shift_id=card.id, assigned_by_id=cast.owner, until=card.ends_at
    )
    field.record_visit(
        by_id=person,
        assignment_id=given.pk,
        door_id=door.pk,
        visit_id=new_id(),
        outcome=Outcome.DO_NOT_COME_BACK,
    )
    talking_points.create_theme(by_id=cast.administrator, name_fr="Eau", name_en="Water", slug="eau")
    api.grant_mandate(by_id=None, person_id=person, role=api.Role.COORDINATOR, territory_id="departement:71")
    talking_points.draft(
        by_id=person, theme="eau", short_line="L’eau est à tous", body="Texte.",
        sources=[Source(title="Cour des comptes", url="https://www.ccomptes.fr/")],
    )  # fmt: skip


TABLE = (
    "Prénom;Nom;Courriel;Téléphone;Adresse;CP;Ville\n"
    f"{GIVEN};{FAMILY};{EMAIL};{PHONE};{STREET};71100;Chalon-sur-Saône\n"
    f"{GIVEN};{FAMILY};;;{STREET};71100;Chalon-sur-Saône\n"
    f"Zéphyrinètte;{FAMILY};{SECOND_EMAIL};{SECOND_PHONE};{STREET};71100;Chalon-sur-Saône\n"
    "Autre;Personne;autre.personne@example.org;;2 rue du Lac;71100;Chalon-sur-Saône\n"
)


def files_of_people(cast: Cast, path: Path) -> None:
    """One import that is done, and a draft that waits."""
    path.write_text(TABLE, encoding="utf-8")
    for declares in (True, False):
        import_id = importing.upload(
            by_id=cast.coordinator, territory_id="departement:71", path=path, name="essai.csv", at=now()
        )
        if declares:
            run = importing.declare(
                by_id=cast.coordinator, import_id=import_id, declaration=said(import_id), at=now()
            )
            runs.carry_out(run)
    path.unlink()


def said(import_id: UUID) -> ImportDeclaration:
    from amiral.rooms.people.models import SupporterImport

    return ImportDeclaration(
        mapping=tuple(SupporterImport.objects.get(pk=import_id).mapping),
        origin=Origin.CAMPAIGN_FORM,
        basis=Basis.CONSENT,
        basis_proof="Armoire du local",
        purpose=Purpose.NEWSLETTER,
        consent_text="J’accepte.",
        consented_on=date(2026, 1, 1),
    )


def absorbed(cast: Cast, person: UUID) -> None:
    """A second account of the same person, found and merged."""
    second = ContactPoint.objects.get(value=SECOND_EMAIL).person_id
    third = api.add_confirmed_person(
        email=THIRD_EMAIL,
        given_name=GIVEN,
        family_name=FAMILY,
        postal_code="71100",
        commune_id="commune:71076",
    )
    api.find_duplicates()
    for other in (second, third):
        api.merge(by_id=cast.administrator, kept_id=person, absorbed_id=other)
    assert Merge.objects.filter(survivor=person).count() == 2


def letters(person: UUID) -> None:
    for number, purpose in enumerate(["newsletter", "service", "group-contact"]):
        outreach.send(
            to_address=EMAIL, purpose=purpose, subject=f"Bonjour {GIVEN} {FAMILY}", body=f"Cher {GIVEN}",
            idempotency_key=f"essai-{number}", person_id=person,
        )  # fmt: skip
    outreach.send(
        to_address="owner@example.org", purpose="service", subject=f"{GIVEN} {FAMILY} vient",
        body=f"{GIVEN} {FAMILY} vient.", idempotency_key="essai-autre",
    )  # fmt: skip


def failure() -> None:
    """A piece of work that broke with an address in its message, as PostgreSQL writes it."""
    from amiral.kit.models import Job

    trouble = f"IntegrityError: Key (email)=({EMAIL}) already exists."
    logging.getLogger("amiral.essai").error("Broken: %s, %s", trouble, PHONE)
    Job.objects.create(task_path="amiral.essai", queue="default", problem=trouble, due_at=now())


def erased(life: Life) -> None:
    told = {"sure": "on", "refuses": "on"}
    browser = browser_of(life.person)
    assert browser.post(reverse("people:erase"), told)["Location"] == reverse("home")
    assert browser.get(reverse("home")).status_code == 200
    mail.outbox.clear()
    assert not Person.objects.filter(pk=life.person).exists()


def found() -> set[str]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
    return {trace.place for trace in traces.scan(VALUES)}


def test_before_everything_is_found_so_that_the_test_is_worth_something(life: Life) -> None:
    places = found()
    wanted = {
        "people_person.email", "people_person.given_name", "people_contactpoint.value",
        "people_merge.snapshot",
        "people_merge.records", "people_joinrequest.email", "account_emailaddress.email", "network_post.body",
        "network_comment.body", "moderation_report.excerpt", "moderation_report.explanation",
        "outreach_message.to_address", "outreach_message.subject", "django_session.session_data",
        "kit_job.problem",
    }  # fmt: skip
    assert {f"table {one}" for one in wanted} <= places
    assert any(place.startswith(f"file {life.folder}") for place in places)
    if connection.vendor == "sqlite":
        assert any(".sqlite3" in place for place in places)


def test_after_erasing_himself_nothing_is_found(life: Life) -> None:
    erased(life)
    assert found() == set()
    assert Suppression.objects.filter(reason="erasure").count() >= 4
    # What others said and did is still there.
    assert Comment.objects.filter(body="Bien vu.").exists()
    assert Post.objects.filter(body="Réunion jeudi.").exists()
    assert Report.objects.count() == 2
    assert ContactPoint.objects.filter(value="autre.personne@example.org").exists()
    (draft,) = list(vault.staged_folder().iterdir())
    assert "autre.personne" in draft.read_text(encoding="utf-8")


def test_no_log_line_ever_spoke_of_him(life: Life) -> None:
    erased(life)
    written = life.log.getvalue().encode()
    assert b"Broken" in written
    searcher = traces.Searcher(VALUES)
    assert [needle.text for needle in searcher.find(written)] == []


def test_the_address_may_be_used_again_and_the_refusal_is_kept(life: Life) -> None:
    erased(life)
    assert api.is_suppressed(channel=api.ContactKind.EMAIL, value=SECOND_EMAIL)
    assert api.is_suppressed(channel=api.ContactKind.EMAIL, value=THIRD_EMAIL)
    assert ImportLine.objects.exclude(person=None).count() == 1
    assert not Authenticator.objects.filter(user_id=life.person).exists()
    assert AddressWish.objects.count() <= 1


# The test of the test: whatever is left behind, in whichever form, is found.

Leave = Callable[[Path], object]


def sql(statement: str, *values: Any) -> Leave:
    def leave(_folder: Path) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    return leave


def file(name: str, content: bytes) -> Leave:
    def leave(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return leave


def packed(values: dict[str, str]) -> bytes:
    from django.core import signing

    return signing.dumps(values, compress=True).encode()


def parquet(value: str) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"name": [value] * 50}), sink, compression="zstd")
    return bytes(sink.getvalue())


def zipped(value: str) -> bytes:
    import zipfile

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", f"<p>{value}</p>" * 9)
    return content.getvalue()


def digest(name: str, value: str) -> bytes:
    import hashlib

    return hashlib.new(name, value.encode()).hexdigest().encode()


def encoded(value: str) -> bytes:
    import base64

    return base64.b64encode(f"bonjour {value} au revoir".encode())


def compressed(value: str) -> bytes:
    import gzip

    return gzip.compress(value.encode())


LEFT: dict[str, Leave] = {
    "table nobody knows": sql("CREATE TABLE forgotten AS SELECT CAST(%s AS TEXT) AS a", f"x {FAMILY} y"),
    "audit": lambda folder: __import__("amiral.kit.audit", fromlist=["record"]).record(
        actor_id=None, verb="x", subject_kind="x", subject_id="x", name=GIVEN
    ),
    "run arguments": lambda _f: runs.start(kind="purge", arguments={"to": EMAIL}, started_by_id=None),
    "session": lambda _f: session_with(EMAIL),
    "cache value": lambda _f: cache.set("essai", {"name": FAMILY}),
    "staged": file("state/supporter-imports/x.json", f'{{"a": "{STREET}"}}'.encode()),
    "upload": file("state/upload.csv", f"a;{EMAIL.upper()}".encode()),
    "latin-1 file": file("state/a.csv", FAMILY.encode("latin-1")),
    "utf-16 file": file("state/b.csv", f"a\t{FAMILY}".encode("utf-16")),
    "parquet": file("reference/a.parquet", parquet(f"{STREET}, Mâcon")),
    "xlsx": file("state/a.xlsx", zipped(PHONE)),
    "gzip": file("state/log.gz", compressed(f"hello {EMAIL}")),
    "name of a file": file(f"state/{EMAIL}.txt", b"x"),
    "url": file("state/log", b"/?q=Effa%C3%A7ouille-T%C3%BBlmagne"),
    "json escaped": file("state/log", b'{"n": "Z\\u00e9phyrinette"}'),
    "base64": file("state/mail", encoded(EMAIL)),
    "signed": file("state/cookie", packed({"email": EMAIL * 3})),
    "md5": file("state/x", digest("md5", EMAIL)),
    "sha1": file("state/x", digest("sha1", EMAIL)),
    "sha256": file("state/x", b"k:" + digest("sha256", "+33612984127")),
    "another case": file("state/x", EMAIL.upper().encode()),
    "without accents": file("state/x", b"effacouille tulmagne"),
    "number in groups": file("state/x", b"appeler le 06.12.98.41.27"),
    "international": file("state/x", b"+33612984127"),
    "words": file("state/x", SAID["comment"].encode()),
    "quoted-printable": file("state/x", b"Z=C3=A9phyrinette"),
}


def session_with(value: str) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session["account_login"] = {"email": value, "more": "a" * 400}
    session.save()


@pytest.mark.parametrize("what", LEFT)
def test_whatever_is_left_is_found(what: str, db: None, tmp_path: Path) -> None:
    LEFT[what](tmp_path)
    try:
        assert found(), what
    finally:
        if what == "table nobody knows":
            sql("DROP TABLE forgotten")(tmp_path)


def test_deleted_rows_lie_in_the_file_until_it_is_wiped(db: None) -> None:
    """A copy in a page that is not used any more, or in the log of the database, is found too."""
    from amiral.kit.storage import wipe

    if connection.vendor != "sqlite":
        pytest.skip("the bytes of PostgreSQL's files are not ours to read; see docs/erasure.md")
    sql("PRAGMA secure_delete=OFF")(Path())
    sql("CREATE TABLE forgotten AS SELECT CAST(%s AS TEXT) AS a", f"x {FAMILY} y")(Path())
    sql("DROP TABLE forgotten")(Path())
    assert any(".sqlite3" in place for place in found())
    assert wipe()
    assert found() == set()


def test_a_reader_delays_the_wiping_and_does_not_prevent_it(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download that still reads holds the old pages in the log: the run comes back until it is over."""
    import sqlite3

    from amiral.kit import storage

    if connection.vendor != "sqlite":
        pytest.skip("the bytes of PostgreSQL's files are not ours to read; see docs/erasure.md")
    sql("CREATE TABLE forgotten AS SELECT CAST(%s AS TEXT) AS a", f"x {FAMILY} y")(Path())
    reader = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM forgotten").fetchone()
    sql("DROP TABLE forgotten")(Path())
    sql("PRAGMA busy_timeout=50")(Path())
    waited: list[float] = []
    monkeypatch.setattr(storage, "sleep", lambda seconds: (waited.append(seconds), reader.close()))
    assert storage.wipe_run(lambda _done, _total: None) == {"done": True}
    assert len(waited) == 1
    assert found() == set()


def test_nothing_left_is_nothing_found(db: None) -> None:
    assert found() == set()
