"""Forms of arguments, synthesis, contradiction, answers, milestones."""

from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from amiral.kit.clock import now
from amiral.rooms.debate.actions import arguments
from amiral.rooms.debate.contracts import ARGUMENT_MAX_CHARACTERS, Outcome, Side, SourceTyped
from amiral.rooms.debate.queries.labels import outcome_label, side_label
from amiral.rooms.debate.web.forms import DateInput, area


class ArgumentForm(forms.Form):
    """An argument with one source, and a second one if wanted."""

    side = forms.ChoiceField(label=_("My argument is"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Argument"),
        max_length=ARGUMENT_MAX_CHARACTERS,
        widget=area(4),
        help_text=_("600 characters at most. Speak of the thing, not of persons."),
    )
    url_1 = forms.CharField(label=_("Address of the source"), max_length=500, widget=forms.URLInput)
    note_1 = forms.CharField(
        label=_("What it says, and who says it"), max_length=300, help_text=_("So that one can judge it.")
    )
    consulted_on_1 = forms.DateField(label=_("Day when you read it"), widget=DateInput())
    archived_1 = forms.CharField(
        label=_("Copy of the passage"),
        required=False,
        widget=area(4),
        max_length=100_000,
        help_text=_("Paste what stands there: it stays readable if the page changes, with its hash."),
    )
    url_2 = forms.CharField(
        label=_("Address of a second source"), max_length=500, required=False, widget=forms.URLInput
    )
    note_2 = forms.CharField(label=_("What the second one says"), max_length=300, required=False)
    consulted_on_2 = forms.DateField(
        label=_("Day when you read the second one"), required=False, widget=DateInput()
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they come
        choices = [(one.value, side_label(one)) for one in Side]
        self.fields["side"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """What is wrong with a source is said at its own field."""
        typed = super().clean() or {}
        for n in (1, 2):
            url, day = typed.get(f"url_{n}"), typed.get(f"consulted_on_{n}")
            if url and not arguments.is_web(url):
                self.add_error(f"url_{n}", _("Write the whole address, beginning with http:// or https://."))
            if day and day > localdate(now()):
                self.add_error(f"consulted_on_{n}", _("This day has not come yet."))
        if typed.get("url_2") and not typed.get("note_2"):
            self.add_error("note_2", _("Say what the second source says, and who says it."))
        lost = typed.get("note_2") or typed.get("consulted_on_2")
        if lost and not typed.get("url_2") and "url_2" not in self.errors:
            self.add_error("url_2", _("Give the address of the second source, or empty its other fields."))
        return typed

    def sources(self) -> tuple[SourceTyped, ...]:
        """The sources that were typed."""
        typed = self.cleaned_data
        found = [
            SourceTyped(
                url=typed[f"url_{n}"],
                note=typed[f"note_{n}"],
                consulted_on=typed[f"consulted_on_{n}"] or typed["consulted_on_1"],
                archived_text=typed.get(f"archived_{n}", ""),
            )
            for n in (1, 2)
            if typed[f"url_{n}"]
        ]
        return tuple(found)


class SynthesisForm(forms.Form):
    """One sentence per line, with what it rests on."""

    text = forms.CharField(
        label=_("Synthesis"),
        widget=area(12),
        max_length=10_000,
        help_text=_("One sentence per line. Each ends with the statements it rests on, like: … [3, 12]"),
    )


class ChallengeForm(forms.Form):
    """What is wrong with a sentence."""

    sentence = forms.IntegerField(label=_("Number of the sentence"), min_value=1)
    text = forms.CharField(label=_("What is wrong with it"), widget=area(4), max_length=1000)


class AnswerForm(forms.Form):
    """The formal answer."""

    outcome = forms.ChoiceField(label=_("What becomes of it"), widget=forms.RadioSelect)
    reasons = forms.CharField(label=_("Reasons"), widget=area(6), max_length=10_000)
    cost = forms.CharField(label=_("Cost"), max_length=200, required=False)
    in_charge = forms.CharField(label=_("Person in charge"), max_length=120)
    programme_before = forms.CharField(
        label=_("What the programme said"), widget=area(3), required=False, max_length=10_000
    )
    programme_after = forms.CharField(
        label=_("What it says because of this"),
        widget=area(3),
        required=False,
        max_length=10_000,
        help_text=_("The two are shown as a comparison."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they come
        choices = [(one.value, outcome_label(one)) for one in Outcome]
        self.fields["outcome"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class MilestoneForm(forms.Form):
    """How far the work is."""

    percent = forms.IntegerField(label=_("Done, in percent"), min_value=0, max_value=100)
    text = forms.CharField(label=_("What was done"), widget=area(3), max_length=2000)
