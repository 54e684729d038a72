"""Forms of the graph of territories: a day in the past, a table to import, a zone to draw."""

from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils.translation import gettext_lazy as _

from amiral.kit.errors import Refused
from amiral.rooms.territory.actions.zones import outline_of, picked_places
from amiral.rooms.territory.contracts import TableKind


class HistoryForm(forms.Form):
    """A commune and a day."""

    code = forms.CharField(
        label=_("INSEE code of the commune"),
        max_length=5,
        help_text=_("Of today or former, as 71270. Not the postal code."),
    )
    on = forms.DateField(
        label=_("On the day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class TableForm(forms.Form):
    """A table to import."""

    kind = forms.ChoiceField(
        label=_("What the table tells"),
        choices=[
            (TableKind.MEMBERSHIPS, _("Which canton or constituency communes lie in")),
            (TableKind.MOVEMENTS, _("What became of communes (INSEE’s movements since 1943)")),
        ],
    )
    file = forms.FileField(
        label=_("Table"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv"}),
        help_text=_("A CSV file; separator and encoding are recognised."),
    )

    @property
    def uploaded(self) -> Path:
        """Where the server put the file."""
        return Path(self._file().temporary_file_path())

    @property
    def file_name(self) -> str:
        return str(self._file().name)[:120]

    def _file(self) -> TemporaryUploadedFile:
        given = self.cleaned_data["file"]
        if not isinstance(given, TemporaryUploadedFile):
            raise TypeError("The view must put uploads on the disk.")
        return given


class WithinForm(forms.Form):
    """Where to pick places from."""

    dans = forms.CharField(
        label=_("Show the places of"),
        max_length=60,
        required=False,
        help_text=_(
            "A commune, for its polling stations, or a département: name, postal code or INSEE code."
        ),
    )


class ZoneForm(forms.Form):
    """A zone: its name, the places picked, the outline drawn."""

    name = forms.CharField(label=_("Name of the zone"), max_length=120)
    places = forms.MultipleChoiceField(
        label=_("Places"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    codes = forms.CharField(
        label=_("Codes of further places"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("INSEE codes of communes, codes of polling stations (71270_0001) or cantons (7119)."),
    )
    outline = forms.CharField(
        label=_("Outline"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 6, "data-outline": ""}),
        help_text=_(
            "Click its corners on the map; or write one corner a line, as 46.30, 4.83; or paste GeoJSON."
        ),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["places"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        if not choices:
            del self.fields["places"]

    def clean_codes(self) -> tuple[str, ...]:
        """Ids of the places."""
        try:
            return picked_places(text=self.cleaned_data["codes"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def clean_outline(self) -> dict[str, Any] | None:
        """A GeoJSON geometry."""
        try:
            return outline_of(self.cleaned_data["outline"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    @property
    def picked(self) -> tuple[str, ...]:
        """All places, ticked or typed."""
        return (*self.cleaned_data.get("places", ()), *self.cleaned_data["codes"])


class RetireForm(forms.Form):
    """A second gesture before a zone goes."""

    sure = forms.BooleanField(label=_("Yes, take this zone out of use"))
