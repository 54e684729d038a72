"""To whom the law is broken: the official ways to tell, as plain links."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from amiral.rooms.moderation.contracts import Grounds


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One way. ``url`` is empty for a number that is only called."""

    name: str
    what: str
    url: str = ""
    urgent: bool = False


def authorities() -> tuple[Authority, ...]:
    """All of them, the urgent one first. What each is for, and where we read it: docs/moderation.md."""
    return (
        Authority(name="17, 112", what=_("Somebody is in danger now: call the police."), urgent=True),
        Authority(
            name="PHAROS",
            what=_(
                "Anything unlawful that everybody can read: threats, calls to violence or hatred, terrorism,"
                " harm to minors, fraud. Insult and defamation are for the police or the gendarmerie."
            ),
            url="https://www.internet-signalement.gouv.fr",
        ),
        Authority(
            name="119",
            what=_("A child is in danger, or may be: free, day and night."),
            url="https://www.allo119.gouv.fr",
        ),
        Authority(
            name="3018",
            what=_(
                "A young person is harassed, at school or online, or meets another violence of the digital"
                " world: free and confidential; it can have contents taken down quickly."
            ),
            url="https://3018.fr",
        ),
        Authority(
            name="Signal Spam",
            what=_("An unwanted or deceiving e-mail."),
            url="https://www.signal-spam.fr",
        ),
        Authority(
            name="33700",
            what=_("An unwanted or deceiving text message or call: forward the message to 33700."),
            url="https://www.33700.fr",
        ),
        Authority(
            name="17Cyber",
            what=_("You are the victim of a scam or of an attack online and want to know what to do."),
            url="https://17cyber.gouv.fr",
        ),
    )


OF_GROUNDS: dict[Grounds, tuple[str, ...]] = {
    Grounds.ILLEGAL: ("17, 112", "PHAROS"),
    Grounds.FRAUD: ("PHAROS", "17Cyber"),
    Grounds.PHISHING: ("PHAROS", "Signal Spam", "33700", "17Cyber"),
    Grounds.MINORS: ("17, 112", "119", "PHAROS", "3018"),
}


def authorities_for(grounds: Grounds) -> tuple[Authority, ...]:
    """Those that concern a notice; none where the law is not at stake."""
    wanted = OF_GROUNDS.get(grounds, ())
    return tuple(one for one in authorities() if one.name in wanted)
