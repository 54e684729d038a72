"""Plans without a network: names and numbers as people write them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.walk import Mode, Parameters, Problem, Stop, plan, report
from amiral.cores.walk.names import plain, street_numbers, suffix_ranks

from .builders import doors_at


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rue de l’Échiquier", "RUE DE L'ECHIQUIER"),
        ("Av. du Gal Leclerc", "Avenue du Général-Leclerc"),
        ("Bd St-Michel", "Boulevard Saint Michel"),
        ("R. Ste Anne", "rue sainte anne"),
        ("Hauptstr.", "Hauptstraße"),
        ("Mannerheimintie", "MANNERHEIMINTIE"),
        ("Baker St", "Baker Street"),
        ("Rte de Lyon", "route  de Lyon"),
        ("ул. Ленина", "УЛ ЛЕНИНА"),
        ("شارع الرشيد", "شارع الرشيد "),
    ],
)
def test_one_street_written_two_ways_is_one(one: str, other: str) -> None:
    assert plain(one) == plain(other)
    assert street_numbers((one, other))[0].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Rue Haute", "Rue Basse"), ("Rue Haute", "Impasse Haute"), ("东风路", "中山路"), ("Rue A", "Rue B")],
)
def test_two_streets_stay_two(one: str, other: str) -> None:
    assert plain(one) != plain(other)


@given(st.text(max_size=40))
def test_a_plain_name_stays_what_it_is(name: str) -> None:
    assert plain(plain(name)) == plain(name)


def test_bis_and_ter_come_in_their_order() -> None:
    assert suffix_ranks(("", "bis", "ter", "quater", "a", "B", "-3", "/2")).tolist() == [
        0,
        1,
        2,
        3,
        1,
        2,
        30,
        30,
    ]


def straight(points: list[tuple[float, float]], numbers: list[int], **columns: tuple[str, ...]) -> list[int]:
    """The walking order of a plan by straight lines."""
    doors = replace(doors_at(points), numbers=np.array(numbers), **columns)  # type: ignore[arg-type]  # any text column
    problem = Problem(doors=doors)
    answer = plan(problem=problem, parameters=Parameters(minutes=600), stop=Stop(trials_per_door=20))
    assert answer.mode == Mode.STRAIGHT
    notes = report(problem=problem, plan=answer)["notes"]
    assert any("straight lines" in note for note in notes)
    assert all(turf.straight and turf.connected for turf in answer.turfs)
    return [door for turf in answer.turfs for door in turf.doors]


def test_bis_stands_between_its_neighbours() -> None:
    order = straight([(0, 0), (40, 0), (20, 0), (30, 0)], [2, 4, 2, 2], suffixes=("", "", "bis", "ter"))
    assert order in ([0, 2, 3, 1], [1, 3, 2, 0])


def test_a_hamlet_numbered_by_metres_is_walked_along_its_road() -> None:
    """Numbers are metres from the beginning of the road: 15, 240, 1310…; the file has them in any order."""
    metres = [1310, 15, 240, 905, 1890, 460]
    order = straight([(float(m), 6.0 * (m % 2)) for m in metres], metres)
    walked = [metres[door] for door in order]
    assert walked in (sorted(metres), sorted(metres, reverse=True))


def test_missing_numbers_and_names_do_not_part_neighbours() -> None:
    points = [(15.0 * i, 0.0) for i in range(8)]
    order = straight(points, [1, 0, 0, 7, 9, 0, 13, 99], streets=("Rue Haute", "", "", *("R. Haute",) * 5))
    assert order in (list(range(8)), list(range(7, -1, -1)))
