"""How a file that waits is read, as a form; and what is accepted of its doubtful positions."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.kit.readers.columns import FIELDS
from amiral.kit.readers.crs import SYSTEMS
from amiral.kit.readers.places import PLACE_FIELDS
from amiral.kit.readers.plan import ENCODINGS, SEPARATORS, Plan
from amiral.rooms.territory.contracts import FileKind, PlaceCategory
from amiral.rooms.territory.web.forms import ImportForm

COLUMN_LABELS = {
    "id": _("Identifier"),
    "number": _("House number"),
    "suffix": _("Bis, ter…"),
    "street": _("Street"),
    "place": _("Locality (lieu-dit)"),
    "address": _("Whole address in one column"),
    "lon": _("Longitude (degrees)"),
    "lat": _("Latitude (degrees)"),
    "x": _("X or easting (metres)"),
    "y": _("Y or northing (metres)"),
    "point": _("Position in one column (WKT, “lat, lon”)"),
    "postcode": _("Postal code"),
    "insee": _("INSEE code of the commune"),
    "city": _("Name of the commune"),
    "dwellings": _("Number of dwellings"),
    "name": _("Name of the place"),
}
CATEGORIES = {
    PlaceCategory.SCHOOL: _("Schools"),
    PlaceCategory.POST_OFFICE: _("Post offices"),
    PlaceCategory.STOP: _("Bus and tram stops"),
    PlaceCategory.RESTAURANT: _("Restaurants"),
    PlaceCategory.POLLING_PLACE: _("Polling places"),
    PlaceCategory.TOWN_HALL: _("Town halls"),
    PlaceCategory.MARKET: _("Markets"),
    PlaceCategory.LIBRARY: _("Libraries"),
    PlaceCategory.OTHER: _("Other places"),
}
COLUMN = "column_"
CATEGORY_CHOICES = [(category.value, label) for category, label in CATEGORIES.items()]
DECIMALS = [
    ("", _("Told by each number")),
    (",", _("Decimal comma (4,83)")),
    (".", _("Decimal point (4.83)")),
]
SEPARATOR_CHOICES = [(sign, _("Tabulation") if sign == "\t" else shown) for sign, shown in SEPARATORS.items()]


class DescribeForm(forms.Form):
    """What is said of a file; for an extract, which is read in one way only, all there is."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("A file of the same name is replaced.")
    )
    attribution = forms.CharField(
        label=_("Source to name"),
        required=False,
        max_length=200,
        help_text=_("Shown under every map that uses the file, as its licence asks."),
    )
    category = forms.ChoiceField(label=_("What these places are"), choices=CATEGORY_CHOICES)

    def __init__(self, *args: Any, kind: FileKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind is not FileKind.PLACES:
            del self.fields["category"]


class ReadingForm(DescribeForm):
    """Everything that reading a table depends on."""

    encoding = forms.ChoiceField(label=_("Encoding of the text"), choices=list(ENCODINGS.items()))
    separator = forms.ChoiceField(label=_("Sign between the columns"), choices=SEPARATOR_CHOICES)
    header = forms.BooleanField(label=_("The first line names the columns"), required=False)
    decimal = forms.ChoiceField(label=_("Decimal sign"), choices=DECIMALS, required=False)
    epsg = forms.ChoiceField(
        label=_("Coordinate system of X and Y"),
        required=False,
        choices=[("0", _("Told by the data")), *((str(code), name) for code, name in SYSTEMS.items())],
    )

    def __init__(self, *args: Any, plan: Plan, kind: FileKind, **kwargs: Any) -> None:
        """``plan`` is how the file is read now; its columns are the choices."""
        super().__init__(*args, kind=kind, **kwargs)
        self.plan = plan
        columns = [("", "–"), *((str(n), _named(n, name)) for n, name in enumerate(plan.names))]
        fields = PLACE_FIELDS if kind is FileKind.PLACES else tuple(f for f in FIELDS if f != "name")
        for field in fields:
            self.fields[COLUMN + field] = forms.ChoiceField(
                label=COLUMN_LABELS[field], choices=columns, required=False
            )

    @staticmethod
    def values_of(plan: Plan) -> dict[str, Any]:
        """The plan as initial values."""
        return {
            "encoding": plan.encoding,
            "separator": plan.separator,
            "header": plan.header,
            "decimal": plan.decimal,
            "epsg": plan.epsg,
            **{COLUMN + field: str(place) for field, place in plan.columns.items()},
        }

    @property
    def wanted(self) -> Mapping[str, Any]:
        """The valid form as ``correct`` takes it."""
        columns: dict[str, int | None] = dict(self.plan.columns)  # those that the form does not show stay
        for name, place in self.cleaned_data.items():
            if name.startswith(COLUMN):
                columns[name.removeprefix(COLUMN)] = int(place) if place else None
        return {**self.cleaned_data, "epsg": int(self.cleaned_data["epsg"] or 0), "columns": columns}


def _named(number: int, name: str) -> str:
    return f"{number + 1}. {name}"[:60]


class ImportPlacesForm(ImportForm):
    """A table of official places."""

    file = forms.FileField(
        label=_("File of places"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv"}),
        help_text=_("A CSV of schools, post offices, stops, polling places… with names and positions."),
        error_messages={"empty": _("The file is empty; expected a CSV of places.")},
    )
    category = forms.ChoiceField(label=_("What these places are"), choices=CATEGORY_CHOICES)
    field_order = ("file", "category", "name", "attribution")
