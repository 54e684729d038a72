"""Two consultations: one open, with votes and a map; one that was answered. All voices are invented."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from amiral.cores.phases import Phase
from amiral.rooms.debate import api as debate
from amiral.rooms.debate.contracts import (
    Choice,
    ConsultationDraft,
    Identity,
    Outcome,
    Side,
    SourceTyped,
)

TERRITORY = "departement:71"
STATEMENTS = (
    "Il faut ouvrir la médiathèque le dimanche.",
    "La cantine doit être gratuite pour tous les enfants.",
    "Le centre-ville doit être fermé aux voitures le samedi.",
    "Il faut embaucher deux policiers municipaux de plus.",
    "Les impôts locaux ne doivent pas augmenter.",
    "Il faut planter mille arbres en trois ans.",
    "Le bus doit passer toutes les dix minutes.",
    "Il faut un centre de santé municipal.",
    "Les pistes cyclables doivent relier tous les quartiers.",
    "Il faut garder toutes les places de stationnement.",
    "Le conseil municipal doit répondre en public aux pétitions.",
    "Il faut plus de caméras dans les rues.",
)
SHARED = frozenset({1, 8, 11})
ONE_CAMP = frozenset({2, 3, 6, 7, 9})
VOICES = 30
OPENED = 10
"""How many of them let their rows be published, so that the open data have some."""


def build(*, coordinator: UUID, member: UUID, now: datetime) -> None:
    """``member`` follows the open one and has taken no key: whoever tries the demonstration may."""
    chance = random.Random(11)  # noqa: S311 votes of nobody
    _running(coordinator, member, chance, now)
    _answered(coordinator, chance, now)


def _running(coordinator: UUID, member: UUID, chance: random.Random, now: datetime) -> None:
    row = _open(
        coordinator,
        question="Que faut-il changer d’abord dans notre ville\u00a0? (démonstration)",
        opened=now - timedelta(days=12),
        due=now + timedelta(days=45),
        promised=3,
    )
    keys = _voices(coordinator, row, VOICES, chance)
    debate.propose(
        consultation_id=row,
        key=keys[0],
        text="Il faut planter deux mille arbres en trois ans.",
        amends=6,
        on=now.date() - timedelta(days=5),
    )
    for side, text in (
        (Side.FOR, "Un rapport de démonstration compte 300 personnes sans médecin traitant."),
        (Side.AGAINST, "Une ville de démonstration y a renoncé faute de candidats."),
    ):
        _argue(row, keys[1], 8, side, text, now)
    debate.show_everything(by_id=coordinator, consultation_id=row, at=now)
    _publish_rows(row, keys[:OPENED])
    debate.draw_map(consultation_id=row, at=now)
    debate.follow(person_id=member, consultation_id=row)


def _answered(coordinator: UUID, chance: random.Random, now: datetime) -> None:
    opened = now - timedelta(days=70)
    row = _open(
        coordinator,
        question="Comment mieux se déplacer le dimanche\u00a0? (démonstration)",
        opened=opened,
        due=now - timedelta(days=20),
        promised=1,
    )
    _publish_rows(row, _voices(coordinator, row, 12, chance)[:OPENED])
    for phase, after in ((Phase.VOTES, 10), (Phase.FROZEN, 20)):
        debate.step(by_id=coordinator, consultation_id=row, to=phase, at=opened + timedelta(days=after))
    debate.draw_map(consultation_id=row, at=opened + timedelta(days=20))
    debate.step(by_id=coordinator, consultation_id=row, to=Phase.MAP, at=opened + timedelta(days=21))
    debate.publish_synthesis(
        by_id=coordinator,
        consultation_id=row,
        text="Tous veulent un centre de santé et des réponses publiques. [8, 11]\n"
        "La place de la voiture partage la ville en deux. [3, 10]",
        at=opened + timedelta(days=22),
    )
    for phase, after in ((Phase.REVIEW, 22), (Phase.ANSWERS, 30)):
        debate.step(by_id=coordinator, consultation_id=row, to=phase, at=opened + timedelta(days=after))
    for number, outcome in zip(debate.owed_numbers(consultation_id=row), Outcome, strict=False):
        answer = debate.answer(
            by_id=coordinator,
            consultation_id=row,
            number=number,
            outcome=outcome,
            reasons="Nous l’écrivons dans le programme de démonstration, avec son financement.",
            cost="40 000 € par an",
            in_charge="Camille Démonstration",
            at=opened + timedelta(days=40),
        )
        debate.add_milestone(
            by_id=coordinator,
            answer_id=answer,
            percent=30,
            text="Le chiffrage est fait.",
            at=now - timedelta(days=3),
        )
    debate.step(by_id=coordinator, consultation_id=row, to=Phase.FOLLOW_UP, at=opened + timedelta(days=45))


def _open(coordinator: UUID, *, question: str, opened: datetime, due: datetime, promised: int) -> UUID:
    draft = ConsultationDraft(
        question=question,
        framing="La ville de démonstration dispose de **dix millions d’euros** par an. Rien n’est décidé.",
        sources="- Budget de démonstration : https://exemple.example/budget",
        decider="L’équipe de démonstration, qui l’écrira dans son programme.",
        answers_due_on=due.date(),
        territory_id=TERRITORY,
        promised=promised,
        identity=Identity.MEMBER,
        results_while_voting=True,
    )
    row = debate.open_draft(by_id=coordinator, draft=draft, at=opened)
    debate.seed(by_id=coordinator, consultation_id=row, texts=STATEMENTS, on=opened.date())
    debate.step(by_id=coordinator, consultation_id=row, to=Phase.CONTRIBUTIONS, at=opened)
    return row


def _voices(coordinator: UUID, row: UUID, number: int, chance: random.Random) -> list[str]:
    """Paper codes, each opened and voted with; two camps that share three statements."""
    codes = debate.print_codes(by_id=coordinator, consultation_id=row, label="Démonstration", size=number)
    keys = [debate.open_with(consultation_id=row, typed=code) for code in codes]
    for at, key in enumerate(keys):
        for statement in chance.sample(range(1, len(STATEMENTS) + 1), 10):
            debate.cast(consultation_id=row, key=key, number=statement, choice=_choice(at, statement, chance))
    return keys


def _publish_rows(row: UUID, keys: list[str]) -> None:
    for key in keys:
        debate.open_votes(consultation_id=row, key=key)


def _choice(voice: int, statement: int, chance: random.Random) -> Choice:
    if chance.random() < 0.08:
        return Choice.SKIP
    agrees = statement in SHARED or (statement in ONE_CAMP) == (voice % 2 == 0)
    return Choice.AGREE if agrees != (chance.random() < 0.06) else Choice.DISAGREE


def _argue(row: UUID, key: str, number: int, side: Side, text: str, now: datetime) -> None:
    source = SourceTyped(
        url="https://exemple.example/rapport",
        note="Rapport de démonstration",
        consulted_on=now.date() - timedelta(days=4),
        archived_text="Texte de démonstration, conservé avec son empreinte.",
    )
    debate.argue(
        consultation_id=row,
        key=key,
        number=number,
        side=side,
        text=text,
        sources=(source,),
        on=now.date() - timedelta(days=4),
    )
