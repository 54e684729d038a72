"""The forms that change a plan by hand: one for each kind of change, all sent to one address.

Each carries the version of the plan that the person sees, so that the second of two leaders is told.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amiral.rooms.field.contracts import Edit, EditKind, Side
from amiral.rooms.field.queries.plans import EditPage, EditTurfPage, PlanTurf

NEW = "new"
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
CORNERS_MOST = 500


class EditForm(forms.Form):
    """What every change has: its kind, and the version of the plan that was looked at."""

    kind: ClassVar[EditKind]
    what = forms.CharField(widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, version: int, **kwargs: Any) -> None:
        initial = {"what": self.kind.value, "version": version, **kwargs.pop("initial", {})}
        super().__init__(data, auto_id=f"{self.kind.value}_%s", initial=initial, **kwargs)

    def edit(self) -> Edit:
        """The change that was asked for."""
        values = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"what", "version"} and value is not None
        }
        return Edit(kind=self.kind, **values)

    def hidden_values(self) -> list[tuple[str, str]]:
        """What was sent, to be sent again once the person has seen the preview."""
        names = [name for name in self.fields if name != "version"]
        get = getattr(self.data, "getlist", lambda name: [self.data[name]])
        return [(name, str(one)) for name in names if name in self.data for one in get(name)]

    def offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Fills the choices of a field."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)


def _number_or_new(text: str) -> int | None:
    return None if text == NEW else int(text)


def turf_choices(turfs: Iterable[PlanTurf]) -> list[tuple[str, str]]:
    """Turfs with their minutes."""
    words = _("Turf %(number)d (%(minutes)d min)")
    return [(str(one.number), words % {"number": one.number, "minutes": one.minutes}) for one in turfs]


class _ToTurf(EditForm):
    """Doors go to a turf, or become one."""

    target = forms.TypedChoiceField(
        label=gettext_lazy("Give them to"), coerce=_number_or_new, empty_value=None
    )

    def offer_targets(self, turfs: Iterable[PlanTurf]) -> None:
        self.offer("target", [(NEW, _("A new turf")), *turf_choices(turfs)])


class StreetForm(_ToTurf):
    """A street, one side of it, or a range of its numbers."""

    kind = EditKind.STREET
    field_order = ("street", "side", "first_number", "last_number", "target")
    street = forms.ChoiceField(
        label=gettext_lazy("Street"), help_text=gettext_lazy("In brackets its doors, then its turfs.")
    )
    side = forms.TypedChoiceField(
        label=gettext_lazy("Side"),
        coerce=Side,
        choices=[
            (Side.BOTH.value, gettext_lazy("Both sides")),
            (Side.ODD.value, gettext_lazy("Odd numbers")),
            (Side.EVEN.value, gettext_lazy("Even numbers")),
        ],
        initial=Side.BOTH.value,
    )
    first_number = forms.IntegerField(label=gettext_lazy("From number"), min_value=1, required=False)
    last_number = forms.IntegerField(
        label=gettext_lazy("To number"),
        min_value=1,
        required=False,
        help_text=gettext_lazy("Empty: the whole street."),
    )

    def edit(self) -> Edit:
        code, _bar, street = self.cleaned_data["street"].partition("|")
        return Edit(
            kind=self.kind,
            street=street,
            commune_code=code,
            **{name: self.cleaned_data[name] for name in ("side", "first_number", "last_number", "target")},
        )


class BoundaryForm(_ToTurf):
    """The doors in an area that was drawn on the map or typed."""

    kind = EditKind.BOUNDARY
    field_order = ("corners", "target")
    corners = forms.CharField(
        label=gettext_lazy("Corners of the boundary"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "data-outline": "", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "One corner per line, one after the other around the area: latitude, longitude in degrees,"
            " for instance 46.3062, 4.8310."
        ),
    )

    def clean_corners(self) -> tuple[tuple[float, float], ...]:
        lines = [line for line in str(self.cleaned_data["corners"]).splitlines() if line.strip()]
        corners = [tuple(map(float, NUMBER.findall(line))) for line in lines]
        if len(corners) > CORNERS_MOST or any(len(one) != 2 or not _on_earth(*one) for one in corners):
            raise forms.ValidationError(
                _("Write two numbers on each line, latitude then longitude, with a comma between them.")
            )
        return tuple((longitude, latitude) for latitude, longitude in corners)


def _on_earth(latitude: float, longitude: float) -> bool:
    return isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180


class _OfTurf(EditForm):
    """A change of one turf."""

    turf = forms.TypedChoiceField(label=gettext_lazy("Turf"), coerce=int)


class MergeForm(_OfTurf):
    """Two turfs become one."""

    kind = EditKind.MERGE
    target = forms.TypedChoiceField(
        label=gettext_lazy("With"), coerce=int, help_text=gettext_lazy("Its number stays.")
    )


class SplitForm(_OfTurf):
    """A turf becomes two of about equal minutes."""

    kind = EditKind.SPLIT


class _OneTurf(EditForm):
    """A change on the page of a turf."""

    turf = forms.IntegerField(widget=forms.HiddenInput)


def _door_ids(value: Any) -> UUID:
    return UUID(str(value))


class DoorsForm(_ToTurf, _OneTurf):
    """Some doors of a turf go elsewhere."""

    kind = EditKind.DOORS
    field_order = ("doors", "target")
    doors = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Doors"), coerce=_door_ids, widget=forms.CheckboxSelectMultiple
    )

    def clean_doors(self) -> tuple[UUID, ...]:
        return tuple(self.cleaned_data["doors"])


class FirstForm(_OneTurf):
    """Where the walk begins."""

    kind = EditKind.FIRST
    doors = forms.TypedChoiceField(
        label=gettext_lazy("First door"),
        coerce=_door_ids,
        help_text=gettext_lazy("The rest of the walk is put in order anew from there."),
    )

    def clean_doors(self) -> tuple[UUID, ...]:
        return (self.cleaned_data["doors"],)


class PlaceForm(FirstForm):
    """A door comes earlier or later."""

    kind = EditKind.PLACE
    field_order = ("doors", "position")
    position = forms.IntegerField(label=gettext_lazy("Its place on the walk"), min_value=1, max_value=5000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["doors"].label = gettext_lazy("Door")
        self.fields["doors"].help_text = ""


class ReverseForm(_OneTurf):
    """The other way round."""

    kind = EditKind.REVERSE


class SplitOneForm(_OneTurf):
    """The same as ``SplitForm`` on the page of a turf."""

    kind = EditKind.SPLIT


class MergeOneForm(_OneTurf):
    """The same as ``MergeForm`` on the page of a turf."""

    kind = EditKind.MERGE
    target = forms.TypedChoiceField(
        label=gettext_lazy("Merge with"), coerce=int, help_text=gettext_lazy("Its number stays.")
    )


PLAN_FORMS: tuple[type[EditForm], ...] = (BoundaryForm, StreetForm, MergeForm, SplitForm)
TURF_FORMS: tuple[type[EditForm], ...] = (
    DoorsForm,
    FirstForm,
    PlaceForm,
    ReverseForm,
    SplitOneForm,
    MergeOneForm,
)

Forms = dict[str, EditForm]


def plan_forms(page: EditPage, data: Mapping[str, Any] | None = None) -> Forms:
    """The forms of the page of the whole plan by kind; the one that was sent holds its data."""
    free = turf_choices(page.free)
    made = _made(PLAN_FORMS, page.version, data, {})
    for form in made.values():
        if isinstance(form, _ToTurf):
            form.offer_targets(page.free)
        if isinstance(form, _OfTurf):
            form.offer("turf", free)
        if isinstance(form, MergeForm):
            form.offer("target", [*free[1:], *free[:1]])
        if isinstance(form, StreetForm):
            form.offer("street", [(one.key, one.label) for one in page.streets])
    return made


def turf_forms(page: EditTurfPage, data: Mapping[str, Any] | None = None) -> Forms:
    """The forms of the page of one turf by kind."""
    doors = [(str(id_), f"{position}. {label}") for id_, position, label in page.doors]
    made = _made(TURF_FORMS, page.version, data, {"turf": page.turf.number})
    for form in made.values():
        if "doors" in form.fields:
            form.offer("doors", doors)
        if isinstance(form, _ToTurf):
            form.offer_targets(page.free)
        if isinstance(form, MergeOneForm):
            form.offer("target", turf_choices(page.free))
    return made


def _made(
    kinds: Sequence[type[EditForm]],
    version: int,
    data: Mapping[str, Any] | None,
    initial: dict[str, Any],
) -> Forms:
    sent = data.get("what") if data is not None else None
    return {
        one.kind.value: one(data if sent == one.kind.value else None, version=version, initial=dict(initial))
        for one in kinds
    }
