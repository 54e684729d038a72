"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """No sign-up through allauth: people join by our own form."""

    def is_open_for_signup(self, request: object) -> bool:
        return False
