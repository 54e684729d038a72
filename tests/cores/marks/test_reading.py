"""Pages filled in, photographed badly, and read back. More of them: ``python -m benchmarks.field.paper``."""

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.field.photographs import (
    PX_PER_MM,
    Camera,
    Filled,
    Hand,
    Pen,
    filled,
    photograph,
    printed,
    scanner,
    some_camera,
    write,
)
from numpy.typing import NDArray

from amiral.cores.marks import (
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    Box,
    PageReading,
    Unreadable,
    Verdict,
    WhyUnreadable,
    code_in,
    find_codes,
    layout,
    read_page,
)

CODE = "https://amiral.exemple.fr/f/K7QX2M4PZ9ABCDEF/".replace("9", "7")
FLAT = Camera(tilt=0, bend=0, dots=6, blur=0.4, noise=2, shade=0, shadow=0, quality=85)


def some_rows(chance: np.random.Generator) -> list[bool]:
    rows = [bool(row not in {0, 9} and chance.random() > 0.06) for row in range(int(chance.integers(4, 27)))]
    return [*rows, True][:26]


def read(picture: NDArray[np.uint8], rows: list[bool], columns: int = 6) -> PageReading:
    [code] = find_codes(picture)
    assert code_in(code.text) == code_in(CODE)
    return read_page(picture, code.corners, layout(columns=columns), rows=rows)


def check(made: Filled, reading: PageReading) -> int:
    """The law: right, or doubtful. Answers how many plain lines are doubtful."""
    doubted = 0
    for row, wanted in made.truth.items():
        found = reading.rows[row]
        assert found is not None
        if found.is_certain:
            assert found.column == wanted, row
        doubted += row in made.plain and not found.is_certain
    assert [one is not None for one in reading.rows] == made.rows
    return doubted


@pytest.mark.parametrize("seed", range(4))
def test_what_is_read_is_right_or_doubtful(seed: int) -> None:
    chance = np.random.default_rng([5, seed])
    columns = 3 if seed % 3 == 0 else 6
    sheet, rows = layout(columns=columns), some_rows(chance)
    made = filled(printed(sheet, rows, code=CODE), sheet, rows, chance, odd=0.2)
    camera = scanner(chance) if seed % 5 == 0 else some_camera(chance)
    picture = photograph(made.page, camera, chance)
    if not find_codes(picture):
        pytest.skip("The code is too blurred: the person is told to take the picture again.")
    doubted = check(made, read(picture, rows, columns))
    assert doubted <= 1 + len(made.plain) // 4


@pytest.mark.parametrize("turn", [0.0, 90.0, 180.0, 45.0])
def test_a_page_may_lie_any_way_round(turn: float) -> None:
    chance = np.random.default_rng(3)
    sheet, rows = layout(columns=6), [True] * 12
    made = filled(printed(sheet, rows, code=CODE), sheet, rows, chance, odd=0)
    assert check(made, read(photograph(made.page, replace(FLAT, turn=turn), chance), rows)) == 0


@pytest.mark.parametrize("pen", [Pen(width=0.4, grey=110), Pen(width=1.0, grey=15)])
def test_each_hand_and_pen(pen: Pen) -> None:
    chance = np.random.default_rng(11)
    sheet, rows = layout(columns=6), [True] * 3 * len(Hand)
    page = printed(sheet, rows, code=CODE)
    hands = [hand for hand in Hand for _ in range(3)]
    for row, hand in enumerate(hands):
        write(page, sheet.box(row, row % 6), hand, pen, chance)
    for row, found in enumerate(read(photograph(page, FLAT, chance), rows).rows):
        assert found is not None
        if hands[row] in {Hand.TICK, Hand.SLASH}:
            assert (found.verdict, found.column) == (Verdict.TICKED, row % 6)
        elif hands[row] in {Hand.BLACK, Hand.SCRIBBLE, Hand.CROSS}:
            assert found.column == row % 6
        elif hands[row] is Hand.MISSED:
            assert found.verdict is Verdict.DOUBTFUL
        else:  # a dot is dust, or asked about
            assert found.verdict in {Verdict.EMPTY, Verdict.DOUBTFUL}


def test_a_correction_is_read_and_shown() -> None:
    chance = np.random.default_rng(2)
    sheet, rows = layout(columns=6), [True, True]
    page = printed(sheet, rows, code=CODE)
    write(page, sheet.box(0, 1), Hand.CROSS, Pen(), chance)
    write(page, sheet.box(0, 1), Hand.BLACK, Pen(width=0.9), chance)
    write(page, sheet.box(0, 4), Hand.TICK, Pen(), chance)
    first, second = read(photograph(page, FLAT, chance), rows).rows
    assert first is not None
    assert second is not None
    assert (first.verdict, first.column) == (Verdict.CORRECTED, 4)
    assert second.verdict is Verdict.EMPTY


def ring(page: NDArray[np.float32], box: Box, radius: float) -> None:
    """Circles a box by hand, as on a ballot of another country."""
    turns = np.linspace(0, 2 * np.pi, 400)
    for reach in np.linspace(radius - 0.3, radius + 0.3, 7):
        x = (box.middle[0] + 1.2 * reach * np.cos(turns)) * PX_PER_MM
        y = (box.middle[1] + reach * np.sin(turns)) * PX_PER_MM
        page[y.astype(int), x.astype(int)] = 40


