"""Where things stand on a page, and what its code says."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.marks import (
    CODE_LENGTH,
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    ROWS,
    Layout,
    code_in,
    layout,
    page_code,
)

PRINTABLE_MM = 5.0
"""Common printers leave this much of the edge white."""


def squares(sheet: Layout) -> list[tuple[float, float, float]]:
    """Everything that is drawn at a fixed place, as left, top and side."""
    half = sheet.mark_side / 2
    boxes = [sheet.box(row, column) for row in range(ROWS) for column in range(sheet.columns)]
    marks = [(x - half, y - half, sheet.mark_side) for x, y in sheet.marks]
    return [*marks, *((box.x, box.y, box.side) for box in [*boxes, sheet.qr])]


@pytest.mark.parametrize("columns", [3, 6])
def test_everything_is_on_the_page_and_apart(columns: int) -> None:
    found = squares(layout(columns=columns))
    for x, y, side in found:
        assert x >= PRINTABLE_MM
        assert x + side <= PAGE_WIDTH_MM - PRINTABLE_MM
        assert y >= PRINTABLE_MM
        assert y + side <= PAGE_HEIGHT_MM - PRINTABLE_MM
    for (a, b, side), (c, d, other) in combinations(found, 2):
        assert a + side + 1 <= c or c + other + 1 <= a or b + side + 1 <= d or d + other + 1 <= b


@pytest.mark.parametrize("choice", [{"columns": 4}, {"columns": 6, "version": 2}])
def test_a_layout_that_was_never_printed_is_refused(choice: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no layout"):
        layout(**choice)


contents = st.lists(st.one_of(st.integers(0, 99), st.text(max_size=9), st.lists(st.text(max_size=5))))


@given(contents, contents)
def test_the_same_content_has_the_same_code_and_another_has_another(
    one: list[object], two: list[object]
) -> None:
    assert (page_code(printed=one) == page_code(printed=two)) == (one == two)
    assert len(page_code(printed=one)) == CODE_LENGTH
    assert code_in(f"https://exemple.fr/f/{page_code(printed=one)}/") == page_code(printed=one)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://exemple.fr/t/abc/",
        "https://exemple.fr/f/ABCDEFGH/",
        "https://exemple.fr/f/ABCDEFGHIJKLMNOP/more/",
        "https://exemple.fr/f/ABCDEFGHIJKLMNO1/",
        "x" * 5000 + "/f/ABCDEFGHIJKLMNOP/",
    ],
)
def test_other_codes_are_not_pages(text: str) -> None:
    assert code_in(text) is None
