"""What visitors and leaders type."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.rooms.mobilisation.contracts import (
    ACCOMPANIED,
    LONGEST_SHIFT,
    PLACELESS,
    ActionCard,
    ActionDraft,
    FormChoices,
    Kind,
    ShiftCard,
    ShiftDraft,
    ShiftRules,
)
from amiral.rooms.mobilisation.queries.choices import official_places
from amiral.rooms.mobilisation.queries.clocks import zone_name_of
from amiral.rooms.mobilisation.queries.labels import KIND_LABELS
from amiral.rooms.mobilisation.queries.pages import place_sought
from amiral.rooms.territory.contracts import PlaceCard

KINDS = [(kind.value, label) for kind, label in KIND_LABELS.items()]
MOST_PLACES = 500
FURTHEST = timedelta(days=2 * 366)
"""A date beyond is a slip of the keyboard."""


class FinderForm(forms.Form):
    """Near which commune, of which kind."""

    q = forms.CharField(
        label=_("Near which commune?"),
        help_text=_("Its name or a postal code."),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind of action"),
        choices=[("", pgettext_lazy("kinds of action", "All")), *KINDS],
        required=False,
        initial="",
    )


class ActionForm(forms.Form):
    """An action apart from its shifts; ``draft`` is what was understood."""

    group = forms.TypedChoiceField(label=_("In the name of"), coerce=UUID)
    kind = forms.ChoiceField(label=_("Kind of action"), choices=KINDS, widget=forms.RadioSelect)
    title = forms.CharField(
        label=_("Title"), max_length=120, help_text=_("What people read in a list: what and where.")
    )
    description = forms.CharField(
        label=_("What happens"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=5000,
        help_text=_("What to bring, whom to look for. **Bold**, lists and links in Markdown."),
    )
    place = forms.CharField(
        label=_("Meeting point"),
        max_length=200,
        required=False,
        help_text=_(
            "In words: “In front of the town hall”. Or choose an official place below. "
            "Leave empty when it is done from home."
        ),
    )
    link = forms.URLField(
        label=_("Link of an online action"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Only those who come read it. It may be given later."),
    )
    commune_text = forms.CharField(
        label=_("Commune"), max_length=100, help_text=_("Its name or a postal code.")
    )
    commune = forms.ChoiceField(label=_("Which one?"), widget=forms.RadioSelect, required=False)
    official_place = forms.ChoiceField(
        label=_("Official place as the meeting point"),
        required=False,
        help_text=_("Fills in the meeting point, unless you gave words of your own, and its coordinates."),
    )
    latitude = forms.FloatField(
        label=_("Latitude"),
        required=False,
        localize=True,
        min_value=-90,
        max_value=90,
        help_text=_("In degrees, for the map: 46.3069. Leave both empty if you do not know them."),
    )
    longitude = forms.FloatField(
        label=_("Longitude"),
        required=False,
        localize=True,
        min_value=-180,
        max_value=180,
        help_text=_("In degrees: 4.8287."),
    )
    centre = forms.ChoiceField(
        label=_("Or the middle of an imported quarter"), widget=forms.RadioSelect, required=False
    )
    talking_points = forms.TypedMultipleChoiceField(
        label=_("Talking points to take along"),
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    accompanied = forms.BooleanField(
        label=_("Nobody goes for the first time alone"),
        required=False,
        initial=True,
        help_text=_(
            "On doorsteps, markets and streets, a newcomer has a place when somebody experienced "
            "comes along; until then he waits. More among the rules of each shift."
        ),
    )
    leads = forms.BooleanField(
        label=_("I come too, as team lead"),
        required=False,
        initial=True,
        help_text=_("Takes one place in every shift."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        choices: FormChoices,
        card: ActionCard | None = None,
        commune_label: str = "",
        **kwargs: Any,
    ) -> None:
        """``card`` is the action that is being changed, with the label of its commune; its group stays."""
        if card is not None:
            kwargs["initial"] = _values_of(card, commune_label)
        super().__init__(data, **kwargs)
        self._kept = {commune_label: card.commune_id} if card else {}
        self._centres = {str(centre.id): centre for centre in choices.centres}
        self._offer(choices, with_group=card is None)
        if card is not None:  # what is asked once, for the first shifts
            del self.fields["accompanied"], self.fields["leads"]
        self._ask_which_commune()
        self._offer_places(choices)

    def _offer(self, choices: FormChoices, *, with_group: bool) -> None:
        """Lists only what this person may choose."""
        self._list("group", [(group.id, group.name) for group in choices.groups] if with_group else [])
        self._list("talking_points", [(point.point_id, point.short_line) for point in choices.points])
        centres = [(centre.id, centre.name) for centre in choices.centres]
        self._list("centre", [("", pgettext_lazy("middle of a quarter", "No")), *centres] if centres else [])

    def _list(self, name: str, choices: Iterable[tuple[object, object]]) -> None:
        """Fills a field's choices; a field with nothing to choose goes away."""
        listed = [(str(value), label) for value, label in choices]
        if listed:
            cast(forms.ChoiceField, self.fields[name]).choices = listed
        else:
            del self.fields[name]

    def _ask_which_commune(self) -> None:
        """Shows the communes that answer the typed words, when there are several."""
        text = self.data.get("commune_text", "").strip()[:100] if self.is_bound else ""
        self.sought = place_sought(text="" if text in self._kept else text)
        self._list("commune", [(found.id, found.label) for found in self.sought.choices])

    def _offer_places(self, choices: FormChoices) -> None:
        """Official places of the commune that is meant, else of the communes of one's groups."""
        commune = self.sought.commune or place_sought(text=str(self.initial.get("commune_text", ""))).commune
        places = official_places(commune_ids=[commune.id]) if commune else choices.places
        self._places = {place.id: place for place in places}
        listed = [(place.id, _place_label(place)) for place in places]
        self._list(
            "official_place", [("", pgettext_lazy("official place", "None")), *listed] if listed else []
        )

    def clean_title(self) -> str:
        return _one_line(self.cleaned_data["title"])

    def clean_place(self) -> str:
        return _one_line(self.cleaned_data["place"]) if self.cleaned_data["place"] else ""

    def clean_commune_text(self) -> str:
        text: str = self.cleaned_data["commune_text"]
        if self.sought.is_unknown:
            raise ValidationError(_("No commune answers to that: check the spelling or give a postal code."))
        return text

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data
        from_home = values.get("kind") in PLACELESS
        placed = values.get("place") or values.get("official_place") or "place" in self.errors
        if not placed and not from_home:
            self.add_error("place", forms.Field.default_error_messages["required"])
        if "commune" in self.fields and not self.errors.get("commune") and not values.get("commune"):
            self.add_error("commune", _("Several communes answer: choose one."))
        if (values.get("longitude") is None) != (values.get("latitude") is None):
            missing = "longitude" if values.get("longitude") is None else "latitude"
            if missing not in self.errors:
                self.add_error(missing, _("Give both latitude and longitude, or neither."))
        return values

    @property
    def draft(self) -> ActionDraft:
        """The valid form as the verbs take it."""
        values = self.cleaned_data
        official = self._places.get(values.get("official_place", ""))
        longitude, latitude = self._position(official)
        return ActionDraft(
            kind=Kind(values["kind"]),
            title=values["title"],
            description=values["description"],
            place=values["place"] or (_place_label(official) if official else ""),
            link=values["link"] if values["kind"] == Kind.ONLINE else "",
            commune_id=self._commune_id(),
            longitude=longitude,
            latitude=latitude,
            talking_point_ids=tuple(values.get("talking_points", ())),
        )

    @property
    def rules(self) -> ShiftRules:
        """Of the first shifts of a new action."""
        accompanied = self.cleaned_data["accompanied"] and self.cleaned_data["kind"] in ACCOMPANIED
        return ShiftRules(newcomers_each=1 if accompanied else None)

    def _position(self, official: PlaceCard | None) -> tuple[float | None, float | None]:
        """Longitude and latitude: those given, else of the official place, else of the quarter."""
        values = self.cleaned_data
        if values["longitude"] is not None:
            return values["longitude"], values["latitude"]
        if official is not None:
            return official.lon, official.lat
        centre = self._centres.get(values.get("centre", ""))
        return (centre.longitude, centre.latitude) if centre else (None, None)

    @property
    def zone(self) -> str:
        """Name of the clocks of the commune that is meant; empty while none is."""
        return zone_name_of(commune_id=self.sought.commune.id) if self.sought.commune else ""

    @property
    def position_shown(self) -> tuple[float, float] | None:
        """Longitude and latitude as they stand in the fields, sent or not; ``None`` without both."""
        try:
            lon, lat = (
                float(str(self[name].value()).replace(",", ".")) for name in ("longitude", "latitude")
            )
        except ValueError:
            return None
        return (lon, lat) if -180 <= lon <= 180 and -85 <= lat <= 85 else None

    def _commune_id(self) -> str:
        if self.sought.commune is not None:
            return self.sought.commune.id
        kept = self._kept.get(self.cleaned_data["commune_text"])
        return kept or str(self.cleaned_data["commune"])


