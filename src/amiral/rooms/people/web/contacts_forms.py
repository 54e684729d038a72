"""What people type about how they are reached."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PhoneForm(forms.Form):
    """One's own telephone number."""

    phone = forms.CharField(
        label=_("My telephone number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("Empty it to remove it."),
    )


class CodeForm(forms.Form):
    """The code that came by SMS."""

    code = forms.CharField(
        label=_("Code received by SMS"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class ObjectForm(forms.Form):
    """One deliberate gesture before nothing is sent any more."""

    sure = forms.BooleanField(
        label=_("Yes, never write to me or call me again."),
        error_messages={"required": _("Tick the box to object.")},
    )


class ObjectionForm(forms.Form):
    """An objection received by telephone, by letter or at a door."""

    value = forms.CharField(
        label=_("E-mail address or telephone number"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Only a hash of it is kept; nothing is ever sent there again."),
    )
