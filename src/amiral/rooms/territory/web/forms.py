"""Forms of this room."""

from pathlib import Path

from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils.translation import gettext_lazy as _


class CommuneForm(forms.Form):
    """Searching a commune."""

    q = forms.CharField(
        label=_("Name of the commune or postal code"),
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "data-complete": "/communes/"}
        ),
    )


class ImportForm(forms.Form):
    """A file to import, and what is said of it."""

    file = forms.FileField(label=_("File"))
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=120,
        help_text=_("Left empty: the name of the file. A file of the same name is replaced."),
    )
    attribution = forms.CharField(
        label=_("Source to name"),
        required=False,
        max_length=200,
        help_text=_("Shown under every map that uses the file, as its licence asks."),
    )

    @property
    def uploaded(self) -> Path:
        """Where the server put the file."""
        return Path(self._file().temporary_file_path())

    @property
    def wanted_name(self) -> str:
        """The name given, else the one that the file had."""
        return str(self.cleaned_data["name"] or self._file().name)[:120]

    @property
    def takes_addresses(self) -> bool:
        return bool(self.cleaned_data.get("with_addresses"))

    def _file(self) -> TemporaryUploadedFile:
        given = self.cleaned_data["file"]
        if not isinstance(given, TemporaryUploadedFile):
            raise TypeError("The view must put uploads on the disk.")
        return given


class ImportAddressesForm(ImportForm):
    """A table of addresses or an extract that holds some."""

    file = forms.FileField(
        label=_("File of addresses"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.pbf"}),
        help_text=_("A CSV of the Base Adresse Nationale or of your town, or an OpenStreetMap .osm.pbf."),
        error_messages={
            "empty": _("The file is empty; expected a CSV of addresses or an OpenStreetMap .osm.pbf.")
        },
    )


class ImportStreetsForm(ImportForm):
    """An OpenStreetMap extract."""

    file = forms.FileField(
        label=_("File of streets"),
        widget=forms.FileInput(attrs={"accept": ".pbf"}),
        help_text=_("An OpenStreetMap extract (.osm.pbf)."),
        error_messages={"empty": _("The file is empty; expected an OpenStreetMap .osm.pbf.")},
    )
    with_addresses = forms.BooleanField(
        label=_("Import the addresses that this file holds too"), required=False
    )


class RemoveForm(forms.Form):
    """A second gesture before a file goes."""

    sure = forms.BooleanField(label=_("Yes, remove this file"))
