"""Forms of the feed: what a post holds beside its words, ballots, choices. The verbs check the rules."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.network.actions.pictures import PICTURES_MAX, NewPicture
from amiral.rooms.network.actions.polls import NewPoll
from amiral.rooms.network.contracts import (
    ALT_MAX_CHARACTERS,
    PRIVATE_MAX_CHARACTERS,
    QUESTION_MAX_CHARACTERS,
    NotificationKind,
    PollView,
    Reachable,
    Tell,
)
from amiral.rooms.network.queries.conversations import reach_label
from amiral.rooms.network.queries.notifications import ChoiceLine, tell_label, way_label, ways_offered
from amiral.rooms.network.web.forms import PostForm
from amiral.rooms.outreach.contracts import Channel


class PublishForm(PostForm):
    """A post with all that it may hold."""

    is_announcement = forms.BooleanField(
        label=_("This is an announcement"),
        help_text=_("Said for the group and kept at the top of its page, until you take it down."),
        required=False,
    )
    poll_question = forms.CharField(
        label=_("Question of a poll"),
        help_text=_("The ballot is secret: counts only, and only once five people have voted."),
        max_length=QUESTION_MAX_CHARACTERS,
        required=False,
    )
    poll_choices = forms.CharField(
        label=_("Answers, one per line"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    poll_is_multiple = forms.BooleanField(label=_("Several answers may be chosen"), required=False)
    poll_closes_at = forms.DateTimeField(
        label=_("The poll closes on"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args: Any, may_announce: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_announce:
            del self.fields["is_announcement"]
        for number in range(1, PICTURES_MAX + 1):
            self.fields[f"picture_{number}"] = _picture_field(number)
            self.fields[f"alt_{number}"] = _alt_field(number)

    def clean(self) -> dict[str, Any]:
        """A poll has all its parts or none; a picture has words."""
        cleaned = super().clean() or {}
        if cleaned.get("poll_question") and not cleaned.get("poll_closes_at"):
            self.add_error("poll_closes_at", _("Say when the poll closes."))
        for number in range(1, PICTURES_MAX + 1):
            if cleaned.get(f"picture_{number}") and not cleaned.get(f"alt_{number}"):
                self.add_error(f"alt_{number}", _("Say in a few words what this picture shows."))
        return cleaned

    def pictures(self) -> Sequence[NewPicture]:
        """Those that were sent."""
        sent = [
            (self.cleaned_data.get(f"picture_{number}"), self.cleaned_data[f"alt_{number}"])
            for number in range(1, PICTURES_MAX + 1)
        ]
        return [NewPicture(content=picture.read(), alt=alt) for picture, alt in sent if picture]

    def poll(self) -> NewPoll | None:
        """The poll, if a question was asked."""
        if not self.cleaned_data["poll_question"]:
            return None
        return NewPoll(
            question=self.cleaned_data["poll_question"],
            choices=self.cleaned_data["poll_choices"].splitlines(),
            is_multiple=self.cleaned_data["poll_is_multiple"],
            closes_at=self.cleaned_data["poll_closes_at"],
        )


def _picture_field(number: int) -> forms.FileField:
    return forms.FileField(
        label=_("Picture %(number)d") % {"number": number},
        help_text=_("JPEG or PNG. Place, date and camera are taken out of it."),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )


def _alt_field(number: int) -> forms.CharField:
    return forms.CharField(
        label=_("What picture %(number)d shows") % {"number": number},
        max_length=ALT_MAX_CHARACTERS,
        required=False,
    )


class BallotForm(forms.Form):
    """One vote."""

    choices = forms.TypedMultipleChoiceField(label=_("Your answer"), coerce=UUID)

    def __init__(self, *args: Any, poll: PollView, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["choices"] = forms.TypedMultipleChoiceField(
            label=self.base_fields["choices"].label,
            coerce=UUID,
            required=False,
            choices=[(str(choice.id), choice.label) for choice in poll.choices],
        )


class TellForm(forms.Form):
    """When to be told of each kind of news."""

    def __init__(self, *args: Any, lines: Sequence[ChoiceLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[line.kind.value] = forms.ChoiceField(
                label=line.label, choices=_choices(line.kind), initial=_value(line.tell, line.way)
            )

    def changed(self) -> list[tuple[NotificationKind, Tell, Channel]]:
        """What differs from before."""
        return [
            (NotificationKind(name), Tell(tell), Channel(way or Channel.EMAIL))
            for name, value in self.cleaned_data.items()
            if value != self.fields[name].initial
            for tell, _colon, way in [value.partition(":")]
        ]


def _choices(kind: NotificationKind) -> list[tuple[str, str]]:
    """A letter at once, another channel at once, the letter of the day, nothing."""
    others = [(_value(Tell.AT_ONCE, way), way_label(way)) for way in ways_offered(kind)]
    first, *rest = [(tell.value, tell_label(tell)) for tell in Tell]
    return [first, *others, *rest]


def _value(tell: Tell, way: Channel) -> str:
    by_letter = way is Channel.EMAIL or tell is not Tell.AT_ONCE
    return tell.value if by_letter else f"{tell.value}:{way.value}"


class MessageForm(forms.Form):
    """One message of a conversation."""

    body = forms.CharField(
        label=_("Your message"),
        max_length=PRIVATE_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ReachForm(forms.Form):
    """Who may write a first message."""

    reachable = forms.ChoiceField(label=_("Who may write me a first message"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reachable"] = forms.ChoiceField(
            label=self.base_fields["reachable"].label,
            choices=[(one.value, reach_label(one)) for one in Reachable],
            widget=forms.RadioSelect,
        )
