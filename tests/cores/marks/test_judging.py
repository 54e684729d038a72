"""What a line says, from the ink in its boxes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.marks import Mark, Verdict, judge_row
from amiral.cores.marks.judging import BoxInk

PAPER = BoxInk(dark=0, strokes=0, around=0)
TICK = BoxInk(dark=0.25, strokes=0.25, around=0.02, spread_mm=4.0)
BLACK = BoxInk(dark=0.98, strokes=0.0, around=0.02)
DOT = BoxInk(dark=0.03, strokes=0.03, around=0.0, spread_mm=0.8)
BLOT = BoxInk(dark=0.13, strokes=0.13, around=0.0, spread_mm=1.8)
NEXT_TO_IT = BoxInk(dark=0.0, strokes=0.0, around=0.3)
RINGED = BoxInk(dark=0.0, strokes=0.0, around=0.0, beside=1.0)
RINGED_CLOSELY = BoxInk(dark=0.0, strokes=0.0, around=0.3, beside=0.1)
REACHED_FROM_BELOW = BoxInk(dark=0.0, strokes=0.0, around=0.05, beside=0.4)
LOST = BoxInk(dark=0.0, strokes=0.0, around=0.0, is_found=False)
SHADE = BoxInk(dark=0.3, strokes=0.01, around=0.2)


def test_one_tick_is_certain() -> None:
    read = judge_row([PAPER, TICK, PAPER])
    assert (read.verdict, read.column, read.is_certain) == (Verdict.TICKED, 1, True)


def test_nothing_is_certain_too() -> None:
    read = judge_row([PAPER] * 6)
    assert (read.verdict, read.column) == (Verdict.EMPTY, None)


def test_a_blackened_box_takes_its_tick_back() -> None:
    read = judge_row([BLACK, PAPER, TICK])
    assert (read.verdict, read.column, read.is_certain) == (Verdict.CORRECTED, 2, False)
    assert judge_row([BLACK, BLACK, TICK]).column == 2


def test_only_a_blackened_box_is_asked_about() -> None:
    read = judge_row([PAPER, BLACK, PAPER])
    assert (read.verdict, read.column) == (Verdict.DOUBTFUL, 1)


def test_a_ring_around_another_box_is_asked_about() -> None:
    for ring in (RINGED, RINGED_CLOSELY):
        read = judge_row([PAPER, TICK, ring])
        assert (read.verdict, read.column) == (Verdict.DOUBTFUL, None)
        assert judge_row([PAPER, ring]).verdict is Verdict.DOUBTFUL
    assert judge_row([TICK, REACHED_FROM_BELOW]).is_certain
    assert judge_row([replace(TICK, around=0.4, beside=1.0), PAPER]).is_certain, "its own ring says the same"


def test_whatever_else_is_asked_about() -> None:
    for boxes in (
        [TICK, TICK, PAPER],
        [DOT, PAPER],
        [BLOT, PAPER],
        [TICK, BLOT],
        [PAPER, NEXT_TO_IT],
        [TICK, LOST],
        [LOST],
        [SHADE, PAPER],
    ):
        assert judge_row(boxes).verdict is Verdict.DOUBTFUL
    assert judge_row([TICK, TICK]).column is None


shares = st.floats(0, 1)
inks = st.builds(
    BoxInk,
    dark=shares,
    strokes=shares,
    around=shares,
    beside=shares,
    spread_mm=st.floats(0, 5),
    is_found=st.booleans(),
)


@given(st.lists(inks, min_size=1, max_size=6))
def test_what_is_certain_is_one_tick_among_empty_boxes(boxes: list[BoxInk]) -> None:
    read = judge_row(boxes)
    assert (read.column is None) or 0 <= read.column < len(boxes)
    if read.verdict is Verdict.TICKED:
        assert sorted(read.marks) == sorted([Mark.TICKED] + [Mark.EMPTY] * (len(boxes) - 1))
        assert read.column is not None
        assert read.marks[read.column] is Mark.TICKED
    if read.verdict is Verdict.EMPTY:
        assert set(read.marks) == {Mark.EMPTY}
    if read.is_certain:
        assert all(box.is_found for box in boxes)
