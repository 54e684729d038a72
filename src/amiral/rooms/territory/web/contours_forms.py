"""Forms of contours: a file, then which of its properties hold codes and names."""

from datetime import date
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils.translation import gettext_lazy as _

from amiral.rooms.territory.actions.contours import KINDS
from amiral.rooms.territory.contracts import ContourChoices, TerritoryKind

LABELS = {
    TerritoryKind.COMMUNE: _("Communes"),
    TerritoryKind.CANTON: _("Cantons"),
    TerritoryKind.CIRCONSCRIPTION: _("Constituencies (circonscriptions)"),
    TerritoryKind.BUREAU_DE_VOTE: _("Polling stations (bureaux de vote)"),
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL: _("Municipal arrondissements (Paris, Lyon, Marseille)"),
    TerritoryKind.ARRONDISSEMENT: _("Arrondissements (of a département)"),
    TerritoryKind.EPCI: _("Groups of communes (EPCI)"),
    TerritoryKind.DEPARTEMENT: _("Départements"),
    TerritoryKind.REGION: _("Regions"),
    TerritoryKind.ZONE: _("Other zones (IRIS, districts…)"),
}


class ContoursUploadForm(forms.Form):
    """A file of contours to look into; nothing of it is written yet."""

    file = forms.FileField(
        label=_("File of contours"),
        widget=forms.FileInput(attrs={"accept": ".geojson,.json,.geojsonl,.ndjson"}),
        help_text=_("GeoJSON, in degrees or in Lambert-93; one feature per territory."),
        error_messages={"empty": _("The file is empty; a GeoJSON file of contours is expected.")},
    )
    kind = forms.ChoiceField(label=_("What it draws"))
    year = forms.IntegerField(
        label=_("Year of these borders"),
        required=False,
        min_value=1790,
        max_value=2100,
        help_text=_("Left empty: not known. The newest borders answer first."),
    )
    commune = forms.RegexField(
        r"^\d[0-9ABab]\d{3}$",
        label=_("INSEE code of the commune"),
        required=False,
        help_text=_("Only for polling stations of one town that the file does not name."),
        error_messages={"invalid": _("An INSEE code has five characters, such as 71076 or 2A004.")},
    )
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=100,
        help_text=_("Left empty: kind, area and year. A file of the same name is replaced."),
    )
    attribution = forms.CharField(
        label=_("Source to name"),
        required=False,
        max_length=200,
        help_text=_("Shown under every map that uses the file, as its licence asks."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, LABELS[kind]) for kind in KINDS]
        self.fields["kind"].choices = [("", _("Choose…")), *kinds]  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def uploaded(self) -> Path:
        """Where the server put the file."""
        return Path(self._file().temporary_file_path())

    @property
    def file_name(self) -> str:
        return str(self._file().name or "")[:200]

    @property
    def valid_from(self) -> date | None:
        year = self.cleaned_data["year"]
        return date(year, 1, 1) if year else None

    def _file(self) -> TemporaryUploadedFile:
        given = self.cleaned_data["file"]
        if not isinstance(given, TemporaryUploadedFile):
            raise TypeError("The view must put uploads on the disk.")
        return given


class PropertiesForm(forms.Form):
    """Which properties hold the codes and the names."""

    code = forms.ChoiceField(label=_("Code"), required=False)
    number = forms.ChoiceField(
        label=_("Number within it"),
        required=False,
        help_text=_("Only when the code stands in two properties: département or commune, then a number."),
    )
    name_property = forms.ChoiceField(label=_("Name"), required=False)
    commune = forms.RegexField(
        r"^\d[0-9ABab]\d{3}$",
        label=_("INSEE code of the commune"),
        required=False,
        help_text=_("Only for polling stations of one town that the file does not name."),
        error_messages={"invalid": _("An INSEE code has five characters, such as 71076 or 2A004.")},
    )

    def __init__(self, *args: Any, properties: dict[str, list[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [
            (name, f"{name} ({', '.join(values)})" if values else name) for name, values in properties.items()
        ]
        for field in ("code", "number", "name_property"):
            self.fields[field].choices = [("", _("None")), *named]  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def choices(self) -> ContourChoices:
        told = self.cleaned_data
        return ContourChoices(
            code=tuple(one for one in (told["code"], told["number"]) if one),
            name=told["name_property"],
            commune=told["commune"].upper(),
        )


class ConfirmForm(forms.Form):
    """The gesture that writes; where features cannot be used, leaving them out is asked for."""

    without_bad = forms.BooleanField(
        label=_("Leave the features that cannot be used out, and import the others"), required=True
    )
    create = forms.BooleanField(
        label=_("Create territories for the codes that are not known yet"), required=False
    )

    def __init__(self, *args: Any, refused: int, new: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._others = refused - new
        if not refused:
            del self.fields["without_bad"]
        else:
            self.fields["without_bad"].required = self._others > 0
        if not new:
            del self.fields["create"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "create" in self.fields and not self.errors and not (cleaned["create"] or cleaned["without_bad"]):
            raise forms.ValidationError(
                _("Say whether the codes that are not known are to be created or left out.")
            )
        return cleaned

    @property
    def creates(self) -> bool:
        return bool(self.cleaned_data.get("create"))

    @property
    def leaves_out(self) -> bool:
        return bool(self.cleaned_data.get("without_bad"))
