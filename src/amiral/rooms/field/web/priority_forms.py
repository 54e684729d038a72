"""What weighs the score: ballots, lists, an aim in plain words or weights of one's own."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.cores.priorities import HEAVIEST, PRESETS, Part, Preset
from amiral.rooms.field.contracts import PriorityChoice
from amiral.rooms.field.queries.priorities import PART_LABELS, PRESET_LABELS, preset_of
from amiral.rooms.field.web.forms import AssignForm
from amiral.rooms.territory.contracts import ChoiceCard, ElectionCard, TerritoryCard

OWN = "own"
WEIGHT = "weight_"

PART_WORDS: dict[Part, Promise] = {
    Part.RESERVE: _(
        "Abstention times the share of our lists: the votes that would come if those who stayed at home voted"
        " like their neighbours. Nobody knows whether they would."
    ),
    Part.INTERMITTENCE: _("By how much turnout differs between the two ballots: people who vote at times."),
    Part.ABSTENTION: _("Registered voters who did not vote."),
    Part.SUPPORT: _("Votes for our lists, of the votes expressed."),
    Part.CHANGE: _("Share of our lists now less the share in the older ballot."),
    Part.UNDECIDED: _("Blank and null votes and votes for lists within reach, of those who voted."),
    Part.VOLATILITY: _("How much moved between the two ballots, in all directions (Pedersen’s index)."),
    Part.DENSITY: _("Registered voters per hectare: less walking between doors."),
    Part.SIZE: _("How many people can be met there."),
    Part.POPULATION: _("Legal population of the commune; of a station only where it is the only one."),
}

PART_LIMITS: dict[Part, Promise] = {
    Part.RESERVE: _(
        "It does not say that abstainers of the place are for us: they differ from their neighbours who vote."
    ),
    Part.INTERMITTENCE: _(
        "It is the least possible: those who come and those who leave between two ballots cancel out. People"
        " who moved, or a change of the register, look the same."
    ),
    Part.ABSTENTION: _("It does not say why; some are registered elsewhere than where they live."),
    Part.SUPPORT: _("It is that ballot, with those who stood, not an opinion of today."),
    Part.CHANGE: _("Two ballots of different kinds with other candidates are hardly comparable."),
    Part.UNDECIDED: _("A blank vote may be a firm one; voters of a list within reach may be loyal to it."),
    Part.VOLATILITY: _("It counts net movement of blocks, not how many people changed their minds."),
    Part.DENSITY: _("It does not know floors, codes at the door, or how the homes lie in the area."),
    Part.SIZE: _("Those who are not registered are not in it."),
    Part.POPULATION: _("It counts children and foreigners too, and is some years old."),
}

_WEIGHTS: tuple[tuple[int, Promise], ...] = (
    (3, pgettext_lazy("weight of a part", "A lot: high values first")),
    (2, pgettext_lazy("weight of a part", "Counts: high values first")),
    (1, pgettext_lazy("weight of a part", "A little: high values first")),
    (0, pgettext_lazy("weight of a part", "Does not count")),
    (-1, pgettext_lazy("weight of a part", "A little: low values first")),
    (-2, pgettext_lazy("weight of a part", "Counts: low values first")),
    (-3, pgettext_lazy("weight of a part", "A lot: low values first")),
)
assert {abs(weight) for weight, _words in _WEIGHTS} == set(range(HEAVIEST + 1))


class BallotsForm(forms.Form):
    """Which past ballots the score stands on."""

    scrutin = forms.TypedChoiceField(label=_("Ballot"), coerce=UUID)
    avant = forms.TypedChoiceField(
        label=_("Compare with an older ballot"),
        coerce=UUID,
        required=False,
        empty_value=None,
        help_text=_("For intermittent voters, ground gained and volatility."),
    )

    def __init__(self, *args: Any, ballots: Sequence[ElectionCard], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = [(str(one.id), one.label) for one in ballots]
        self._list("scrutin", listed)
        self._list("avant", [("", pgettext_lazy("older ballot", "None")), *listed])

    def _list(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = list(choices)


class StartForm(BallotsForm):
    """The same for the stations or communes of a territory."""

    field_order = ("territoire", "par", "scrutin", "avant")

    territoire = forms.ChoiceField(label=_("Territory"))
    par = forms.ChoiceField(
        label=_("List"),
        choices=[
            ("bureaux", _("Polling stations")),
            ("communes", _("Communes")),
        ],
        required=False,
    )

    def __init__(
        self, *args: Any, ballots: Sequence[ElectionCard], scopes: Sequence[TerritoryCard], **kwargs: Any
    ) -> None:
        super().__init__(*args, ballots=ballots, **kwargs)
        self._list("territoire", [(one.id, one.label) for one in scopes])


class ChoiceForm(forms.Form):
    """Lists and weights for ballots that are chosen already; ``choice`` is what was understood."""

    template_name = "field/_priority_fields.html"

    lists = forms.MultipleChoiceField(
        label=_("Our lists"), widget=forms.CheckboxSelectMultiple, required=False
    )
    reach = forms.MultipleChoiceField(
        label=_("Lists within reach"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Not ours, but their voters might be won."),
    )
    before_lists = forms.MultipleChoiceField(
        label=_("Our lists in the older ballot"), widget=forms.CheckboxSelectMultiple, required=False
    )
    before_reach = forms.MultipleChoiceField(
        label=_("Lists within reach in the older ballot"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    preset = forms.ChoiceField(
        label=_("What comes first"),
        choices=[
            *((preset.value, label) for preset, label in PRESET_LABELS.items()),
            (OWN, _("My own weights, below")),
        ],
        widget=forms.RadioSelect,
        initial=Preset.MOBILISE.value,
    )

    def __init__(
        self,
        *args: Any,
        ballot: ElectionCard,
        before: ElectionCard | None,
        lists: Sequence[ChoiceCard],
        before_lists: Sequence[ChoiceCard] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._ballot, self._before = ballot, before
        for name, offered in (
            ("lists", lists),
            ("reach", lists),
            ("before_lists", before_lists),
            ("before_reach", before_lists),
        ):
            self._offer(name, offered)
        for part, label in PART_LABELS.items():
            self.fields[f"{WEIGHT}{part.value}"] = forms.TypedChoiceField(
                label=cast(str, label),
                choices=_WEIGHTS,
                coerce=int,
                required=False,
                initial=PRESETS[Preset.MOBILISE].get(part, 0),
                help_text=cast(str, PART_WORDS[part]),
            )

    def _offer(self, name: str, lists: Sequence[ChoiceCard]) -> None:
        if lists:
            field = cast(forms.MultipleChoiceField, self.fields[name])
            field.choices = [(one.key, _words(one)) for one in lists]
        else:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or self.cleaned_data)
        for ours, near in (("lists", "reach"), ("before_lists", "before_reach")):
            if set(values.get(ours, ())) & set(values.get(near, ())):
                self.add_error(near, _("A list is either ours or within reach: untick it in one of the two."))
        if values.get("preset") == OWN and not any(self._own_weights(values).values()):
            self.add_error("preset", _("Let at least one part count."))
        return values

    @staticmethod
    def _own_weights(values: dict[str, Any]) -> dict[Part, int]:
        told = {part: int(values.get(f"{WEIGHT}{part.value}") or 0) for part in Part}
        return {part: weight for part, weight in told.items() if weight}

    @property
    def weights(self) -> list[forms.BoundField]:
        """The fields of the weights, one per part."""
        return [self[name] for name in self.fields if name.startswith(WEIGHT)]

    @property
    def has_reach(self) -> bool:
        """Whether the folded field of that name holds something to be seen; the next two alike."""
        return bool(self["reach"].value() or self["reach"].errors)

    @property
    def has_before_reach(self) -> bool:
        return bool(self["before_reach"].value() or self["before_reach"].errors)

    @property
    def has_own(self) -> bool:
        return self["preset"].value() == OWN or any(field.errors for field in self.weights)

    @property
    def choice(self) -> PriorityChoice:
        """The valid form as the score takes it."""
        values = self.cleaned_data
        preset = values["preset"]
        return PriorityChoice(
            election_id=self._ballot.id,
            lists=tuple(values.get("lists", ())),
            reach=tuple(values.get("reach", ())),
            before_id=self._before.id if self._before else None,
            before_lists=tuple(values.get("before_lists", ())),
            before_reach=tuple(values.get("before_reach", ())),
            weights=self._own_weights(values) if preset == OWN else PRESETS[Preset(preset)],
        )


def _words(one: ChoiceCard) -> str:
    return f"{one.label} ({one.nuance})" if one.nuance and one.nuance != one.label else one.label


def first_values(choice: PriorityChoice | None) -> dict[str, Any]:
    """What stands in the form of a choice that was kept."""
    if choice is None:
        return {}
    preset = preset_of(choice.weights)
    return {
        "lists": list(choice.lists),
        "reach": list(choice.reach),
        "before_lists": list(choice.before_lists),
        "before_reach": list(choice.before_reach),
        "preset": preset.value if preset else OWN,
        **{f"{WEIGHT}{part.value}": choice.weights.get(part, 0) for part in Part},
    }


def preset_words() -> list[tuple[Promise, str]]:
    """Each aim with its parts and weights in words."""
    words = dict(_WEIGHTS)
    return [
        (
            PRESET_LABELS[preset],
            "; ".join(f"{PART_LABELS[part]} ({words[weight]})" for part, weight in weights.items()),
        )
        for preset, weights in PRESETS.items()
    ]


class FirstTurfsForm(AssignForm):
    """How many of the first free turfs a shift gets."""

    field_order = ("count", "shift")

    count = forms.IntegerField(
        label=_("Turfs"), min_value=1, max_value=50, initial=1, help_text=_("One for each team of two.")
    )
