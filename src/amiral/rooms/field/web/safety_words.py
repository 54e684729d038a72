"""The words of the app's safety screen; as ``app_words``."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SAFETY: dict[str, Promise] = {
    "safety.with": _("With you: %(names)s"),
    "safety.is-out": _("You are out."),
    "safety.is-in": _("Say when you go out, and when you are back: whoever leads misses nobody then."),
    "safety.we-out": _("We are going out"),
    "safety.i-out": _("I am going out"),
    "safety.we-back": _("We are back"),
    "safety.i-back": _("I am back"),
    "safety.no-position": _(
        "No position is asked for or kept: at most the number of a turf or of a door, if you say it."
    ),
    "safety.kept": _("Kept on this phone; it is sent as soon as there is a network."),
    "safety.help": _("I need help"),
    "safety.help-what": _(
        "Your leaders and your partner get a message at once, with your name. No sound, no position."
    ),
    "safety.tell-turf": _("Say that I am on turf %(turf)s"),
    "safety.door": _("Door no. on the walk list (only if you want to say it)"),
    "safety.yes": _("Yes: send for help"),
    "safety.no": _("No, go back"),
    "safety.call-not-sent": _(
        "Not sent yet, since %(time)s: no network. It is sent as soon as there is one. If you can, call."
    ),
    "safety.call-sent": _("Sent at %(time)s. Nobody has answered yet; every five minutes others are told."),
    "safety.answered": _("%(name)s has seen it at %(time)s and sees to it."),
    "safety.safe": _("I am safe now"),
    "safety.partner-calls": _("%(name)s asks for help, since %(time)s."),
    "safety.not-sent": _("Not sent yet: no network. Everything is kept."),
    "safety.sending": _("Being sent…"),
    "safety.said-in": _("Going out"),
    "safety.said-out": _("Back"),
    "safety.said-place": _("Where I am"),
    "safety.said-help": _("Call for help"),
    "safety.said-safe": _("I am safe now"),
    "safety.danger": _("In danger"),
    "safety.call-leader": _("Call %(name)s: %(number)s"),
    "safety.text-leader": _("Text message to %(name)s"),
    "safety.police": _("Police: 17"),
    "safety.emergency": _("Any emergency: 112"),
    "safety.by-text": _("By text message: 114"),
    "safety.gone": _("This phone no longer belongs to the team. In danger, call 17 or 112."),
    "safety.seen": _("I have read it"),
    "safety.join": _("Somebody wants to hear from us"),
    "safety.join-what": _(
        "Let him scan this code with his own phone and type his address himself. Never type or write it for"
        " him: nothing may tie an address to a door."
    ),
}
