"""Safe HTML made into text."""

import pytest

from amiral.kit.markdown import to_html
from amiral.kit.plain_text import to_text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Un *mot* et [un lien](https://exemple.fr).", "Un mot et un lien."),
        ("Un.\n\nDeux\nlignes.", "Un.\n\nDeux lignes."),
        ("- un\n- deux\n  - trois", "– un\n– deux\n\n– trois"),
        ("1. un\n2. deux", "1. un\n2. deux"),
        ("## Titre\n\n> dit & redit", "Titre\n\ndit & redit"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a · b ·\n1 · 2 ·"),
        ("", ""),
        ("1 < 2 <script>", "1 < 2 <script>"),
    ],
)
def test_paragraphs_and_lists_stay(written: str, read: str) -> None:
    assert to_text(to_html(written)) == read
