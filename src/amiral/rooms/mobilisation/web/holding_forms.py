"""What those who hold an action type about its groups, its delegates, its copies and its series."""

import re
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from amiral.cores.recurrence import Every
from amiral.rooms.mobilisation.queries.holding import HoldingPage
from amiral.rooms.network.contracts import GroupCard

FURTHEST = timedelta(days=2 * 366)
EVERY_LABELS = [
    (Every.WEEK.value, _("Every week")),
    (Every.TWO_WEEKS.value, _("Every two weeks")),
    (Every.MONTH_DAY.value, _("Every month, the same weekday of the same week")),
    (Every.DAY.value, _("Every day")),
]


def _day_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)


class GroupSoughtForm(forms.Form):
    """Which group to invite."""

    q = forms.CharField(
        label=_("Which group?"),
        max_length=100,
        help_text=_("Its commune, a postal code, or the address of its page."),
    )


class DelegateForm(forms.Form):
    """To whom the action is lent: only those whom the page lists."""

    person = forms.TypedChoiceField(label=_("Who leads this action?"), coerce=UUID)

    def __init__(self, data: Any = None, *, page: HoldingPage) -> None:
        super().__init__(data)
        listed = [(str(one.id), one.name) for one in page.delegable]
        self.fields["person"].choices = listed  # type: ignore[attr-defined]  # a choice field


class CopyForm(forms.Form):
    """On which day the copy begins, and in whose name."""

    group = forms.TypedChoiceField(label=_("In the name of"), coerce=UUID)
    day = _day_field(
        label=_("Day of the first shift"),
        help_text=_("The other shifts follow at the same distance, at the same hours."),
    )

    def __init__(self, data: Any = None, *, groups: tuple[GroupCard, ...], own: UUID, at: datetime) -> None:
        super().__init__(data, initial={"group": str(own)})
        self._at = at
        listed = [(str(group.id), group.name) for group in groups]
        self.fields["group"].choices = listed  # type: ignore[attr-defined]  # a choice field

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        return _within(day, self._at)


class RepeatForm(forms.Form):
    """How often, until when, without which days."""

    every = forms.ChoiceField(label=_("How often?"), choices=EVERY_LABELS, widget=forms.RadioSelect)
    until = _day_field(label=_("Until"), help_text=_("The last day on which it may take place."))
    exceptions = forms.CharField(
        label=_("But not on"),
        required=False,
        max_length=600,
        help_text=_("Days apart by commas, as 2027-05-01, 2027-05-08. Leave empty for none."),
    )

    def __init__(self, data: Any = None, *, at: datetime) -> None:
        super().__init__(data, initial={"every": Every.WEEK.value})
        self._at = at

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        return _within(day, self._at)

    def clean_exceptions(self) -> tuple[date, ...]:
        """Days as a browser writes them, or as one writes them in France."""
        parts = [part for part in re.split(r"[,;\s]+", self.cleaned_data["exceptions"]) if part]
        return tuple(_day(part) for part in parts)


def _within(day: date, at: datetime) -> date:
    if day > (at + FURTHEST).date():
        raise ValidationError(_("This day is more than two years ahead: check the year."))
    return day


def _day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    raise ValidationError(_("“%(text)s” is no day: write it as 2027-05-01."), params={"text": text})
