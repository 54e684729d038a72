"""The words of the field app: they reach the phone in its shell page, one dictionary for each language.

``%(name)s`` stands for a value that the phone fills in; "key.one" and "key.other" are singular and plural.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amiral.rooms.field.web.app_words import SCREENS
from amiral.rooms.field.web.safety_words import SAFETY

SHELL: dict[str, Promise] = {
    "shell.broken": _(
        "The app did not start on this phone. Reload the page with a network; if that does not help, use the"
        " plain walk list or the paper. What was kept on this phone is not lost."
    ),
    "shell.no-store": _(
        "This browser keeps nothing here, so the app cannot work: leave the private window, or allow this"
        " site to store data. Until then there is the plain walk list, or the paper."
    ),
    "shell.ready": _("Ready: works without network from now on."),
    "shell.not-ready": _("Not ready yet: stay connected for a moment, until this line changes."),
    "shell.never-ready": _(
        "This browser cannot work without network here: use the plain walk list, or the paper."
    ),
    "shell.update": _("A new version of the app is here. What was recorded stays."),
    "shell.update-now": _("Use the new version"),
    "shell.persisted": _("This browser promised to keep what you record until it is sent."),
    "shell.not-persisted": _(
        "This browser did not promise to keep what you record when the phone runs out of room: put the app on"
        " the home screen, and send often."
    ),
    "shell.persistence-unknown": _(
        "This browser does not say how long it keeps what you record: send often."
    ),
    "shell.full": _("This phone is nearly full: make room before you go, and send what you have recorded."),
    "pack.damaged": _("This tour arrived damaged and was not kept: fetch it again with a network."),
    "pack.too-new": _("This tour is for a newer version of the app: reload the page with a network first."),
    "pack.expired": _("This tour is over and was wiped from the phone. What you recorded is still sent."),
    "pack.over": _("This turf is no longer your team’s. What you recorded still counts and is still sent."),
    "pack.revoked": _(
        "This phone may no longer walk: its tours are wiped. What you recorded is still sent, and a leader"
        " decides about it."
    ),
    "pack.unknown": _("The server does not know this phone: open the app again from the walk list."),
    "pack.foreign": _("This turf belongs to another team: open the walk list of your own."),
    "pack.busy": _("Too many requests at once: the tour is asked for again in a minute."),
    "pack.offline": _("No network: the tour could not be fetched. Try again where there is one."),
}
"""Of the shell and of the packs."""


def texts() -> Mapping[str, str]:
    """All of them in the language in force."""
    return {key: str(text) for key, text in sorted((SHELL | SCREENS | SAFETY).items())}
