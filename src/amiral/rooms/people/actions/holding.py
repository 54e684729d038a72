"""Keeping persons as they are while another room writes rows that name them.

Merging and erasing lock the person and then look for the rows of all rooms. Who writes such a row takes its
share of the person before all other locks: then neither waits for the other in a circle, and no row is
written for somebody who is being deleted, which PostgreSQL would refuse at the end of one of the two.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from amiral.rooms.people.models import Person


def hold(*, person_ids: Collection[UUID]) -> set[UUID]:
    """Those of the persons who exist: they do until the end of the transaction. One query, none for nobody.

    SQLite has one writer: there the transaction itself holds them.
    """
    wanted = sorted(set(person_ids))
    if not wanted:
        return set()
    if connection.vendor != "postgresql":
        return set(Person.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM people_person WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(wanted)]
        )
        return {row[0] for row in cursor.fetchall()}
