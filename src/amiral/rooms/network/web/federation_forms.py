"""Forms of public announcements and of what comes back from other networks."""

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.network.contracts import NOTE_MAX_CHARACTERS, SENTENCE_MAX_CHARACTERS


class NoteForm(forms.Form):
    """Words for everybody, in one language or two."""

    body = forms.CharField(
        label=_("Your announcement to everybody"),
        help_text=_(
            "Plain text or Markdown. Everybody can read it, also on other networks, where it may be copied. "
            "It is signed by the group, not by you: name nobody who did not agree."
        ),
        max_length=NOTE_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    other_body = forms.CharField(
        label=_("The same in English"),
        help_text=_("Optional: readers who chose English see this."),
        required=False,
        max_length=NOTE_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class OutsideAnswerForm(forms.Form):
    """An answer to words from another network."""

    body = forms.CharField(
        label=_("Answer in the name of the group"),
        help_text=_("It leaves on the network on which you were written to."),
        max_length=NOTE_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class DomainForm(forms.Form):
    """A server with which nothing is exchanged any more."""

    domain = forms.CharField(
        label=_("Name of the server"), help_text=_("For example social.example."), max_length=255
    )
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Administrators read this."),
        required=False,
        max_length=SENTENCE_MAX_CHARACTERS,
    )


class DomainNameForm(forms.Form):
    """The button beside a server."""

    domain = forms.CharField(max_length=255)
