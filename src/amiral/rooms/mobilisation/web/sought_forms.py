""" "I have two hours on Saturday, here": when, where, how far, as what."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.rooms.mobilisation.contracts import Role

FURTHEST = timedelta(days=366)
KM = [1, 2, 5, 10, 20, 50]


class SoughtForm(forms.Form):
    """Sent by GET, so that the answer can be kept and shared; the device's position is only in the address
    when the person asked for it."""

    day = forms.DateField(
        label=pgettext_lazy("two hours", "Day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    start = forms.TimeField(
        label=pgettext_lazy("shift", "From"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    end = forms.TimeField(
        label=pgettext_lazy("shift", "To"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    q = forms.CharField(
        label=_("Where are you?"),
        help_text=_("A commune or a postal code. Leave empty for everywhere."),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    km = forms.TypedChoiceField(
        label=_("How far would you go?"),
        coerce=int,
        choices=[(km, f"{km} km") for km in KM],
    )
    driver = forms.BooleanField(label=_("I have a car"), required=False)
    lead = forms.BooleanField(label=_("I can lead a team"), required=False)
    lon = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, min_value=-85, max_value=85, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, at: datetime) -> None:
        super().__init__(data, initial=first_values(at))
        self._at = at

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data
        day = values.get("day")
        if day and not self._at.date() - timedelta(days=1) <= day <= (self._at + FURTHEST).date():
            self.add_error("day", _("Choose a day from today on, within a year."))
        if (values.get("lon") is None) != (values.get("lat") is None):
            values["lon"] = values["lat"] = None
        if self.errors.keys() & {"day", "start", "end"}:
            return values
        since, until = self.hours(get_default_timezone())
        if until <= since:
            self.add_error("end", _("This time ends when it begins: check both hours."))
        return values

    def hours(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """From when to when, by the clocks of the place. An earlier hour than the first means the next
        morning."""
        day, start, end = (self.cleaned_data[name] for name in ("day", "start", "end"))
        last = day + timedelta(days=1) if end < start else day
        return _moment(day, start, zone), _moment(last, end, zone)

    @property
    def roles(self) -> frozenset[Role]:
        ticked = {Role.DRIVER: self.cleaned_data["driver"], Role.LEAD: self.cleaned_data["lead"]}
        return frozenset(role for role, is_ticked in ticked.items() if is_ticked)


def first_values(at: datetime) -> dict[str, Any]:
    """Next Saturday, in the morning, ten kilometres."""
    local = at.astimezone(get_default_timezone())
    saturday = local.date() + timedelta(days=(5 - local.weekday()) % 7)
    return {"day": saturday, "start": time(10), "end": time(12), "km": 10}


def _moment(day: date, hour: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)
