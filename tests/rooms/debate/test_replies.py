"""The right of reply: the clock, the steps, the frozen reply under its page, who may do what."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.reply import NEXT, Ground, Regime, Step, due, rules_on
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.rooms.debate import api
from amiral.rooms.debate.actions import replies
from amiral.rooms.debate.contracts import ReplyCapacity, ReplyDraft, ReplyProof
from amiral.rooms.debate.models import PublishedReply, ReplyRequest
from amiral.rooms.debate.queries import replies as queries
from amiral.rooms.moderation.models import LogLine
from amiral.rooms.talking_points import api as talking_points
from tests.conftest import NOON, Cast
from tests.rooms.talking_points.conftest import SOURCE

pytestmark = pytest.mark.django_db
PAGE = "/mentions-legales/"
TEXT = "Je n’ai jamais dit cela.\nVoici les faits."


def draft(page: str = PAGE, **typed: Any) -> ReplyDraft:
    values: dict[str, Any] = {
        "page_on": None,
        "name": "Dominique Essai",
        "capacity": ReplyCapacity.MYSELF,
        "email": "dominique@example.org",
        "proof": ReplyProof.IDENTITY_PAPER,
        "proof_words": "",
        "passages": "« Il a menti. »",
        "text": TEXT,
        "language": "fr",
    }
    return ReplyDraft(page=page, **(values | typed))


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is handed to the outbox."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr("amiral.rooms.outreach.api.send", lambda **given: sent.append(given))
    return sent


@pytest.fixture
def case_id(cast: Cast) -> UUID:
    """A request of noon."""
    return api.reply_case_id(secret=api.ask_for_reply(draft=draft(), at=NOON))


@pytest.fixture
def point(cast: Cast) -> UUID:
    """A talking point of three short lines, approved at noon."""
    talking_points.create_theme(by_id=cast.coordinator, name_fr="Santé", name_en="Health", slug="sante")
    version = talking_points.draft(
        by_id=cast.coordinator,
        theme="sante",
        short_line="Il a menti",
        body="Un.\n\nDeux.",
        sources=(SOURCE,),
        at=NOON,
    )
    talking_points.approve(by_id=cast.administrator, version_id=version, at=NOON)
    (card,) = talking_points.approved(language="fr")
    return card.point_id


def test_a_case_has_its_dates_and_its_receipt(cast: Cast, letters: list[dict[str, Any]]) -> None:
    secret = api.ask_for_reply(draft=draft(), at=NOON)
    row = ReplyRequest.objects.get()
    assert row.due_at == row.target_at == NOON + timedelta(days=3)
    assert re.fullmatch(r"DR-20270303-[0-9A-F]{6}", row.reference)
    assert secret not in str(ReplyRequest.objects.values().get())
    letter, _to_the_publisher = letters
    assert letter["to_address"] == "dominique@example.org"
    assert row.reference in letter["subject"]
    assert f"/droit-de-reponse/suivi/{secret}/?cle=" in letter["body"]


def test_a_receipt_at_23_59_and_week_ends_are_not_suspended(cast: Cast, settings: Any) -> None:
    friday = datetime(2027, 3, 26, 22, 59, tzinfo=UTC)  # 23:59 in Paris, before the change of hour
    case = api.reply_case_id(secret=api.ask_for_reply(draft=draft(), at=friday))
    row = ReplyRequest.objects.get(pk=case)
    assert row.due_at == datetime(2027, 3, 29, 21, 59, tzinfo=UTC)  # Monday, 23:59 in summer


@given(
    st.datetimes(datetime(2024, 6, 1), datetime(2034, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
    st.sampled_from(["Europe/Paris", "America/Cayenne", "Indian/Mayotte", "Pacific/Wallis"]),
)
def test_no_deadline_is_later_than_the_law_or_before_its_receipt(at: datetime, zone: str) -> None:
    rules = rules_on(date(2026, 3, 1), Regime.ONLINE)
    last, promised = (due(at, rules, zone=zone, electoral=near) for near in (False, True))
    assert at < promised <= last <= at + timedelta(days=3)


def test_near_a_ballot_a_day_is_promised(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amiral.rooms.outreach.api.ballot_ahead", lambda **_given: True)
    row = ReplyRequest.objects.get(pk=api.reply_case_id(secret=api.ask_for_reply(draft=draft(), at=NOON)))
    assert (row.target_at, row.due_at) == (NOON + timedelta(hours=24), NOON + timedelta(days=3))


def test_from_receipt_to_the_page(
    cast: Cast, case_id: UUID, letters: list[dict[str, Any]], client: Any
) -> None:
    by = cast.administrator
    replies.prove(by_id=by, case_id=case_id, at=NOON + timedelta(hours=1))
    replies.admit(by_id=by, case_id=case_id, at=NOON + timedelta(hours=2))
    replies.publish(by_id=by, case_id=case_id, at=NOON + timedelta(hours=3))
    page = client.get(PAGE).content.decode()
    assert "Voici les faits." in page
    assert "Dominique Essai" in page
    assert "Voici les faits." not in client.get("/").content.decode()
    assert "dominique@example.org" not in page
    row = ReplyRequest.objects.get()
    assert [move.step for move in row.moves.all()] == ["received", "proven", "admissible", "published"]
    (line,) = LogLine.objects.all()
    assert (line.body["outcome"], line.body["decided_after_s"], line.body["in_time"]) == (
        "published",
        10_800,
        True,
    )
    assert "Dominique" not in str(line.body)
    assert AuditLine.objects.filter(subject_id=str(case_id), actor_id=by).count() == 3
    assert len(letters) == 2


def test_a_published_reply_cannot_be_changed_or_removed(cast: Cast, case_id: UUID) -> None:
    api.publish_reply(by_id=cast.administrator, case_id=case_id, at=NOON)
    for act in (replies.prove, replies.admit, replies.publish):
        with pytest.raises(replies.NotThisStep):
            act(by_id=cast.administrator, case_id=case_id, at=NOON)
    with pytest.raises(replies.NotThisStep):
        replies.settle(by_id=cast.administrator, case_id=case_id, words="x", at=NOON)
    assert PublishedReply.objects.get().text == TEXT
    api.purge(at=NOON + timedelta(days=4 * 365))
    assert not ReplyRequest.objects.exists()
    assert PublishedReply.objects.get().text == TEXT


def test_a_refusal_has_a_ground_and_a_sentence(
    cast: Cast, case_id: UUID, letters: list[dict[str, Any]]
) -> None:
    with pytest.raises(replies.AnswerMissing):
        replies.refuse(
            by_id=cast.administrator, case_id=case_id, ground=Ground.NOT_CONCERNED, words=" ", at=NOON
        )
    for ground in (Ground.LATE, Ground.TOO_LONG):
        with pytest.raises(replies.GroundDoesNotHold):
            replies.refuse(by_id=cast.administrator, case_id=case_id, ground=ground, words="x", at=NOON)
    replies.refuse(
        by_id=cast.administrator,
        case_id=case_id,
        ground=Ground.NOT_CONCERNED,
        words="Ce n’est pas vous.",
        at=NOON,
    )
    (letter,) = letters
    assert "Ce n’est pas vous." in letter["body"]
    assert "ni nommée ni désignée" in letter["body"]
    assert LogLine.objects.get().body["reply_ground"] == "not-concerned"


def test_late_and_too_long_are_seen_by_the_machine(cast: Cast, point: UUID) -> None:
    long = "\n".join("ligne" for _number in range(9))
    secret = api.ask_for_reply(draft=draft(f"/arguments/{point}/", text=long), at=NOON + timedelta(days=100))
    row = ReplyRequest.objects.get(pk=api.reply_case_id(secret=secret))
    assert set(queries.machine_grounds(row)) == {Ground.LATE, Ground.TOO_LONG}
    assert queries.case(row, at=NOON).most_lines == 5
    replies.refuse(by_id=cast.administrator, case_id=row.pk, ground=Ground.LATE, words="Trop tard.", at=NOON)


def test_where_the_text_is_not_known_only_the_law_limits(cast: Cast, case_id: UUID) -> None:
    assert queries.machine_grounds(ReplyRequest.objects.get()) == ()
    assert queries.frame(page=PAGE, at=NOON).most_lines == 200


def test_a_strangers_form_does_not_tell_what_members_read(cast: Cast, point: UUID, client: Any) -> None:
    page = client.get(f"/droit-de-reponse/?page=/arguments/{point}/").content.decode()
    assert "Il a menti" not in page
    assert "5 lignes" in page.replace("\xa0", " ")


@pytest.mark.parametrize("start", list(Step))
@pytest.mark.parametrize("verb", ["prove", "admit", "publish", "refuse", "settle"])
def test_the_steps_exhaustively(cast: Cast, case_id: UUID, start: Step, verb: str) -> None:
    to = {"prove": "proven", "admit": "admissible", "publish": "published", "refuse": "refused"}.get(
        verb, "settled"
    )
    reply = PublishedReply.objects.create(
        page="/", page_title="", name="", text="x", digest="", published_at=NOON
    )
    ReplyRequest.objects.update(step=start.value, ground="late", answer="x", reply=reply)
    more: dict[str, Any] = {"words": "x"} if verb in {"refuse", "settle"} else {}
    if verb == "refuse":
        more["ground"] = Ground.UNLAWFUL
    act = getattr(replies, verb)
    if Step(to) in NEXT[start]:
        act(by_id=cast.administrator, case_id=case_id, at=NOON, **more)
        assert ReplyRequest.objects.get().step == to
    else:
        with pytest.raises(replies.NotThisStep):
            act(by_id=cast.administrator, case_id=case_id, at=NOON, **more)


def test_who_is_named_in_a_reply_may_answer_in_turn(cast: Cast, case_id: UUID) -> None:
    first = api.publish_reply(by_id=cast.administrator, case_id=case_id, at=NOON)
    page = f"/droit-de-reponse/reponses/{first}/"
    secret = api.ask_for_reply(draft=draft(page, name="Claude Essai"), at=NOON + timedelta(days=60))
    row = ReplyRequest.objects.get(pk=api.reply_case_id(secret=secret))
    assert row.rejoinder_to_id == first
    assert row.page_from == NOON
    assert queries.case(row, at=NOON).most_lines == 2


@pytest.mark.parametrize("page", ["https://ailleurs.example/", "/nulle-part/", "", "javascript:alert(1)"])
def test_a_page_of_elsewhere_is_refused(db: None, page: str) -> None:
    with pytest.raises(replies.NoSuchPage):
        api.ask_for_reply(draft=draft(page), at=NOON)


def test_an_address_may_be_pasted_whole(cast: Cast, settings: Any) -> None:
    api.ask_for_reply(draft=draft(f"{settings.PUBLIC_URL}{PAGE}?langue=fr#bas"), at=NOON)
    assert ReplyRequest.objects.get().page == PAGE


def sent_form(**typed: str) -> dict[str, str]:
    values = {
        "page": PAGE,
        "passages": "« Il a menti. »",
        "text": TEXT,
        "name": "Dominique <b>Essai</b>",
        "capacity": "myself",
        "email": "dominique@example.org",
        "proof": "letter",
    }
    return values | typed


def test_asking_following_confirming_withdrawing(
    cast: Cast, client: Any, letters: list[dict[str, Any]]
) -> None:
    asked = client.post("/droit-de-reponse/", sent_form())
    assert asked.status_code == 302
    receipt = client.get(asked.url)
    assert receipt.headers["Referrer-Policy"] == "same-origin"  # else a browser's buttons are refused
    assert "Confirmer mon adresse" not in receipt.content.decode()
    client.post(asked.url, {"do": "confirm", "cle": "guessed"})
    assert ReplyRequest.objects.get().confirmed_at is None
    link = re.search(r"/droit-de-reponse/suivi/\S+", letters[0]["body"])
    assert link is not None
    assert "Confirmer mon adresse" in client.get(link[0]).content.decode()
    client.post(asked.url, {"do": "confirm", "cle": link[0].partition("cle=")[2]})
    assert ReplyRequest.objects.get().confirmed_at is not None
    client.post(asked.url, {"do": "withdraw"})
    assert ReplyRequest.objects.get().step == "withdrawn"
    assert client.get("/droit-de-reponse/suivi/nonsense/").status_code == 404


def test_the_length_is_counted_by_the_server_with_and_without_a_script(cast: Cast, client: Any) -> None:
    long = "x" * 76
    told = client.post("/droit-de-reponse/lignes/", {"text": long, "page": PAGE}).json()
    assert told == {"text": "2 lignes sur 200 au plus", "fits": True}
    page = client.post("/droit-de-reponse/", sent_form(text=long, count="1")).content.decode()
    assert "2 lignes sur 200 au plus" in page
    assert long in page
    assert not ReplyRequest.objects.exists()


def test_bad_input_is_refused_beside_the_field(cast: Cast, client: Any) -> None:
    page = client.post("/droit-de-reponse/", sent_form(email="x", text=" ", proof="none", page_on="hier"))
    assert set(page.context["form"].errors) == {"email", "text", "proof", "page_on"}
    page = client.post("/droit-de-reponse/", sent_form(page="/nulle-part/"))
    assert "Donnez l’adresse d’une page de ce site" in page.content.decode()


def test_what_cannot_be_received_is_refused_at_its_field_and_not_counted(cast: Cast, client: Any) -> None:
    tomorrow = f"{localdate(now()) + timedelta(days=2)}"
    for _ in range(3):
        page = client.post("/droit-de-reponse/", sent_form(page="/nulle-part/"))
        assert list(page.context["form"].errors) == ["page"]
        page = client.post("/droit-de-reponse/", sent_form(page_on=tomorrow))
        assert list(page.context["form"].errors) == ["page_on"]
    assert client.post("/droit-de-reponse/", sent_form()).status_code == 302


def test_one_address_asks_three_times_a_day(cast: Cast, client: Any) -> None:
    for _time in range(4):
        last = client.post("/droit-de-reponse/", sent_form(email="Dominique@example.org"))
    assert "email" in last.context["form"].errors
    assert ReplyRequest.objects.count() == 3


def test_what_nobody_confirmed_is_forgotten(cast: Cast, case_id: UUID) -> None:
    assert api.purge(at=NOON + timedelta(days=30)) == {"debate.ReplyRequest": 0}
    assert api.purge(at=NOON + timedelta(days=31)) == {"debate.ReplyRequest": 1}


PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
EVERYBODY = (200,) * 7
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/droit-de-reponse/?page=/arguments/"): EVERYBODY,
    ("post", "/droit-de-reponse/"): (302,) * 7,
    ("post", "/droit-de-reponse/lignes/"): EVERYBODY,
    ("get", "/droit-de-reponse/publiees/"): EVERYBODY,
    ("get", "/droit-de-reponse/reponses/{reply}/"): EVERYBODY,
    ("get", "/droit-de-reponse/suivi/{secret}/"): EVERYBODY,
    ("post", "/droit-de-reponse/suivi/{secret}/"): (302,) * 7,
    ("get", "/droit-de-reponse/tableau/"): (L, 404, 404, 404, 404, 404, 200),
    ("get", "/droit-de-reponse/demandes/{case}/"): (L, 404, 404, 404, 404, 404, 200),
    ("post", "/droit-de-reponse/demandes/{case}/"): (L, 404, 404, 404, 404, 404, 302),
}


@pytest.mark.parametrize("person", PERSONS)
def test_matrix(cast: Cast, case_id: UUID, sign_in: Any, person: str) -> None:
    reply = api.publish_reply(by_id=cast.administrator, case_id=case_id, at=NOON)
    secret = api.ask_for_reply(draft=draft(), at=NOON)
    case = api.reply_case_id(secret=secret)
    browser = sign_in(getattr(cast, person, None))
    for (verb, pattern), wanted in PAGES.items():
        address = pattern.format(reply=reply, secret=secret, case=case)
        sent = sent_form(do="prove" if "demandes" in pattern else "confirm")
        response = browser.get(address) if verb == "get" else browser.post(address, sent)
        signing_in = response.status_code == 302 and response.url.startswith("/compte/")
        assert (L if signing_in else response.status_code) == wanted[PERSONS.index(person)], address
    assert (ReplyRequest.objects.get(pk=case).step == "proven") is (person == "administrator")


def test_every_address_stands_in_the_matrix() -> None:
    from amiral.rooms.debate.web.reply_urls import urlpatterns

    names = {"{reply}": "<uuid:reply_id>", "{secret}": "<str:secret>", "{case}": "<uuid:case_id>"}
    known = set()
    for _verb, pattern in PAGES:
        address = pattern.partition("?")[0].removeprefix("/droit-de-reponse/")
        for name, argument in names.items():
            address = address.replace(name, argument)
        known.add(address)
    assert {str(entry.pattern) for entry in urlpatterns} == known


@pytest.mark.parametrize("pattern", [pattern for verb, pattern in PAGES if verb == "post"])
def test_every_verb_is_limited(
    cast: Cast, case_id: UUID, sign_in: Any, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    address = pattern.format(secret="x", case=case_id)
    assert sign_in(cast.administrator).post(address, {}).status_code == 429


def test_the_page_of_decisions(cast: Cast, case_id: UUID, sign_in: Any) -> None:
    address = f"/droit-de-reponse/demandes/{case_id}/"
    with time_machine.travel(NOON + timedelta(days=2, hours=20), tick=False):
        browser = sign_in(cast.administrator)
        board = browser.get("/droit-de-reponse/tableau/").content.decode()
        assert "Encore 4 h 00" in board.replace("\xa0", " ")
        assert "△" in board
        wrong = browser.post(address, {"do": "refuse", "refuse-ground": "late", "refuse-words": "x"})
        assert "Les dates et la longueur disent le contraire" in wrong.content.decode()
        assert browser.post(address, {"do": "prove"}).status_code == 302
        assert browser.post(address, {"do": "nonsense"}).status_code == 404
    with time_machine.travel(NOON + timedelta(days=3, minutes=61), tick=False):
        assert "■" in browser.get("/droit-de-reponse/tableau/").content.decode()


def test_the_board_has_the_same_number_of_queries(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.administrator)
    counts = []
    for number in (2, 18):
        for _one in range(number):
            api.ask_for_reply(draft=draft(), at=NOON)
        with CaptureQueriesContext(connection) as captured:
            browser.get("/droit-de-reponse/tableau/")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_only_who_answers_for_the_site_decides(cast: Cast, case_id: UUID) -> None:
    for person in (cast.coordinator, cast.owner, cast.teammate):
        with pytest.raises(NotFound):
            replies.prove(by_id=person, case_id=case_id, at=NOON)


def test_every_page_of_the_site_leads_there(cast: Cast, client: Any) -> None:
    assert "/droit-de-reponse/?page=/mentions-legales/" in client.get(PAGE).content.decode()


def test_typing_again_and_counting_lines_lock_nobody_out(cast: Cast, client: Any) -> None:
    """Without a script each count is a request: ten of them, or ten mistakes, ended a right for a day."""
    for _ in range(12):
        assert client.post("/droit-de-reponse/", sent_form(count="1")).status_code == 200
        assert client.post("/droit-de-reponse/", sent_form(email="x")).status_code == 200
    assert client.post("/droit-de-reponse/", sent_form()).status_code == 302


def test_the_eleventh_request_of_a_network_keeps_what_was_typed(cast: Cast, client: Any) -> None:
    for number in range(10):
        assert client.post("/droit-de-reponse/", sent_form(email=f"a{number}@example.org")).status_code == 302
    page = client.post("/droit-de-reponse/", sent_form(email="b@example.org")).content.decode()
    assert "Dix demandes sont venues de ce réseau" in page
    assert TEXT.splitlines()[1] in page
    assert ReplyRequest.objects.count() == 10


def test_the_fourth_request_of_an_address_does_not_count_for_its_network(cast: Cast, client: Any) -> None:
    for _ in range(9):
        client.post("/droit-de-reponse/", sent_form())
    for number in range(7):
        assert client.post("/droit-de-reponse/", sent_form(email=f"a{number}@example.org")).status_code == 302


def test_who_is_sent_to_the_sign_in_page_asks_about_the_page_he_wanted(client: Any, cast: Cast) -> None:
    page = client.get("/compte/connexion/?next=/arguments/x/").content.decode()
    assert 'href="/droit-de-reponse/?page=/arguments/x/"' in page


def test_who_stands_for_the_publisher_is_told_at_once(
    cast: Cast, letters: list[dict[str, Any]], sign_in: Any
) -> None:
    api.ask_for_reply(draft=draft(), at=NOON)
    (told,) = [letter for letter in letters if letter["to_address"] == "administrator@example.org"]
    row = ReplyRequest.objects.get()
    assert f"/droit-de-reponse/demandes/{row.pk}/" in told["body"]
    assert "6 mars 2027 à 13" in told["body"].replace("\xa0", " ")
    assert "Essai" not in told["body"]
    assert "/droit-de-reponse/tableau/" in sign_in(cast.administrator).get("/").content.decode()
    assert "/droit-de-reponse/tableau/" not in sign_in(cast.coordinator).get("/").content.decode()
    assert (api.replies_waiting(person_id=cast.administrator), api.replies_waiting(person_id=None)) == (1, 0)


def test_who_asked_can_open_the_reply_without_an_account(
    cast: Cast, point: UUID, letters: list[dict[str, Any]], client: Any
) -> None:
    """The page itself is for members: its address alone led to a sign-in."""
    page = f"/arguments/{point}/"
    case = api.reply_case_id(secret=api.ask_for_reply(draft=draft(page, text="Non."), at=NOON))
    reply = api.publish_reply(by_id=cast.administrator, case_id=case, at=NOON)
    assert f"/droit-de-reponse/reponses/{reply}/" in letters[-1]["body"]
    assert "Non." in client.get(f"/droit-de-reponse/reponses/{reply}/").content.decode()


def test_each_step_says_what_it_did_and_a_refusal_can_be_taken_back(
    cast: Cast, case_id: UUID, sign_in: Any
) -> None:
    browser, address = sign_in(cast.administrator), f"/droit-de-reponse/demandes/{case_id}/"
    assert "1 ligne, 200 au plus" not in browser.get(address).content.decode()
    assert "2 lignes, 200 au plus" in browser.get(address).content.decode()
    said = browser.post(address, {"do": "prove"}, follow=True).content.decode()
    assert "L’identité est prouvée\xa0; la personne reçoit un courrier." in said
    refuse = {"do": "refuse", "refuse-ground": "unlawful", "refuse-words": "Une injure."}
    said = browser.post(address, refuse, follow=True).content.decode()
    assert "la personne reçoit un courrier avec le motif" in said
    assert "Revenir sur le refus" in said
    log = browser.get("/moderation/journal/").content.decode()
    assert "Contraire à la loi ou aux droits d’autrui" in log
    assert (
        "Rien ne s’y oppose. La réponse"
        in browser.post(address, {"do": "admit"}, follow=True).content.decode()
    )


def test_the_clock_over_the_change_of_hour_on_the_page(cast: Cast, sign_in: Any, client: Any) -> None:
    """Received two days before the clocks go back: 72 hours later it is an hour earlier on the clock."""
    friday = datetime(2027, 10, 29, 18, tzinfo=UTC)  # 20:00 in Paris
    with time_machine.travel(friday, tick=False):
        secret = api.ask_for_reply(draft=draft(), at=friday)
        browser = sign_in(cast.administrator)
        board = browser.get("/droit-de-reponse/tableau/").content.decode().replace("\xa0", " ")
        assert "Encore 72 h 00" in board
        assert "1 nov. 2027, 19 h 00" in board
        case = client.get(f"/droit-de-reponse/suivi/{secret}/").content.decode().replace("\xa0", " ")
        assert "29 oct. 2027, 20 h 00" in case
        assert "1 nov. 2027, 19 h 00" in case
