"""Why a message did not leave, or not yet, in words. What is kept in the row is a code, and a detail."""

from django.utils.translation import gettext as _

from amiral.cores.gate import Code


def sentence(reason: str) -> str:
    """The sentence for a ``Message.reason``: ``silence: Municipales, first round``, ``refused: 550``."""
    code, _colon, detail = reason.partition(": ")
    words = _gate().get(code) or _transport().get(code)
    if words is None:
        return _("For another reason: %(reason)s.") % {"reason": reason}
    return words % {"detail": detail} if "%(detail)s" in words else words


def _gate() -> dict[str, str]:
    return {
        Code.SUPPRESSED: _("This person asked not to be written to at this address or number."),
        Code.NO_CHANNEL: _("There is no address, number or subscription to reach this person that way."),
        Code.NO_CONSENT: _("This person does not agree, or no longer, to be written to about this."),
        Code.NO_LONGER_WANTED: _("It had become pointless: what it spoke of was cancelled or is over."),
        Code.SILENCE: _("Electoral silence (%(detail)s): the law forbids it. Write anew after the ballot."),
        Code.QUIET_HOURS: _("It is late where this person lives: it leaves when quiet hours end."),
        Code.WEEKLY_CAP: _("This person had as many messages in seven days as the campaign allows itself."),
    }


def _transport() -> dict[str, str]:
    return {
        "no-notice": _("The text lacks what the law wants said to somebody from a file: %(detail)s."),
        "interrupted": _(
            "The server was stopped while it left: it may have arrived, so it is not sent again."
        ),
        "no-answer": _("The mail server did not answer: it may have arrived, so it is not sent again."),
        "refused": _("The receiver’s mail server refused it (%(detail)s)."),
        "in-doubt": _("The line to the SMS gateway broke: it may have arrived, so it is not sent again."),
        "sms-refused": _("The SMS gateway refused it (%(detail)s)."),
        "push-refused": _("The notification service of the device refused it (%(detail)s)."),
        "too-long": _("The text is too long for SMS."),
        "no-line": _("The SMS gateway could not be reached."),
        "no-key": _("No key for notifications was made on this server."),
        "unreachable": _("The mail server could not be reached (%(detail)s)."),
    }
