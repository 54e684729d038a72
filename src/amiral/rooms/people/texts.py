"""The exact sentences a person is shown; what the ledger keeps is what they say at that moment."""

from hashlib import sha256

from django.conf import settings
from django.utils.translation import gettext, pgettext

from amiral.rooms.people.contracts import Purpose, Role


def consent_text(purpose: Purpose | str) -> str:
    """The sentence beside the box, in the active language."""
    name = {"campaign": settings.CAMPAIGN_NAME}
    return {
        Purpose.NEWSLETTER: gettext("I agree that %(campaign)s sends me its newsletter by e-mail.") % name,
        Purpose.ACTIONS: gettext(
            "I agree that %(campaign)s writes to me by e-mail about actions near my home."
        )
        % name,
        Purpose.GROUP_CONTACT: gettext(
            "I agree that the leaders of my groups write to me through %(campaign)s, "
            "without seeing my address."
        )
        % name,
    }[Purpose(purpose)]


def purpose_name(purpose: Purpose | str) -> str:
    """A short name for tables, in the active language."""
    return {
        Purpose.NEWSLETTER: gettext("Newsletter"),
        Purpose.ACTIONS: gettext("Actions near my home"),
        Purpose.GROUP_CONTACT: gettext("Messages of my groups’ leaders"),
    }[Purpose(purpose)]


def role_name(role: Role | str) -> str:
    """A role, in the active language."""
    return {
        Role.ADMINISTRATOR: pgettext("role", "administrator"),
        Role.COORDINATOR: pgettext("role", "département coordinator"),
        Role.GROUP_LEADER: pgettext("role", "group leader"),
    }[Role(role)]


def fingerprint(text: str) -> str:
    """SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()
