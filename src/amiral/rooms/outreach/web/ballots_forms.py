"""What is typed of a ballot."""

from datetime import time
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from amiral.cores.silence import PARIS
from amiral.rooms.outreach.contracts import BallotDraft, BallotKind
from amiral.rooms.outreach.queries.ballots import kind_names

CLOSE = time(20)
"""The latest hour of the law (décret of convocation; Code électoral, art. R. 41)."""


def _day(**kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(widget=widget, **kwargs)


def _clock(**kwargs: Any) -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(widget=widget, **kwargs)


class BallotForm(forms.Form):
    """A new ballot; the votes of each place are proposed from it."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("With its year."))
    kind = forms.ChoiceField(
        label=_("Kind of ballot"),
        help_text=_(
            "For presidential, legislative and European ballots and referendums, some lands overseas vote on"
            " Saturday."
        ),
    )
    first = _day(label=_("Sunday of the first round"))
    second = _day(label=_("Sunday of the second round"), required=False)
    closes = _clock(
        label=_("When the last stations close"),
        initial=CLOSE,
        help_text=_("On the clock of each place; in doubt the latest hour, 20:00."),
    )
    places = forms.CharField(
        label=_("Where"),
        required=False,
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One code or name per line: 71, 71270, Mâcon. Empty: all of France."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]  # a choice field
            (kind.value, lazy(lambda one: kind_names()[one], str)(kind)) for kind in BallotKind
        ]

    def draft(self) -> BallotDraft:
        """The ballot as it was typed."""
        typed = self.cleaned_data
        return BallotDraft(
            name=typed["name"],
            kind=BallotKind(typed["kind"]),
            places=tuple(typed["places"].splitlines()),
            sundays=tuple(day for day in (typed["first"], typed["second"]) if day),
            closes=typed["closes"],
        )


class PollForm(forms.Form):
    """The vote in one place."""

    zone = forms.CharField(
        label=_("Time zone"),
        max_length=40,
        initial=PARIS,
        help_text=_("Europe/Paris, America/Guadeloupe, Indian/Reunion, Pacific/Tahiti…"),
    )
    day = _day(label=_("Day of the vote there"))
    closes = _clock(label=_("When the last station closes"), initial=CLOSE)


class NewPollForm(PollForm):
    """The vote in a place that the proposal forgot."""

    place = forms.CharField(label=_("Place"), max_length=60, help_text=_("A code or a name."))
    field_order = ("place", "zone", "day", "closes")
