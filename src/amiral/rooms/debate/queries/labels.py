"""Words of the debate in the active language."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.cores.phases import Phase
from amiral.rooms.debate.contracts import (
    Choice,
    Identity,
    Outcome,
    Promise,
    Side,
    StatementKind,
    StatementState,
)


def phase_label(phase: str) -> str:
    """A phase in two or three words."""
    return {
        Phase.DRAFT: _("In preparation"),
        Phase.CONTRIBUTIONS: _("Contributions"),
        Phase.VOTES: pgettext("phase", "Votes"),
        Phase.FROZEN: _("Votes closed"),
        Phase.MAP: _("Map and synthesis"),
        Phase.REVIEW: _("Contradictory review"),
        Phase.ANSWERS: _("Answers"),
        Phase.FOLLOW_UP: _("Follow-up"),
        Phase.CLOSED: pgettext("consultation", "Closed"),
    }[Phase(phase)]


def phase_sentence(phase: str) -> str:
    """What happens in a phase."""
    return {
        Phase.DRAFT: _("Only those who prepare it read it."),
        Phase.CONTRIBUTIONS: _("Everybody proposes statements and argues."),
        Phase.VOTES: _("Everybody says with what he agrees, and with what not."),
        Phase.FROZEN: _("Nothing is added any more; the map is drawn from all votes."),
        Phase.MAP: _("The map is published; the synthesis is being written."),
        Phase.REVIEW: _("For seven days anybody may contradict the synthesis, and its author answers."),
        Phase.ANSWERS: _("Those who decide answer what they promised to answer."),
        Phase.FOLLOW_UP: _("All answers are there; what follows from them is told."),
        Phase.CLOSED: _("Everything stays readable."),
    }[Phase(phase)]


def identity_label(identity: str) -> str:
    """Whose voice counts."""
    return {
        Identity.SESSION: _(
            "Anybody who opens this page: results show a mood, not one voice for each person."
        ),
        Identity.MEMBER: _("One voice for each confirmed e-mail address or paper code."),
        Identity.PHONE: _(
            "One voice for each telephone number that a member has confirmed, and one for each paper code."
        ),
        Identity.CODE: _("One voice for each paper code handed out by a volunteer."),
    }[Identity(identity)]


def kind_label(kind: str) -> str:
    """Where a statement comes from."""
    return {
        StatementKind.STATEMENT: _("Statement"),
        StatementKind.SEED: _("From the organisers"),
        StatementKind.PROPOSAL: _("Proposal"),
        StatementKind.AMENDMENT: _("Amendment"),
        StatementKind.REMARK: _("Heard at doors"),
    }[StatementKind(kind)]


def state_label(state: str) -> str:
    """What others see of a contribution."""
    return {
        StatementState.PENDING: _("Waits to be read"),
        StatementState.SHOWN: _("Published"),
        StatementState.HIDDEN: _("Hidden"),
        StatementState.SUPERSEDED: _("Replaced by an amendment"),
    }[StatementState(state)]


def choice_label(choice: str) -> str:
    """What somebody answered."""
    return {
        Choice.AGREE: pgettext("vote", "Agree"),
        Choice.DISAGREE: pgettext("vote", "Disagree"),
        Choice.SKIP: pgettext("vote", "Pass"),
    }[Choice(choice)]


def side_label(side: str) -> str:
    """Of an argument."""
    return {Side.FOR: pgettext("argument", "For"), Side.AGAINST: pgettext("argument", "Against")}[Side(side)]


def outcome_label(outcome: str) -> str:
    """Of an answer."""
    return {
        Outcome.ACCEPTED: pgettext("answer", "Accepted"),
        Outcome.PARTLY: pgettext("answer", "Accepted in part"),
        Outcome.REFUSED: pgettext("answer", "Refused"),
        Outcome.STUDIED: pgettext("answer", "Under study"),
    }[Outcome(outcome)]


def promise_label(promise: str) -> str:
    """Why an answer is owed."""
    return {
        Promise.CONSENSUS: _("Among the statements that most agree with"),
        Promise.DIVISIVE: _("Among the statements that divide most"),
    }[Promise(promise)]
