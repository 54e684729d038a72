"""The page behind the link of a reminder."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation.contracts import COMING, ShiftCard, SignUpState, State
from amiral.rooms.mobilisation.models import SignUp, SignUpAnswer
from amiral.rooms.mobilisation.queries.cards import action_url, shift_card
from amiral.rooms.people import api as people
from amiral.rooms.territory import api as territory


@dataclass(frozen=True, kw_only=True)
class AnswerPage:
    """One place and what can be said of it now. ``comes``: confirmed for the day; ``came``: None unsaid."""

    sign_up_id: UUID
    person_id: UUID
    language: str
    shift: ShiftCard
    place: str
    link: str
    url: str
    state: SignUpState
    is_off: bool
    has_begun: bool
    comes: bool
    came: bool | None

    @property
    def can_answer(self) -> bool:
        return self.state == SignUpState.CONFIRMED and not self.is_off and not self.has_begun

    @property
    def can_say_came(self) -> bool:
        return self.has_begun and not self.is_off and self.state in (*COMING, SignUpState.NO_SHOW)


def answer_page(*, sign_up_id: UUID, at: datetime) -> AnswerPage:
    """For whoever holds the signed link. Raises ``NotFound``. Four queries."""
    row = SignUp.objects.select_related("shift__action").filter(pk=sign_up_id).first()
    if row is None:
        raise NotFound
    action, said = row.shift.action, SignUpAnswer.objects.filter(sign_up=sign_up_id).first()
    comes = row.state in COMING and not _is_off(row)
    where = [action.place, territory.territory(territory_id=action.commune_id).label]
    return AnswerPage(
        sign_up_id=row.pk,
        person_id=row.person_id,
        language=people.card(person_id=row.person_id).language,
        shift=shift_card(row.shift),
        place=", ".join(filter(None, where)),
        link=action.link if comes else "",
        url=action_url(action.pk),
        state=SignUpState(row.state),
        is_off=_is_off(row),
        has_begun=row.shift.starts_at <= at,
        comes=bool(said and said.comes_at),
        came=said.came if said else None,
    )


def _is_off(row: SignUp) -> bool:
    return State.CANCELLED in {row.shift.state, row.shift.action.state}
