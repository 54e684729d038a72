"""Verbs of this room: loading the official geography, importing addresses and streets."""

from amiral.rooms.territory.actions.accepting import accept_positions
from amiral.rooms.territory.actions.graph import ensure_territories
from amiral.rooms.territory.actions.imports import (
    import_addresses_file,
    import_streets_file,
    remove_file,
    start_import,
    uploaded_file,
)
from amiral.rooms.territory.actions.places import import_places_file
from amiral.rooms.territory.actions.previews import (
    correct,
    drop_pending,
    import_pending,
    keep_for_preview,
    look,
    preview_of,
    sweep_pending,
)
from amiral.rooms.territory.actions.referential import load_referential

__all__ = [
    "accept_positions",
    "correct",
    "drop_pending",
    "ensure_territories",
    "import_addresses_file",
    "import_pending",
    "import_places_file",
    "import_streets_file",
    "keep_for_preview",
    "load_referential",
    "look",
    "preview_of",
    "remove_file",
    "start_import",
    "sweep_pending",
    "uploaded_file",
]
