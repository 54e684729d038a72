"""What a team says about itself. Numbers and choices: no word is typed on any of these pages."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.field.contracts import CAUTION_MONTHS, CAUTION_MONTHS_MOST, CautionCode, Told
from amiral.rooms.field.queries.addresses import CAUTION_LABELS
from amiral.rooms.field.queries.safety import Member, SafetyPage

NUMBER_MOST = 100_000


class PairsForm(forms.Form):
    """A number for each member of the team, a walk list for each number."""

    def __init__(self, *args: Any, page: SafetyPage, **options: Any) -> None:
        super().__init__(*args, **options)
        self.page = page
        numbers = [(str(i), _("Pair %(number)d") % {"number": i}) for i in range(1, self._most + 1)]
        for member in self._members:
            self.fields[f"person-{member.person_id}"] = forms.ChoiceField(
                label=member.name,
                choices=[("", _("With others, as it comes")), *numbers],
                initial=str(member.pair_number),
                required=False,
            )
        walks = [(str(walk.id), f"{walk.canvass_name}, {walk.turf_number}") for walk in page.walks]
        held = {pair.number: pair.assignment_id for pair in page.pairs}
        for i in range(1, self._most + 1) if walks else ():
            self.fields[f"walk-{i}"] = forms.ChoiceField(
                label=_("Turf of pair %(number)d") % {"number": i},
                choices=[("", _("Not said")), *walks],
                initial=str(held.get(i) or ""),
                required=False,
            )

    @property
    def _members(self) -> Iterator[Member]:
        return (member for pair in self.page.pairs for member in pair.members)

    @property
    def _most(self) -> int:
        """As many pairs as there are now, and one more to split into."""
        return min(len(list(self._members)), max((pair.number for pair in self.page.pairs), default=0) + 1)

    @property
    def numbers(self) -> dict[UUID, int]:
        """Person to number of the pair."""
        return {UUID(name[7:]): int(value) for name, value in self._given("person-")}

    @property
    def walks(self) -> dict[int, UUID | None]:
        """Number of the pair to its walk list."""
        return {int(name[5:]): UUID(value) for name, value in self._given("walk-")}

    def _given(self, prefix: str) -> Iterator[tuple[str, str]]:
        return (
            (name, value) for name, value in self.cleaned_data.items() if name.startswith(prefix) and value
        )


class PlaceForm(forms.Form):
    """Where somebody is, if he chooses to say it: a turf of his team, the number of a door on its list."""

    turf = forms.IntegerField(required=False, min_value=1, max_value=NUMBER_MOST)
    door = forms.IntegerField(
        label=_("Door no. on the walk list (only if you want to say it)"),
        required=False,
        min_value=1,
        max_value=NUMBER_MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    @property
    def told(self) -> Told:
        """What was told."""
        return Told(turf_number=self.cleaned_data["turf"], door_number=self.cleaned_data["door"])


class PresenceForm(PlaceForm):
    """Out or back, alone or with the pair."""

    what = forms.ChoiceField(choices=[("in", "in"), ("out", "out")])
    gesture = forms.UUIDField()
    pair = forms.BooleanField(required=False)


class CautionForm(forms.Form):
    """A code of the closed list, and for how long."""

    code = forms.ChoiceField(
        label=_("What is to be minded at this address?"),
        choices=[(code.value, CAUTION_LABELS[code]) for code in CautionCode],
        widget=forms.RadioSelect,
        help_text=_(
            "It speaks of the place or of what happened there. Never say who lives there: nobody may."
        ),
    )
    months = forms.TypedChoiceField(
        label=_("For how long?"),
        coerce=int,
        choices=[
            (3, _("3 months")),
            (6, _("6 months")),
            (CAUTION_MONTHS, _("12 months")),
            (CAUTION_MONTHS_MOST, _("24 months")),
        ],
        initial=CAUTION_MONTHS,
    )
