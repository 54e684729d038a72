"""The product with the guard of the places taken out: what the storm is measured against.

The same page, session, form, audit line and letter; the row is written as confirmed and the counter grows.
Nobody is held, asked about or checked, so a shift takes everybody: its capacity grows along.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from amiral.config.wsgi import application
from amiral.kit import audit
from amiral.rooms.mobilisation.access import access_shift_by_id
from amiral.rooms.mobilisation.actions import places, seat_letters
from amiral.rooms.mobilisation.contracts import SignUpState
from amiral.rooms.mobilisation.models import Shift, SignUp

__all__ = ["application"]


def unguarded(
    *, person_id: UUID, shift_id: UUID, at: datetime, role: str, party: int, **_: Any
) -> SignUpState:
    """Writes a sign-up and believes everything."""
    shift = access_shift_by_id(person_id=person_id, shift_id=shift_id)
    with transaction.atomic():
        row = SignUp.objects.create(
            shift=shift, person_id=person_id, role=role, party=party, created_at=at, changed_at=at, sequence=1
        )
        Shift.objects.filter(pk=shift_id).update(capacity=F("capacity") + party, taken=F("taken") + party)
        audit.record(actor_id=person_id, verb="sign-up", subject_kind="shift", subject_id=shift_id)
        seat_letters.tell(shift=shift, sign_ups=[row])
    return SignUpState.CONFIRMED


places.sign_up = unguarded  # type: ignore[assignment]  # the guard is what this takes out
connection.close()
