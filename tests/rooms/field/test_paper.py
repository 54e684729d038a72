"""The walk list on paper."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from math import cos, radians
from typing import Any
from uuid import UUID

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from amiral.cores.walk.hints import Hand, Hint, Turning
from amiral.kit import pdf
from amiral.kit.ids import new_id
from amiral.rooms.field.access import access_assignment_by_id
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.queries.guiding import Guide
from amiral.rooms.field.queries.walking import DoorLine, WalkList, walk_list
from amiral.rooms.field.web import cartography, paper
from amiral.rooms.field.web.drawing import METRES_PER_DEGREE, arrows_along, roomy, walk_list_map
from amiral.rooms.mobilisation.models import Action
from tests.rooms.field.conftest import SATURDAY, SOUTH, WEST, World, street


def pdf_of(browser: Any, address: str) -> PdfReader:
    answer = browser.get(address)
    assert answer["Content-Type"] == "application/pdf"
    return PdfReader(BytesIO(answer.content))


def texts(reader: PdfReader) -> list[str]:
    return [page.extract_text() for page in reader.pages]


def test_every_door_stands_on_paper_in_order(world: World, sign_in: Callable[..., Any]) -> None:
    card = world.assign()
    first, *pages = texts(pdf_of(sign_in(world.cast.teammate), f"{card.url}pdf/"))
    assert "Secteur 1, Rue de la Barre" in first
    assert "samedi 6 mars 2027, 13 h 00–15 h 00" in first
    assert "Pont Saint-Laurent" in first
    assert f"{len(world.turf.door_ids)} portes" in first
    whole = "\n".join(pages)
    for outcome in ("Personne", "Échange", "Refus", "Repasser", "laissé", "revenir"):
        assert outcome in whole
    assert "Rue de la Barre" in whole
    numbers = [line for line in whole.splitlines() if line.strip()]
    assert "2 bis" in numbers
    assert all(f"Page {i} sur {len(pages) + 1}" in text for i, text in enumerate([first, *pages], start=1))
    assert all("n’écrivez jamais un nom" in " ".join(text.split()) for text in [first, *pages])


def test_a_meeting_place_is_told_whole(world: World, sign_in: Callable[..., Any]) -> None:
    place = (
        "Devant la mairie annexe, sous le grand platane, à gauche de la grille du parc, " * 2 + "à l’ombre"
    )
    card = world.assign()
    Action.objects.update(place=place)
    for text in texts(pdf_of(sign_in(world.cast.teammate), f"{card.url}pdf/")):
        assert place in " ".join(text.split())


def test_it_speaks_english_too(world: World, sign_in: Callable[..., Any]) -> None:
    card = world.assign()
    browser = sign_in(world.cast.teammate)
    browser.cookies["langue"] = "en"
    reader = pdf_of(browser, f"{card.url}pdf/")
    text = " ".join(" ".join(texts(reader)).split())
    assert "Turf 1, Rue de la Barre" in text
    assert "never write a name" in text
    assert "Page 1 of" in text
    assert reader.trailer["/Root"]["/Lang"] == "en"


def test_what_is_known_is_printed_and_nobody_is_named(world: World, sign_in: Callable[..., Any]) -> None:
    card = world.assign()
    world.visit(card, 1, Outcome.NOBODY)
    world.visit(card, 2, Outcome.DO_NOT_COME_BACK)
    text = "\n".join(texts(pdf_of(sign_in(world.cast.owner), f"{card.url}pdf/")))
    assert "· Personne" in text
    assert "Ne pas sonner ici" in text
    assert "Teammate" not in text


def test_the_name_of_the_file_is_plain(world: World, sign_in: Callable[..., Any]) -> None:
    card = world.assign()
    answer = sign_in(world.cast.teammate).get(f"{card.url}pdf/")
    assert answer["Content-Disposition"] == 'inline; filename="rue-de-la-barre-1.pdf"'


def door(position: int, street: str = "Rue Longue") -> DoorLine:
    return DoorLine(
        id=UUID(int=position),
        position=position,
        label=f"{position} {street}",
        number=str(position),
        street=street,
        dwellings=position % 9,
        longitude=4.83 + 0.0001 * position,
        latitude=46.3 + 0.00005 * (position % 7),
        state=None,
        outcome_label="",
        at=None,
        is_asked_not_to=position % 50 == 0,
        visit_id=new_id(),
        other_visit_id=new_id(),
    )


def long_walk(world: World, doors: int) -> WalkList:
    card = world.assign()
    row = access_assignment_by_id(person_id=world.cast.owner, assignment_id=card.id, at=SATURDAY)
    made = tuple(door(i, f"Rue {i // 30}") for i in range(1, doors + 1))
    line = tuple((one.longitude, one.latitude) for one in made)
    return replace(walk_list(assignment=row, at=SATURDAY), doors=made, walk=line)


def test_five_hundred_doors_are_all_on_paper(world: World) -> None:
    walk = long_walk(world, 500)
    content = paper.walk_list_pdf(
        walk=walk, link="https://exemple.fr/t/abc/", pages_link="https://exemple.fr/f/", language="fr"
    )
    whole = " ".join(texts(PdfReader(BytesIO(content))))
    assert "Rue 16" in whole
    assert len(content) < 400_000


def test_a_very_long_name_stays_inside_its_column(world: World) -> None:
    walk = replace(long_walk(world, 2), doors=(replace(door(1), number="", label="x" * 200),))
    content = paper.walk_list_pdf(
        walk=walk, link="https://exemple.fr/t/abc/", pages_link="https://exemple.fr/f/", language="fr"
    )
    assert "…" in " ".join(texts(PdfReader(BytesIO(content))))


def test_turning_round_inside_a_street_is_printed_at_the_door(world: World) -> None:
    """The words above a street tell the way to its first door only."""
    turnings = (Turning.START, Turning.STRAIGHT, Turning.BACK)
    doors = tuple(
        replace(
            door(i),
            guide=Guide(hint=Hint(metres=30, turning=turning, hand=Hand.LEFT, bearing=0), straight=False),
        )
        for i, turning in enumerate(turnings, start=1)
    )
    walk = replace(long_walk(world, 3), doors=doors)
    assert [row.way for row in paper.rows_of(walk)] == ["", "", "", "Demi-tour (30 m)"]
    content = paper.list_pages_pdf(walk=walk, pages_link="https://exemple.fr/f/", language="fr")
    assert "Demi-tour (30 m)" in texts(PdfReader(BytesIO(content)))[0]


def test_a_turf_of_one_door_has_a_map_too(world: World) -> None:
    walk = replace(long_walk(world, 2), doors=(door(1),), walk=((4.83, 46.3),))
    assert paper.walk_list_pdf(
        walk=walk, link="https://exemple.fr/t/abc/", pages_link="https://exemple.fr/f/", language="fr"
    )


lists = st.lists(st.integers(1, 40), min_size=1, max_size=12)


@given(lists, st.integers(3, 30))
def test_pages_hold_every_door_once_under_its_street(streets: list[int], per_page: int) -> None:
    rows = []
    for i, doors in enumerate(streets):
        rows.append(paper.Row(street=f"Rue {i}"))
        rows += [paper.Row(door=door(100 * i + j)) for j in range(doors)]
    pages = paper.paginate(rows, per_page=per_page)
    assert all(0 < len(page) <= per_page for page in pages)
    shown = [row.door for page in pages for row in page if row.door]
    assert shown == [row.door for row in rows if row.door]
    for page in pages:
        assert page[0].door is None
        assert page[-1].door is not None
        street = ""
        for row in page:
            street = row.street or street
            assert row.door is None or street == f"Rue {row.door.position // 100}"


@pytest.mark.parametrize("metres", [50, 500, 5000])
def test_arrows_point_along_the_walk_and_are_few(metres: int) -> None:
    step = metres / 111_195 / 10
    walk = [(2.0, 48.0 + i * step) for i in range(11)]
    bounds = (2.0, 48.0, 2.0 + 5 * step, 48.0 + 10 * step)
    heads = arrows_along(walk, bounds)
    assert 2 <= len(heads) <= 20
    for tip, left, right in heads:
        assert tip[1] > left[1]
        assert left[1] == pytest.approx(right[1])
        assert left[0] < 2.0 < right[0]


def test_the_map_of_a_short_walk_shows_the_streets_around_it(world: World) -> None:
    walk = replace(long_walk(world, 2), doors=(door(1), door(2)))
    west, south, east, north = roomy(walk.bounds)
    assert (north - south) * METRES_PER_DEGREE >= 280
    assert (east - west) * METRES_PER_DEGREE * cos(radians(46.3)) >= 280
    assert west < walk.bounds[0] < walk.bounds[2] < east
    assert south < walk.bounds[1] < walk.bounds[3] < north


def test_a_walk_that_starts_at_a_station_says_where(world: World) -> None:
    walk = long_walk(world, 3)
    link = "https://exemple.fr/t/abc/"
    plain = paper.walk_list_pdf(walk=walk, link=link, pages_link="https://exemple.fr/f/", language="fr")
    away = replace(walk, walk=((4.829, 46.299), *walk.walk))
    marked = paper.walk_list_pdf(walk=away, link=link, pages_link="https://exemple.fr/f/", language="fr")
    assert "○" not in texts(PdfReader(BytesIO(plain)))[0]
    assert "○ est le départ" in " ".join(texts(PdfReader(BytesIO(marked)))[0].split())
    assert [layer.name for layer in walk_list_map(away).layers if layer.features] == [
        "Parcours",
        "Départ",
        "Portes, dans l’ordre de marche",
    ]


def test_no_street_is_written_over_the_number_of_a_door(world: World, monkeypatch: Any) -> None:
    """Doors on both sides push numbers aside: names keep off where they really stand."""
    walk, written = long_walk(world, 24), []
    doors = tuple(
        replace(door, longitude=WEST + (i // 2) * 1.2e-4, latitude=SOUTH + (i % 2) * 4e-5)
        for i, door in enumerate(walk.doors)
    )
    walk = replace(walk, doors=doors, walk=tuple((one.longitude, one.latitude) for one in doors))
    streets = [
        street(f"Rue {i}", (WEST - 0.001, SOUTH + up), (WEST + 0.003, SOUTH + up))
        for i, up in enumerate([-9e-5, -6e-5, -3e-5, 2e-5, 7e-5, 1e-4, 1.3e-4])
    ]
    monkeypatch.setattr(paper, "draw_names", lambda _canvas, names: written.extend(names))
    numbers = []
    monkeypatch.setattr(paper, "_draw_number", lambda _canvas, number: numbers.append(number))
    paper._draw_map(Canvas(BytesIO()), walk, streets, y=100, height=400)
    assert written
    assert len(numbers) == len(doors)
    assert len({(one.y - other.y) // 4 for one in numbers for other in numbers}) > 3, "some are pushed aside"
    for name in written:
        area = cartography._area(name, pdf.text_width(name.text, font=pdf.SANS, size=name.size) + 2)
        assert not any(area.intersects(shapely.box(*number.box)) for number in numbers)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=30, unique=True))
def test_no_number_lies_under_the_sign_of_an_end(points: list[tuple[int, int]]) -> None:
    places = [(float(x), float(y)) for x, y in points]
    free = paper._free_places(places, size=paper.NUMBER)
    x, y = places[0]
    written, height = free(x, y, paper.END_SIDE / 2)
    # The digits stand from 2.2 points above the place; the sign reaches half its side around the point.
    below, above = height + 2.2 + paper.NUMBER < y - paper.END_SIDE / 2, height + 2.2 > y + paper.END_SIDE / 2
    assert below or above or abs(written - x) > paper.END_SIDE / 2


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=30, unique=True),
    st.tuples(st.integers(0, 200), st.integers(0, 200)),
    st.tuples(st.integers(0, 200), st.integers(0, 200)),
)
def test_no_number_of_a_side_lies_under_the_signs_of_the_walk(
    points: list[tuple[int, int]], first: tuple[int, int], last: tuple[int, int]
) -> None:
    """The signs of a round stand at the ends of its walk, numbers at the middles of its sides."""
    signs = paper._apart((float(first[0]), float(first[1])), (float(last[0]), float(last[1])))
    half = paper.END_SIDE / 2
    assert max(abs(signs[0][0] - signs[1][0]), abs(signs[0][1] - signs[1][1])) >= half
    free = paper._free_places([(float(x), float(y)) for x, y in points], size=paper.NUMBER, signs=signs)
    for x, y in points:
        written, height = free(float(x), float(y), 0.0)
        for across, up in signs:
            below, above = height + 2.2 + 0.75 * paper.NUMBER <= up - half, height + 2.2 >= up + half
            assert below or above or abs(written - across) >= half + 5  # a number of two digits is 10 wide


def test_what_a_code_says_may_be_typed(world: World, sign_in: Callable[..., Any]) -> None:
    """Who has no camera, or a stained page, types what stands beside the code."""
    card, browser = world.assign(), sign_in(world.cast.teammate)
    first, page, *_rest = texts(pdf_of(browser, f"{card.url}pdf/"))
    assert first.count(card.number_words) == 2, "beside its code, and where it is told what it is for"
    (typed,) = re.findall(r"/f/([A-Z2-7]{4}-[A-Z2-7]{4})", page)
    for words in (typed, typed.lower(), typed.replace("-", "")):
        assert browser.get(f"/f/{words}/")["Location"] == card.url
    assert browser.get(f"/f/{typed[:6]}/").status_code == 404, "too short to name one page"
    assert sign_in(world.cast.stranger).get(f"/f/{typed}/").status_code == 404
