"""What people run into who use the pages of debates by hand, without a script."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile

from amiral.config.demonstration import debates
from amiral.kit.clock import now
from amiral.rooms.debate.actions import answers, arguments
from amiral.rooms.debate.contracts import Outcome, Side, SourceTyped
from amiral.rooms.debate.models import (
    Argument,
    ArgumentSource,
    Challenge,
    Consultation,
    OwedAnswer,
    Synthesis,
)
from amiral.rooms.debate.queries import consultations as queries
from amiral.rooms.moderation import actions as moderating
from amiral.rooms.moderation.contracts import Grounds, ReportState
from amiral.rooms.moderation.models import Appeal, Report
from amiral.rooms.outreach.models import Message
from tests.conftest import Cast
from tests.rooms.debate.conftest import NOON, TODAY, enter, numbered

pytestmark = pytest.mark.django_db
SOURCE = SourceTyped(
    url="https://exemple.example/", note="Un rapport", consulted_on=TODAY, archived_text="Là."
)
TYPED = {
    "side": "for",
    "text": "Parce que.",
    "url_1": "https://exemple.example/",
    "note_1": "Un rapport",
    "consulted_on_1": "2026-01-02",
}


@pytest.fixture
def key(consultation: UUID) -> str:
    return enter(consultation)


@pytest.fixture
def browser(consultation: UUID, key: str, sign_in: Any) -> Any:
    """Somebody without an account who has typed his key."""
    browser = sign_in(None)
    browser.post(f"/debats/{consultation}/voix/ouvrir/", {"key": key})
    return browser


@pytest.fixture
def argument(consultation: UUID, key: str) -> UUID:
    return arguments.argue(
        key=key,
        statement_id=numbered(consultation, 1).pk,
        side=Side.FOR,
        text="Parce que.",
        sources=(SOURCE,),
        on=TODAY,
    )


@pytest.fixture
def contradicted(cast: Cast, consultation: UUID) -> UUID:
    """A contradiction in the review."""
    Consultation.objects.update(phase="review")
    synthesis = Synthesis.objects.create(
        consultation_id=consultation, version=1, sentences=[{"text": "Bien.", "cites": [1, 3]}]
    )
    return Challenge.objects.create(synthesis=synthesis, sentence=1, text="Non.", written_on=TODAY).pk


@pytest.mark.parametrize(
    ("wrong", "at", "said"),
    [
        ({"url_1": "exemple"}, ["url_1"], "Écrivez l’adresse entière"),
        ({"consulted_on_1": f"{date.today() + timedelta(days=2)}"}, ["consulted_on_1"], "pas encore venu"),  # noqa: DTZ011
        ({"url_2": "https://exemple.example/2"}, ["note_2"], "Dites ce que dit la seconde"),
        ({"url_2": "x", "note_2": "Un livre"}, ["url_2"], "Écrivez l’adresse entière"),
        ({"note_2": "Un livre"}, ["url_2"], "Donnez l’adresse de la seconde source"),
    ],
)
def test_what_is_wrong_with_a_source_is_said_at_its_field(
    browser: Any, consultation: UUID, wrong: dict[str, str], at: list[str], said: str
) -> None:
    """All was said at the first address, and a second note without an address was lost in silence."""
    page = browser.post(f"/debats/enonces/{numbered(consultation, 1).pk}/argumenter/", TYPED | wrong)
    assert list(page.context["form"].errors) == at
    assert said in page.content.decode()
    assert "Parce que." in page.content.decode()
    assert not Argument.objects.exists()


def test_the_day_of_reading_is_asked_for_as_such(browser: Any, consultation: UUID) -> None:
    """The French label was that of a link, "Lire la suite"."""
    page = browser.get(f"/debats/enonces/{numbered(consultation, 1).pk}/argumenter/").content.decode()
    assert "Jour où vous l’avez lue" in page
    assert "Lire la suite" not in page


@pytest.mark.parametrize(
    ("read_first", "said"), [(True, "le lisent avant"), (False, "Votre argument figure sous l’énoncé")]
)
def test_an_argument_that_was_sent_is_said_to_be(
    browser: Any, consultation: UUID, read_first: bool, said: str
) -> None:
    Consultation.objects.update(premoderated=read_first)
    address = f"/debats/enonces/{numbered(consultation, 1).pk}/argumenter/"
    assert said in browser.post(address, TYPED, follow=True).content.decode()


@pytest.mark.parametrize("verb", ["argumenter/", "amender/"])
def test_nobody_types_what_would_be_lost_for_want_of_a_key(
    consultation: UUID, browser: Any, sign_in: Any, verb: str
) -> None:
    address = f"/debats/enonces/{numbered(consultation, 1).pk}/{verb}"
    page = sign_in(None).get(address).content.decode()
    assert "Prenez d’abord votre clé" in page
    assert "<textarea" not in page
    assert "<textarea" in browser.get(address).content.decode()


def test_an_argument_is_withdrawn_by_its_voice_alone(
    cast: Cast, consultation: UUID, browser: Any, argument: UUID, sign_in: Any
) -> None:
    address = f"/debats/{consultation}/voix/arguments/{argument}/retirer/"
    assert address in browser.get(f"/debats/{consultation}/voix/").content.decode()
    other = sign_in(None)
    other.post(f"/debats/{consultation}/voix/ouvrir/", {"key": enter(consultation, "Autre")})
    for stranger in (other, sign_in(cast.coordinator)):
        assert (stranger.get(address).status_code, stranger.post(address).status_code) == (404, 404)
    assert Argument.objects.count() == 1
    assert "Parce que." in browser.get(address).content.decode()
    report = arguments.report(by_id=cast.owner, argument_id=argument, grounds=Grounds.INSULT, explanation="x")
    assert "Votre argument est retiré" in browser.post(address, follow=True).content.decode()
    assert not Argument.objects.exists()
    assert not ArgumentSource.objects.exists()
    page = sign_in(cast.coordinator).post(  # a notice about it is still decided
        f"/moderation/{report}/",
        STATED,
    )
    assert page.status_code == 302


def test_what_was_hidden_is_not_withdrawn(
    cast: Cast, consultation: UUID, browser: Any, argument: UUID
) -> None:
    arguments.decide(by_id=cast.coordinator, argument_id=argument, show=False, reason="Hors sujet.", at=NOON)
    address = f"/debats/{consultation}/voix/arguments/{argument}/retirer/"
    assert address not in browser.get(f"/debats/{consultation}/voix/").content.decode()
    assert browser.post(address).status_code == 404
    assert Argument.objects.count() == 1


def test_the_file_of_a_voice_holds_all_that_it_wrote(
    consultation: UUID, browser: Any, key: str, argument: UUID, contradicted: UUID
) -> None:
    answers.challenge(consultation_id=consultation, key=key, sentence=1, text="Faux.", on=TODAY)
    kept = browser.get(f"/debats/{consultation}/voix/mes-votes.json").json()
    (argued,) = kept["argued"]
    assert (argued["statement"], argued["side"], argued["text"]) == (1, "for", "Parce que.")
    assert argued["sources"] == [
        {"url": SOURCE.url, "note": SOURCE.note, "read_on": f"{TODAY}", "copy": "Là."}
    ]
    assert kept["contradicted"] == [{"sentence": 1, "text": "Faux.", "state": "shown"}]


POST_ONLY = {
    "calendrier/etape/": "calendrier/", "calendrier/reporter/": "calendrier/",
    "voix/prendre/": "voix/", "voix/ouvrir/": "voix/", "voix/quitter/": "voix/", "voix/publier/": "voix/",
    "tirage/annoncer/": "tirage/", "tirage/tirer/": "tirage/", "carte/dessiner/": "carte/",
    "synthese/contredire/": "synthese/", "suivre/": "synthese/",
}  # fmt: skip


@pytest.mark.parametrize("sent", POST_ONLY)
def test_the_address_of_a_refused_form_leads_back(
    cast: Cast, consultation: UUID, sign_in: Any, sent: str
) -> None:
    """Whoever changed the language after a refusal, or signed in anew, got an empty page (405)."""
    there = f"/debats/{consultation}/"
    assert sign_in(cast.coordinator).get(there + sent).headers["Location"] == there + POST_ONLY[sent]
    assert sign_in(cast.coordinator).put(there + sent).status_code == 405


@pytest.mark.parametrize("sent", ["decider/", "adopter/"])
def test_so_does_that_of_a_decision(cast: Cast, consultation: UUID, sign_in: Any, sent: str) -> None:
    there = f"/debats/enonces/{numbered(consultation, 1).pk}/"
    assert sign_in(cast.coordinator).get(there + sent).headers["Location"] == there


def test_an_answer_to_a_contradiction_that_is_refused_stays_typed(
    cast: Cast, consultation: UUID, contradicted: UUID, sign_in: Any
) -> None:
    browser, address = sign_in(cast.coordinator), f"/debats/contestations/{contradicted}/repondre/"
    page = browser.post(address, {"text": "trop long " * 101}).content.decode()
    assert "1000 caractères au plus" in page
    assert "trop long trop long" in page
    assert browser.get(address).headers["Location"] == f"/debats/{consultation}/synthese/"
    assert (
        "figure sous la contradiction"
        in browser.post(address, {"text": "Oui."}, follow=True).content.decode()
    )


def test_a_synthesis_is_corrected_from_what_it_says(
    cast: Cast, consultation: UUID, contradicted: UUID, sign_in: Any
) -> None:
    address = f"/debats/{consultation}/synthese/ecrire/"
    assert "<textarea" not in sign_in(cast.coordinator).get(address).content.decode()
    Consultation.objects.update(phase="map")
    assert "Bien. [1, 3]" in sign_in(cast.coordinator).get(address).content.decode()


def test_the_countdown_never_counts_below_zero(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    """Past the day, with every answer given, the page said that -20 days were left."""
    statement = numbered(consultation, 1)
    OwedAnswer.objects.create(consultation_id=consultation, statement=statement, promise="consensus", rank=1)
    Consultation.objects.update(phase="answers", answers_due_on=now().date() - timedelta(days=20))
    row = Consultation.objects.get()
    page = sign_in(None).get(f"/debats/{consultation}/").content.decode()
    assert "En retard" in page
    answers.answer(
        by_id=cast.coordinator,
        statement_id=statement.pk,
        outcome=Outcome.REFUSED,
        reasons="Non.",
        cost="",
        in_charge="Camille Essai",
        at=NOON,
    )
    assert queries.card_of(row, at=now()).days_left < 0
    page = sign_in(None).get(f"/debats/{consultation}/").content.decode()
    assert "Toutes les réponses promises ont été données" in page
    assert "il reste" not in page


def test_answers_milestones_and_following_say_what_happens(
    cast: Cast, consultation: UUID, sign_in: Any
) -> None:
    Consultation.objects.update(phase="answers")
    browser = sign_in(cast.coordinator)
    typed = {"outcome": "partly", "reasons": "En deux fois.", "in_charge": "Camille Essai"}
    page = browser.post(f"/debats/enonces/{numbered(consultation, 1).pk}/repondre/", typed, follow=True)
    assert "La réponse est publiée. Celles et ceux qui suivent" in page.content.decode()
    (answer,) = page.context["answers"]
    page = browser.post(f"/debats/reponses/{answer.id}/etape/", {"percent": 5, "text": "Vu."}, follow=True)
    assert "Publié. Celles et ceux qui suivent" in page.content.decode()
    follow = f"/debats/{consultation}/suivre/"
    assert "Vous recevrez un courrier" in browser.post(follow, {"wanted": "1"}, follow=True).content.decode()
    assert "Nous ne vous écrivons plus" in browser.post(follow, {"wanted": "0"}, follow=True).content.decode()


def test_anybody_may_report_what_is_public(
    cast: Cast, consultation: UUID, argument: UUID, contradicted: UUID, sign_in: Any, settings: Any
) -> None:
    """DSA art. 16: without an account, by the page, with a receipt and the decision by letter."""
    settings.CONTACT = "contact@example.org"
    typed = {"grounds": "insult", "explanation": "C’est moi.", "email": "Passante@Example.org"}
    for address, words in (
        (f"/debats/enonces/{numbered(consultation, 1).pk}/signaler/", numbered(consultation, 1).text),
        (f"/debats/arguments/{argument}/signaler/", "Parce que."),
        (f"/debats/contestations/{contradicted}/signaler/", "Non."),
    ):
        page = sign_in(None).get(address).content.decode()
        for said in (words, f"?next={address}", "contact@example.org", "/moderation/autorites/"):
            assert said in page, address
        unsaid = sign_in(None).post(address, typed)
        assert unsaid.status_code == 200
        assert "C’est moi." in unsaid.content.decode()
        assert sign_in(None).post(address, typed | {"honest": "1"}).status_code == 302
        again = sign_in(None).post(address, typed | {"honest": "1"}).content.decode()
        assert "Vous l’avez déjà signalé" in again
    found = set(Report.objects.values_list("reporter", "notifier_email"))
    assert (Report.objects.count(), found) == (3, {(None, "passante@example.org")})
    assert Message.objects.filter(to_address="passante@example.org").count() == 3
    row = Report.objects.get(excerpt=numbered(consultation, 1).text)
    read = sign_in(cast.coordinator).get(f"/moderation/{row.pk}/").content.decode()
    assert "Quelqu’un sans compte" in read
    assert "passante@example.org" not in read
    moderating.decide(
        by_id=cast.coordinator, report_id=row.pk, state=ReportState.REJECTED, reason="Débat.", at=NOON
    )
    letter = Message.objects.get(idempotency_key=f"moderation:{row.pk}:to_reporter")
    assert letter.to_address == "passante@example.org"
    assert "Débat." in letter.body
    assert "écrivez à contact@example.org" in letter.body


def test_only_harm_to_a_child_is_reported_without_an_address(consultation: UUID, sign_in: Any) -> None:
    address = f"/debats/enonces/{numbered(consultation, 1).pk}/signaler/"
    typed = {"grounds": "insult", "explanation": "x", "honest": "1"}
    page = sign_in(None).get(address).content.decode()
    assert "(facultatif)" not in page
    assert "Votre adresse électronique</a>" in sign_in(None).post(address, typed).content.decode()
    long = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.org"
    assert sign_in(None).post(address, typed | {"email": long}).status_code == 200
    assert not Report.objects.exists()
    assert sign_in(None).post(address, typed | {"grounds": "minors"}).status_code == 302
    assert Report.objects.get().notifier_email == ""
    assert not Message.objects.exists()


def test_nobody_is_flooded_by_notices_in_his_name(consultation: UUID, sign_in: Any) -> None:
    typed = {"grounds": "insult", "explanation": "x", "honest": "1", "email": "autre@example.org"}
    for number in range(1, 8):
        sign_in(None).post(f"/debats/enonces/{numbered(consultation, number).pk}/signaler/", typed)
    assert Report.objects.count() == 7
    assert Message.objects.filter(to_address="autre@example.org").count() == 5


def test_the_demonstration_has_open_rows_that_anybody_can_check(cast: Cast, sign_in: Any) -> None:
    debates.build(coordinator=cast.coordinator, member=cast.teammate, now=now())
    for row in Consultation.objects.all():
        response = sign_in(None).get(f"/debats/{row.pk}/donnees.zip")
        with ZipFile(ContentFile(b"".join(response)).open()) as archive:
            assert {"open/map.json", "open/votes.csv"} <= set(archive.namelist())
            drawn = json.loads(archive.read("open/map.json"))
        assert drawn["statements"]


STATED = {
    "state": "upheld",
    "reason": "Insulte.",
    "ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "rule": "Charte, 2",
    "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
    "facts": "Un mot blessant.",
}


@pytest.fixture
def hidden(cast: Cast, argument: UUID, sign_in: Any) -> UUID:
    """The argument, hidden by the coordinator upon a notice."""
    report = arguments.report(by_id=cast.owner, argument_id=argument, grounds=Grounds.INSULT, explanation="x")
    assert sign_in(cast.coordinator).post(f"/moderation/{report}/", STATED).status_code == 302
    return argument


def test_a_voice_reads_the_statement_and_its_appeal_is_granted(
    cast: Cast, consultation: UUID, browser: Any, hidden: UUID, sign_in: Any
) -> None:
    """Nobody stood behind its words, so nobody could appeal, though only an appeal shows them again."""
    address = f"/debats/{consultation}/voix/recours/{hidden}/"
    assert address in browser.get(f"/debats/{consultation}/voix/").content.decode()
    page = browser.get(address).content.decode()
    for said in ("Parce que.", "Contraire à la charte", "Charte, 2", "Un mot blessant.", "Insulte."):
        assert said in page
    assert list(browser.post(address, {"words": " "}).context["form"].errors) == ["words"]
    said = browser.post(address, {"words": "C’était drôle."}, follow=True).content.decode()
    assert "La réponse figurera ici" in said
    assert "<textarea" not in said
    again = browser.post(address, {"words": "Encore."})
    assert (again.status_code, Appeal.objects.count()) == (200, 1)
    assert Appeal.objects.get().appellant is None

    listed = "/moderation/recours/"
    assert "la voix qui l’a écrit" not in sign_in(cast.coordinator).get(listed).content.decode()
    other = sign_in(cast.administrator)
    assert "la voix qui l’a écrit" in other.get(listed).content.decode()
    page = other.get(f"{listed}{Appeal.objects.get().pk}/").content.decode()
    assert "Parce que." in page
    assert "C’était drôle." in page
    sent = {"outcome": "granted", "reason": "Permis."}
    page = other.post(f"{listed}{Appeal.objects.get().pk}/", sent, follow=True).content.decode()
    assert "n’a pas de compte" in page
    assert Argument.objects.get().state == "shown"
    assert browser.get(address).status_code == 404


def test_a_refused_appeal_stands_beside_the_words(
    cast: Cast, consultation: UUID, browser: Any, hidden: UUID
) -> None:
    address = f"/debats/{consultation}/voix/recours/{hidden}/"
    browser.post(address, {"words": "C’était drôle."})
    moderating.decide_appeal(
        by_id=cast.administrator,
        appeal_id=Appeal.objects.get().pk,
        granted=False,
        reason="Non, c’est dit.",
        at=NOON,
    )
    page = browser.get(address).content.decode()
    assert "Non, c’est dit." in page
    assert "<textarea" not in page


def test_only_its_voice_appeals_and_only_where_a_moderator_decided(
    cast: Cast, consultation: UUID, browser: Any, hidden: UUID, contradicted: UUID, sign_in: Any
) -> None:
    address = f"/debats/{consultation}/voix/recours/{hidden}/"
    other = sign_in(cast.coordinator)
    other.post(f"/debats/{consultation}/voix/ouvrir/", {"key": enter(consultation, "Autre")})
    for stranger in (sign_in(None), other):
        assert stranger.post(address, {"words": "x"}).status_code == 404
    Argument.objects.update(reason="Hors sujet.")  # as those who manage hide
    assert browser.post(address, {"words": "x"}).status_code == 404
    assert not Appeal.objects.exists()


def test_a_hidden_contradiction_can_be_appealed_too(
    cast: Cast, consultation: UUID, browser: Any, key: str, contradicted: UUID, sign_in: Any
) -> None:
    mine = answers.challenge(consultation_id=consultation, key=key, sentence=1, text="Faux.", on=TODAY)
    assert "Contradiction de la phrase 1" in browser.get(f"/debats/{consultation}/voix/").content.decode()
    report = answers.report_challenge(
        by_id=cast.owner, challenge_id=mine, grounds=Grounds.INSULT, explanation="x"
    )
    sign_in(cast.coordinator).post(f"/moderation/{report}/", STATED)
    address = f"/debats/{consultation}/voix/recours/{mine}/"
    assert address in browser.get(f"/debats/{consultation}/voix/").content.decode()
    assert browser.post(address, {"words": "Non."}).status_code == 302
