"""Reports and decisions: who decides what, with which words, and who is told."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.kit.models import AuditLine
from amiral.rooms.moderation import actions, api
from amiral.rooms.moderation.contracts import TRANSITIONS, Grounds, ReportState
from amiral.rooms.moderation.models import Report
from amiral.rooms.moderation.queries import grounds_choices
from amiral.rooms.network.models import Post
from amiral.rooms.people.models import Person
from tests.conftest import NOON, Cast, make_person
from tests.rooms.moderation.conftest import file

PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    # Who moderates nowhere is told nothing; the coordinator of elsewhere has a list, without this report.
    ("get", "/moderation/"): (L, 404, 404, 404, 200, 200, 200),
    ("get", "/moderation/?decided=1"): (L, 404, 404, 404, 200, 200, 200),
    ("get", "/moderation/{report}/"): (L, 404, 404, 404, 200, 404, 200),
    ("post", "/moderation/{report}/"): (L, 404, 404, 404, 302, 404, 302),
}


STATED = {
    "ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "rule": "Charte, 2",
    "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
    "facts": "Une insulte sous une publication.",
}


def decide(report: UUID, *, by: UUID, state: str = "upheld", reason: str = "Insulte (charte, 2).") -> None:
    """A decision, well after the report."""
    actions.decide(by_id=by, report_id=report, state=ReportState(state), reason=reason, at=NOON)


def letters() -> list[tuple[str, str]]:
    """Address and text of the messages in the outbox that this room wrote."""
    from amiral.rooms.outreach.models import Message

    rows = Message.objects.filter(idempotency_key__startswith="moderation:").order_by("to_address")
    return [(row.to_address, row.body) for row in rows]


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize(("verb", "pattern"), PAGES)
def test_matrix(cast: Cast, report: UUID, sign_in: Any, verb: str, pattern: str, person: str) -> None:
    browser = sign_in(getattr(cast, person, None))
    address = pattern.format(report=report)
    sent = {"state": "upheld", "reason": "Insulte."} | STATED
    response = browser.get(address) if verb == "get" else browser.post(address, sent)
    signing_in = response.status_code == 302 and response.url.startswith("/compte/")
    wanted = PAGES[verb, pattern][PERSONS.index(person)]
    assert (L if signing_in else response.status_code) == wanted
    assert (Report.objects.get().state == "upheld") is (verb == "post" and wanted == 302)


def test_decisions_are_limited(
    cast: Cast, report: UUID, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    response = sign_in(cast.coordinator).post(f"/moderation/{report}/", {"state": "upheld", "reason": "x"})
    assert response.status_code == 429


def test_upholding_hides_and_tells_both_why(cast: Cast, post: UUID, report: UUID) -> None:
    decide(report, by=cast.coordinator)
    assert Post.objects.get(pk=post).hidden_at == NOON
    (to_reporter, to_author) = letters()
    assert to_reporter[0] == "owner@example.org"
    assert to_author[0] == "teammate@example.org"
    for _address, body in (to_reporter, to_author):
        assert "Insulte (charte, 2)." in body
        assert "Vous êtes des <b>ânes</b>." in body
    assert "a décidé de le masquer" in to_author[1]
    assert "Owner" not in to_author[1]
    assert "owner@" not in to_author[1]
    assert AuditLine.objects.filter(verb="report-upheld", actor_id=cast.coordinator).count() == 1


def test_rejecting_keeps_and_tells_both_why(cast: Cast, post: UUID, report: UUID) -> None:
    decide(report, by=cast.coordinator, state="rejected", reason="C’est une plaisanterie.")
    assert Post.objects.get(pk=post).hidden_at is None
    assert [address for address, _ in letters()] == ["owner@example.org", "teammate@example.org"]
    assert all("C’est une plaisanterie." in body for _, body in letters())


def test_each_is_written_to_in_his_language(cast: Cast, report: UUID) -> None:
    Person.objects.filter(pk=cast.owner).update(language="en")
    decide(report, by=cast.coordinator)
    (to_reporter, to_author) = letters()
    assert "A moderator agreed with you" in to_reporter[1]
    assert "La modération a décidé" in to_author[1]


def test_erased_persons_get_nothing(cast: Cast, report: UUID) -> None:
    Person.objects.filter(pk__in=[cast.teammate]).delete()
    decide(report, by=cast.coordinator)
    assert [address for address, _ in letters()] == ["owner@example.org"]


@pytest.mark.parametrize("reason", ["", "  \r\n "])
@pytest.mark.parametrize("state", ["upheld", "rejected"])
def test_a_decision_has_a_reason(cast: Cast, report: UUID, state: str, reason: str) -> None:
    with pytest.raises(actions.ReasonMissing):
        decide(report, by=cast.coordinator, state=state, reason=reason)
    assert Report.objects.get().state == "open"


def test_a_form_without_reason_is_refused_beside_the_field(cast: Cast, report: UUID, sign_in: Any) -> None:
    response = sign_in(cast.coordinator).post(f"/moderation/{report}/", {"state": "upheld", "reason": ""})
    assert response.status_code == 200
    assert "reason" in response.context["form"].errors


@pytest.mark.parametrize("now", list(ReportState))
@pytest.mark.parametrize("then", list(ReportState))
def test_the_state_machine_exhaustively(
    cast: Cast, report: UUID, now: ReportState, then: ReportState
) -> None:
    if now != ReportState.OPEN:
        decide(report, by=cast.coordinator, state=now)
    if then in TRANSITIONS[now]:
        decide(report, by=cast.administrator, state=then)
        assert Report.objects.get().state == then
    else:
        with pytest.raises(actions.AlreadyDecided):
            decide(report, by=cast.administrator, state=then)
        assert Report.objects.get().state == now


def test_upholding_closes_all_reports_of_the_same_words(cast: Cast, post: UUID, report: UUID) -> None:
    second = file(cast, post=post, reporter=cast.stranger)
    elsewhere = file(cast, post=new_id(), reporter=cast.stranger)
    decide(report, by=cast.coordinator)
    states = dict(Report.objects.values_list("pk", "state"))
    assert states == {report: "upheld", second: "upheld", elsewhere: "open"}
    addresses = [address for address, _ in letters()]
    assert addresses == ["owner@example.org", "stranger@example.org", "teammate@example.org"]


def test_rejecting_closes_one_report_only(cast: Cast, post: UUID, report: UUID) -> None:
    second = file(cast, post=post, reporter=cast.stranger)
    decide(report, by=cast.coordinator, state="rejected")
    assert dict(Report.objects.values_list("pk", "state")) == {report: "rejected", second: "open"}


def test_nobody_decides_on_his_own_report(cast: Cast, post: UUID, sign_in: Any) -> None:
    own = file(cast, post=post, reporter=cast.coordinator)
    other = file(cast, post=post, reporter=cast.owner)
    for report in (own, other):  # nor on another report of what he reported
        with pytest.raises(actions.OwnCause):
            decide(report, by=cast.coordinator)
        page = sign_in(cast.coordinator).get(f"/moderation/{report}/").content.decode()
        assert "une autre personne de la modération décide" in page
        assert "<textarea" not in page
    assert api.open_count(person_id=cast.coordinator) == 0
    assert api.open_count(person_id=cast.administrator) == 2
    decide(own, by=cast.administrator)


def test_nobody_reads_who_reported_his_own_words(cast: Cast, post: UUID, sign_in: Any) -> None:
    report = file(cast, post=post, reporter=cast.owner, author=cast.coordinator)
    with pytest.raises(NotFound):
        decide(report, by=cast.coordinator)
    browser = sign_in(cast.coordinator)
    assert browser.get(f"/moderation/{report}/").status_code == 404
    assert "Owner" not in browser.get("/moderation/").content.decode()
    assert api.open_count(person_id=cast.coordinator) == 0
    decide(report, by=cast.administrator)


def test_reports_whose_author_was_erased_are_still_decided(cast: Cast, post: UUID, sign_in: Any) -> None:
    report = file(cast, post=post, reporter=cast.owner)
    Report.objects.update(subject_author_id=None, reporter_id=None)
    assert api.open_count(person_id=cast.coordinator) == 1
    assert sign_in(cast.coordinator).get(f"/moderation/{report}/").status_code == 200
    decide(report, by=cast.coordinator)
    assert letters() == []


@pytest.mark.parametrize("person", ["teammate", "owner", "stranger", "other_coordinator"])
def test_others_decide_nothing(cast: Cast, report: UUID, person: str) -> None:
    with pytest.raises(NotFound):
        decide(report, by=getattr(cast, person))
    assert Report.objects.get().state == "open"


def test_open_counts(cast: Cast, report: UUID) -> None:
    counts = {person: api.open_count(person_id=getattr(cast, person, None)) for person in PERSONS}
    assert counts == dict.fromkeys(PERSONS, 0) | {"coordinator": 1, "administrator": 1}


def test_one_report_per_reporter_and_subject(cast: Cast, post: UUID, report: UUID) -> None:
    with pytest.raises(actions.AlreadyReported):
        file(cast, post=post, reporter=cast.owner)
    file(cast, post=post, reporter=cast.stranger)
    file(cast, post=new_id(), reporter=cast.owner)
    assert Report.objects.count() == 3


def test_an_explanation_too_long_is_refused(cast: Cast, post: UUID) -> None:
    with pytest.raises(Refused):
        actions.report(
            subject_kind="post",
            subject_id=post,
            subject_author_id=None,
            territory_id="commune:71270",
            excerpt="x",
            reporter_id=cast.owner,
            grounds=Grounds.OTHER,
            explanation="x" * 2001,
            at=NOON,
        )


@pytest.mark.parametrize(
    "change",
    [
        {"state": "upheld"},
        {"state": "upheld", "decided_at": NOON},
        {"state": "rejected", "decision_reason": "x"},
        {"decision_reason": "x"},
        {"decided_at": NOON},
    ],
)
def test_the_database_refuses_a_decision_without_reason_or_date(
    cast: Cast, report: UUID, change: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.update(**change)


def test_words_are_escaped(cast: Cast, report: UUID, sign_in: Any) -> None:
    page = sign_in(cast.coordinator).get(f"/moderation/{report}/").content.decode()
    assert "Vous êtes des &lt;b&gt;ânes&lt;/b&gt;." in page
    assert "C’est &lt;i&gt;blessant&lt;/i&gt;." in page
    assert "@example.org" not in page


def test_a_late_decision_is_told_so(cast: Cast, report: UUID, sign_in: Any) -> None:
    browser = sign_in(cast.administrator)
    decide(report, by=cast.coordinator)
    response = browser.post(f"/moderation/{report}/", {"state": "rejected", "reason": "Non."})
    assert "Ce signalement est déjà tranché." in response.content.decode()
    assert "Coordinator E." in browser.get(f"/moderation/{report}/").content.decode()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_ground_has_words(language: str) -> None:
    from django.utils.translation import override

    with override(language):
        labels = [label for _value, label in grounds_choices()]
    assert len(set(labels)) == len(Grounds)


@pytest.mark.parametrize("address", ["/moderation/", "/moderation/?decided=1"])
def test_as_many_queries_for_twenty_rows_as_for_two(cast: Cast, sign_in: Any, address: str) -> None:
    browser = sign_in(cast.coordinator)

    def more(numbers: range) -> None:
        for number in numbers:
            post = new_id()
            report = file(cast, post=post, reporter=make_person(f"Reporter{number}"))
            if "decided" in address:
                decide(report, by=cast.administrator)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    more(range(2))
    count()
    few = count()
    more(range(2, 20))
    assert count() == few


def test_decided_reports_are_erased_after_twelve_months(cast: Cast, post: UUID, report: UUID) -> None:
    still_open = file(cast, post=new_id(), reporter=cast.stranger)
    decide(report, by=cast.coordinator)
    assert api.purge(at=NOON + timedelta(days=365))["moderation.Report"] == 0
    assert api.purge(at=NOON + timedelta(days=366))["moderation.Report"] == 1
    assert list(Report.objects.values_list("pk", flat=True)) == [still_open]


def test_a_person_receives_his_reports_and_the_decisions_on_his_words(cast: Cast, report: UUID) -> None:
    nothing = {"reports": [], "decisions": [], "appeals": []}
    assert api.export_person(person_id=cast.teammate)["moderation"] == nothing
    decide(report, by=cast.coordinator)
    made = api.export_person(person_id=cast.owner)["moderation"]["reports"]
    about = api.export_person(person_id=cast.teammate)["moderation"]["decisions"]
    assert [one["explanation"] for one in made] == ["C’est <i>blessant</i>."]
    assert [one["reason"] for one in about] == ["Insulte (charte, 2)."]
    assert "explanation" not in about[0]


@pytest.mark.parametrize(
    "address", ["/moderation/", "/moderation/?decided=1", "/moderation/tableau/", "/moderation/journal/"]
)
def test_every_table_has_a_caption(cast: Cast, post: UUID, report: UUID, sign_in: Any, address: str) -> None:
    decide(file(cast, post=post, reporter=cast.administrator), by=cast.coordinator, state="rejected")
    page = sign_in(cast.coordinator).get(address).content.decode()
    assert page.count("<table>") == page.count("<caption>") == 1


def test_nobody_is_told_that_a_voice_gets_a_letter(cast: Cast, report: UUID, sign_in: Any) -> None:
    """Words of a voice, or of who was erased: no account stands behind them."""
    browser = sign_in(cast.coordinator)
    sent = {"state": "rejected", "reason": "Permis."}
    assert "L’auteur et la personne" in browser.get(f"/moderation/{report}/").content.decode()
    Report.objects.update(subject_author=None)
    page = browser.get(f"/moderation/{report}/").content.decode()
    assert "L’auteur et la personne" not in page
    assert "La personne qui a signalé la lit." in page
    said = browser.post(f"/moderation/{report}/", sent, follow=True).content.decode()
    assert "On ne peut pas écrire à l’auteur" in said
    assert "L’auteur et la personne" not in said


def test_the_author_reads_the_proposal_in_his_language(cast: Cast, report: UUID, sign_in: Any) -> None:
    """The moderator reads English; what he left of the proposal must not arrive in English."""
    browser = sign_in(cast.coordinator)
    browser.post("/langue/", {"language": "en", "next": "/"})
    form = browser.get(f"/moderation/{report}/").context["form"]
    assert form.initial["rule"] == "Charter: Insult or harassment"
    sent = form.initial | {"state": "upheld", "reason": "Insulte."}
    assert browser.post(f"/moderation/{report}/", sent | {"facts": "Lu deux fois."}).status_code == 302
    to_author = dict(letters())["teammate@example.org"]
    assert "Charte\xa0: Insulte ou harcèlement" in to_author
    assert "Lu deux fois." in to_author
    assert "Insult or harassment" not in to_author


def test_a_moderator_reads_the_statement_and_the_appeal_again(cast: Cast, report: UUID, sign_in: Any) -> None:
    sign_in(cast.coordinator).post(
        f"/moderation/{report}/", STATED | {"state": "upheld", "reason": "Insulte."}
    )
    appeal = actions.appeal(by_id=cast.teammate, report_id=report, words="C’était drôle.", at=NOON)
    actions.decide_appeal(by_id=cast.administrator, appeal_id=appeal, granted=False, reason="Non.", at=NOON)
    page = sign_in(cast.administrator).get(f"/moderation/{report}/").content.decode()
    for words in (
        "Contraire à la charte",
        "Charte, 2",
        "Une insulte sous une publication.",
        "Refusé",
        "Non.",
    ):
        assert words in page
