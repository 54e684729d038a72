"""What a person says he can do and when."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from amiral.rooms.people.contracts import SLOTS, DayPart, Helping, Skill
from amiral.rooms.people.queries.helping import day_name, part_name, skill_name

DAYS = range(1, 8)


class HelpingForm(forms.Form):
    """One box for each skill, and three for each day of the week."""

    skills = forms.MultipleChoiceField(
        label=_("What I can do"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: QueryDict | None, *, said: Helping) -> None:
        initial = {"skills": sorted(said.skills)} | {
            f"day_{day}": [slot for slot in said.slots if slot.startswith(f"{day}-")] for day in DAYS
        }
        super().__init__(data, initial=initial)
        self.fields["skills"].choices = [(skill.value, skill_name(skill)) for skill in Skill]  # type: ignore[attr-defined]  # a choice field
        for day in DAYS:
            self.fields[f"day_{day}"] = forms.MultipleChoiceField(
                label=day_name(day),
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[(f"{day}-{part}", part_name(part)) for part in DayPart],
            )

    def helping(self) -> Helping:
        """What was ticked."""
        ticked = {slot for day in DAYS for slot in self.cleaned_data[f"day_{day}"]}
        return Helping(
            skills=frozenset(map(Skill, self.cleaned_data["skills"])),
            slots=frozenset(slot for slot in SLOTS if slot in ticked),
        )
