"""The second factor of the demonstration's accounts; its codes are shown on the page of letters."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth import get_user_model


def enrol(emails: Iterable[str]) -> None:
    """Gives each account an authenticator with a secret of its own."""
    for person in get_user_model().objects.filter(email__in=list(emails)):
        if not Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists():
            TOTP.activate(person, generate_totp_secret())
