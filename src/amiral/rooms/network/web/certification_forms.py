"""Forms of certification and of exclusions. They check manners; the verbs check the rules."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.network.contracts import (
    CRITERION_MAX_CHARACTERS,
    REASONS_MAX_CHARACTERS,
    CriterionKind,
)
from amiral.rooms.network.queries.certification import kind_label


class CriterionForm(forms.Form):
    """A new line of the written criteria."""

    kind = forms.ChoiceField(label=_("What is asked?"))
    least = forms.IntegerField(
        label=_("How many at least?"),
        help_text=_("Days for the age of a group. Nothing for a declared criterion."),
        required=False,
        min_value=1,
        max_value=100_000,
    )
    within_months = forms.IntegerField(
        label=_("In how many months?"),
        help_text=_("For actions and messages only."),
        required=False,
        min_value=1,
        max_value=60,
    )
    text_fr = forms.CharField(
        label=_("The criterion in French"),
        help_text=_("As members read it. Example: “Au moins cinq membres”."),
        max_length=CRITERION_MAX_CHARACTERS,
        widget=forms.TextInput(attrs={"lang": "fr"}),
    )
    text_en = forms.CharField(
        label=_("The criterion in English"),
        max_length=CRITERION_MAX_CHARACTERS,
        widget=forms.TextInput(attrs={"lang": "en"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.value, kind_label(kind)) for kind in CriterionKind]
        self.fields["kind"] = forms.ChoiceField(label=self.base_fields["kind"].label, choices=choices)


class AskForm(forms.Form):
    """What the leaders say beside their request."""

    words = forms.CharField(
        label=_("What should who decides know? (if anything)"),
        required=False,
        max_length=REASONS_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecisionForm(forms.Form):
    """The declared criteria that hold, the decision, its reasons."""

    confirmed = forms.TypedMultipleChoiceField(
        label=_("I confirm that these criteria hold"),
        required=False,
        coerce=UUID,
        widget=forms.CheckboxSelectMultiple,
    )
    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("yes", _("Certify the group")), ("no", _("Refuse"))],
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label=_("Your reasons"),
        help_text=_("Those who lead the group read them."),
        max_length=REASONS_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, declared: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticks = self.fields["confirmed"]
        assert isinstance(ticks, forms.TypedMultipleChoiceField)
        ticks.choices = declared
        if not declared:
            del self.fields["confirmed"]


class WithdrawForm(forms.Form):
    """Why a badge is taken away."""

    reasons = forms.CharField(
        label=_("Why is the badge withdrawn?"),
        help_text=_("Those who lead the group read them."),
        max_length=REASONS_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExcludeForm(forms.Form):
    """Why somebody is kept out."""

    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("The person reads this, and may appeal to those who hold the territory."),
        max_length=REASONS_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AppealForm(forms.Form):
    """The person's own words."""

    words = forms.CharField(
        label=_("Why should the exclusion be lifted?"),
        help_text=_("A coordinator who did not exclude you reads it and answers with reasons."),
        max_length=REASONS_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AppealAnswerForm(forms.Form):
    """Yes or no to an appeal, with a sentence."""

    decision = forms.ChoiceField(choices=[("lift", "lift"), ("stand", "stand")])
    sentence = forms.CharField(max_length=REASONS_MAX_CHARACTERS)
