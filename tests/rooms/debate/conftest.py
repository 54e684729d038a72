"""A consultation of Saône-et-Loire that is open to contributions and votes."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from amiral.cores.phases import Phase
from amiral.rooms.debate.actions import ballots, consultations, maps, statements
from amiral.rooms.debate.contracts import Choice, ConsultationDraft
from amiral.rooms.debate.models import Consultation, Statement, Voter
from tests.conftest import Cast, make_person

NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)
TODAY = date(2027, 3, 3)
SEEDS = (
    "Il faut ouvrir la médiathèque le dimanche.",
    "La cantine doit être gratuite pour tous les enfants.",
    "Le centre-ville doit être fermé aux voitures le samedi.",
    "Il faut embaucher deux policiers municipaux de plus.",
    "Les impôts locaux ne doivent pas augmenter.",
    "Il faut planter mille arbres en trois ans.",
    "Le bus doit passer toutes les dix minutes.",
    "Il faut un centre de santé municipal.",
)
DRAFT = ConsultationDraft(
    question="Que faut-il changer d’abord dans notre ville ?",
    framing="Le budget est de **dix millions** d’euros.",
    sources="https://exemple.example/budget",
    decider="L’équipe de campagne, qui l’écrira dans son programme.",
    answers_due_on=TODAY + timedelta(days=60),
    territory_id="departement:71",
    promised=2,
    premoderated=False,
    results_while_voting=True,
)


@pytest.fixture
def draft(cast: Cast) -> UUID:
    """Not open yet."""
    return consultations.open_draft(by_id=cast.coordinator, draft=DRAFT, at=NOON)


@pytest.fixture
def consultation(cast: Cast, draft: UUID) -> UUID:
    """Open to contributions and, as they overlap, to votes; eight seeds."""
    statements.seed(by_id=cast.coordinator, consultation_id=draft, texts=SEEDS, on=TODAY)
    go(cast, draft, Phase.CONTRIBUTIONS)
    return draft


def go(cast: Cast, consultation_id: UUID, *phases: Phase, at: datetime = NOON) -> None:
    """Takes the steps one after the other."""
    for phase in phases:
        consultations.step(
            by_id=cast.coordinator, consultation_id=consultation_id, to=phase, reason="", at=at
        )


def enter(consultation_id: UUID, name: str = "Votante") -> str:
    """The key of somebody new."""
    return ballots.take_key(consultation_id=consultation_id, person_id=make_person(name))


def vote(consultation_id: UUID, key: str, *choices: tuple[int, Choice]) -> None:
    """Votes by number of statement."""
    for number, choice in choices:
        ballots.cast(consultation_id=consultation_id, key=key, number=number, choice=choice)


def many_votes(consultation_id: UUID, people: int = 24) -> list[str]:
    """Two camps who agree on statements 1 and 8 only; answers their keys."""
    row = Consultation.objects.get(pk=consultation_id)
    keys = [ballots.new_key() for _ in range(people)]
    for number, key in enumerate(keys):
        Voter.objects.create(
            consultation=row,
            number=1000 + number,
            pseudonym=ballots.pseudonym_of(consultation_id=row.pk, key=key),
        )
        camp = number % 2
        for statement in range(1, 9):
            agrees = statement in (1, 8) or (statement % 2 == camp) != (number == statement)
            vote(consultation_id, key, (statement, Choice.AGREE if agrees else Choice.DISAGREE))
    return keys


def numbered(consultation_id: UUID, number: int) -> Statement:
    """The statement of that number."""
    return Statement.objects.get(consultation_id=consultation_id, number=number)


@pytest.fixture
def mapped(cast: Cast, consultation: UUID) -> UUID:
    """With votes and a map of them."""
    many_votes(consultation)
    maps.draw_now(consultation_id=consultation, at=NOON)
    return consultation
