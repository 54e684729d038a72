"""What people declare to use an electoral roll, and by what they choose voters."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.people import texts
from amiral.rooms.people.contracts import RollDeclared, RollKind, RollQuality
from amiral.rooms.people.web.uploads import FileForm


class DeclareRollForm(FileForm):
    """Ballot, place, quality, pledge (Code électoral, art. L. 37)."""

    ballot = forms.CharField(
        label=_("Ballot"), max_length=120, help_text=_("For example: municipal elections.")
    )
    kind = forms.ChoiceField(label=_("Which list"))
    first_round_on = forms.DateField(
        label=_("Day of the first round"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("For a list of signatures only: it may be sent in the ten days after that round."),
    )
    ballot_on = forms.DateField(
        label=_("Last day of the ballot"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Of a list of signatures: the second round. The voters are then deleted."),
    )
    territory = forms.ChoiceField(label=_("Territory"))
    commune = forms.RegexField(
        label=_("INSEE code of the commune"),
        regex=r"^(\d{2}|2[AB])\d{3}$",
        required=False,
        help_text=_("Empty when the roll covers the whole territory chosen above."),
    )
    quality = forms.ChoiceField(label=_("I ask for this roll as"))
    pledged = forms.BooleanField(label="", error_messages={"required": _("Without the pledge, no roll.")})
    field_order = (
        "kind",
        "ballot",
        "first_round_on",
        "ballot_on",
        "territory",
        "commune",
        "quality",
        "file",
        "pledged",
    )

    def __init__(self, *args: Any, territories: tuple[tuple[str, str], ...], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["territory"] = forms.ChoiceField(label=_("Territory"), choices=territories)
        self.fields["quality"] = forms.ChoiceField(
            label=_("I ask for this roll as"),
            choices=[(quality.value, texts.quality_name(quality)) for quality in RollQuality],
        )
        self.fields["kind"] = forms.ChoiceField(
            label=_("Which list"),
            required=False,
            choices=[(kind.value, texts.roll_kind(kind)) for kind in RollKind],
        )
        self.fields["pledged"].label = texts.roll_pledge()
        self.order_fields(self.field_order)

    def declared(self) -> RollDeclared:
        """What was declared; call once valid."""
        cleaned = self.cleaned_data
        commune = cleaned["commune"]
        return RollDeclared(
            territory_id=f"commune:{commune}" if commune else cleaned["territory"],
            ballot=cleaned["ballot"],
            ballot_on=cleaned["ballot_on"],
            quality=RollQuality(cleaned["quality"]),
            pledged=cleaned["pledged"],
            kind=RollKind(cleaned["kind"] or RollKind.ROLL),
            first_round_on=cleaned["first_round_on"],
        )


class RollFilterForm(forms.Form):
    """The only criteria there are."""

    sex = forms.ChoiceField(
        label=_("Sex"), required=False, choices=[("", _("all")), ("F", _("women")), ("M", _("men"))]
    )
    bureau = forms.ChoiceField(label=_("Bureau de vote"), required=False)
    abstained = forms.BooleanField(label=_("Only those who did not vote"), required=False)
    youngest = forms.IntegerField(label=_("From this age"), required=False, min_value=17, max_value=130)
    oldest = forms.IntegerField(label=_("Up to this age"), required=False, min_value=17, max_value=130)

    def __init__(
        self, *args: Any, bureaus: tuple[str, ...], signatures: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        if not signatures:
            del self.fields["abstained"]
        self.fields["bureau"] = forms.ChoiceField(
            label=_("Bureau de vote"),
            required=False,
            choices=[("", _("all")), *((bureau, bureau) for bureau in bureaus)],
        )
