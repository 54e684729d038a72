"""What is typed to find where somebody belongs."""

from django import forms
from django.utils.translation import gettext_lazy as _


class FindingForm(forms.Form):
    """An address, a postal code, a town: any of them."""

    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Number and street, for example 12 bis rue Carnot. It is neither kept nor logged."),
    )
    postal_code = forms.CharField(
        label=_("Postal code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    city = forms.CharField(
        label=_("Town"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-complete": "/communes/"}),
    )

    def clean(self) -> dict[str, str]:
        cleaned = super().clean() or {}
        if not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Write an address, a postal code or a town."))
        return cleaned
