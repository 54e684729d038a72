"""The public log, the statements of reasons, the clock: what is written, who reads it, who can check it."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from amiral.cores.chain import Broken, verify
from amiral.kit.ids import new_id
from amiral.rooms.moderation import actions, api
from amiral.rooms.moderation.actions import logging, stating
from amiral.rooms.moderation.contracts import (
    CATEGORY_OF,
    Category,
    DecisionGround,
    Grounds,
    ReportState,
    Statement,
)
from amiral.rooms.moderation.models import Decision, LogLine, Report
from amiral.rooms.moderation.queries import board, declaring, log
from amiral.rooms.moderation.queries.spoken import spoken
from amiral.rooms.network.models import Post
from amiral.rooms.outreach.models import Message
from tests.conftest import NOON, Cast, make_person
from tests.racing import race
from tests.rooms.moderation.conftest import file

pytestmark = pytest.mark.django_db
CHECKER = Path(__file__).resolve().parents[3] / "scripts" / "verify_log.py"
STATEMENT = Statement(
    ground=DecisionGround.ILLEGAL,
    rule="Loi du 29 juillet 1881, art. 33",
    explanation="Injure publique.",
    facts="Une injure sous une publication.",
    category=Category.SPEECH,
)


def decide(report: UUID, by: UUID, *, state: str = "upheld", statement: Statement | None = STATEMENT) -> None:
    actions.decide(
        by_id=by,
        report_id=report,
        state=ReportState(state),
        reason="Injure publique.",
        at=NOON,
        statement=statement,
    )


def entries() -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.lines()]


def test_a_decision_is_one_line_without_a_person_or_a_word(cast: Cast, report: UUID) -> None:
    decide(report, cast.coordinator)
    (entry,) = entries()
    body = entry["body"]
    assert body["kind"] == "decision"
    assert (body["outcome"], body["ground"]) == ("hidden", "DECISION_GROUND_ILLEGAL_CONTENT")
    assert (body["automated_detection"], body["automated_decision"]) == (False, False)
    assert body["decided_after_s"] >= 0
    assert len(body["sealed"]) == 64
    text = json.dumps(entry, ensure_ascii=False)
    for person in (cast.owner, cast.teammate, cast.coordinator):
        assert str(person) not in text
    assert "ânes" not in text
    assert "Injure" not in text


def test_the_independent_script_checks_the_file_and_finds_a_touched_line(
    cast: Cast, report: UUID, post: UUID, tmp_path: Path, client: Any
) -> None:
    decide(report, cast.coordinator)
    for number in range(3):
        logging.append(body={"kind": "reply", "outcome": "published"}, at=NOON + timedelta(days=number))
    path = tmp_path / "journal.jsonl"
    path.write_bytes(client.get("/moderation/journal.jsonl").content)
    roots = client.get("/moderation/journal/racines.txt").content.decode().splitlines()
    assert [line.split()[0] for line in roots] == ["2027-03-03", "2027-03-04", "2027-03-05"]
    known = [line.split()[1] for line in roots]
    check = partial(subprocess.run, capture_output=True, text=True, check=False)
    told = check([sys.executable, str(CHECKER), str(path), *known])
    assert told.returncode == 0, told.stderr
    assert "4 entries, unbroken" in told.stdout
    path.write_text(path.read_text().replace('"hidden"', '"kept"'))
    assert "entry 1 was changed" in check([sys.executable, str(CHECKER), str(path)]).stderr


def test_changing_a_row_is_found(cast: Cast, report: UUID) -> None:
    decide(report, cast.coordinator)
    assert verify(map(log.entry_of, LogLine.objects.all())) == log.head()[1]
    LogLine.objects.update(body={"kind": "decision", "outcome": "kept"})
    with pytest.raises(Broken):
        verify(map(log.entry_of, LogLine.objects.all()))


def test_a_log_never_goes_back_in_time(db: None) -> None:
    logging.append(body={"kind": "reply"}, at=NOON)
    assert logging.append(body={"kind": "reply"}, at=NOON - timedelta(hours=1)).at == "2027-03-03T12:00:00Z"


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_two_moderators_at_once_never_fork_the_log(cast: Cast) -> None:
    reports = [
        file(cast, post=new_id(), reporter=make_person(f"R{number}"), author=cast.stranger)
        for number in range(8)
    ]
    acts: list[Callable[[], object]] = [
        partial(decide, one, by)
        for one, by in zip(reports, [cast.coordinator, cast.administrator] * 4, strict=True)
    ]
    assert race(acts) == {"done": 8}
    assert LogLine.objects.count() == 8
    assert verify(map(log.entry_of, LogLine.objects.order_by("number"))) == log.head()[1]


def test_nothing_is_hidden_on_report_counts_alone(cast: Cast, post: UUID) -> None:
    for number in range(40):
        file(cast, post=post, reporter=make_person(f"Crowd{number}"))
    assert Report.objects.open().count() == 40
    assert Post.objects.get(pk=post).hidden_at is None
    assert not LogLine.objects.exists()


def test_every_restriction_is_stated_whole(cast: Cast, post: UUID, report: UUID) -> None:
    decide(report, cast.coordinator, statement=None)
    row = Decision.objects.get()
    assert (row.rule, row.category) == (
        "Charte\xa0: Insulte ou harcèlement",
        "STATEMENT_CATEGORY_CYBER_VIOLENCE",
    )
    assert "Signalé le" in row.facts
    assert row.explanation == "Injure publique."


@pytest.mark.parametrize("blank", ["rule", "facts"])
def test_a_restriction_without_rule_or_facts_is_refused(cast: Cast, report: UUID, blank: str) -> None:
    missing = {"rule": "Charte, 2", "facts": "Une insulte.", blank: " \r\n "}
    statement = Statement(
        ground=DecisionGround.INCOMPATIBLE, explanation="", category=Category.OTHER, **missing
    )
    with pytest.raises(stating.StatementIncomplete):
        decide(report, cast.coordinator, statement=statement)
    assert Report.objects.get().state == "open"


def test_the_form_asks_for_the_statement_beside_each_field(cast: Cast, report: UUID, sign_in: Any) -> None:
    sent = {"state": "upheld", "reason": "x", "ground": "", "rule": " ", "category": "nonsense", "facts": ""}
    page = sign_in(cast.coordinator).post(f"/moderation/{report}/", sent)
    assert set(page.context["form"].errors) == {"ground", "rule", "category", "facts"}
    first = sign_in(cast.coordinator).get(f"/moderation/{report}/")
    assert "Charte\xa0: Insulte ou harcèlement" in first.content.decode()


def test_the_author_reads_all_that_article_17_asks(cast: Cast, report: UUID, monkeypatch: Any) -> None:
    sent: list[str] = []
    monkeypatch.setattr("amiral.rooms.outreach.api.send", lambda **given: sent.append(given["body"]))
    decide(report, cast.coordinator)
    (letter,) = [body for body in sent if "règlement (UE) 2022/2065" in body]
    reasons = ("masqué pour tous, partout", "contraire à la loi. Loi du 29 juillet 1881, art. 33",
               "Une injure sous une publication.", "Aucun moyen automatisé", "six mois", "juge")  # fmt: skip
    for part in reasons:
        assert part in letter


DATABASE_FIELDS = {
    "decision_visibility": list, "decision_ground": str, "decision_facts": str, "category": str,
    "content_type": list, "content_date": str, "source_type": str, "automated_detection": str,
    "automated_decision": str, "territorial_scope": list, "application_date": str, "puid": str,
}  # fmt: skip


@pytest.mark.parametrize("ground", list(DecisionGround))
def test_the_export_has_the_fields_of_the_transparency_database(
    cast: Cast, report: UUID, ground: DecisionGround
) -> None:
    statement = Statement(
        ground=ground, rule="Règle", explanation="", facts="Faits.", category=Category.SPEECH
    )
    decide(report, cast.coordinator, statement=statement)
    (line,) = declaring.declarations(person_id=cast.coordinator)
    found = json.loads(line)
    for name, kind in DATABASE_FIELDS.items():
        assert isinstance(found.pop(name), kind), name
    prefix = "illegal" if ground is DecisionGround.ILLEGAL else "incompatible"
    assert found.pop(f"{prefix}_content_explanation") == "Injure publique."
    assert "Règle" in found.values()
    assert all(name.startswith(prefix) for name in found)
    assert not list(declaring.declarations(person_id=cast.other_coordinator))


def test_every_ground_of_a_notice_proposes_a_category() -> None:
    assert set(CATEGORY_OF) == set(Grounds)


def test_an_appeal_is_a_line_of_its_own_and_shows_at_the_first(cast: Cast, report: UUID, client: Any) -> None:
    decide(report, cast.coordinator)
    asked = actions.appeal(by_id=cast.teammate, report_id=report, words="Ironie.", at=NOON)
    actions.decide_appeal(
        by_id=cast.administrator, appeal_id=asked, granted=True, reason="Oui.", at=NOON + timedelta(hours=3)
    )
    first, second = entries()
    assert second["body"]["kind"] == "appeal"
    assert (second["body"]["appeal"], second["body"]["outcome"]) == ("granted", "kept")
    assert second["body"]["against"] == first["body"]["decision"]
    page = client.get("/moderation/journal/").content.decode()
    assert "Recours\xa0: accepté" in page
    assert page.count("accepté") >= 2
    assert "3 h 00" in page


def test_the_clock_says_in_words_and_by_shape(cast: Cast, report: UUID) -> None:
    Report.objects.update(created_at=NOON - timedelta(hours=5))
    file(cast, post=new_id(), reporter=cast.owner)
    Report.objects.exclude(pk=report).update(created_at=NOON - timedelta(minutes=100))
    late, soon = board.clock(person_id=cast.coordinator, at=NOON)
    assert (late.word, late.shape, late.age) == ("en retard", "■", "5 h 00")
    assert (soon.word, soon.shape, soon.age) == ("échéance proche", "△", "1 h 40")


def test_the_first_look_is_noted_once_and_only_of_who_may_decide(
    cast: Cast, post: UUID, sign_in: Any
) -> None:
    report = file(cast, post=post, reporter=cast.coordinator)
    sign_in(cast.coordinator).get(f"/moderation/{report}/")
    assert Report.objects.get().looked_at is None
    sign_in(cast.administrator).get(f"/moderation/{report}/")
    first = Report.objects.get().looked_at
    assert first is not None
    sign_in(cast.administrator).get(f"/moderation/{report}/")
    assert Report.objects.get().looked_at == first


def test_delays_are_measured_for_the_whole_campaign(cast: Cast, report: UUID) -> None:
    Report.objects.update(created_at=NOON - timedelta(minutes=90), looked_at=NOON - timedelta(minutes=60))
    decide(report, cast.coordinator)
    found = board.delays(at=NOON)
    assert (found.decisions, found.in_time) == (1, 1)
    assert (found.first_look, found.decision, found.appeal) == ("30 min", "1 h 30", "")


def test_the_board_has_the_same_number_of_queries(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)

    def count(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    counts = []
    for number in (2, 18):
        for _one in range(number):
            one = file(cast, post=new_id(), reporter=cast.owner)
            decide(one, cast.coordinator)
            file(cast, post=new_id(), reporter=cast.owner)
        counts.append([count("/moderation/tableau/"), count("/moderation/journal/")])
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("/moderation/journal/", (200,) * 7),
        ("/moderation/journal.jsonl", (200,) * 7),
        ("/moderation/journal/racines.txt", (200,) * 7),
        ("/moderation/autorites/", (200,) * 7),
        ("/moderation/tableau/", (302, 404, 404, 404, 200, 200, 200)),
        ("/moderation/declarations.jsonl", (302, 404, 404, 404, 200, 200, 200)),
    ],
)
def test_who_reads_what(cast: Cast, sign_in: Any, address: str, wanted: tuple[int, ...]) -> None:
    persons = (None, cast.teammate, cast.owner, cast.stranger, cast.coordinator, cast.other_coordinator,
               cast.administrator)  # fmt: skip
    assert tuple(sign_in(person).get(address).status_code for person in persons) == wanted


def test_authorities_are_plain_links_in_both_languages(client: Any) -> None:
    for language, word in (("fr", "hameçonnage"), ("en", "deceiving")):
        with translation.override(language):
            page = client.get(
                "/moderation/autorites/", headers={"accept-language": language}
            ).content.decode()
        assert 'href="https://www.internet-signalement.gouv.fr" rel="noreferrer"' in page
        assert "3018" in page
        assert "33700" in page
        assert '<script src="http' not in page
        assert word in page or language == "fr"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 min"), (3599, "59 min"), (7500, "2 h 05"), (180_000, "2 jours")]
)
def test_durations_are_said(seconds: int, said: str) -> None:
    assert spoken(seconds) == said


def test_another_room_writes_into_the_same_log(db: None) -> None:
    assert api.write_log(body={"kind": "reply", "outcome": "refused"}, at=NOON) == 1
    assert LogLine.objects.get().body["outcome"] == "refused"


def test_messages_are_not_written_twice(cast: Cast, report: UUID) -> None:
    decide(report, cast.coordinator)
    keys = Message.objects.filter(idempotency_key__startswith="moderation:").values_list("idempotency_key")
    assert len(set(keys)) == len(keys) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "usage: "),
        (("log.jsonl", "2026-11-23"), "'2026-11-23' is no NUMBER:HASH"),
        (("log.jsonl",), "entry 1 is no JSON"),
    ],
)
def test_the_script_says_what_it_cannot_use(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "log.jsonl").write_text("<html>", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(CHECKER), *arguments], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert done.stderr.startswith(said)
