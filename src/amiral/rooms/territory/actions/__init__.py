"""Verbs of this room: loading the official geography, importing addresses and streets."""

from amiral.rooms.territory.actions.graph import ensure_territories
from amiral.rooms.territory.actions.imports import (
    import_addresses_file,
    import_streets_file,
    remove_file,
    start_import,
    uploaded_file,
)
from amiral.rooms.territory.actions.referential import load_referential

__all__ = [
    "ensure_territories",
    "import_addresses_file",
    "import_streets_file",
    "load_referential",
    "remove_file",
    "start_import",
    "uploaded_file",
]
