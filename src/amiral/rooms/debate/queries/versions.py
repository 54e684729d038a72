"""Reads of map versions: the document as it was published, and what is read from it."""

import json
from functools import lru_cache
from typing import Any
from uuid import UUID

from amiral.rooms.debate.models import MapVersion

Json = dict[str, Any]


@lru_cache(maxsize=16)
def parsed(version_id: UUID, fingerprint: str) -> Json:
    """A document is fetched and parsed once; it never changes. Megabytes, where statements are thousands."""
    del fingerprint
    found: Json = json.loads(MapVersion.objects.values_list("document", flat=True).get(pk=version_id))
    return found


def document_of(version: MapVersion) -> Json:
    """The published map, to be read only. One query the first time, then none."""
    return parsed(version.pk, version.fingerprint)


def newest(*, consultation_id: UUID) -> MapVersion | None:
    """The latest version, without its documents: they are fetched when they are asked for. One query."""
    rows = MapVersion.objects.filter(consultation_id=consultation_id)
    return rows.defer("document", "once_document").first()


def extremities(*, consultation_id: UUID) -> dict[int, float]:
    """How far out each statement stands on the latest map; empty before any. One query."""
    version = newest(consultation_id=consultation_id)
    return {one["id"]: one["extremity"] for one in document_of(version)["statements"]} if version else {}
