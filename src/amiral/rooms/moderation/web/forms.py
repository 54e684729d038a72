"""Forms of this room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.moderation.contracts import (
    EXPLANATION_MAX_CHARACTERS,
    FACTS_MAX_CHARACTERS,
    REASON_MAX_CHARACTERS,
    RULE_MAX_CHARACTERS,
    SEAL_REASON_MAX_CHARACTERS,
    TRANSITIONS,
    Category,
    DecisionGround,
    ReportState,
    Statement,
)
from amiral.rooms.moderation.queries.log import category_label, ground_label, scrub_choices

LABELS = {
    ReportState.UPHELD: _("Uphold the report: hide what was said"),
    ReportState.REJECTED: _("Reject the report: keep what was said"),
}


class StatementForm(forms.Form):
    """What a restriction must say (DSA art. 17); asked for only when something is hidden."""

    ground = forms.ChoiceField(label=_("If you hide it: on what ground"), required=False)
    rule = forms.CharField(
        label=_("The article of the law or of the charter"),
        help_text=_("Needed if you hide it."),
        max_length=RULE_MAX_CHARACTERS,
        required=False,
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    facts = forms.CharField(
        label=_("The facts"),
        help_text=_(
            "Needed if you hide it: what was said, where, what you checked. Name nobody: this may be "
            "published."
        ),
        max_length=FACTS_MAX_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, proposed: Statement | None = None, **kwargs: Any) -> None:
        if proposed is not None:
            texts = {"rule": proposed.rule, "facts": proposed.facts}
            codes = {"ground": proposed.ground.value, "category": proposed.category.value}
            kwargs["initial"] = texts | codes
        super().__init__(*args, **kwargs)
        grounds = [(one.value, ground_label(one)) for one in DecisionGround]
        categories = [(one.value, category_label(one)) for one in Category]
        for name, choices in (("ground", grounds), ("category", categories)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def hides(self) -> bool:
        """Whether what was typed restricts something; forms that do not always restrict say so."""
        return True

    def clean(self) -> dict[str, Any]:
        """A restriction names its rule and its facts."""
        found = super().clean() or {}
        if self.hides():
            for name in ("ground", "rule", "category", "facts"):
                if not found.get(name):
                    self.add_error(name, _("Whoever is restricted must be able to read this."))
        return found

    def statement(self, *, reason: str) -> Statement | None:
        """What was typed, for a restriction."""
        if not self.hides():
            return None
        return Statement(
            ground=DecisionGround(self.cleaned_data["ground"]),
            rule=self.cleaned_data["rule"],
            explanation=reason,
            facts=self.cleaned_data["facts"],
            category=Category(self.cleaned_data["category"]),
        )


class DecisionForm(StatementForm):
    """A decision and its reason."""

    state = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The author and the person who reported read it. Name the rule or the law."),
        max_length=REASON_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    field_order = ("state", "ground", "rule", "category", "facts", "reason")

    def __init__(self, *args: Any, has_author: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_author:
            self.fields["reason"].help_text = _("The person who reported reads it. Name the rule or the law.")
        field = self.fields["state"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (state.value, LABELS[state]) for state in ReportState if state in TRANSITIONS[ReportState.OPEN]
        ]

    def hides(self) -> bool:
        """Upholding does."""
        return self.cleaned_data.get("state") == ReportState.UPHELD


class AppealForm(forms.Form):
    """Why a decision should be another."""

    words = forms.CharField(
        label=_("Why you disagree"),
        max_length=EXPLANATION_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AppealDecisionForm(StatementForm):
    """Another moderator's word. The statement is asked for where granting hides what was kept."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("granted", _("Grant the appeal: reverse the decision")),
            ("refused", _("Keep the decision")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The person who appealed reads it."),
        max_length=REASON_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    field_order = ("outcome", "ground", "rule", "category", "facts", "reason")

    def __init__(self, *args: Any, was_hidden: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._was_hidden = was_hidden
        if was_hidden:
            for name in ("ground", "rule", "category", "facts"):
                del self.fields[name]

    def hides(self) -> bool:
        """Granting the appeal of who reported what was kept."""
        return not self._was_hidden and self.cleaned_data.get("outcome") == "granted"


class OpeningForm(forms.Form):
    """Why a seal must be opened."""

    reason = forms.CharField(
        label=_("Why the original must be read"),
        help_text=_("For instance: a complaint, a judge’s order. Another administrator must confirm."),
        max_length=SEAL_REASON_MAX_CHARACTERS,
    )


class ScrubForm(forms.Form):
    """Why an original is destroyed before its day."""

    ground = forms.ChoiceField(label=_("Ground"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ground"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(scrub_choices())
