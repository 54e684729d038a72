"""Who may open which page and use which verb."""

from typing import Any
from uuid import UUID

import pytest

from amiral.rooms.debate.actions import answers, arguments, maps, statements
from amiral.rooms.debate.contracts import Outcome, Side, SourceTyped
from amiral.rooms.debate.models import (
    Argument,
    Challenge,
    CodeBatch,
    Consultation,
    Statement,
    Step,
    Synthesis,
    Vote,
    Voter,
)
from tests.conftest import Cast
from tests.rooms.debate.conftest import NOON, TODAY, enter, many_votes, numbered

pytestmark = pytest.mark.django_db
PERSONS = (
    "anonymous", "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator"
)  # fmt: skip
L = "sign in"
ALL = (200,) * 7
SENT_BY_ALL = (302,) * 7
MANAGERS_READ = (L, 404, 404, 404, 200, 404, 200)
MANAGERS_SEND = (L, 404, 404, 404, 302, 404, 302)
ASKERS_READ = (L, 404, 404, 404, 200, 200, 200)
MEMBERS_SEND = (L, 302, 302, 302, 302, 302, 302)
C, S = "/debats/{consultation}", "/debats/enonces/{statement}"
PAGES: dict[tuple[str, str], tuple[Any, ...]] = {
    ("get", "/debats/"): ALL,
    ("get", "/debats/nouveau/"): ASKERS_READ,
    # A form that is not filled in is shown again.
    ("post", "/debats/nouveau/"): ASKERS_READ,
    ("get", f"{C}/"): ALL,
    ("get", f"{C}/modifier/"): MANAGERS_READ,
    ("post", f"{C}/modifier/"): MANAGERS_READ,
    ("get", f"{C}/calendrier/"): MANAGERS_READ,
    ("post", f"{C}/calendrier/etape/"): MANAGERS_SEND,
    ("post", f"{C}/calendrier/reporter/"): MANAGERS_READ,
    ("get", f"{C}/voter/"): ALL,
    ("post", f"{C}/voter/"): SENT_BY_ALL,
    ("get", f"{C}/voix/"): ALL,
    ("post", f"{C}/voix/prendre/"): SENT_BY_ALL,
    ("post", f"{C}/voix/ouvrir/"): ALL,
    ("post", f"{C}/voix/quitter/"): SENT_BY_ALL,
    ("post", f"{C}/voix/publier/"): SENT_BY_ALL,
    ("get", f"{C}/voix/retirer/"): ALL,
    ("post", f"{C}/voix/retirer/"): SENT_BY_ALL,
    # For the voice that wrote it alone.
    ("get", f"{C}/voix/arguments/{{argument}}/retirer/"): (404,) * 7,
    ("post", f"{C}/voix/arguments/{{argument}}/retirer/"): (404,) * 7,
    ("get", f"{C}/voix/recours/{{words}}/"): (404,) * 7,
    ("post", f"{C}/voix/recours/{{words}}/"): (404,) * 7,
    ("get", f"{C}/voix/mes-votes.json"): ALL,
    ("get", f"{C}/tirage/"): ALL,
    ("post", f"{C}/tirage/annoncer/"): MANAGERS_READ,
    ("post", f"{C}/tirage/tirer/"): MANAGERS_READ,
    ("get", f"{C}/codes/"): MANAGERS_READ,
    ("post", f"{C}/codes/"): MANAGERS_READ,
    ("get", f"{C}/enonces/"): ALL,
    ("get", f"{C}/enonces/?q=bus&page=9999&tri=-agreed"): ALL,
    ("get", f"{C}/enonces/ecrire/"): ALL,
    ("post", f"{C}/enonces/ecrire/"): ALL,
    ("get", f"{C}/enonces/a-lire/"): MANAGERS_READ,
    ("get", f"{C}/enonces/semer/"): MANAGERS_READ,
    ("post", f"{C}/enonces/semer/"): MANAGERS_READ,
    ("get", f"{C}/enonces/portes/"): MANAGERS_READ,
    ("post", f"{C}/enonces/portes/"): MANAGERS_READ,
    ("get", f"{S}/"): ALL,
    ("get", "/debats/enonces/{pending}/"): (404, 404, 404, 404, 200, 404, 200),
    ("get", f"{S}/amender/"): ALL,
    ("post", f"{S}/amender/"): ALL,
    ("get", f"{S}/corriger/"): (404,) * 7,
    ("post", f"{S}/corriger/"): (404,) * 7,
    ("get", f"{S}/signaler/"): ALL,
    ("post", f"{S}/signaler/"): ALL,
    ("post", f"{S}/decider/"): MANAGERS_SEND,
    ("post", f"{S}/adopter/"): MANAGERS_SEND,
    ("get", f"{S}/argumenter/"): ALL,
    ("post", f"{S}/argumenter/"): ALL,
    ("get", f"{S}/repondre/"): MANAGERS_READ,
    ("post", f"{S}/repondre/"): MANAGERS_READ,
    ("get", "/debats/arguments/{argument}/signaler/"): ALL,
    ("post", "/debats/arguments/{argument}/signaler/"): ALL,
    ("post", "/debats/arguments/{argument}/decider/"): MANAGERS_SEND,
    ("get", f"{C}/synthese/"): ALL,
    ("get", f"{C}/synthese/ecrire/"): MANAGERS_READ,
    ("post", f"{C}/synthese/ecrire/"): MANAGERS_READ,
    ("post", f"{C}/synthese/contredire/"): ALL,
    ("post", f"{C}/suivre/"): MEMBERS_SEND,
    ("get", "/debats/contestations/{challenge}/repondre/"): MANAGERS_SEND,
    ("post", "/debats/contestations/{challenge}/repondre/"): MANAGERS_READ,
    ("get", "/debats/contestations/{challenge}/signaler/"): ALL,
    ("post", "/debats/contestations/{challenge}/signaler/"): ALL,
    ("get", "/debats/reponses/{answer}/etape/"): MANAGERS_READ,
    ("post", "/debats/reponses/{answer}/etape/"): MANAGERS_READ,
    ("get", f"{C}/donnees/"): ALL,
    ("get", f"{C}/donnees.zip"): ALL,
    ("get", f"{C}/carte/"): ALL,
    ("get", f"{C}/carte/1/"): ALL,
    ("get", f"{C}/carte/1.json"): ALL,
    ("get", f"{C}/carte/1-une-fois.json"): ALL,
    ("get", f"{C}/carte/9/"): (404,) * 7,
    ("post", f"{C}/carte/dessiner/"): MANAGERS_SEND,
}