@pytest.mark.parametrize("radius", [3.7, 4.6, 5.6])
def test_a_ring_around_a_box_is_never_passed_over(radius: float) -> None:
    chance = np.random.default_rng(2)
    sheet, rows = layout(columns=6), [True] * 6
    page = printed(sheet, rows, code=CODE)
    ring(page, sheet.box(1, 2), radius)
    write(page, sheet.box(4, 0), Hand.TICK, Pen(), chance)
    ring(page, sheet.box(4, 3), radius)
    read_rows = read(photograph(page, FLAT, chance), rows).rows
    assert [row.verdict for row in (read_rows[1], read_rows[4]) if row] == [Verdict.DOUBTFUL] * 2


def blank(page: NDArray[np.float32], x: float, y: float, reach: float = 4) -> None:
    """A corner square that the printer left out, or that a finger hides."""
    left, top = int((x - reach) * PX_PER_MM), int((y - reach) * PX_PER_MM)
    size = int(2 * reach * PX_PER_MM)
    page[max(top, 0) : top + size, max(left, 0) : left + size] = 255


def test_a_thumb_may_hide_one_square_but_not_two() -> None:
    chance = np.random.default_rng(4)
    sheet, rows = layout(columns=6), [True] * 26
    made = filled(printed(sheet, rows, code=CODE), sheet, rows, chance, odd=0)
    blank(made.page, *sheet.marks[3])
    camera = replace(FLAT, tilt=0.05)
    assert check(made, read(photograph(made.page, camera, chance), rows)) <= 2
    blank(made.page, *sheet.marks[2])
    with pytest.raises(Unreadable) as problem:
        read(photograph(made.page, camera, chance), rows)
    assert problem.value.why is WhyUnreadable.CORNERS


def test_half_a_page_is_refused() -> None:
    chance = np.random.default_rng(4)
    sheet, rows = layout(columns=6), [True] * 26
    picture = photograph(printed(sheet, rows, code=CODE), FLAT, chance)
    with pytest.raises(Unreadable):
        read(np.ascontiguousarray(picture[: int(len(picture) * 0.6)]), rows)


def test_a_page_that_is_not_what_its_code_says_is_refused() -> None:
    chance = np.random.default_rng(4)
    sheet = layout(columns=6)
    rows = [True] * 4 + [False] * 22
    picture = photograph(printed(sheet, rows, code=CODE), FLAT, chance)
    with pytest.raises(Unreadable) as problem:
        read(picture, [True] * 26)
    assert problem.value.why is WhyUnreadable.FRAMES


def test_a_page_seen_from_too_far_is_refused() -> None:
    chance = np.random.default_rng(4)
    sheet, rows = layout(columns=6), [True] * 26
    page = printed(sheet, rows, code="HTTP://A.FR/f/AAAAAAAAAAAAAAAA/".lower().replace("a" * 16, "A" * 16))
    picture = photograph(page, replace(FLAT, dots=3.2, blur=0.2, noise=0), chance)
    codes = find_codes(picture)
    if codes:
        with pytest.raises(Unreadable) as problem:
            read_page(picture, codes[0].corners, sheet, rows=rows)
        assert problem.value.why is WhyUnreadable.SMALL


def test_two_pages_in_one_picture_are_read_each() -> None:
    chance = np.random.default_rng(8)
    sheet, rows = layout(columns=6), [True] * 10
    made = [filled(printed(sheet, rows, code=CODE), sheet, rows, chance, odd=0) for _ in range(2)]
    picture = np.hstack([photograph(one.page, FLAT, chance) for one in made])
    codes = find_codes(picture)
    assert len(codes) == 2
    for one, code in zip(made, codes, strict=True):
        assert check(one, read_page(picture, code.corners, sheet, rows=rows)) == 0


def test_a_page_without_any_box_is_read_as_nothing() -> None:
    chance = np.random.default_rng(8)
    sheet = layout(columns=6)
    picture = photograph(printed(sheet, [False, False], code=CODE), FLAT, chance)
    reading = read(picture, [False, False])
    assert reading.rows == (None, None)
    assert reading.found == 1.0


def test_the_straightened_page_is_the_page() -> None:
    chance = np.random.default_rng(8)
    sheet, rows = layout(columns=6), [True] * 5
    picture = photograph(printed(sheet, rows, code=CODE), replace(FLAT, turn=180), chance)
    straight = read(picture, rows).picture
    assert straight.dtype == np.uint8
    assert straight.shape == (int(PAGE_HEIGHT_MM) * 8, int(PAGE_WIDTH_MM) * 8)
    x, y = (round(8 * value) for value in sheet.marks[0])
    assert straight[y, x] < 90 < straight[y + 40, x]


def test_pictures_without_a_code_hold_none() -> None:
    assert find_codes(np.full((400, 300), 200, dtype=np.uint8)) == ()
    noise = np.random.default_rng(1).integers(0, 255, (400, 300)).astype(np.uint8)
    assert find_codes(noise) == ()
