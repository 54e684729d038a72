"""How days and hours are written in both languages."""

from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.formats import date_format

EVENING = datetime(2026, 11, 12, 18, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "name", "expected"),
    [
        ("fr", "DATE_FORMAT", "12 novembre 2026"),
        ("fr", "TIME_FORMAT", "18\u00a0h\u00a005"),
        ("fr", "DATETIME_FORMAT", "12 novembre 2026 à 18\u00a0h\u00a005"),
        ("fr", "SHORT_DATE_FORMAT", "12 nov. 2026"),
        ("fr", "SHORT_DATETIME_FORMAT", "12 nov. 2026, 18\u00a0h\u00a005"),
        ("en", "DATE_FORMAT", "12 November 2026"),
        ("en", "TIME_FORMAT", "18:05"),
        ("en", "DATETIME_FORMAT", "12 November 2026, 18:05"),
        ("en", "SHORT_DATE_FORMAT", "12 Nov 2026"),
        ("en", "SHORT_DATETIME_FORMAT", "12 Nov 2026, 18:05"),
        ("en", "MONTH_DAY_FORMAT", "12 November"),
    ],
)
def test_a_day_cannot_be_taken_for_another(language: str, name: str, expected: str) -> None:
    with translation.override(language):
        assert date_format(EVENING, name) == expected
