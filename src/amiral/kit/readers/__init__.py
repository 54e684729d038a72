"""Reading what people have: address files and OpenStreetMap extracts. No Django, nothing half-read.

    reading = read_addresses(path)   # .rows (AddressTable) and .problems (bad lines, each with its reason)
    streets = read_streets(path)     # StreetNetwork
    problem = problem_from(addresses=reading.rows, streets=streets)  # for amiral.cores.walk

A file that cannot be used at all raises ``UnreadableFile``: a stable ``code``, ``params`` and a sentence.
``SENTENCES`` holds every English sentence, ``PHRASES`` every text among their values: msgids for rooms.
"""

from .addresses import read_addresses, read_sure_addresses
from .drafts import AddressReading, AddressTable, Limits
from .errors import SENTENCES, LineProblem, UnreadableFile
from .places import read_places
from .plan import Plan
from .sniff import PHRASES
from .streets import StreetNetwork, read_streets
from .walking import problem_from

__all__ = [
    "PHRASES",
    "SENTENCES",
    "AddressReading",
    "AddressTable",
    "Limits",
    "LineProblem",
    "Plan",
    "StreetNetwork",
    "UnreadableFile",
    "problem_from",
    "read_addresses",
    "read_places",
    "read_streets",
    "read_sure_addresses",
]
