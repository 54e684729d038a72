"""Forms of this room. They check manners; the verbs check the rules."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amiral.rooms.talking_points.contracts import (
    BODY_MAX_CHARACTERS,
    SHORT_LINE_MAX_CHARACTERS,
    Source,
    ThemeCard,
)

SOURCE_ROWS = 4
"""Rows of the form; a card drafted through the door may have more, see ``extra_rows``."""


class DateInput(forms.DateInput):
    """A calendar of the browser, which wants ISO dates whatever the language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DraftForm(forms.Form):
    """What a card says. Each source is three fields on one row: title, address, date."""

    language = forms.ChoiceField(
        label=_("Language of the card"), choices=[("fr", _("French")), ("en", _("English"))]
    )
    short_line = forms.CharField(
        label=_("Short line"),
        help_text=_("What one says at a door, in one breath: 140 characters at most."),
        max_length=SHORT_LINE_MAX_CHARACTERS,
    )
    body = forms.CharField(
        label=_("Text"),
        help_text=_("Plain text or Markdown."),
        max_length=BODY_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    valid_until = forms.DateField(
        label=_("Valid until"),
        help_text=_("Last day. After it the card leaves the list until a new version is approved."),
        required=False,
        widget=DateInput(),
    )

    def __init__(self, *args: Any, rows: int = SOURCE_ROWS, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in range(1, rows + 1):
            self.fields.update(_source_fields(row))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for row in range(1, self.rows + 1):
            self._check_row(row)
        return cleaned

    def _check_row(self, row: int) -> None:
        title, url, on = self._row(row)
        if (url or on) and not title:
            self.add_error(f"source_{row}_title", ValidationError(gettext("Give the title of this source.")))
        if (title or on) and not url and f"source_{row}_url" not in self.errors:
            self.add_error(f"source_{row}_url", ValidationError(gettext("Give the address of this source.")))

    def _row(self, row: int) -> tuple[str, str, date | None]:
        values = [self.cleaned_data.get(f"source_{row}_{part}") for part in ("title", "url", "on")]
        return values[0] or "", values[1] or "", values[2]

    def sources(self) -> tuple[Source, ...]:
        """The rows that were filled in."""
        rows = (self._row(row) for row in range(1, self.rows + 1))
        return tuple(Source(title=title, url=url, on=on) for title, url, on in rows if title)


class NewPointForm(DraftForm):
    """A first draft, filed under a theme."""

    theme = forms.ChoiceField(label=_("Theme"))
    field_order = ["theme"]

    def __init__(self, *args: Any, themes: tuple[ThemeCard, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(theme.slug, theme.name) for theme in themes]
        self.fields["theme"] = forms.ChoiceField(label=self.base_fields["theme"].label, choices=choices)


class ThemeForm(forms.Form):
    """A new theme, in both languages."""

    name_fr = forms.CharField(label=_("Name in French"), max_length=80)
    name_en = forms.CharField(label=_("Name in English"), max_length=80)


def _source_fields(row: int) -> dict[str, forms.Field]:
    number = {"number": row}
    return {
        f"source_{row}_title": forms.CharField(
            label=gettext("Source %(number)d: title") % number, max_length=200, required=False
        ),
        f"source_{row}_url": forms.URLField(
            label=gettext("Source %(number)d: address") % number,
            max_length=500,
            required=False,
            assume_scheme="https",
        ),
        f"source_{row}_on": forms.DateField(
            label=gettext("Source %(number)d: date") % number, required=False, widget=DateInput()
        ),
    }


def initial_of(*, short_line: str, body: str, language: str, sources: tuple[Source, ...]) -> dict[str, Any]:
    """A form filled in with what the card says now; the validity is to be given anew."""
    values: dict[str, Any] = {"short_line": short_line, "body": body, "language": language}
    for row, source in enumerate(sources, start=1):
        values |= {f"source_{row}_{part}": getattr(source, part) for part in ("title", "url", "on")}
    return values
