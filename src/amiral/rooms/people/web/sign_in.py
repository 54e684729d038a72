"""Signing in by a code, and the second factor: allauth's views with our forms, words and limits."""

from typing import TYPE_CHECKING, Any

from allauth.account import views as account_views
from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import views as mfa_views
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from amiral.kit.ratelimit import limited
from amiral.rooms.people.models import Person

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def safe_next(path: str | None) -> str:
    """The path of this site that was asked for, or an empty text: never another site."""
    given = path or ""
    is_ours = given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given if is_ours and len(given) <= 300 else ""


def start_session(request: HttpRequest, person: Person) -> None:
    """Signs in somebody who has just shown, by a letter's link, that the address is his."""
    login(request, person, backend=BACKEND)
    record_authentication(request, person, method="letter")


def to_page(request: HttpRequest, name: str) -> HttpResponse:
    """Sends to a page, keeping where the person was going."""
    path = safe_next(request.GET.get("next"))
    return redirect(reverse(name) + (f"?{urlencode({'next': path})}" if path else ""))


@require_safe
def to_sign_in(request: HttpRequest) -> HttpResponse:
    """allauth's page of passwords: there are none."""
    return to_page(request, "account_request_login_code")


@require_safe
def to_join(request: HttpRequest) -> HttpResponse:
    """allauth's sign-up: ours is another."""
    return to_page(request, "people:join")


class RequestCodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """The address to send a code to."""

    _user: Person | None  # set by the library once the address is clean

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        """In lower case, as accounts have it, and the account's own to the letter.

        The code goes to the address that was typed: a look-alike that the database takes for the same would
        carry it to somebody else.
        """
        email = str(super().clean_email()).lower()
        if self._user is not None and self._user.email != email:
            self._user = None
        return email


class _CodeWords(forms.Form):
    """The words of a field in which a code is typed."""

    code_label: "StrOrPromise" = _("Code of the letter")
    code_help: "StrOrPromise" = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["code"]
        field.label, field.help_text = self.code_label, self.code_help
        field.widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        )


class ConfirmCodeForm(_CodeWords, ConfirmLoginCodeForm):  # type: ignore[misc]  # allauth ships no types
    """The code of the letter."""


class _AuthenticatorWords(_CodeWords):
    code_label = _("Code of your application, or a recovery code")
    code_help = _("Six digits that change every thirty seconds.")


class SecondFactorForm(_AuthenticatorWords, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The second factor, while signing in."""


class SecondFactorAgainForm(_AuthenticatorWords, ReauthenticateForm):  # type: ignore[misc]  # allauth: no types
    """The second factor, in an open session."""


class InstallForm(_CodeWords, ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code of a new authenticator."""

    code_label = _("Code shown by the application")
    code_help = _("Six digits that change every thirty seconds.")


class RequestCodeView(account_views.RequestLoginCodeView):  # type: ignore[misc]  # allauth ships no types
    """Step one: the address."""

    form_class = RequestCodeForm


class ConfirmCodeView(account_views.ConfirmLoginCodeView):  # type: ignore[misc]  # allauth ships no types
    """Step two: the code."""

    form_class = ConfirmCodeForm


class AuthenticateView(mfa_views.AuthenticateView):  # type: ignore[misc]  # allauth ships no types
    """Step three, for those who have one: the second factor."""

    form_class = SecondFactorForm


class ReauthenticateView(mfa_views.ReauthenticateView):  # type: ignore[misc]  # allauth ships no types
    """The second factor once more, or for the first time in this session."""

    form_class = SecondFactorAgainForm


class ActivateView(totp_views.ActivateTOTPView):  # type: ignore[misc]  # allauth ships no types
    """Setting up the second factor. The code that proves it works also counts as shown in this session."""

    form_class = InstallForm

    def form_valid(self, form: ActivateTOTPForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", type="totp", reauthenticated=True)
        return response

    def get_success_url(self) -> str:
        page: str = super().get_success_url()
        path = safe_next(self.request.GET.get("next"))
        return f"{page}?{urlencode({'next': path})}" if path else page


class RecoveryCodesView(recovery_views.ViewRecoveryCodesView):  # type: ignore[misc]  # allauth ships no types
    """The recovery codes not yet used."""

    def get_context_data(self, **words: Any) -> dict[str, Any]:
        path = safe_next(self.request.GET.get("next"))
        return {**super().get_context_data(**words), "next_path": path}


# Counted by network address: a meeting room full of volunteers shares one.
_often = limited(scope="sign-in", limit=100, window_s=600)

request_code = _often(RequestCodeView.as_view())
confirm_code = _often(ConfirmCodeView.as_view())
authenticate = _often(AuthenticateView.as_view())
reauthenticate = _often(ReauthenticateView.as_view())
activate = _often(ActivateView.as_view())
deactivate = _often(login_required(totp_views.DeactivateTOTPView.as_view()))
second_factor = mfa_views.IndexView.as_view()
recovery_codes = RecoveryCodesView.as_view()
renew_recovery = _often(login_required(recovery_views.GenerateRecoveryCodesView.as_view()))
download_recovery = recovery_views.DownloadRecoveryCodesView.as_view()
sign_out = account_views.LogoutView.as_view()
closed = account_views.AccountInactiveView.as_view()
