"""Words for the values of this room."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.rooms.mobilisation.contracts import Kind

KIND_LABELS: dict[Kind, Promise] = {
    Kind.DOOR_TO_DOOR: _("Door-to-door"),
    Kind.LEAFLETING: _("Leafleting"),
    Kind.LEAFLET_DROP: _("Leaflet drop"),
    Kind.BILL_POSTING: _("Bill-posting"),
    Kind.MARKET: _("Market"),
    Kind.PHONE: _("Phone calls"),
    Kind.PUBLIC_MEETING: _("Public meeting"),
    Kind.TRAINING: _("Training"),
    Kind.ONLINE: _("Online"),
    Kind.OTHER: pgettext_lazy("kind of action", "Other"),
}
