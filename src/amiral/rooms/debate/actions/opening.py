"""Keeping the rows that voters agreed to publish, once for each map; forgetting them when one withdraws."""

from uuid import UUID

from django.core.cache import cache
from django.db import transaction

from amiral.kit.ratelimit import is_allowed
from amiral.rooms.debate.models import Consultation, MapVersion, OpenRows
from amiral.rooms.debate.queries import open_rows
from amiral.rooms.debate.queries.versions import newest

HOUR_S = 3600
RENEWED_AN_HOUR = 12
"""Of one consultation, whoever asks: hiding a statement and withdrawing a row need a new map of the rows."""
_BUSY_S = 600


def renew(*, version: MapVersion) -> bool:
    """Computes the rows of a map anew and keeps them; ``False`` where there is nothing to publish.

    Somebody may withdraw while it is computed: then it is not kept.
    """
    built = open_rows.build(version=version)
    with transaction.atomic():
        Consultation.objects.select_for_update().get(pk=version.consultation_id)
        OpenRows.objects.filter(version__consultation_id=version.consultation_id).delete()
        if built is None or not built.voters <= open_rows.may_publish(version=version):
            return False
        OpenRows.objects.create(
            version=version,
            numbers=built.numbers,
            statements_sha256=built.statements_sha256,
            votes=built.votes,
            comments=built.comments,
            document=built.document,
            once_document=built.once_document,
        )
    return True


def refresh(*, consultation_id: UUID) -> None:
    """Before a download: computes what is missing or out of date, one process at a time and so many times an
    hour, however often it is asked for. Three queries when nothing is to be done."""
    version = newest(consultation_id=consultation_id)
    if version is None or open_rows.fresh(version=version) is not None:
        return
    key = str(consultation_id)
    if not cache.add(f"debate-open-rows:{key}", 1, timeout=_BUSY_S):
        return
    try:
        if is_allowed(scope="debate-open-rows", key=key, limit=RENEWED_AN_HOUR, window_s=HOUR_S):
            renew(version=version)
    finally:
        cache.delete(f"debate-open-rows:{key}")


def forget(*, consultation_id: UUID) -> None:
    """In the transaction in which a voice withdraws its row: what holds it is gone with it."""
    Consultation.objects.select_for_update().get(pk=consultation_id)
    OpenRows.objects.filter(version__consultation_id=consultation_id).delete()
