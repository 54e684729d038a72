"""Names of French places as people type them: one spelling, and which places it may mean. Pure functions.

``Gazetteer(places).match(postal_code, city)`` answers the places that both leave possible, each with its
probability; ``complete(text, limit)`` goes on with what is being typed. The model is in docs/resolving.md.
"""

from amiral.cores.names.gazetteer import NOWHERE, Gazetteer, Match, Place, departement_of_code
from amiral.cores.names.spelling import CITIES_OF_DISTRICTS, Typed, normalise, parse, spellings
from amiral.cores.names.streets import AddressText, Streets, address_key, parse_address, same_suffix

__all__ = [
    "CITIES_OF_DISTRICTS",
    "NOWHERE",
    "AddressText",
    "Gazetteer",
    "Match",
    "Place",
    "Streets",
    "Typed",
    "address_key",
    "departement_of_code",
    "normalise",
    "parse",
    "parse_address",
    "same_suffix",
    "spellings",
]
