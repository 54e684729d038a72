"""A notice to the moderators."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import EXPLANATION_MAX_CHARACTERS


class NoticeForm(forms.Form):
    """Asks the moderators to look at something."""

    grounds = forms.ChoiceField(label=_("What is wrong?"), widget=forms.RadioSelect)
    explanation = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=EXPLANATION_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grounds"] = forms.ChoiceField(
            label=self.base_fields["grounds"].label,
            choices=moderation.grounds_choices(),
            widget=forms.RadioSelect,
        )
