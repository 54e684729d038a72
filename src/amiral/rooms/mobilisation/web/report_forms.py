"""What a leader says of an action that is over."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.mobilisation.actions.reporting import MOST_PICTURES

MOST = 1_000_000


def _number(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST)


class ManyFiles(forms.ClearableFileInput):
    """A field that takes several files."""

    allow_multiple_selected = True


class Pictures(forms.FileField):
    """Several files, or none."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> Any:
        one = super().clean
        sent = data if isinstance(data, list | tuple) else [data] if data else []
        return [one(file, initial) for file in sent[: MOST_PICTURES + 1]]


class ReportForm(forms.Form):
    """Numbers that were counted, a few words, photographs."""

    people = _number(_("Volunteers who were there"))
    doors = _number(_("Doors knocked at"))
    conversations = _number(_("Conversations"))
    leaflets = _number(_("Leaflets given out"))
    posters = _number(_("Posters put up"))
    newcomers = _number(_("People who want to join"))
    words = forms.CharField(
        label=_("In a few words"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=5000,
        help_text=_("What went well, what people said, what to do otherwise. No name of anybody met."),
    )
    photos = Pictures(
        label=_("Photos"),
        required=False,
        help_text=_("JPEG or PNG. The place, the date and the camera are removed. Ask those who are seen."),
        widget=ManyFiles(attrs={"accept": "image/jpeg,image/png"}),
    )
    seen = forms.CharField(
        label=_("What is seen on these photos"),
        max_length=200,
        required=False,
        help_text=_("For those who cannot see them."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data
        if values.get("photos") and not values.get("seen"):
            self.add_error("seen", _("Say in some words what the photos show."))
        return values


class ThanksForm(forms.Form):
    """The leader's own words to the team."""

    words = forms.CharField(
        label=_("A word of your own"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=1000,
        help_text=_("May stay empty: the letter says thank you and who signs it."),
    )
