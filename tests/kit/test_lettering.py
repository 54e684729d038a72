"""Numbers on a map: none over another, none cut by the edge, and none dropped that has room."""

import re
from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from amiral.kit import lettering
from amiral.kit.lettering import Wanted, box_of, write

WIDTH, HEIGHT = 8000, 6000
SHEET = Path(lettering.__file__).parent / "static/kit/map.css"
PLACES = st.tuples(st.integers(0, WIDTH), st.integers(0, HEIGHT))
WANTED = st.lists(
    st.builds(
        lambda number, places: Wanted(text=str(number), places=places),
        st.integers(1, 999),
        st.lists(PLACES, min_size=1, max_size=6),
    ),
    max_size=60,
)


def covers(one: lettering.Box, other: lettering.Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@given(WANTED)
def test_no_number_lies_over_another_or_leaves_the_sheet(wanted: list[Wanted]) -> None:
    written = write(wanted, width=WIDTH, height=HEIGHT)
    wide, narrow = lettering.WIDE[written.is_wide_small], lettering.NARROW[written.is_narrow_small]
    for places, size in ((written.wide, wide), (written.narrow, narrow)):
        boxes = [
            box_of(one.text, place, size)
            for one, place in zip(wanted, places, strict=True)
            if place is not None
        ]
        assert not any(covers(one, other) for one, other in combinations(boxes, 2))
        assert all(left >= -1 and right <= WIDTH + 1 for left, _top, right, _bottom in boxes)
        assert all(top >= -1 and bottom <= HEIGHT + 1 for _left, top, _right, bottom in boxes)


@given(WANTED)
def test_a_number_is_left_out_only_where_others_stand(wanted: list[Wanted]) -> None:
    written = write(wanted, width=WIDTH, height=HEIGHT)
    size = lettering.WIDE[written.is_wide_small]
    taken = [box_of(one.text, place, size) for one, place in zip(wanted, written.wide, strict=True) if place]
    for one, place in zip(wanted, written.wide, strict=True):
        if place is None:
            margin = size
            inner = [
                (x, y)
                for x, y in one.places
                if 3 * margin < x < WIDTH - 3 * margin and margin < y < HEIGHT - margin
            ]
            assert all(any(covers(box_of(one.text, at, margin), box) for box in taken) for at in inner)


def test_a_number_goes_elsewhere_on_its_own_line_before_it_is_left_out() -> None:
    line = [(4000, 3000), (4000, 3600)]
    one, two, three = (Wanted(text=str(n), places=line) for n in (1, 2, 3))
    written = write([one, two, three], width=WIDTH, height=HEIGHT)
    assert written.wide == ((4000, 3000), (4000, 3600), None)
    assert written.narrow == ((4000, 3000), (4000, 3600), None)
    assert written.is_wide_small
    assert written.is_narrow_small


def test_a_name_keeps_its_place_and_numbers_give_way() -> None:
    number = Wanted(text="7", places=[(4000, 3000)])
    name = Wanted(text="Rue Haute", places=[(4000, 3050)], is_name=True)
    assert write([number, name], width=WIDTH, height=HEIGHT).wide == (None, (4000, 3050))


def test_the_style_sheet_writes_in_the_sizes_that_were_reckoned_with() -> None:
    wide, narrow = (
        dict(re.findall(r"(\.map\S* text\S*) \{ font(?:-size)?: (?:700 )?(\d+)px", part))
        for part in SHEET.read_text(encoding="utf-8").split("@media (max-width: 40rem)")
    )
    assert wide == {
        ".map text": str(lettering.WIDE[0]),
        ".map--fine text": str(lettering.WIDE[1]),
        ".map text.map-name": str(lettering.NAME_WIDE),
    }
    assert narrow == {
        ".map text": str(lettering.NARROW[0]),
        ".map--small text": str(lettering.NARROW[1]),
        ".map text.map-name": str(lettering.NAME_NARROW),
    }
