"""Choosing who is kept, and each field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.people.contracts import Candidate, MergeField, Side

LABELS = {
    MergeField.GIVEN_NAME: _("Given name"),
    MergeField.FAMILY_NAME: _("Family name"),
    MergeField.PLACE: _("Commune"),
    MergeField.LANGUAGE: _("Language"),
}


class MergeForm(forms.Form):
    """Which account stays, and from whom each field that differs comes."""

    def __init__(self, data: Any = None, *, pair: Candidate) -> None:
        super().__init__(data)
        self.pair = pair
        oldest = min(pair.first, pair.second, key=lambda side: side.joined_at)
        self._choice(
            "kept",
            _("Which account stays?"),
            {str(side.id): _account(side) for side in (pair.first, pair.second)},
        )
        self.fields["kept"].initial = str(oldest.id)
        self.fields["kept"].help_text = _(
            "Only its address signs in afterwards. The other address is written to."
        )
        for field in MergeField:
            self._choose(field, oldest)

    def _choose(self, field: MergeField, oldest: Side) -> None:
        told = {str(side.id): _told(side, field) for side in (self.pair.first, self.pair.second)}
        if len(set(told.values())) > 1:
            self._choice(field.value, LABELS[field], {key: text or "–" for key, text in told.items()})
            self.fields[field.value].initial = str(oldest.id)

    def _choice(self, name: str, label: Any, choices: dict[str, str]) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label, choices=list(choices.items()), widget=forms.RadioSelect
        )

    @property
    def kept(self) -> Side:
        """The one who stays."""
        return self._side("kept")

    @property
    def absorbed(self) -> Side:
        """The other one."""
        return self.pair.second if self.kept == self.pair.first else self.pair.first

    @property
    def chosen(self) -> frozenset[MergeField]:
        """The fields that the kept one takes over from the other."""
        shown = [field for field in MergeField if field.value in self.fields]
        return frozenset(field for field in shown if self._side(field.value) == self.absorbed)

    def _side(self, name: str) -> Side:
        return self.pair.first if self.cleaned_data[name] == str(self.pair.first.id) else self.pair.second


def _account(side: Side) -> str:
    return f"{side.name}, {side.address}" if side.address else side.name


def _told(side: Side, field: MergeField) -> str:
    return str(getattr(side, field.value))
