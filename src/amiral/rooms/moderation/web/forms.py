"""Forms of this room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.moderation.contracts import REASON_MAX_CHARACTERS, TRANSITIONS, ReportState

LABELS = {
    ReportState.UPHELD: _("Uphold the report: hide what was said"),
    ReportState.REJECTED: _("Reject the report: keep what was said"),
}


class DecisionForm(forms.Form):
    """A decision and its reason."""

    state = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The author and the person who reported read it. Name the rule or the law."),
        max_length=REASON_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (state.value, LABELS[state]) for state in ReportState if state in TRANSITIONS[ReportState.OPEN]
        ]
        self.fields["state"] = forms.ChoiceField(
            label=self.base_fields["state"].label, choices=choices, widget=forms.RadioSelect
        )
