"""Names of roles, purposes and channels, for templates."""

from django import template
from django.utils.translation import gettext as _

from amiral.rooms.people import texts

register = template.Library()
register.filter("role_name", texts.role_name)
register.filter("purpose_name", texts.purpose_name)


@register.filter
def channel_name(channel: str) -> str:
    """Where a line of the consent ledger came from."""
    return {
        "join form": _("join form"),
        "account page": _("account page"),
        "system": _("system"),
    }.get(channel, channel)
