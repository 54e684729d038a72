"""Words for the values of this room."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amiral.rooms.mobilisation.contracts import Kind

KIND_LABELS: dict[Kind, Promise] = {
    Kind.DOOR_TO_DOOR: _("Door-to-door"),
    Kind.LEAFLET_DROP: _("Leaflet drop"),
}
