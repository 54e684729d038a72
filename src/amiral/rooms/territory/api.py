"""The door of this room: ids in, contracts out."""

from amiral.rooms.territory.actions import (
    import_addresses_file,
    import_places_file,
    import_streets_file,
    load_referential,
)
from amiral.rooms.territory.actions.contours import import_contours_file
from amiral.rooms.territory.actions.graph import ensure_territories
from amiral.rooms.territory.actions.memberships import import_memberships
from amiral.rooms.territory.actions.movements import import_movements
from amiral.rooms.territory.actions.purge import purge
from amiral.rooms.territory.actions.results import import_results_file
from amiral.rooms.territory.queries import (
    addresses,
    ancestor_ids,
    communes_of_postal_code,
    departement_of,
    departements,
    descendant_filter,
    homes_of,
    is_within,
    largest_communes,
    postal_codes,
    reference_files,
    street_lines,
    streets_near,
    territories,
    territory,
)
from amiral.rooms.territory.queries.closure import PLACES, above, find_places
from amiral.rooms.territory.queries.closure import watched as segment_watch
from amiral.rooms.territory.queries.completing import find_communes as search_communes
from amiral.rooms.territory.queries.contours import contours, locate
from amiral.rooms.territory.queries.geocoding import geocode, geocode_many
from amiral.rooms.territory.queries.graph import graph_of
from amiral.rooms.territory.queries.history import territory_on
from amiral.rooms.territory.queries.outlines import building_outlines
from amiral.rooms.territory.queries.places import places_near, places_of_commune
from amiral.rooms.territory.queries.resolving import resolve, resolve_many
from amiral.rooms.territory.queries.results import elections, places_of, results_of
from amiral.rooms.territory.queries.touching import touching
from amiral.rooms.territory.queries.zones import zones_within

__all__ = [
    "PLACES",
    "above",
    "addresses",
    "ancestor_ids",
    "building_outlines",
    "communes_of_postal_code",
    "contours",
    "departement_of",
    "departements",
    "descendant_filter",
    "elections",
    "ensure_territories",
    "find_places",
    "geocode",
    "geocode_many",
    "graph_of",
    "homes_of",
    "import_addresses_file",
    "import_contours_file",
    "import_memberships",
    "import_movements",
    "import_places_file",
    "import_results_file",
    "import_streets_file",
    "is_within",
    "largest_communes",
    "load_referential",
    "locate",
    "places_near",
    "places_of",
    "places_of_commune",
    "postal_codes",
    "purge",
    "reference_files",
    "resolve",
    "resolve_many",
    "results_of",
    "search_communes",
    "segment_watch",
    "street_lines",
    "streets_near",
    "territories",
    "territory",
    "territory_on",
    "touching",
    "zones_within",
]
