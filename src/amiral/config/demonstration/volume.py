"""A volume for measurements: 100,000 fictional persons and 2,000 actions all over France."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from amiral.config.demonstration import content
from amiral.config.demonstration.world import ACCOUNTS, DOMAIN
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
from amiral.rooms.network import api as network
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Newcomer
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

PERSONS = 100_000
ACTIONS = 2_000
BATCH = 10_000


def add(*, now: datetime, say: Callable[[str], None]) -> None:
    """Adds the volume once; a second call finds it and leaves it."""
    if people.person_id_of(email=f"volume0@{DOMAIN}") is not None:
        say("The volume is there.")
        return
    chance = random.Random(2_000)  # noqa: S311 (the same volume each time)
    communes = _communes()
    for begun in range(0, PERSONS, BATCH):
        _persons(chance, communes, numbers=range(begun, begun + BATCH), now=now)
        say(f"{begun + BATCH:,} of {PERSONS:,} persons")
    with transaction.atomic():
        _actions(chance, now=now)
    say(f"{ACTIONS:,} actions")


def _communes() -> list[TerritoryCard]:
    """The fifteen largest communes of each département."""
    found: list[TerritoryCard] = []
    for departement in territory.departements():
        found += territory.largest_communes(departement_code=departement.code, limit=15)
    return found


def _persons(chance: random.Random, communes: list[TerritoryCard], *, numbers: range, now: datetime) -> None:
    weights = [commune.population or 1 for commune in communes]
    homes = chance.choices(communes, weights=weights, k=len(numbers))
    added = people.add_many(
        newcomers=[
            Newcomer(
                email=f"volume{number}@{DOMAIN}",
                given_name=chance.choice(content.GIVEN_NAMES),
                family_name=chance.choice(content.FAMILY_NAMES),
                language="fr",
                postal_code="",
                commune_id=home.id,
            )
            for number, home in zip(numbers, homes, strict=True)
        ],
        at=now,
    )
    network.place_many(person_ids=added, at=now)


def _actions(chance: random.Random, *, now: datetime) -> None:
    administrator = people.person_id_of(email=ACCOUNTS[0].email)
    assert administrator is not None
    groups = network.departement_groups()
    for number in range(ACTIONS):
        group = groups[number % len(groups)]
        place = chance.choice(territory.largest_communes(departement_code=group.departement_code, limit=15))
        begins = (now + timedelta(days=chance.randrange(1, 60))).replace(
            hour=chance.randrange(7, 18), minute=0, second=0, microsecond=0
        )
        mobilisation.create_action(
            by_id=administrator,
            group_id=group.id,
            draft=ActionDraft(
                kind=chance.choice(list(Kind)),
                title=f"Porte-à-porte n° {number + 1}",
                place="Devant la mairie",
                commune_id=place.id,
            ),
            shifts=[ShiftDraft(starts_at=begins, ends_at=begins + timedelta(hours=2), capacity=12, needed=4)],
            at=now,
        )
