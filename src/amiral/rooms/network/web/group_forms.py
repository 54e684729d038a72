"""Forms of entering groups. They check manners; the verbs check the rules."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.network.contracts import (
    NAME_MAX_CHARACTERS,
    PRESENTATION_MAX_CHARACTERS,
    SENTENCE_MAX_CHARACTERS,
    GroupKind,
    MemberRole,
    Openness,
)

OPENNESS = [
    (Openness.OPEN.value, _("Open: everybody may join at once")),
    (Openness.MODERATED.value, _("Moderated: those who lead the group answer each request")),
    (Openness.INVITATION.value, _("By invitation: nobody else sees that the group exists")),
]


class OpennessForm(forms.Form):
    """How one becomes a member."""

    openness = forms.ChoiceField(label=_("Who may join?"), choices=OPENNESS, widget=forms.RadioSelect)


class OtherGroupForm(OpennessForm):
    """A thematic group or a campaign team."""

    kind = forms.ChoiceField(
        label=_("Kind of group"),
        choices=[
            (GroupKind.THEMATIC.value, _("Thematic group")),
            (GroupKind.CAMPAIGN.value, _("Campaign team of those who hold the territory")),
        ],
        widget=forms.RadioSelect,
    )
    territory_id = forms.ChoiceField(label=_("Territory"))
    name = forms.CharField(label=_("Name of the group"), max_length=NAME_MAX_CHARACTERS)
    presentation = forms.CharField(
        label=_("Presentation"),
        help_text=_("Plain text or Markdown. Everybody who sees the group can read it."),
        required=False,
        max_length=PRESENTATION_MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    field_order = ("kind", "territory_id", "name", "presentation", "openness")

    def __init__(self, *args: Any, places: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["territory_id"] = forms.ChoiceField(
            label=self.base_fields["territory_id"].label, choices=places
        )


class AnswerForm(forms.Form):
    """Yes or no to a request, with a sentence."""

    accepted = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    sentence = forms.CharField(required=False, max_length=SENTENCE_MAX_CHARACTERS)


class InviteForm(forms.Form):
    """The button beside a name."""

    person_id = forms.UUIDField()


class AddressForm(forms.Form):
    """Somebody whose address one knows."""

    address = forms.EmailField(
        label=_("E-mail address"),
        help_text=_(
            "One message only is sent, with your name, and never a second one. Without an answer the address "
            "is deleted after fifteen days. You are not told whether the person is a member."
        ),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class RoleForm(forms.Form):
    """Another part for a member."""

    person_id = forms.UUIDField()
    role = forms.ChoiceField(choices=[(r.value, r.value) for r in MemberRole if r != MemberRole.LEADER])


class RuleForm(forms.Form):
    """Whose membership is computed, why, until when."""

    segment = forms.ChoiceField(label=_("Segment"))
    because = forms.CharField(
        label=_("You are in this group because …"),
        help_text=_("The members read this. Example: you said that you can drive."),
        max_length=SENTENCE_MAX_CHARACTERS,
    )
    ends_on = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, segments: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"] = forms.ChoiceField(label=self.base_fields["segment"].label, choices=segments)


class MoveForm(forms.Form):
    """Where a member goes, and why."""

    target = forms.ChoiceField(label=_("To which group?"))
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("The member and those who lead either group read this."),
        max_length=SENTENCE_MAX_CHARACTERS,
    )

    def __init__(self, *args: Any, targets: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"] = forms.ChoiceField(label=self.base_fields["target"].label, choices=targets)
