"""What the verbs of the debate refuse, each with a sentence that says what to do.

``fields``: names of the fields of a form that the sentence is about, the first that a form has.
"""

from django.utils.translation import gettext as _

from amiral.cores.phases import REASON_MIN_CHARACTERS, Gesture, Obstacle
from amiral.kit.errors import Refused


def obstacle_sentence(obstacle: Obstacle) -> str:
    """Why a step cannot be taken, for who wants to take it."""
    return {
        Obstacle.NO_SUCH_STEP: _("This step does not follow from the present one. Look at the page again."),
        Obstacle.NO_REASON: _("Going back is public: give the reason, in %(least)d characters at least.")
        % {"least": REASON_MIN_CHARACTERS},
        Obstacle.NO_FRAME: _("Write the framing note, the sources and who decides before opening."),
        Obstacle.NO_TIME: _("The promised day must lie ahead. Choose a later one."),
        Obstacle.NO_STATEMENT: _(
            "There is no statement to vote on yet. Write some, or accept those that wait."
        ),
        Obstacle.NO_MAP: _("The map does not count all votes yet. Draw it, then come back."),
        Obstacle.NO_SYNTHESIS: _("Publish the synthesis first."),
        Obstacle.TOO_EARLY: _("Everybody has seven days to contradict the synthesis. They are not over."),
        Obstacle.OPEN_CHALLENGES: _("A contradiction has no answer yet. Answer each of them first."),
        Obstacle.OWED_ANSWERS: _("A promised answer is missing. Publish every one of them first."),
    }[obstacle]


class StepBlocked(Refused):
    """A phase whose conditions are not met."""

    fields = ("reason",)

    def __init__(self, obstacles: tuple[Obstacle, ...]) -> None:
        self.obstacles = obstacles
        super().__init__(" ".join(obstacle_sentence(one) for one in obstacles))


class NotNow(Refused):
    """A gesture that the phase does not allow."""

    def __init__(self, gesture: Gesture) -> None:
        sentences = {
            Gesture.EDIT: _("The consultation is open: its question and frame no longer change."),
            Gesture.PROPOSE: _("Statements are not taken now. The calendar on the page says when."),
            Gesture.VOTE: _("Votes are not taken now. The calendar on the page says when."),
            Gesture.ARGUE: _("Arguments are not taken now. The calendar on the page says when."),
            Gesture.CHALLENGE: _("The synthesis can be contradicted during the seven days of review."),
        }
        super().__init__(
            sentences.get(gesture, _("This is not the time for it: look at the calendar on the page."))
        )


class LotNotNow(Refused):
    """A draw where there may be none, or a second one."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Members are drawn once, before votes close, where they vote by their account. Look at the "
                "page again."
            )
        )


class LotTooLarge(Refused):
    """A sample too small to hide who is in it, or larger than there are members."""

    fields = ("size",)

    def __init__(self, least: int, most: int) -> None:
        super().__init__(
            _(
                "Between %(least)d and %(most)d members can be drawn among those who agreed to letters. Wait "
                "until there are enough."
            )
            % {"least": least, "most": most}
        )


class NoKey(Refused):
    """A gesture that needs a voice."""

    def __init__(self) -> None:
        super().__init__(_("Take your voting key first, or type it."))


class KeyTaken(Refused):
    """A second voice for one person."""

    def __init__(self) -> None:
        super().__init__(
            _("You have taken your voting key already. Type it to go on; nobody can give you another.")
        )


class MembersOnly(Refused):
    """A key asked for without the identity that the consultation wants."""

    def __init__(self) -> None:
        super().__init__(_("Sign in or join to take a voting key: one person, one voice."))


class PhoneOnly(Refused):
    """A key asked for where each voice is a telephone number, by somebody who has confirmed none."""

    def __init__(self) -> None:
        super().__init__(
            _("Here each voice is a telephone number: confirm yours on the page of your contact details.")
        )


class CodesOnly(Refused):
    """A key asked for where only paper codes count."""

    def __init__(self) -> None:
        super().__init__(_("Here people vote with a code on paper that a volunteer gives them. Type yours."))


class UnknownKey(Refused):
    """Neither a key nor a code of this consultation."""

    fields = ("key",)

    def __init__(self) -> None:
        super().__init__(_("This key or code is not known here. Check its sixteen letters and figures."))


class NothingToSay(Refused):
    """An empty text."""

    def __init__(self) -> None:
        super().__init__(_("Write something first."))


class TextTooLong(Refused):
    """Text beyond its limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("The text is too long: %(limit)d characters at most. Say one idea, in plain words.")
            % {"limit": limit}
        )


