"""What people type about their rights, and those who answer them."""

from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from amiral.rooms.people import texts
from amiral.rooms.people.contracts import RightChannel, RightKind, RightRefusal, RightTyped

TEXT_MAX_CHARACTERS = 2000


def words_field(*, label: Any, required: bool, help_text: Any = "") -> forms.CharField:
    """Some lines of text."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=TEXT_MAX_CHARACTERS,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AskForm(forms.Form):
    """The public form: an address and what is asked."""

    kind = forms.ChoiceField(label=_("I ask"), widget=forms.RadioSelect)
    address = forms.EmailField(
        label=_("My e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("A link is sent there, so that nobody asks in your place."),
    )
    words = words_field(label=_("In your own words, if you like"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"] = forms.ChoiceField(
            label=_("I ask"),
            choices=[(kind.value, texts.right_kind(kind)) for kind in RightKind],
            widget=forms.RadioSelect,
        )
        self.order_fields(["kind", "address", "words"])


class RecordForm(AskForm):
    """A request that came by another way, typed in by those in charge."""

    channel = forms.ChoiceField(label=_("How it came"))
    received_on = forms.DateField(
        label=_("Day on which it arrived"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The month begins on that day."),
    )
    territory = forms.ChoiceField(label=_("Territory"))

    def __init__(self, *args: Any, territories: tuple[tuple[str, str], ...], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["address"].required = False
        self.fields["address"].label = _("E-mail address of the person, if known")
        self.fields["address"].help_text = _("The link that proves the identity, and the answer, go there.")
        self.fields["address"].widget.attrs["autocomplete"] = "off"
        self.fields["kind"].label = _("The person asks")
        self.fields["words"].label = _("What the person wrote or said")
        self.fields["channel"] = forms.ChoiceField(
            label=_("How it came"),
            choices=[
                (one.value, texts.right_channel(one)) for one in RightChannel if one is not RightChannel.FORM
            ],
        )
        self.fields["territory"] = forms.ChoiceField(label=_("Territory"), choices=territories)
        self.order_fields(["channel", "received_on", "kind", "address", "words", "territory"])

    def clean_received_on(self) -> Any:
        day = self.cleaned_data["received_on"]
        if day > localdate():
            raise forms.ValidationError(_("This day lies in the future. Correct it."))
        return day

    def typed(self) -> RightTyped:
        """What was typed; call once valid."""
        cleaned = self.cleaned_data
        return RightTyped(
            kind=RightKind(cleaned["kind"]),
            channel=RightChannel(cleaned["channel"]),
            address=cleaned["address"],
            words=cleaned["words"],
            territory_id=cleaned["territory"],
            received_on=cleaned["received_on"],
        )


class CheckForm(forms.Form):
    """What shows that the request comes from the person."""

    text = words_field(
        label=_("What you checked"),
        required=True,
        help_text=_(
            "For example: came to the office, gave the date of the import. No copy of an identity card."
        ),
    )


class ExtendForm(forms.Form):
    """Why the answer takes longer."""

    text = words_field(
        label=_("Why the answer takes two months more"), required=True, help_text=_("The person reads it.")
    )


class AnswerForm(forms.Form):
    """What was done, for the receipt."""

    text = words_field(
        label=_("What was done"),
        required=False,
        help_text=_("The person reads it. Needed for a correction, which you make before."),
    )


class RefuseForm(forms.Form):
    """Why nothing is done."""

    because = forms.ChoiceField(label=_("Reason of the law"))
    text = words_field(label=_("In your words"), required=True, help_text=_("The person reads it."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["because"] = forms.ChoiceField(
            label=_("Reason of the law"),
            choices=[(one.value, texts.right_refusal(one)) for one in RightRefusal],
        )
        self.order_fields(["because", "text"])
