"""The page on which a list number is typed in, instead of an account."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.rooms.field.web import numbers


class NumberForm(forms.Form):
    """Eight digits, with or without blanks, and the four letters behind them if one likes."""

    number = forms.CharField(
        label=gettext_lazy("List number"),
        help_text=gettext_lazy(
            "Eight digits, and the four letters behind them if they are asked for: on the printed list, or"
            " from the leader of your team."
        ),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "placeholder": "1234 5678"}
        ),
    )

    def clean_number(self) -> str:
        typed = str(self.cleaned_data["number"])
        digits, letters = numbers.digits_of(typed), numbers.letters_in(typed)
        if len(digits) != 8 or len(letters) not in (0, 4):
            raise forms.ValidationError(
                _("A list number has eight digits, for instance 1234 5678, and four letters behind them.")
            )
        return digits + letters


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def list_number(request: HttpRequest) -> HttpResponse:
    """Opens the walk list of the number in this browser, until it is closed."""
    form = NumberForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        try:
            found = numbers.list_of_number(request, text=form.cleaned_data["number"], at=now())
        except Refused as refusal:
            form.add_error("number", str(refusal))
            status = 429 if isinstance(refusal, numbers.TooManyNumbers) else 200
        else:
            numbers.remember(request, found)
            return redirect("field:walk_list", found.pk)
    context = {"form": form, "next": _paper(request)}
    return render(request, "field/list_number.html", context, status=status)


def _paper(request: HttpRequest) -> str:
    """Where the QR code of the paper leads whoever signs in instead; empty for who came without one."""
    try:
        return reverse("field:by_token", args=[request.GET["feuille"]])
    except (KeyError, NoReverseMatch):
        return ""
