"""Telling every process that names or postal codes of communes have changed."""

from amiral.kit.ids import new_id
from amiral.rooms.territory.models import NamesEdition


def names_changed() -> None:
    """Begins a new edition of the names; call it in the transaction that writes them."""
    NamesEdition.objects.update_or_create(pk=1, defaults={"edition": new_id()})
