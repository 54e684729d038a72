"""What an importer of supporters answers for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.people import texts
from amiral.rooms.people.contracts import (
    REFUSED_ORIGINS,
    Basis,
    ImportColumn,
    ImportDeclaration,
    Origin,
    Purpose,
)
from amiral.rooms.people.web.uploads import FileForm

FIELDS = (
    "", "given_name", "family_name", "full_name", "email", "email2", "phone", "phone2",
    "street", "postal_code", "city", "consented_on",
)  # fmt: skip
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class UploadForm(FileForm):
    """A file of supporters and the territory it is for."""

    territory = forms.ChoiceField(label=_("Territory"))
    field_order = ("territory", "file")

    def __init__(self, *args: Any, territories: tuple[tuple[str, str], ...], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["territory"] = forms.ChoiceField(
            label=_("Territory"),
            choices=territories,
            help_text=_("Lines outside it are listed as problems, not imported."),
        )
        self.order_fields(self.field_order)


class DeclareForm(forms.Form):
    """What each column holds, where the file comes from, by which right people may be written to."""

    def __init__(self, *args: Any, columns: tuple[ImportColumn, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        self.columns = columns
        for column in columns:
            self.fields[f"column_{column.place}"] = _column_field(column)
        self.fields |= _declaration_fields()

    def declaration(self) -> ImportDeclaration:
        """What was declared; call once valid."""
        cleaned = self.cleaned_data
        return ImportDeclaration(
            mapping=tuple(cleaned[f"column_{column.place}"] for column in self.columns),
            origin=Origin(cleaned["origin"]),
            basis=Basis(cleaned["basis"]),
            basis_proof=cleaned["basis_proof"],
            purpose=Purpose(cleaned["purpose"]),
            consent_text=cleaned["consent_text"],
            consented_on=cleaned["consented_on"],
        )


def _column_field(column: ImportColumn) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Column “%(name)s”") % {"name": column.name or column.place + 1},
        choices=[(name, texts.field_name(name)) for name in FIELDS],
        required=False,
        initial=column.guess,
        help_text=", ".join(column.examples)[:120],
    )


def _declaration_fields() -> dict[str, forms.Field]:
    return {
        "origin": forms.ChoiceField(label=_("Where does this file come from?"), choices=_origins()),
        "basis": forms.ChoiceField(
            label=_("By which right may these people be written to?"),
            choices=[(basis.value, texts.basis_name(basis)) for basis in Basis],
            widget=forms.RadioSelect,
        ),
        "purpose": forms.ChoiceField(
            label=_("For what?"),
            choices=[(purpose.value, texts.purpose_name(purpose)) for purpose in Purpose],
            help_text=_("They are written to for this and for nothing else."),
        ),
        "consent_text": forms.CharField(
            label=_("The sentence to which they agreed, word for word"),
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
        ),
        "consented_on": forms.DateField(
            label=_("Day on which they agreed"),
            required=False,
            widget=DAY,
            help_text=_("For the lines that have no day of their own."),
        ),
        "basis_proof": forms.CharField(
            label=_("Proof: where are the originals kept, or why does the basis hold?"),
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 3}),
        ),
    }


def _origins() -> list[tuple[str, list[tuple[str, str]]]]:
    allowed = [(one.value, texts.origin_name(one)) for one in Origin if one not in REFUSED_ORIGINS]
    refused = [(one.value, texts.origin_name(one)) for one in Origin if one in REFUSED_ORIGINS]
    return [(str(_("May be used")), allowed), (str(_("May not be used")), refused)]


class UndoForm(forms.Form):
    """One deliberate gesture before an import is taken back."""

    sure = forms.BooleanField(
        label=_("Yes, take this import back."),
        error_messages={"required": _("Tick the box to undo the import.")},
    )
