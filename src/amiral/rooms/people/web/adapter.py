"""How allauth behaves here: no sign-up of its own, our words, every letter through the outbox."""

from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from amiral.kit import ports
from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.rooms.people import letters, secrets
from amiral.rooms.people.actions import account
from amiral.rooms.people.models import Person


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """No sign-up through allauth: people join by our own form."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "incorrect_code": _("This is not the code of the letter. Check it, or ask for a new one."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then ask for a new code."),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def format_email_subject(self, subject: str) -> str:
        """Our name at the end, as in every letter."""
        return f"{subject} – {settings.CAMPAIGN_NAME}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Hands the letter to the outbox; it leaves at once, and its text is forgotten once sent."""
        words = {
            "campaign_name": settings.CAMPAIGN_NAME,
            "join_link": letters.absolute("people:join"),
            "sign_in_link": letters.absolute("account_request_login_code"),
            "email": email,
            **context,
        }
        letter = self.render_mail(template_prefix, email, words)
        ports.call(
            "send_message",
            to_address=email,
            purpose="service",
            subject=letter.subject,
            body=letter.body,
            idempotency_key=f"account:{new_id()}",
            person_id=None,
        )

    def post_login(self, request: HttpRequest, user: Person, **details: Any) -> HttpResponse:
        """Notes the sign of life and takes up the person's language."""
        response: HttpResponse = super().post_login(request, user, **details)
        account.seen(person_id=user.pk, at=now())
        remember_language(response, user.language)
        return response


def remember_language(response: HttpResponse, language: str) -> None:
    """Sets the cookie that the language buttons set too."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """The second factor: our words, and a QR code that can be read on a dark page."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "This is not the code of this moment. Check the clock of the telephone, try again."
        ),
        "cannot_generate_recovery_codes": _("Set up the second factor first."),
        "unverified_email": _("Confirm your address first."),
    }

    def build_totp_svg(self, url: str) -> str:
        """The address of the secret as a QR code on white."""
        return segno.make(url, error="m").svg_inline(scale=5, border=3, light="white", omitsize=False)

    def encrypt(self, text: str) -> str:
        """How the library keeps a secret of the second factor."""
        return secrets.sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The way back."""
        return secrets.opened(encrypted_text)

    def _get_site_name(self) -> str:
        return settings.CAMPAIGN_NAME
