"""The way from door to door in words."""

import pytest
from django.utils import translation

from amiral.cores.walk.hints import Hand, Hint, Turning
from amiral.rooms.field.queries.guiding import Guide


@pytest.mark.parametrize(
    ("turning", "back", "metres", "english", "french"),
    [
        (Turning.START, False, 0, "", ""),
        (Turning.LEFT, False, 4, "Turn left", "À gauche"),
        (Turning.RIGHT, False, 123, "Turn right (120 m)", "À droite (120 m)"),
        (Turning.BACK, False, 33, "Turn back (35 m)", "Demi-tour (35 m)"),
        (Turning.LEFT, True, 81, "Turn back, then left (80 m)", "Demi-tour, puis à gauche (80 m)"),
        (Turning.RIGHT, True, 81, "Turn back, then right (80 m)", "Demi-tour, puis à droite (80 m)"),
        (Turning.STRAIGHT, False, 0.4, "", ""),  # another street's number at the same door
    ],
)
def test_the_turns_stand_in_the_order_in_which_one_walks(
    turning: Turning, back: bool, metres: float, english: str, french: str
) -> None:
    hint = Hint(metres=metres, turning=turning, back=back, hand=Hand.LEFT, bearing=0)
    guide = Guide(hint=hint, straight=False)
    with translation.override("en"):
        assert guide.way_words == english
    with translation.override("fr"):
        assert guide.way_words == french


def test_a_turn_is_told_even_along_one_street() -> None:
    """Where one turns round between two doors of a street; going on is not worth a word."""
    told = [
        Guide(hint=Hint(metres=metres, turning=turning, hand=Hand.LEFT, bearing=0), straight=straight).is_turn
        for turning, metres, straight in (
            (Turning.BACK, 30, False),
            (Turning.LEFT, 30, False),
            (Turning.STRAIGHT, 30, False),
            (Turning.START, 0, False),
            (Turning.BACK, 0, False),
            (Turning.BACK, 30, True),
        )
    ]
    assert told == [True, True, False, False, False, False]
