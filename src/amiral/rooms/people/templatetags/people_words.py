"""Names of roles, purposes and channels, for templates."""

from django import template
from django.utils.translation import gettext as _

from amiral.rooms.people import texts

register = template.Library()
register.filter("role_name", texts.role_name)
register.filter("purpose_name", texts.purpose_name)
register.filter("basis_name", texts.basis_name)
register.filter("origin_name", texts.origin_name)
register.filter("contact_name", texts.contact_name)
register.filter("state_name", texts.state_name)
register.filter("quality_name", texts.quality_name)
register.filter("field_name", texts.field_name)
register.filter("feature_name", texts.feature_name)
register.filter("contact_field_name", texts.contact_field_name)
register.filter("disclosure_reason", texts.disclosure_reason)
register.filter("way_name", texts.way_name)
register.filter("right_kind", texts.right_kind)
register.filter("right_name", texts.right_name)
register.filter("right_state", texts.right_state)
register.filter("right_channel", texts.right_channel)
register.filter("right_refusal", texts.right_refusal)


@register.filter
def channel_name(channel: str) -> str:
    """Where a line of the consent ledger came from."""
    return {
        "join form": _("join form"),
        "account page": _("account page"),
        "field": _("own gesture at the door"),
        "import": _("import of a file"),
        "objection": _("objection received by us"),
        "request": _("request about personal data"),
        "system": _("system"),
        "guest": _("sign-up without an account"),
        "merge": _("two records became one"),
        "stop": _("STOP answered by SMS"),
        "unsubscribe link": _("link of a letter"),
    }.get(channel, channel)
