"""A third consultation: a sample drawn by lot, and five voices that answer alike; its map is counted twice.

All voices are invented. The draw announces and draws at once, which nobody may do in earnest.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from amiral.cores.phases import Phase
from amiral.kit.clock import now as this_moment
from amiral.rooms.debate import api as debate
from amiral.rooms.debate.contracts import LOT_LEAST, Choice, ConsultationDraft, Identity

TERRITORY = "departement:71"
STATEMENTS = (
    "La place du marché doit rester au cœur de la ville.",
    "Il faut planter des arbres sur la moitié de la place.",
    "Il faut garder le stationnement devant les commerces.",
    "Il faut un manège gratuit pour les enfants.",
    "Le marché doit commencer plus tôt le matin.",
    "Il faut des toilettes publiques propres.",
    "Il faut refaire la place en pierre, comme avant.",
    "Il faut une aire de jeux à la place du parking.",
    "Une patrouille doit passer chaque soir.",
    "Il faut des terrasses sans publicité.",
    "Il faut des bancs à l’ombre.",
    "Les livraisons doivent se faire à vélo.",
    "La foire doit revenir quatre fois par an.",
    "Il faut des concerts tous les vendredis d’été.",
    "Les emplacements du marché doivent coûter moins cher.",
    "Les producteurs d’ici doivent avoir la priorité.",
    "Il faut une borne de taxi sur la place.",
    "Il faut fermer la rue des halles aux voitures.",
    "Il faut éclairer la place toute la nuit.",
    "Il faut un composteur de quartier.",
    "La halle doit être réparée avant l’hiver.",
    "Il faut une fontaine où l’on peut se rafraîchir.",
    "Il faut un écran pour les grands matchs.",
    "La place doit accueillir une ressourcerie.",
    "Il faut interdire les trottinettes sur la place.",
    "La place doit être accessible aux fauteuils roulants.",
    "Il faut deux heures de parking gratuites.",
    "Il faut un kiosque pour les associations.",
    "Il faut moins de jours sans voitures.",
    "Il faut un repas de quartier chaque mois.",
)
SHARED = frozenset({1, 6, 11, 16, 21, 26})
LIKED, LIKED_LESS_BY_THE_DRAWN = 1, Choice.SKIP
PAPER, ANSWERED = 18, 16
OPENED = 12
"""How many of those with paper codes let their rows be published; all of the linked ones do."""
DRAWN, OTHERS, ANSWERED_BY_MEMBERS = 10, 4, 14
COPIES, COPIED = 5, 26


def build(*, coordinator: UUID, crowd: Sequence[UUID], now: datetime) -> None:
    """Voted on for ten days, with a map. ``crowd``: members of the département, half of whom get letters."""
    chance = random.Random(3)  # noqa: S311 votes of nobody
    row = _open(coordinator, opened=now - timedelta(days=10))
    keys = _paper(coordinator, row, PAPER)
    for at, key in enumerate(keys):
        _answer(row, key, at, _some(chance, ANSWERED), chance)
    for key in keys[:OPENED]:
        debate.open_votes(consultation_id=row, key=key)
    moment = this_moment()  # after the crowd joined: only members of the day of the announcement are drawn
    debate.announce_lot(
        by_id=coordinator,
        consultation_id=row,
        size=LOT_LEAST,
        source="Loterie inventée de la démonstration (en vrai\u00a0: une loterie à venir)",
        at=moment,
    )
    debate.draw_lot(by_id=coordinator, consultation_id=row, result="3 14 15 92 65", at=moment)
    drawn = [one for one in crowd if debate.was_drawn(consultation_id=row, person_id=one)]
    others = [one for one in crowd if one not in drawn]
    for at, person in enumerate([*drawn[:DRAWN], *others[:OTHERS]]):
        key = debate.take_key(consultation_id=row, person_id=person)
        _answer(
            row, key, at, _some(chance, ANSWERED_BY_MEMBERS), chance, hesitates=at < DRAWN and at % 2 == 0
        )
    _copy(coordinator, row, chance)
    debate.draw_map(consultation_id=row, at=moment)


def _open(coordinator: UUID, *, opened: datetime) -> UUID:
    draft = ConsultationDraft(
        question="Que faire de la place du marché\u00a0? (démonstration)",
        framing="La place de démonstration sera refaite. Rien n’est décidé.",
        sources="- Étude de démonstration : https://exemple.example/place",
        decider="L’équipe de démonstration, qui l’écrira dans son programme.",
        answers_due_on=(opened + timedelta(days=60)).date(),
        territory_id=TERRITORY,
        promised=3,
        identity=Identity.MEMBER,
        results_while_voting=True,
    )
    row = debate.open_draft(by_id=coordinator, draft=draft, at=opened)
    debate.seed(by_id=coordinator, consultation_id=row, texts=STATEMENTS, on=opened.date())
    debate.step(by_id=coordinator, consultation_id=row, to=Phase.CONTRIBUTIONS, at=opened)
    debate.step(by_id=coordinator, consultation_id=row, to=Phase.VOTES, at=opened + timedelta(days=3))
    return row


def _paper(coordinator: UUID, row: UUID, number: int) -> list[str]:
    codes = debate.print_codes(by_id=coordinator, consultation_id=row, label="Démonstration", size=number)
    return [debate.open_with(consultation_id=row, typed=code) for code in codes]


def _some(chance: random.Random, number: int) -> list[int]:
    """Numbers of statements, the one that all like among them."""
    return [LIKED, *chance.sample(range(2, len(STATEMENTS) + 1), number - 1)]


def _answer(
    row: UUID, key: str, voice: int, numbers: Sequence[int], chance: random.Random, *, hesitates: bool = False
) -> None:
    """As the camp of the voice does, with a few slips."""
    for number in numbers:
        choice = Choice.AGREE if number == LIKED else _choice(voice, number, chance)
        if number == LIKED and hesitates:
            choice = LIKED_LESS_BY_THE_DRAWN
        debate.cast(consultation_id=row, key=key, number=number, choice=choice)


def _choice(voice: int, number: int, chance: random.Random) -> Choice:
    if chance.random() < 0.08:
        return Choice.SKIP
    agrees = number in SHARED or (number % 2 == 0) == (voice % 2 == 0)
    return Choice.AGREE if agrees != (chance.random() < 0.06) else Choice.DISAGREE


def _copy(coordinator: UUID, row: UUID, chance: random.Random) -> None:
    """One list of answers that five voices give to the letter, in neither camp."""
    numbers = sorted({LIKED, *chance.sample(range(2, len(STATEMENTS) + 1), COPIED - 1)})
    given = {number: chance.choice((Choice.AGREE, Choice.DISAGREE)) for number in numbers}
    given[LIKED] = Choice.AGREE
    for key in _paper(coordinator, row, COPIES):
        for number, choice in given.items():
            debate.cast(consultation_id=row, key=key, number=number, choice=choice)
        debate.open_votes(consultation_id=row, key=key)
