"""The only way to fetch for a user. Missing and forbidden raise the same ``NotFound``.

Whoever manages debates over a territory manages its consultations; one of the whole campaign belongs to the
country. What is open is public: anybody reads it, signed in or not.
"""

from uuid import UUID

from amiral.cores.phases import Phase
from amiral.kit.errors import NotFound
from amiral.rooms.debate.contracts import StatementState
from amiral.rooms.debate.models import (
    Answer,
    Argument,
    Challenge,
    CodeBatch,
    Consultation,
    MapVersion,
    ReplyRequest,
    Statement,
)
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import COUNTRY, Feature

READABLE = (StatementState.SHOWN, StatementState.SUPERSEDED)


def may_manage(*, person_id: UUID | None, territory_id: str | None = None) -> bool:
    """Over ``territory_id``, or anywhere when it is not said. One query."""
    if person_id is None:
        return False
    if territory_id is None:
        return people.holds(person_id=person_id, feature=Feature.MANAGE_DEBATES)
    return people.may(person_id=person_id, feature=Feature.MANAGE_DEBATES, territory_id=territory_id)


def access_management(*, person_id: UUID | None) -> UUID:
    """For the pages of those who manage debates somewhere."""
    if person_id is None or not may_manage(person_id=person_id):
        raise NotFound
    return person_id


def access_territory_to_ask(*, person_id: UUID, territory_id: str) -> str:
    """A territory over which the person may open a consultation."""
    if not may_manage(person_id=person_id, territory_id=territory_id):
        raise NotFound
    return territory_id


def access_consultation_by_id(*, person_id: UUID | None, consultation_id: UUID) -> tuple[Consultation, bool]:
    """The consultation, and whether the person manages it. A draft is for those who do."""
    found = Consultation.objects.select_related("territory").filter(pk=consultation_id).first()
    if found is None:
        raise NotFound
    manages = may_manage(person_id=person_id, territory_id=found.territory_id)
    if found.phase == Phase.DRAFT and not manages:
        raise NotFound
    return found, manages


def access_consultation_to_manage_by_id(*, person_id: UUID | None, consultation_id: UUID) -> Consultation:
    """For the verbs of who manages it."""
    found, manages = access_consultation_by_id(person_id=person_id, consultation_id=consultation_id)
    if not manages:
        raise NotFound
    return found


def access_statement_by_id(*, person_id: UUID | None, statement_id: UUID) -> tuple[Statement, bool]:
    """A statement that is shown; what waits, and what they hid, is for those who manage the consultation.

    What a moderator hid is read by nobody here: its original lies under seal.
    """
    found = (
        Statement.objects.select_related("consultation__territory", "amends").filter(pk=statement_id).first()
    )
    if found is None:
        raise NotFound
    _, manages = access_consultation_by_id(person_id=person_id, consultation_id=found.consultation_id)
    if found.is_sealed or (found.state not in READABLE and not manages):
        raise NotFound
    return found, manages


def access_statement_to_manage_by_id(*, person_id: UUID | None, statement_id: UUID) -> Statement:
    """For decisions and answers."""
    found, manages = access_statement_by_id(person_id=person_id, statement_id=statement_id)
    if not manages:
        raise NotFound
    return found


def access_argument_by_id(*, person_id: UUID | None, argument_id: UUID) -> tuple[Argument, bool]:
    """An argument that is shown under a statement that is shown; others for those who manage, as above."""
    found = Argument.objects.select_related("statement__consultation").filter(pk=argument_id).first()
    if found is None:
        raise NotFound
    _, manages = access_statement_by_id(person_id=person_id, statement_id=found.statement_id)
    if found.is_sealed or (found.state != StatementState.SHOWN and not manages):
        raise NotFound
    return found, manages


def access_challenge_by_id(*, person_id: UUID | None, challenge_id: UUID) -> Challenge:
    """A contradiction that is shown."""
    found = Challenge.objects.select_related("synthesis__consultation").filter(pk=challenge_id).first()
    if found is None or found.state != StatementState.SHOWN:
        raise NotFound
    access_consultation_by_id(person_id=person_id, consultation_id=found.synthesis.consultation_id)
    return found


def access_challenge_to_manage_by_id(*, person_id: UUID | None, challenge_id: UUID) -> Challenge:
    """For answering a contradiction."""
    found = Challenge.objects.select_related("synthesis__consultation").filter(pk=challenge_id).first()
    if found is None:
        raise NotFound
    access_consultation_to_manage_by_id(person_id=person_id, consultation_id=found.synthesis.consultation_id)
    return found


def access_answer_to_manage_by_id(*, person_id: UUID | None, answer_id: UUID) -> Answer:
    """For milestones."""
    found = Answer.objects.select_related("statement__consultation").filter(pk=answer_id).first()
    if found is None:
        raise NotFound
    access_consultation_to_manage_by_id(person_id=person_id, consultation_id=found.statement.consultation_id)
    return found


def access_map(*, person_id: UUID | None, consultation_id: UUID, number: int | None) -> MapVersion | None:
    """A version of the map, the latest unless ``number`` says which; None while there is none to show.

    While votes are open it is for those who manage, unless the consultation shows results meanwhile.
    """
    consultation, manages = access_consultation_by_id(person_id=person_id, consultation_id=consultation_id)
    maps = MapVersion.objects.filter(consultation_id=consultation_id)
    if not (manages or shows_results(consultation)):
        maps = maps.none()
    if number is None:
        return maps.first()
    found = maps.filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def shows_results(consultation: Consultation) -> bool:
    """Whether counts and maps may be read by everybody in this phase."""
    if consultation.phase in (Phase.DRAFT, Phase.CONTRIBUTIONS, Phase.VOTES):
        return consultation.results_while_voting
    return True


def access_batch_by_id(*, person_id: UUID | None, batch_id: UUID) -> CodeBatch:
    """A batch of paper codes, for who manages its consultation."""
    found = CodeBatch.objects.select_related("consultation").filter(pk=batch_id).first()
    if found is None:
        raise NotFound
    access_consultation_to_manage_by_id(person_id=person_id, consultation_id=found.consultation_id)
    return found


def answers_for_the_site(*, person_id: UUID | None) -> bool:
    """Who handles requests over the whole country stands for the director of publication."""
    return people.may(person_id=person_id, feature=Feature.HANDLE_REQUESTS, territory_id=COUNTRY)


def access_reply_board(*, person_id: UUID | None) -> UUID:
    """For the board of the right of reply."""
    if person_id is None or not answers_for_the_site(person_id=person_id):
        raise NotFound
    return person_id


def access_reply_case_by_id(*, person_id: UUID | None, case_id: UUID) -> ReplyRequest:
    """For reading and deciding."""
    access_reply_board(person_id=person_id)
    row = ReplyRequest.objects.filter(pk=case_id).first()
    if row is None:
        raise NotFound
    return row
