"""The whole official geography, loaded once for a class of tests."""

from django.conf import settings
from django.db import connection

from amiral.rooms.territory import api
from amiral.rooms.territory.contracts import ReferentialCounts


def load_france() -> ReferentialCounts:
    """Loads it and checks its foreign keys at once.

    Left to the end of each test, PostgreSQL would check those of all France again after every one of them.
    """
    counts = api.load_referential(front_dir=settings.FRONT_DIR)
    connection.check_constraints()
    return counts
