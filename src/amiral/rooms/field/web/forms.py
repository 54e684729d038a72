"""What the pages of this room take in. No field takes free text but the name of a canvass."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from amiral.rooms.field.contracts import (
    BAG_DEFAULT,
    BAG_LEAST,
    BAG_MOST,
    MINUTES_DEFAULT,
    MINUTES_LEAST,
    MINUTES_MOST,
    Bounds,
    Outcome,
)
from amiral.rooms.field.models import KIND_LABELS
from amiral.rooms.field.queries.choosing import FileChoices
from amiral.rooms.field.web.walk_fields import WalkFields
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.network.contracts import GroupCard

SEED_MOST = 2**31 - 1


class PlanForm(forms.Form):
    """How long a turf lasts; the seed gives another cut of the same doors."""

    minutes = forms.IntegerField(
        label=_("Minutes per turf"),
        help_text=_("Walk and doors together, for a team of two."),
        min_value=MINUTES_LEAST,
        max_value=MINUTES_MOST,
        initial=MINUTES_DEFAULT,
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        help_text=_("Leave 0. Another number cuts the same doors in another way."),
        min_value=0,
        max_value=SEED_MOST,
        initial=0,
        required=False,
    )

    bag = forms.IntegerField(
        label=_("Leaflets per round"),
        help_text=_("As many as one person carries. Only for leaflet rounds by side of the street."),
        min_value=BAG_LEAST,
        max_value=BAG_MOST,
        initial=BAG_DEFAULT,
        required=False,
    )

    def clean_seed(self) -> int:
        return int(self.cleaned_data["seed"] or 0)

    def clean_bag(self) -> int:
        return int(self.cleaned_data["bag"] or BAG_DEFAULT)

    @classmethod
    def again(cls, *, minutes: int, seed: int, bag: int, is_rounds: bool) -> "PlanForm":
        """To cut a canvass once more; the bag is asked for where rounds need it."""
        form = cls(initial={"minutes": minutes, "seed": seed, "bag": bag})
        if not is_rounds:
            del form.fields["bag"]
        return form


class CanvassForm(WalkFields, PlanForm):
    """A new canvass over one address file."""

    WHOLE, EACH, COMMUNE, BOX = "whole", "each", "commune", "box"

    field_order = (
        *("group", "name", "kind", "area", "commune_code", "bounds", "minutes", "bag"),
        *("start", "end", "max_walk_m", "team_sizes", "seed"),
    )

    group = forms.TypedChoiceField(label=_("Group"), coerce=UUID)
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("For instance the quarter: “Faubourg Saint-Antoine”.")
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, label) for kind, label in KIND_LABELS.items()],
        help_text=_(
            "A leaflet drop goes from address to address, like door to door. Leaflet rounds go along each"
            " side of each street once, as a postman does, and are as long as a bag of leaflets."
        ),
        widget=forms.RadioSelect,
    )
    area = forms.ChoiceField(
        label=_("Area"),
        choices=[
            (WHOLE, _("All addresses of the file")),
            (EACH, _("Each commune of the file, one canvass for each")),
            (COMMUNE, _("One commune")),
            (BOX, _("A box on the map")),
        ],
        widget=forms.RadioSelect,
    )
    commune_code = forms.ChoiceField(label=_("Commune"), required=False)
    bounds = forms.CharField(
        label=_("Box"),
        max_length=120,
        required=False,
        help_text=_("Four numbers in degrees: west,south,east,north."),
    )

    def __init__(
        self, *args: Any, groups: tuple[GroupCard, ...], choices: FileChoices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        several = [("", _("Choose a group"))] if len(groups) > 1 else []
        self._offer("group", [*several, *((str(group.id), group.name) for group in groups)])
        self._offer(
            "commune_code",
            [("", _("Choose a commune"))]
            + [(one.code, f"{one.name} ({one.addresses})") for one in choices.communes],
        )

    def _offer(self, name: str, options: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = options

    def clean_bounds(self) -> Bounds | None:
        text = str(self.cleaned_data["bounds"]).strip()
        if not text:
            return None
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError:
            raise forms.ValidationError(
                _("Write four numbers with commas between them, for instance 2.36,48.84,2.39,48.86.")
            ) from None
        return west, south, east, north

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or self.cleaned_data)
        if values.get("area") == self.COMMUNE and not values.get("commune_code"):
            self.add_error("commune_code", _("Choose the commune."))
        if values.get("area") == self.BOX and not values.get("bounds") and "bounds" not in self.errors:
            self.add_error("bounds", _("Give the box, or choose all addresses."))
        return values

    @property
    def area_chosen(self) -> dict[str, Any]:
        """The part of the file, as ``create_canvass`` takes it; what the area does not ask for is ignored."""
        area = self.cleaned_data["area"]
        return {
            "commune_code": self.cleaned_data["commune_code"] if area == self.COMMUNE else "",
            "bounds": self.cleaned_data["bounds"] if area == self.BOX else None,
        }


class AssignForm(forms.Form):
    """Which shift's team takes a turf."""

    shift = forms.TypedChoiceField(label=_("Shift"), coerce=UUID)

    def __init__(self, *args: Any, shifts: tuple[ShiftCard, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["shift"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(shift.id), shift_label(shift)) for shift in shifts]


def shift_label(shift: ShiftCard) -> str:
    """When, what, and how many come."""
    starts, ends = timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at)
    hours = "–".join(date_format(moment, "TIME_FORMAT") for moment in (starts, ends))
    when = f"{date_format(starts, 'l j F')}, {hours}"
    people = _("%(taken)d of %(capacity)d") % {"taken": shift.taken, "capacity": shift.capacity}
    return f"{when} · {shift.action_title} · {people}"


class VisitForm(forms.Form):
    """One tap: which door, what happened, and the id that makes a repeat recognisable."""

    door = forms.UUIDField()
    visit = forms.UUIDField()
    outcome = forms.TypedChoiceField(choices=[(one.value, one.value) for one in Outcome], coerce=Outcome)
    supersedes = forms.UUIDField(required=False)
    floor = forms.IntegerField(required=False, min_value=-999, max_value=999)
    dwelling = forms.IntegerField(required=False, min_value=0, max_value=999)

    def clean(self) -> dict[str, Any]:
        """``unit`` is ``floor.dwelling``, or empty for the whole door."""
        values = dict(super().clean() or self.cleaned_data)
        told = [values.get(name) for name in ("floor", "dwelling")]
        if told.count(None) == 1:
            raise forms.ValidationError(_("Give the floor and the dwelling, or neither."), code="half")
        return {**values, "unit": "" if None in told else f"{told[0]}.{told[1]}"}
