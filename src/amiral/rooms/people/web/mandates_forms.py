"""What people type to give a part of a mandate on, or to let one end earlier."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _

from amiral.rooms.people import texts
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory

CHECK_THE_YEAR = _("Check the year.")
YEARS = (
    MinValueValidator(date(2000, 1, 1), CHECK_THE_YEAR),
    MaxValueValidator(date(2199, 12, 31), CHECK_THE_YEAR),
)
"""The calendar of the machine ends in 9999, and a day is added to what is typed."""


def day_field(*, label: Any, required: bool, help_text: Any = "") -> forms.DateField:
    """A day of this century or the next."""
    return forms.DateField(
        label=label,
        required=required,
        validators=YEARS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=help_text,
    )


def end_of(day: Any) -> datetime:
    """The end of a last day, in the campaign's own time zone."""
    return make_aware(datetime.combine(day + timedelta(days=1), time()))


class DelegateForm(forms.Form):
    """A part of one mandate for a person known by his address."""

    email = forms.EmailField(
        label=_("E-mail address of the person"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    features = forms.MultipleChoiceField(
        label=_("What the person may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one thing that the person may do.")},
    )
    delegable = forms.MultipleChoiceField(
        label=_("What the person may give on in turn"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Of what is ticked above. Nothing, unless you tick it."),
    )
    territory = forms.ChoiceField(label=_("Where"), required=False)
    commune = forms.CharField(
        label=_("Or one commune inside"),
        required=False,
        max_length=100,
        help_text=_("Its name or a postal code."),
    )
    ends_on = day_field(
        label=_("Last day"),
        required=False,
        help_text=_("Without a last day, it lasts as long as your own mandate."),
    )

    def __init__(
        self,
        *args: Any,
        features: frozenset[Feature],
        places: tuple[tuple[str, str], ...],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        choices = [(one.value, texts.feature_name(one)) for one in Feature if one in features]
        for name in ("features", "delegable"):
            self.fields[name].choices = choices  # type: ignore[attr-defined] # both are choice fields
        self.fields["territory"].choices = places  # type: ignore[attr-defined] # a choice field
        if not places:
            del self.fields["territory"], self.fields["commune"]

    def clean_commune(self) -> str:
        """The id of the one commune that answers, or empty."""
        text = self.cleaned_data["commune"].strip()
        found = territory.search_communes(text=text) if text else ()
        # "Mâcon" also finds "Charnay-lès-Mâcon": the whole name wins.
        found = tuple(one for one in found if one.name.casefold() == text.casefold()) or found
        if text and len(found) != 1:
            raise forms.ValidationError(
                _("Write the name of one commune whole, or choose a larger territory.")
            )
        return found[0].id if found else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not set(cleaned.get("delegable", ())) <= set(cleaned.get("features", ())):
            self.add_error("delegable", _("What is given on must be ticked above, too."))
        return cleaned

    @property
    def place(self) -> str | None:
        """The chosen territory; ``None`` is the mandate's own place."""
        return self.cleaned_data.get("commune") or self.cleaned_data.get("territory") or None

    @property
    def ends_at(self) -> datetime | None:
        """The end of the last day, or none."""
        day = self.cleaned_data["ends_on"]
        return end_of(day) if day else None


class ShortenForm(forms.Form):
    """An earlier last day."""

    ends_on = day_field(label=_("Last day"), required=True)

    @property
    def ends_at(self) -> datetime:
        """The end of the last day."""
        return end_of(self.cleaned_data["ends_on"])
