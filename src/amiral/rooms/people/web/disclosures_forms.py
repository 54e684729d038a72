"""Between which two days somebody asks who saw whose data."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.people.queries.disclosures import LONGEST_DRILL
from amiral.rooms.people.web.mandates_forms import day_field, end_of


class BetweenForm(forms.Form):
    """Two days, both included, in the campaign's own time zone."""

    since = day_field(label=_("From"), required=True)
    until = day_field(label=_("To, included"), required=True)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("since"), cleaned.get("until")
        if first and last and not timedelta() <= last - first <= LONGEST_DRILL:
            self.add_error("until", _("Choose a day from the first on, at most a year later."))
        return cleaned

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The first moment, and the one after the last."""
        day = timedelta(days=1)
        return end_of(self.cleaned_data["since"] - day), end_of(self.cleaned_data["until"])