@pytest.fixture
def known(cast: Cast, consultation: UUID) -> dict[str, UUID]:
    """One of each thing that an address names."""
    key = enter(consultation)
    many_votes(consultation, people=10)
    maps.draw_now(consultation_id=consultation, at=NOON)
    source = SourceTyped(url="https://exemple.example/", note="Un rapport", consulted_on=TODAY)
    row = numbered(consultation, 1)
    argument = arguments.argue(
        key=key, statement_id=row.pk, side=Side.FOR, text="Parce que", sources=(source,), on=TODAY
    )
    pending = statements.propose(consultation_id=consultation, key=key, text="À lire.", on=TODAY)
    Statement.objects.filter(pk=pending).update(state="pending")
    Consultation.objects.update(phase="review")
    synthesis = Synthesis.objects.create(
        consultation_id=consultation, version=1, sentences=[{"text": "Bien.", "cites": [1]}]
    )
    challenge = Challenge.objects.create(synthesis=synthesis, sentence=1, text="Non.", written_on=TODAY)
    Consultation.objects.update(phase="answers")
    answer = answers.answer(
        by_id=cast.coordinator,
        statement_id=row.pk,
        outcome=Outcome.ACCEPTED,
        reasons="Oui.",
        cost="",
        in_charge="Camille Essai",
        at=NOON,
    )
    Consultation.objects.update(phase="contributions")
    return {
        "consultation": consultation,
        "statement": row.pk,
        "pending": pending,
        "argument": argument,
        "challenge": challenge.pk,
        "answer": answer,
        "words": row.pk,
    }


@pytest.mark.parametrize("person", PERSONS)
def test_matrix(cast: Cast, known: dict[str, UUID], sign_in: Any, person: str) -> None:
    browser = sign_in(getattr(cast, person, None))
    wrong = {}
    for (verb, pattern), row in PAGES.items():
        wanted = row[PERSONS.index(person)]
        before = _state()
        response = getattr(browser, verb)(pattern.format(**known))
        signing_in = response.status_code == 302 and response.url.startswith("/compte/")
        got = L if signing_in else response.status_code
        if got != wanted or (verb == "get" and _state() != before):
            wrong[verb, pattern] = (wanted, got)
        if wanted in (404, L) and _state() != before:
            wrong[verb, pattern] = ("nothing changed", "something changed")
    assert wrong == {}


def _state() -> tuple[Any, ...]:
    models = (Argument, CodeBatch, Statement, Step, Vote, Voter)
    return tuple(model.objects.count() for model in models)


def test_every_address_stands_in_the_matrix() -> None:
    from amiral.rooms.debate.web.urls import urlpatterns

    names = {
        "consultation": "consultation_id",
        "statement": "statement_id",
        "argument": "argument_id",
        "challenge": "challenge_id",
        "answer": "answer_id",
        "words": "words_id",
    }
    known = set()
    for _verb, pattern in PAGES:
        address = pattern.partition("?")[0].lstrip("/")
        for name, argument in names.items():
            address = address.replace(f"{{{name}}}", f"<uuid:{argument}>")
        known.add(address.replace("carte/1", "carte/<int:number>"))
    ours = {str(entry.pattern) for entry in urlpatterns}
    assert {one for one in ours if one.startswith("debats/")} <= known


@pytest.mark.parametrize("pattern", sorted({pattern for verb, pattern in PAGES if verb == "post"}))
def test_every_verb_is_limited(
    cast: Cast, known: dict[str, UUID], sign_in: Any, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.kit.ratelimit.is_allowed", lambda **_: False)
    assert sign_in(cast.coordinator).post(pattern.format(**known)).status_code == 429
