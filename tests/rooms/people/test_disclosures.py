"""Receipts: who was shown how to reach whom. Their page, the breach drill, erasure, merge, purge."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from amiral.kit import audit
from amiral.kit.clock import now
from amiral.kit.models import AuditLine
from amiral.rooms.people import api, texts
from amiral.rooms.people.actions import disclosures, drill
from amiral.rooms.people.actions.account import erase, export
from amiral.rooms.people.contracts import ContactField, DisclosureReason
from amiral.rooms.people.models import ContactPoint, Disclosure, ImportLine, SupporterImport
from amiral.rooms.people.queries import disclosures as reads
from tests.conftest import Cast, make_person
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db
AT = datetime(2027, 3, 5, 12, tzinfo=UTC)
ACTION = UUID("01890000-0000-7000-8000-000000000001")
DAY = timedelta(days=1)


def show(viewer: UUID, *persons: UUID, at: datetime = AT, subject_id: UUID = ACTION, why: str = "") -> None:
    disclosures.note(
        viewer_id=viewer,
        fields=dict.fromkeys(persons, (ContactField.PHONE,)),
        reason=DisclosureReason.EXPLAINED if why else DisclosureReason.ACTION,
        subject_id=subject_id,
        subject="Porte-à-porte à la Chanaye",
        at=at,
        explanation=why,
    )


def test_one_line_for_each_viewer_person_field_thing_and_day(cast: Cast) -> None:
    for at in (AT, AT + timedelta(hours=3), AT + DAY):
        show(cast.owner, cast.teammate, cast.stranger, at=at)
    show(cast.coordinator, cast.teammate)
    show(cast.owner, cast.teammate, subject_id=uuid4())
    assert Disclosure.objects.count() == 6
    first = Disclosure.objects.filter(viewer=cast.owner, person=cast.teammate).earliest("at")
    assert (first.at, first.viewer_role) == (AT, "group-leader")


def test_what_one_sees_of_oneself_is_no_disclosure(cast: Cast) -> None:
    show(cast.owner, cast.owner)
    assert not Disclosure.objects.exists()


def test_the_person_reads_who_what_why_and_when(sign_in: Any, cast: Cast) -> None:
    show(cast.administrator, cast.teammate, why="La responsable est malade, je préviens l’équipe.")
    text = sign_in(cast.teammate).get(reverse("people:my_disclosures")).content.decode()
    for words in (
        "Administrator E.",
        texts.role_name("administrator"),
        "numéro de téléphone",
        "malade",
        "Chanaye",
        "2027-03-05T",
    ):
        assert words in text, words
    assert (
        "Administrator E."
        not in sign_in(cast.stranger).get(reverse("people:my_disclosures")).content.decode()
    )
    assert sign_in(None).get(reverse("people:my_disclosures")).status_code == 302


def test_a_file_in_which_the_person_stood_is_a_line_too(sign_in: Any, cast: Cast) -> None:
    made = SupporterImport.objects.create(
        territory_id="departement:71", imported_by_id=cast.coordinator, file_name="marche.csv", state="done"
    )
    ImportLine.objects.create(supporter_import=made, number=1, outcome="known", person_id=cast.teammate)
    text = sign_in(cast.teammate).get(reverse("people:my_disclosures")).content.decode()
    assert "marche.csv" in text
    assert "Coordinator E." in text


def test_the_proof_page_leaves_a_receipt(sign_in: Any, cast: Cast) -> None:
    ContactPoint.objects.create(person_id=cast.teammate, kind="phone", value="+33612345678")
    path = reverse("people:proof", args=[cast.teammate])
    assert sign_in(cast.other_coordinator).get(path).status_code == 404
    assert not Disclosure.objects.exists()
    sign_in(cast.coordinator).get(path)
    assert set(Disclosure.objects.values_list("field", "reason")) == {("email", "proof"), ("phone", "proof")}


def test_ones_own_export_leaves_a_receipt(cast: Cast) -> None:
    """Whoever took an account over was given everything."""
    show(cast.owner, cast.teammate)
    export(person_id=cast.teammate, at=AT)
    kept = export(person_id=cast.owner, at=AT)["people"]
    assert Disclosure.objects.filter(reason="export").count() == 2
    seen = [row for row in export(person_id=cast.teammate, at=AT)["people"] if row["table"] == "disclosure"]
    assert [row["viewer"] for row in seen] == ["Owner E.", "Teammate E."]
    made = [row for row in kept if row["table"] == "disclosure_made"]
    assert len(made) == 1
    assert str(cast.teammate) not in str(made)


# After a breach ----------------------------------------------------------------------------------------

QUERY = {"since": "2027-03-01", "until": "2027-03-31"}
MAY = {"administrator"}


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("name", ["people:disclosures", "people:disclosures_csv"])
def test_who_asks_who_saw_whose_data(sign_in: Any, cast: Cast, name: str, who: str) -> None:
    show(cast.owner, cast.teammate)
    answer = sign_in(role(cast, who)).get(reverse(name), QUERY)
    assert answer.status_code == (200 if who in MAY else 302 if who == "anonymous" else 404)
    assert ("Teammate" in answer.content.decode()) is (who in MAY)
    asked = AuditLine.objects.filter(verb__startswith="disclosures.")
    assert [line.actor_id for line in asked] == ([cast.administrator] if who in MAY else [])


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"since": "2027-03-01"},
        {"since": "x", "until": "y"},
        {"since": "2027-03-02", "until": "2027-03-01"},
        {"since": "2020-01-01", "until": "2027-03-01"},
        {"since": "0001-01-01", "until": "0001-01-01"},
        {"since": "9999-12-31", "until": "9999-12-31"},
    ],
)
def test_odd_days_are_answered_with_words(sign_in: Any, cast: Cast, query: dict[str, str]) -> None:
    client = sign_in(cast.administrator)
    assert client.get(reverse("people:disclosures"), query).status_code == (422 if query else 200)
    assert client.get(reverse("people:disclosures_csv"), query).status_code == 302


def everything(since: datetime, until: datetime) -> set[tuple[str, str, str]]:
    return {
        (one.viewer_name, one.person_name, one.reason.value)
        for one in reads.between(since=since, until=until)
    }


def test_the_list_is_complete_within_its_bounds(cast: Cast) -> None:
    show(cast.owner, cast.teammate, at=AT - DAY)
    show(cast.owner, cast.stranger)
    show(cast.coordinator, cast.stranger, at=AT + DAY)
    made = SupporterImport.objects.create(
        territory_id="departement:71",
        imported_by_id=cast.coordinator,
        file_name="marche.csv",
        state="done",
        created_at=AT,
    )
    ImportLine.objects.create(supporter_import=made, number=1, outcome="known", person_id=cast.teammate)
    export(person_id=cast.owner, at=AT)
    assert everything(AT, AT + timedelta(hours=1)) == {
        ("Owner E.", "Stranger Essai", "action"),
        ("Coordinator E.", "Teammate Essai", "import"),
        ("Owner E.", "Owner Essai", "export"),
    }
    # Seen again at the fourth hour of a day whose line was written at the first: the line counts.
    assert ("Owner E.", "Stranger Essai", "action") in everything(AT + timedelta(hours=3), AT + DAY)
    assert len(everything(AT - 9 * DAY, AT + 9 * DAY)) == 5
    assert reads.count_between(since=AT - 9 * DAY, until=AT + 9 * DAY) == (5, 3, 2)


def test_the_command_writes_a_table_for_its_owner_only(cast: Cast, tmp_path: Path, capsys: Any) -> None:
    show(cast.owner, cast.teammate)
    path = tmp_path / "qui.csv"
    words = ["disclosures", "--from", "2027-03-01", "--to", "2027-03-31"]
    call_command("people", *words, "--csv", str(path))
    assert path.stat().st_mode & 0o077 == 0
    rows = list(csv.reader(StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))
    assert rows[1][1:5] == ["Owner E.", "responsable de groupe", "Teammate Essai", "numéro de téléphone"]
    assert rows[1][-2:] == [str(cast.owner), str(cast.teammate)]
    call_command("people", *words)
    assert "Teammate Essai" in capsys.readouterr().out
    assert AuditLine.objects.filter(verb="disclosures.exported", actor_id=None).count() == 2
    with pytest.raises(CommandError):
        call_command("people", *words, "--csv", str(path))  # never over a file that is there
    with pytest.raises(CommandError):
        call_command("people", "disclosures", "--from", "2027-03-02", "--to", "2027-03-01")


def test_whoever_asked_stands_in_the_list(cast: Cast) -> None:
    with time_machine.travel(AT, tick=False):
        list(drill.export(by_id=cast.administrator, since=AT - DAY, until=AT, at=AT))
        audit.record(
            actor_id=cast.coordinator,
            verb=drill.ROLL,
            subject_kind="roll-declaration",
            subject_id="x",
        )
        found = drill.read(by_id=cast.administrator, since=AT - DAY, until=AT + DAY, at=AT)
    assert sorted((name, what) for _at, name, what in found.taken) == [
        ("Administrator E.", "cette liste, en fichier"),
        ("Coordinator E.", "enveloppes d’une liste électorale"),
    ]


def test_a_table_never_holds_a_formula(cast: Cast) -> None:
    show(cast.owner, make_person("=CMD()"))
    text = "".join(drill.export(by_id=None, since=AT - DAY, until=AT + DAY, at=AT))
    assert ";=CMD" not in text
    assert ";'=CMD" in text


# Leaving, merging, time ---------------------------------------------------------------------------------


def test_erasing_the_person_erases_the_receipts_erasing_the_viewer_the_name(sign_in: Any, cast: Cast) -> None:
    show(cast.owner, cast.teammate, cast.stranger)
    erase(person_id=cast.stranger, by_id=None, at=now())
    assert Disclosure.objects.count() == 1
    erase(person_id=cast.owner, by_id=None, at=now())
    left = Disclosure.objects.get()
    assert (left.viewer, left.viewer_role) == (None, "group-leader")
    text = sign_in(cast.teammate).get(reverse("people:my_disclosures")).content.decode()
    assert "quelqu’un qui est parti" in text
    assert "responsable de groupe" in text


def test_a_merge_keeps_each_receipt_once_and_gives_it_back(cast: Cast) -> None:
    twin, other = make_person("Jumelle"), make_person("Regardeuse")
    show(cast.owner, cast.teammate, twin)
    show(cast.coordinator, twin)
    show(twin, other)
    before = set(Disclosure.objects.values_list("pk", "person_id", "viewer_id"))
    merge = api.merge(by_id=cast.administrator, kept_id=cast.teammate, absorbed_id=twin, silent=True)
    assert Disclosure.objects.filter(person=cast.teammate).count() == 2
    assert Disclosure.objects.get(person=other).viewer_id == cast.teammate
    api.undo_merge(by_id=cast.administrator, merge_id=merge)
    assert set(Disclosure.objects.values_list("pk", "person_id", "viewer_id")) == before


def test_receipts_are_kept_twelve_months(cast: Cast) -> None:
    show(cast.owner, cast.teammate, at=now() - 366 * DAY)
    show(cast.owner, cast.teammate, at=now() - 364 * DAY)
    assert api.purge(at=now())["people.Disclosure"] == 1
    assert Disclosure.objects.count() == 1