class AsksAQuestion(Refused):
    """A statement nobody can agree with."""

    fields = ("text",)

    def __init__(self) -> None:
        super().__init__(_("Say what should be done instead of asking: one must be able to agree or not."))


class HoldsALink(Refused):
    """A statement that points elsewhere."""

    fields = ("text",)

    def __init__(self) -> None:
        super().__init__(_("A statement holds no link. Put sources under an argument."))


class SaidAlready(Refused):
    """The very same words."""

    fields = ("text",)

    def __init__(self) -> None:
        super().__init__(_("This has been said in the same words. Vote on it instead."))


class TooManyToday(Refused):
    """One voice among many."""

    def __init__(self, most: int) -> None:
        super().__init__(
            _("You have written %(most)d times today. Leave room for others and come back tomorrow.")
            % {"most": most}
        )


class VotedOn(Refused):
    """Words that somebody has voted on."""

    fields = ("text",)

    def __init__(self) -> None:
        super().__init__(_("Somebody has voted on these words: they no longer change. Propose an amendment."))


class OwedStays(Refused):
    """Hiding what was promised an answer."""

    def __init__(self) -> None:
        super().__init__(
            _("This statement was promised an answer: only a moderator may hide it, in the public log.")
        )


class BadLine(Refused):
    """One of several statements, with what is wrong with it."""

    fields = ("texts",)

    def __init__(self, text: str, refusal: Refused) -> None:
        words = text if len(text) <= 60 else f"{text[:59]}…"
        super().__init__(
            _("“%(words)s”: %(sentence)s Nothing was added; correct it and send all of them again.")
            % {"words": words, "sentence": refusal}
        )


class TooManyLines(Refused):
    """More statements at once than anybody reads."""

    fields = ("texts",)

    def __init__(self, most: int) -> None:
        super().__init__(
            _("%(most)d statements at once at most: send the others afterwards.") % {"most": most}
        )


class NoSuchSentence(Refused):
    """A contradiction of a sentence that the synthesis does not have."""

    fields = ("sentence",)

    def __init__(self, sentences: int) -> None:
        super().__init__(
            _("The synthesis has sentences 1 to %(sentences)d. Type the number of one of them.")
            % {"sentences": sentences}
        )


class NotVotable(Refused):
    """A statement that waits, is hidden or was replaced."""

    def __init__(self) -> None:
        super().__init__(_("This statement is not open to votes. Go on with another one."))


class NeedsReason(Refused):
    """A decision without its reason."""

    def __init__(self) -> None:
        super().__init__(_("Give the reason: the author reads it."))


class NoSource(Refused):
    """A claim without proof."""

    fields = ("url_1",)

    def __init__(self) -> None:
        super().__init__(
            _("Each argument needs one source at least: its address, a note, and when you read it.")
        )


class BadSource(Refused):
    """A source nobody can check."""

    fields = ("url_1",)

    def __init__(self) -> None:
        super().__init__(
            _("A source needs a note and an address that begins with http:// or https://, read by today.")
        )


class UncitedSentence(Refused):
    """A sentence of a synthesis that rests on nothing."""

    fields = ("text",)

    def __init__(self, sentence: int) -> None:
        super().__init__(
            _("Sentence %(number)d cites no statement: end it with the numbers it rests on, like [3, 12].")
            % {"number": sentence}
        )


class UnknownCitation(Refused):
    """A sentence that cites what nobody can read."""

    fields = ("text",)

    def __init__(self, sentence: int, cited: int) -> None:
        super().__init__(
            _("Sentence %(number)d cites statement %(cited)d, which is not shown here. Cite another one.")
            % {"number": sentence, "cited": cited}
        )


class BadPercent(Refused):
    """More than done, or less than begun."""

    fields = ("percent",)

    def __init__(self) -> None:
        super().__init__(_("Say a share between 0 and 100 %."))


class EarlierDue(Refused):
    """A day that is not later."""

    fields = ("due_on",)

    def __init__(self) -> None:
        super().__init__(_("Choose a day later than the promised one, and say why in public."))
