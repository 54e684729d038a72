"""What somebody says who signs up, and what a leader decides about who may."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amiral.rooms.mobilisation.actions.guests import Asked
from amiral.rooms.mobilisation.actions.places import PartyTooLarge, RoleNotTaken
from amiral.rooms.mobilisation.contracts import MOST_PARTY, Role, ShiftCard, ShiftRules
from amiral.rooms.mobilisation.queries.seats import ROLE_LABELS

HOUR = timedelta(hours=1)


class PlaceForm(forms.Form):
    """What somebody comes as, and with how many."""

    role = forms.ChoiceField(
        label=_("You come as"),
        choices=[(role.value, label) for role, label in ROLE_LABELS.items()],
        widget=forms.RadioSelect,
        help_text=_("First time? Say so: those who lead see to it that you are not alone."),
    )
    party = forms.IntegerField(
        label=_("How many are you?"),
        min_value=1,
        max_value=MOST_PARTY,
        initial=1,
        help_text=_("You included. All of you have a place, or all of you wait."),
    )

    @property
    def chosen_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    def blame(self, refusal: PartyTooLarge | RoleNotTaken) -> None:
        """Puts what the verb refused beside its field."""
        self.add_error("party" if isinstance(refusal, PartyTooLarge) else "role", str(refusal))


class GuestForm(PlaceForm):
    """The same from somebody without an account."""

    given_name = forms.CharField(
        label=_("Given name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_(
            "We write to it about this place, and about nothing else unless you tick the box. Others never "
            "see it."
        ),
    )
    agrees = forms.BooleanField(required=False)
    shown_in = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("given_name", "email", "role", "party", "agrees")

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        with translation.override(self.language):
            self.fields["agrees"].label = gettext(
                "I agree that %(campaign)s writes to me by e-mail about other actions."
            ) % {"campaign": settings.CAMPAIGN_NAME}

    @property
    def language(self) -> str:
        """In which the sentence beside the box was shown: the ledger keeps that one."""
        shown = str(self.data.get("shown_in", ""))
        return shown if shown in dict(settings.LANGUAGES) else translation.get_language() or "fr"

    def clean_given_name(self) -> str:
        # It stands in a letter to an address that somebody else may have typed: no room for a message.
        name: str = self.cleaned_data["given_name"]
        if any(character in name for character in "/:@<>\\") or not name.isprintable():
            raise ValidationError(gettext("A name has none of the signs / : @ < > in it."))
        return name

    def asked(self) -> Asked:
        """What was typed, checked; call once valid."""
        values = self.cleaned_data
        return Asked(
            email=values["email"],
            given_name=values["given_name"],
            role=self.chosen_role,
            party=values["party"],
            consent_text=str(self.fields["agrees"].label) if values["agrees"] else "",
        )


def _number(label: Any, *, least: int = 0, help_text: Any = "", most: int = 200) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, required=False, help_text=help_text
    )


class RulesForm(forms.Form):
    """Who may come to a shift, and how. Hours are counted back from the start."""

    approval = forms.BooleanField(
        label=_("Those who lead say yes or no to each"),
        required=False,
        help_text=_("Otherwise whoever signs up has a place, as long as there is one."),
    )
    closes_h = _number(
        _("Signing up ends so many hours before the start"),
        most=24 * 60,
        help_text=_("Empty: at the start. From then on a place that becomes free stays free."),
    )
    offer_h = forms.FloatField(
        label=_("A place that becomes free is kept for so many hours for the first who waits"),
        min_value=1 / 60,
        max_value=24 * 14,
        localize=True,
        help_text=_("Then it goes to the next. Near the start it is shorter: a quarter of the time left."),
    )
    least_lead = _number(_("Places kept for team leads"))
    least_driver = _number(_("Places kept for drivers"))
    kept_h = _number(
        _("These places are kept until so many hours before the start"),
        most=24 * 60,
        help_text=_("Then whoever waits gets them. Empty: until the start."),
    )
    most_driver = _number(_("Drivers at most"), help_text=_("Empty: as many as there are places."))
    most_newcomer = _number(_("Newcomers at most"), help_text=_("Empty: as many as there are places."))
    newcomers_each = _number(
        _("Newcomers whom each experienced person takes along"),
        least=1,
        help_text=_("With 1, nobody goes for the first time alone. Empty: no such rule."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, card: ShiftCard, **kwargs: Any) -> None:
        super().__init__(data, initial=_values_of(card), **kwargs)
        self._card = card

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = self.cleaned_data
        kept = (values.get("least_lead") or 0) + (values.get("least_driver") or 0)
        if kept > self._card.capacity:
            self.add_error("least_driver", gettext("More places are kept than the shift has."))
        most = values.get("most_driver")
        if most is not None and most < (values.get("least_driver") or 0):
            self.add_error("most_driver", gettext("More places are kept for drivers than they may have."))
        return values

    @property
    def rules(self) -> ShiftRules:
        """The valid form as the verb takes it."""
        values, start = self.cleaned_data, self._card.starts_at
        least = {Role.LEAD: values["least_lead"], Role.DRIVER: values["least_driver"]}
        most = {Role.DRIVER: values["most_driver"], Role.NEWCOMER: values["most_newcomer"]}
        return ShiftRules(
            approval=values["approval"],
            offer_minutes=max(1, round(values["offer_h"] * 60)),
            closes_at=start - values["closes_h"] * HOUR if values["closes_h"] else None,
            least={role: count for role, count in least.items() if count},
            most={role: count for role, count in most.items() if count is not None},
            kept_until=start - values["kept_h"] * HOUR if values["kept_h"] else None,
            newcomers_each=values["newcomers_each"],
        )


def _values_of(card: ShiftCard) -> dict[str, Any]:
    rules, start = card.rules, card.starts_at
    return {
        "approval": rules.approval,
        "closes_h": round((start - rules.closes_at) / HOUR) if rules.closes_at else None,
        "offer_h": round(rules.offer_minutes / 60, 2),
        "least_lead": rules.least.get(Role.LEAD),
        "least_driver": rules.least.get(Role.DRIVER),
        "kept_h": round((start - rules.kept_until) / HOUR) if rules.kept_until else None,
        "most_driver": rules.most.get(Role.DRIVER),
        "most_newcomer": rules.most.get(Role.NEWCOMER),
        "newcomers_each": rules.newcomers_each,
    }
