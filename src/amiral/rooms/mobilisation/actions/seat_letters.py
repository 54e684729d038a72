"""What people are told when their sign-up comes to something, with links that act by one tap."""

from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.rooms.mobilisation.actions import letters
from amiral.rooms.mobilisation.contracts import SignUpState
from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.mobilisation.queries.place_links import Tap, place_url


def tell(*, shift: Shift, sign_ups: Iterable[SignUp]) -> None:
    """Writes to each what his sign-up has come to, but for what he did himself and needs no proof of."""
    for sign_up in sign_ups:
        words = WORDS.get(SignUpState(sign_up.state))
        if words is not None:
            sign_up.shift = shift
            letters.write(sign_up=sign_up, words=words, still=_still(sign_up))


def _still(sign_up: SignUp) -> str:
    """What the outbox asks again before the letter leaves: an offer that is over is not announced."""
    kinds = {SignUpState.OFFERED: "offer", SignUpState.CONFIRMED: "sign-up"}
    kind = kinds.get(SignUpState(sign_up.state))
    return f"{kind}:{sign_up.pk}" if kind else ""


def _confirmed(sign_up: SignUp) -> tuple[str, str]:
    return (
        _("Your place: %(title)s") % {"title": sign_up.shift.action.title},
        _("Your place is kept. If you cannot come, cancel on the page of the action: somebody else will."),
    )


def _requested(sign_up: SignUp) -> tuple[str, str]:
    return (
        _("Asked for: %(title)s") % {"title": sign_up.shift.action.title},
        _("Your request has reached those who lead this action. They answer each one, and you are told."),
    )


def _waiting(sign_up: SignUp) -> tuple[str, str]:
    return (
        _("Waiting list: %(title)s") % {"title": sign_up.shift.action.title},
        _(
            "There is no place for you at the moment, and you are on the waiting list. As soon as one is "
            "free, it is offered to the first who waits; if that is you, a letter tells you at once."
        ),
    )


def _offered(sign_up: SignUp) -> tuple[str, str]:
    return (
        _("A place is free: %(title)s") % {"title": sign_up.shift.action.title},
        "\n\n".join(
            [
                _("A place is free, and it is kept for you until %(until)s. To take it:")
                % {"until": _until(sign_up)},
                place_url(sign_up_id=sign_up.pk, tap=Tap.ACCEPT),
                _("If you do not want it, say so, and the next person gets it at once:"),
                place_url(sign_up_id=sign_up.pk, tap=Tap.DECLINE),
            ]
        ),
    )


def _expired(sign_up: SignUp) -> tuple[str, str]:
    return (
        _("The offer is over: %(title)s") % {"title": sign_up.shift.action.title},
        _(
            "The place that was kept for you has gone to somebody else, as you did not answer in time. "
            "If you still want to come, sign up again."
        ),
    )


def _refused(sign_up: SignUp) -> tuple[str, str]:
    return (
        _("Not this time: %(title)s") % {"title": sign_up.shift.action.title},
        _("Those who lead this action could not give you a place. Other actions need you: look at the list."),
    )


def _until(sign_up: SignUp) -> str:
    assert sign_up.until is not None
    end = localtime(sign_up.until)
    return pgettext("moment", "%(day)s, %(hour)s") % {
        "day": date_format(end, "l j F"),
        "hour": date_format(end, "TIME_FORMAT"),
    }


WORDS: dict[SignUpState, letters.PersonalWords] = {
    SignUpState.CONFIRMED: _confirmed,
    SignUpState.REQUESTED: _requested,
    SignUpState.WAITING: _waiting,
    SignUpState.OFFERED: _offered,
    SignUpState.EXPIRED: _expired,
    SignUpState.REFUSED: _refused,
}
