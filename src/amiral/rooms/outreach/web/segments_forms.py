"""What is typed around a segment: its name, its territory, its use."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.rooms.outreach.contracts import Group, IntendedUse, SegmentDraft
from amiral.rooms.people.contracts import Purpose

PURPOSES = [
    (Purpose.NEWSLETTER.value, _("The newsletter")),
    (Purpose.ACTIONS.value, _("Actions near their home")),
    (Purpose.GROUP_CONTACT.value, _("Messages of their groups’ leaders")),
]


class SegmentForm(forms.Form):
    """Name and territory; ``purpose`` is for the figures only."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("How it stands in the list."))
    territory = forms.ChoiceField(
        label=pgettext_lazy("segment", "Territory"),
        help_text=_("Nobody outside of it is counted, whatever the criteria."),
    )
    purpose = forms.ChoiceField(
        label=_("To write about"),
        choices=PURPOSES,
        help_text=_("The consent that is needed; the figures below say who may be written to."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, scopes: tuple[tuple[str, str], ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["territory"].choices = scopes  # type: ignore[attr-defined]  # a choice field

    def draft(self, tree: Group) -> SegmentDraft:
        """The segment as it was typed."""
        return SegmentDraft(
            name=self.cleaned_data["name"], territory_id=self.cleaned_data["territory"], tree=tree
        )


class UseForm(forms.Form):
    """What the register asks before a segment is used (Regulation (EU) 2024/900, art. 18 and 19)."""

    why = forms.CharField(
        label=_("What for"), max_length=300, help_text=_("One sentence that anybody understands.")
    )
    purpose = forms.ChoiceField(label=_("By which consent"), choices=PURPOSES)
    starts_on = forms.DateField(
        label=_("From"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    ends_on = forms.DateField(
        label=_("Until"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    cost = forms.DecimalField(
        label=_("What it costs, in euros"),
        required=False,
        min_value=0,
        max_value=10_000_000,
        decimal_places=2,
    )

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or {}
        first, last = kept.get("starts_on"), kept.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The end lies before the beginning."))
        return kept

    def intended(self) -> IntendedUse:
        """The use as it was typed."""
        cost = self.cleaned_data["cost"]
        return IntendedUse(
            why=self.cleaned_data["why"],
            purpose=self.cleaned_data["purpose"],
            starts_on=self.cleaned_data["starts_on"],
            ends_on=self.cleaned_data["ends_on"],
            cost_cents=None if cost is None else int(cost * 100),
        )
