"""What the page of a tour takes in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.field.contracts import TourAsked
from amiral.rooms.field.web.forms import shift_label
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.territory import api as territory

MINUTES_LEAST, MINUTES_USUAL, MINUTES_MOST = 10, 45, 180
PEOPLE_MOST = 12


@dataclass(frozen=True, kw_only=True)
class Start:
    """Where a tour begins, and how that is said."""

    longitude: float
    latitude: float
    label: str = ""


class TourForm(forms.Form):
    """Who, how long, from where. The place is typed, or filled in by the map or the phone."""

    equipe = forms.TypedChoiceField(label=_("Team"), coerce=UUID)
    personnes = forms.IntegerField(
        label=_("How many are you?"),
        help_text=_("Two knock at a door together: four do two doors at a time."),
        min_value=1,
        max_value=PEOPLE_MOST,
        initial=4,
    )
    minutes = forms.IntegerField(
        label=_("How many minutes do you have?"),
        min_value=MINUTES_LEAST,
        max_value=MINUTES_MOST,
        initial=MINUTES_USUAL,
    )
    adresse = forms.CharField(
        label=_("Where do you start?"),
        help_text=_("An address, for instance “12 rue de Lappe”. Left empty: the action’s meeting point."),
        max_length=200,
        required=False,
    )
    lon = forms.FloatField(min_value=-180, max_value=180, required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(min_value=-85, max_value=85, required=False, widget=forms.HiddenInput)
    retour = forms.BooleanField(label=_("Come back to where you started"), required=False, initial=True)
    encore = forms.BooleanField(
        label=_("Also doors where nobody opened, or where you were asked to come back"), required=False
    )

    def __init__(self, *args: Any, shifts: tuple[ShiftCard, ...], commune_code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shifts, self._commune_code = shifts, commune_code
        field = self.fields["equipe"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(shift.id), shift_label(shift)) for shift in shifts]

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or self.cleaned_data)
        if "equipe" in values and not self.errors:
            values["start"] = self._start(values)
        return values

    def _start(self, values: dict[str, Any]) -> Start | None:
        text = str(values.get("adresse") or "").strip()
        if text:
            return self._typed(text)
        if values.get("lon") is not None and values.get("lat") is not None:
            return Start(longitude=values["lon"], latitude=values["lat"])
        return self._meeting_point(values["equipe"])

    def _typed(self, text: str) -> Start | None:
        found = territory.geocode(text=text, city_code=self._commune_code) or territory.geocode(text=text)
        if not found:
            self.add_error(
                "adresse", _("No imported address is like this one: write the number and the street.")
            )
            return None
        best = found[0]
        return Start(longitude=best.lon, latitude=best.lat, label=best.label)

    def _meeting_point(self, shift_id: UUID) -> Start | None:
        shift = next(one for one in self._shifts if one.id == shift_id)
        action = mobilisation.action(action_id=shift.action_id)
        if action.longitude is None or action.latitude is None:
            self.add_error("adresse", _("Say where you start: the action’s meeting point is not on the map."))
            return None
        return Start(longitude=action.longitude, latitude=action.latitude, label=action.place)

    @property
    def start(self) -> Start:
        """Where the tour begins, of a valid form."""
        start = self.cleaned_data["start"]
        assert isinstance(start, Start)
        return start

    @property
    def asked(self) -> TourAsked:
        """The question, of a valid form."""
        return TourAsked(
            longitude=round(self.start.longitude, 6),
            latitude=round(self.start.latitude, 6),
            minutes=self.cleaned_data["minutes"],
            people=self.cleaned_data["personnes"],
            back=self.cleaned_data["retour"],
            again=self.cleaned_data["encore"],
        )


class TakeForm(TourForm):
    """The same, and the name of the doors that were shown."""

    empreinte = forms.CharField(max_length=64)
