"""What is typed of a mailing: its texts and its aim, its moment, its pace."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amiral.rooms.outreach.actions.mailings import MOST_PER_MINUTE
from amiral.rooms.outreach.contracts import Channel, MailingDraft, MailingTexts
from amiral.rooms.outreach.web.segments_forms import UseForm

LONGEST = 60_000
"""Letters of a text: forty pages."""


def _text(label: Any, *, rows: int = 14, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class MailingForm(UseForm):
    """A mailing; the fields of ``UseForm`` go into the register of targeting by the same gesture."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("How it stands in the list; readers do not see it.")
    )
    segment = forms.ChoiceField(
        label=_("Segment"), help_text=_("Who is written to; counted anew at the start.")
    )
    channel = forms.ChoiceField(
        label=_("How it is sent"),
        choices=[(Channel.EMAIL.value, _("By e-mail")), (Channel.SMS.value, _("By SMS"))],
        initial=Channel.EMAIL.value,
        required=False,
        help_text=_(
            "By SMS: to those who agreed to this purpose by SMS. The text is sent as it stands, without a"
            " subject; the campaign’s name and how to stop it are added."
        ),
    )
    sender_name = forms.CharField(
        label=_("Name of the sender"), max_length=80, help_text=_("What readers see instead of an address.")
    )
    subject_fr = forms.CharField(label=_("Subject in French"), max_length=200, required=False)
    body_fr = _text(
        _("Text in French"),
        help_text=_(
            "Markdown. {prenom}, {nom} and {commune} are filled in for each reader; {prenom|vous} says “vous”"
            " where the first name is not known. The legal mentions follow by themselves."
        ),
    )
    subject_en = forms.CharField(label=_("Subject in English"), max_length=200, required=False)
    body_en = _text(_("Text in English"), help_text=_("Empty: those who read English get the French letter."))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    field_order = (
        "name", "segment", "channel", "purpose", "why", "starts_on", "ends_on", "cost", "sender_name",
        "subject_fr", "body_fr", "subject_en", "body_en", "version",
    )  # fmt: skip

    def __init__(self, *args: Any, segments: tuple[tuple[str, str], ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].choices = segments  # type: ignore[attr-defined]  # a choice field

    def draft(self) -> MailingDraft:
        """The mailing as it was typed."""
        typed = self.cleaned_data
        return MailingDraft(
            name=typed["name"],
            segment_id=typed["segment"],
            intended=replace(self.intended(), channel=Channel(typed["channel"] or Channel.EMAIL)),
            sender_name=typed["sender_name"],
            french=MailingTexts(subject=typed["subject_fr"], body=typed["body_fr"]),
            english=MailingTexts(subject=typed["subject_en"], body=typed["body_en"]),
        )


def _pace() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Letters a minute at most"),
        required=False,
        min_value=0,
        max_value=MOST_PER_MINUTE,
        help_text=_(
            "Empty or 0: as fast as the mail server takes them. A server that is slow is waited for."
        ),
    )


class ScheduleForm(forms.Form):
    """When it leaves, and how fast."""

    moment = forms.DateTimeField(
        label=_("Not before"),
        required=False,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text=_("Empty: at once. Quiet hours and electoral silence are waited for in any case."),
    )
    per_minute = _pace()

    def chosen(self) -> tuple[datetime | None, int]:
        """The moment (``None``: at once) and the pace (0: none)."""
        return self.cleaned_data["moment"], self.cleaned_data["per_minute"] or 0

    def clean_moment(self) -> datetime | None:
        moment = self.cleaned_data["moment"]
        if isinstance(moment, datetime) and timezone.is_naive(moment):
            return timezone.make_aware(moment)
        return moment if isinstance(moment, datetime) else None


class PaceForm(forms.Form):
    """How fast, from now on."""

    per_minute = _pace()
