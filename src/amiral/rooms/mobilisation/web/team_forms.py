"""What somebody types to see numbers of an action that he does not lead."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ExplanationForm(forms.Form):
    """Why; the persons concerned read it."""

    explanation = forms.CharField(
        label=_("Why do you need the numbers?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Each person whose number you see reads this sentence, with your name and the hour."),
    )
