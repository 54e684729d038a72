"""Forms of the right of reply."""

from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from amiral.cores.reply import Ground
from amiral.kit.clock import now
from amiral.rooms.debate.contracts import (
    REPLY_PASSAGES_MAX_CHARACTERS,
    REPLY_TEXT_MAX_CHARACTERS,
    ReplyCapacity,
    ReplyDraft,
    ReplyProof,
)
from amiral.rooms.debate.queries import replies


class ReplyForm(forms.Form):
    """A request, without an account."""

    page = forms.CharField(
        label=_("Page on which you are named"),
        help_text=_("Its address on this site, for instance /arguments/…"),
        max_length=300,
    )
    page_on = forms.DateField(
        label=_("Date of publication, if the page shows one"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    passages = forms.CharField(
        label=_("Passages that you contest"),
        help_text=_("Copy them word for word."),
        max_length=REPLY_PASSAGES_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    text = forms.CharField(
        label=_("Your reply"),
        max_length=REPLY_TEXT_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 10, "data-reply-length": "1"}),
    )
    name = forms.CharField(label=_("Name to be published with the reply"), max_length=120)
    capacity = forms.ChoiceField(label=_("In whose name you ask"), widget=forms.RadioSelect)
    email = forms.EmailField(label=_("Your e-mail address (never published)"), max_length=254)
    proof = forms.ChoiceField(label=_("How you will prove who you are"))
    proof_words = forms.CharField(
        label=_("What we should know for that"),
        help_text=_("Send no copy of a paper here."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = [(one.value, replies.capacity_label(one)) for one in ReplyCapacity]
        proofs = [(one.value, replies.proof_label(one)) for one in ReplyProof]
        for name, choices in (("capacity", labels), ("proof", proofs)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def clean_page_on(self) -> date | None:
        """A page that is read was published."""
        day: date | None = self.cleaned_data["page_on"]
        if day is not None and day > localdate(now()):
            raise forms.ValidationError(
                _("This day has not come yet. Leave it empty if the page shows none.")
            )
        return day

    def draft(self, *, language: str) -> ReplyDraft:
        """What was typed."""
        typed = self.cleaned_data
        return ReplyDraft(
            page=typed["page"],
            page_on=typed["page_on"],
            name=typed["name"],
            capacity=ReplyCapacity(typed["capacity"]),
            email=typed["email"],
            proof=ReplyProof(typed["proof"]),
            proof_words=typed["proof_words"],
            passages=typed["passages"],
            text=typed["text"],
            language=language,
        )


class RefusalForm(forms.Form):
    """Why a request is refused."""

    ground = forms.ChoiceField(label=_("Ground of refusal"))
    words = forms.CharField(
        label=_("The sentence that the person will read"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["ground"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(replies.ground_choices())

    def chosen(self) -> Ground:
        """The ground."""
        return Ground(self.cleaned_data["ground"])


class SettlementForm(forms.Form):
    """What was agreed instead."""

    words = forms.CharField(
        label=_("What was agreed with the person"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
