"""Forms of this room. They check manners; the verbs check the rules."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from amiral.cores.phases import REASON_MIN_CHARACTERS
from amiral.rooms.debate.actions.ballots import BATCH_MOST
from amiral.rooms.debate.contracts import (
    DETAILS_MAX_CHARACTERS,
    LOT_LEAST,
    LOT_MOST,
    PROMISED,
    STATEMENT_MAX_CHARACTERS,
    ConsultationDraft,
    Identity,
)
from amiral.rooms.debate.queries.labels import identity_label
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import EXPLANATION_MAX_CHARACTERS, Grounds


class DateInput(forms.DateInput):
    """A calendar of the browser, which wants ISO dates whatever the language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def area(rows: int) -> forms.Textarea:
    """A field of several lines."""
    return forms.Textarea(attrs={"rows": rows})


class ConsultationForm(forms.Form):
    """The question, its frame, the promise."""

    territory_id = forms.ChoiceField(label=_("Where it is asked"))
    question = forms.CharField(
        label=_("The question"), max_length=200, help_text=_("One open question, in plain words.")
    )
    framing = forms.CharField(
        label=_("Framing note"),
        widget=area(8),
        max_length=20_000,
        help_text=_("What is known, what is open, what has been decided already. Plain text or Markdown."),
    )
    sources = forms.CharField(
        label=_("Sources"), widget=area(4), max_length=10_000, help_text=_("One per line, with its address.")
    )
    decider = forms.CharField(
        label=_("Who decides"),
        max_length=300,
        help_text=_("Who will answer, and what he may decide."),
    )
    answers_due_on = forms.DateField(
        label=_("Answers promised by"),
        widget=DateInput(),
        help_text=_("A public countdown runs to this day. Putting it off later is public, too."),
    )
    promised = forms.IntegerField(
        label=_("Statements of each list that get an answer"),
        min_value=1,
        max_value=50,
        initial=PROMISED,
        help_text=_("So many of those that most agree with, and as many of those that divide most."),
    )
    identity = forms.ChoiceField(label=_("Whose voice counts"), widget=forms.RadioSelect, initial="member")
    overlap = forms.BooleanField(
        label=_("People vote while others still propose"), required=False, initial=True
    )
    premoderated = forms.BooleanField(
        label=_("What people write is read before it is shown"), required=False, initial=True
    )
    results_while_voting = forms.BooleanField(
        label=_("Counts and map are public while votes go on"), required=False
    )

    def __init__(self, *args: Any, territories: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["territory_id"].choices = territories  # type: ignore[attr-defined]  # a ChoiceField
        identities = [(one.value, identity_label(one)) for one in Identity]
        self.fields["identity"].choices = identities  # type: ignore[attr-defined]  # a ChoiceField

    def draft(self) -> ConsultationDraft:
        """What was typed."""
        typed = dict(self.cleaned_data)
        return ConsultationDraft(**typed | {"identity": Identity(typed["identity"])})


class StepForm(forms.Form):
    """The reason of a step back."""

    reason = forms.CharField(
        label=_("Reason, in public"),
        widget=area(2),
        max_length=1000,
        help_text=format_lazy(
            _("{least} characters at least; it stands on the page of the consultation."),
            least=REASON_MIN_CHARACTERS,
        ),
    )


class PutOffForm(forms.Form):
    """A later promise."""

    due_on = forms.DateField(label=_("New day"), widget=DateInput())
    reason = forms.CharField(label=_("Reason, in public"), widget=area(2), max_length=1000)


class KeyForm(forms.Form):
    """A key or a paper code."""

    key = forms.CharField(
        label=_("Key or paper code"),
        max_length=40,
        help_text=_("Sixteen letters and figures. Dashes, blanks and capitals do not matter."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class StatementForm(forms.Form):
    """One idea; more only when wanted."""

    text = forms.CharField(
        label=_("Your statement"),
        max_length=STATEMENT_MAX_CHARACTERS,
        help_text=_("One idea in plain words, with which one can agree or not. 140 characters at most."),
        widget=area(2),
    )
    details = forms.CharField(
        label=_("Details"),
        max_length=DETAILS_MAX_CHARACTERS,
        required=False,
        widget=area(6),
        help_text=_("For a proposal: what exactly, where, with what means."),
    )
    about_voter = forms.BooleanField(
        label=_("It says something of myself, such as “I am a nurse”"), required=False
    )


class EditForm(forms.Form):
    """Other words for the same statement."""

    text = forms.CharField(label=_("Your statement"), max_length=STATEMENT_MAX_CHARACTERS, widget=area(2))


class SeedsForm(forms.Form):
    """Several statements, one per line."""

    texts = forms.CharField(
        label=_("Statements, one per line"),
        widget=area(8),
        max_length=10_000,
        help_text=_("Everybody votes on these first. Say what opponents say, too, in their words."),
    )

    def lines(self) -> list[str]:
        """What was typed, without empty lines."""
        return [line.strip() for line in self.cleaned_data["texts"].splitlines() if line.strip()]


class RemarkForm(forms.Form):
    """What was heard at doors, in the words of a statement."""

    talking_point_id = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("In the words of those who say it"), max_length=STATEMENT_MAX_CHARACTERS, widget=area(2)
    )

    def __init__(self, *args: Any, point_id: UUID | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{point_id.hex[-6:]}_%s" if point_id else "id_%s")
        super().__init__(*args, **kwargs)
        self.initial.setdefault("talking_point_id", point_id)


class DecideForm(forms.Form):
    """Why something is hidden."""

    reason = forms.CharField(label=_("Reason"), widget=area(2), required=False, max_length=1000)


class CodesForm(forms.Form):
    """Paper codes to print."""

    label = forms.CharField(label=_("For whom or where"), max_length=80)
    size = forms.IntegerField(label=_("How many codes"), min_value=1, max_value=BATCH_MOST, initial=20)


class LotForm(forms.Form):
    """How many members are drawn by lot, and what decides."""

    size = forms.IntegerField(
        label=_("How many members"), min_value=LOT_LEAST, max_value=LOT_MOST, initial=200
    )
    source = forms.CharField(
        label=_("Which public draw decides, and when"),
        max_length=200,
        help_text=_("One whose result everybody can look up later, for example a lottery of next Saturday."),
    )


class LotResultForm(forms.Form):
    """What came out of the public draw."""

    result = forms.CharField(
        label=_("Result of the public draw"),
        max_length=200,
        help_text=_("As it was announced, for example the numbers in their order. It is published."),
    )


class ReportForm(forms.Form):
    """Why a contribution should be looked at."""

    grounds = forms.ChoiceField(label=_("What is wrong"), widget=forms.RadioSelect)
    explanation = forms.CharField(
        label=_("Explanation"), widget=area(4), max_length=EXPLANATION_MAX_CHARACTERS
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = list(moderation.grounds_choices())
        self.fields["grounds"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class VisitorReportForm(ReportForm):
    """The same from somebody without an account: where to answer, and his word (DSA art. 16 (2) (c), (d))."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_(
            "The receipt and the decision are sent there; neither the author nor the moderators see it. Not "
            "needed to report harm to a child."
        ),
        max_length=254,
    )
    honest = forms.BooleanField(label=_("To my knowledge, what I write here is accurate and complete."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = self.data.get("grounds") != Grounds.MINORS

    @property
    def notice(self) -> dict[str, str]:
        """What the verb takes, of a form that is valid."""
        return {name: self.cleaned_data[name] for name in ("grounds", "explanation", "email")}


class AppealForm(forms.Form):
    """Why words should be shown again."""

    words = forms.CharField(
        label=_("Why you disagree"), widget=area(6), max_length=EXPLANATION_MAX_CHARACTERS
    )


def initial_of(draft: Any) -> dict[str, Any]:
    """A consultation as its form begins."""
    names = ConsultationDraft.__dataclass_fields__
    return {name: getattr(draft, name) for name in names}