def _place_label(place: PlaceCard) -> str:
    """Name and address, as a meeting point is written."""
    return ", ".join(part for part in (place.name, place.address) if part)[:200]


def _one_line(text: str) -> str:
    """Without the line breaks that a browser would never send, but a script might."""
    line = "".join(" " if ord(character) < 32 else character for character in text).strip()
    if not line:
        raise ValidationError(forms.Field.default_error_messages["required"], code="required")
    return line


def _values_of(card: ActionCard, commune_label: str) -> dict[str, Any]:
    return {
        "kind": card.kind.value,
        "title": card.title,
        "description": card.description,
        "place": card.place,
        "link": card.link,
        "commune_text": commune_label,
        "longitude": card.longitude,
        "latitude": card.latitude,
        "talking_points": [str(point_id) for point_id in card.talking_point_ids],
    }


class ShiftForm(forms.Form):
    """A shift by the clocks of its place; ``draft`` has it in UTC."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    start = forms.TimeField(
        label=pgettext_lazy("shift", "From"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    end = forms.TimeField(
        label=pgettext_lazy("shift", "To"),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=_("An earlier hour than the first means the next morning."),
    )
    capacity = forms.IntegerField(
        label=pgettext_lazy("shift", "Places"),
        min_value=1,
        max_value=MOST_PLACES,
        initial=10,
        help_text=_("No more people than this can sign up."),
    )
    needed = forms.IntegerField(
        label=pgettext_lazy("shift", "Needed"),
        min_value=0,
        max_value=MOST_PLACES,
        initial=2,
        help_text=_("With fewer, the shift makes no sense."),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        at: datetime,
        card: ShiftCard | None = None,
        zone: str = "",
        **kwargs: Any,
    ) -> None:
        """``at`` is now; ``card`` the shift that is being changed, ``zone`` the clocks of a new one."""
        name = card.zone if card else zone
        self._zone = ZoneInfo(name) if name else get_default_timezone()
        if card is not None:
            kwargs["initial"] = _hours_of(card)
        super().__init__(data, **kwargs)
        self._at = at

    def has_changed(self) -> bool:
        """A line without a day counts as empty, though its hours are filled in for convenience."""
        return bool(self.data.get(self.add_prefix("day")))

    def clean_day(self) -> date:
        """Far days are refused before any arithmetic: the calendar ends in 9999."""
        day: date = self.cleaned_data["day"]
        if day < self._at.date() - timedelta(days=1):
            raise ValidationError(_("This shift would already be over: choose a later day or hour."))
        if day > (self._at + FURTHEST).date():
            raise ValidationError(_("This day is more than two years ahead: check the year."))
        return day

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data
        capacity, needed = values.get("capacity"), values.get("needed")
        if capacity is not None and needed is not None and needed > capacity:
            self.add_error("needed", _("No more people can be needed than there are places."))
        if all(values.get(name) is not None for name in ("day", "start", "end")):
            self._clean_hours(values["day"], values["start"], values["end"])
        return values

    def _clean_hours(self, day: date, start: time, end: time) -> None:
        last_day = day + timedelta(days=1) if end <= start else day
        self.starts_at, self.ends_at = self._moment("start", day, start), self._moment("end", last_day, end)
        if self.ends_at <= self._at:
            self.add_error("day", _("This shift would already be over: choose a later day or hour."))
        if not timedelta() < self.ends_at - self.starts_at <= LONGEST_SHIFT:
            self.add_error("end", _("A shift lasts at most twelve hours: check both hours."))

    def _moment(self, name: str, day: date, hour: time) -> datetime:
        """UTC of an hour on the clocks of the place; of an hour that comes twice, the first."""
        moment = datetime.combine(day, hour, tzinfo=self._zone).astimezone(UTC)
        if moment.astimezone(self._zone).time() != hour:
            self.add_error(
                name, _("The clocks go forward that night: this hour does not exist. Choose another.")
            )
        return moment

    @property
    def draft(self) -> ShiftDraft:
        """The valid form as the verbs take it."""
        return ShiftDraft(
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            capacity=self.cleaned_data["capacity"],
            needed=self.cleaned_data["needed"],
        )


def _hours_of(card: ShiftCard) -> dict[str, Any]:
    zone = ZoneInfo(card.zone)
    start, end = card.starts_at.astimezone(zone), card.ends_at.astimezone(zone)
    return {
        "day": start.date(),
        "start": start.time(),
        "end": end.time(),
        "capacity": card.capacity,
        "needed": card.needed,
    }


class Shifts(forms.BaseFormSet[ShiftForm]):
    """The shifts of a new action: one at least; lines left without a day are passed over."""

    def initial_form_count(self) -> int:
        """None: lines drawn again with what was typed in them are as new as empty ones."""
        return 0 if self.is_bound else super().initial_form_count()


ShiftFormSet = forms.formset_factory(
    ShiftForm, formset=Shifts, extra=0, min_num=1, validate_min=True, max_num=10, validate_max=True
)


def as_typed(form: forms.BaseForm) -> dict[str, Any]:
    """What stands in the fields of a form that was sent, to draw it again without judging it."""
    return {bound.name: bound.value() for bound in form}
