"""Forms of election results: a file, then which ballot it is about."""

from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.utils.translation import gettext_lazy as _

from amiral.rooms.territory.contracts import ElectionKind
from amiral.rooms.territory.queries.results import kind_label


class ResultsUploadForm(forms.Form):
    """A file of results to look into; nothing of it is written yet."""

    file = forms.FileField(
        label=_("File of results"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xls,.xlsx,.ods,.gz,.zip,.json"}),
        help_text=_(
            "A file of the ministère de l’Intérieur or of your town: CSV, TXT, XLS, XLSX or ODS, also in gzip"
            " or zip; by polling station, commune, canton, constituency, département or nation."
        ),
        error_messages={"empty": _("The file is empty.")},
    )
    commune = forms.RegexField(
        r"^\d[0-9AB]\d{3}$",
        label=_("INSEE code of the commune"),
        required=False,
        help_text=_("Only for the file of one town whose lines do not say which one."),
        error_messages={"invalid": _("An INSEE code has five characters, such as 71076 or 2A004.")},
    )

    @property
    def uploaded(self) -> Path:
        """Where the server put the file."""
        return Path(self._file().temporary_file_path())

    @property
    def file_name(self) -> str:
        return str(self._file().name or "")[:200]

    def _file(self) -> TemporaryUploadedFile:
        given = self.cleaned_data["file"]
        if not isinstance(given, TemporaryUploadedFile):
            raise TypeError("The view must put uploads on the disk.")
        return given


class BallotForm(forms.Form):
    """Which ballot a file is about; filled in as far as the file tells."""

    kind = forms.ChoiceField(label=_("Ballot"))
    date = forms.DateField(
        label=_("Day of the round"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    round = forms.TypedChoiceField(label=_("Round"), coerce=int)
    name = forms.CharField(
        label=_("Name of the election"),
        required=False,
        max_length=120,
        help_text=_("Only where kind and year do not say it all, as for a by-election."),
    )
    attribution = forms.CharField(
        label=_("Source to name"),
        required=False,
        max_length=200,
        help_text=_("Left empty: ministère de l’Intérieur."),
    )

    def __init__(self, *args: Any, rounds: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, kind_label(kind)) for kind in ElectionKind]
        self.fields["kind"].choices = [("", _("Choose…")), *kinds]  # type: ignore[attr-defined]  # a ChoiceField
        numbers = [(1, _("First or only round")), (2, _("Second round"))]
        shown = [pair for pair in numbers if not rounds or pair[0] in rounds]
        self.fields["round"].choices = [("", _("Choose…")), *shown]  # type: ignore[attr-defined]  # as above


class SheetForm(forms.Form):
    """Which table of a spreadsheet to take."""

    sheet = forms.ChoiceField(label=_("Sheet of the spreadsheet"))

    def __init__(self, *args: Any, sheets: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheet"].choices = [(one, one) for one in sheets]  # type: ignore[attr-defined]  # a ChoiceField
