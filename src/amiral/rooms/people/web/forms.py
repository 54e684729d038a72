"""What people type: joining, correcting, granting."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from amiral.rooms.people import texts
from amiral.rooms.people.contact_values import NoContactValue, normalised
from amiral.rooms.people.contracts import (
    COUNTRY,
    WAYS_AT_THE_DOOR,
    Application,
    ContactKind,
    ProfileChange,
    Purpose,
    Role,
    Way,
)
from amiral.rooms.people.web.mandates_forms import day_field, end_of
from amiral.rooms.people.web.sign_in import safe_next
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard, TerritoryKind


def check_name(value: str) -> None:
    """No address in a name: the letter that repeats it would carry somebody's advertisement."""
    if re.search(r"[:/@<>\\]|www\.|[\x00-\x1f]", value):
        raise ValidationError(_("Write a name only, without a web address or a sign such as : / @ < >."))


def name_field(*, label: Any, autocomplete: str, required: bool = True) -> forms.CharField:
    """A given or family name."""
    return forms.CharField(
        label=label,
        max_length=80,
        required=required,
        validators=[check_name],
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
    )


def code_and_city(text: str) -> tuple[str, str]:
    """Five digits and what else was typed: ``71 000 Mâcon`` and ``Mâcon 71000``; no digits: an empty code."""
    found = re.search(r"(?<![0-9])(?:[0-9]\s*){4}[0-9](?![0-9])", text)
    if found is None:
        return "", ""
    rest = f"{text[: found.start()]} {text[found.end() :]}".strip(" -,")
    return re.sub(r"\s", "", found[0]), "" if rest.lower() in {"f", "fr"} else rest


SURE = 0.95
"""A name alone that is less like its commune is asked about: ``Kerguelen`` is clear, a slip is not."""


class PlaceForm(forms.Form):
    """A postal code, a town, both, or the country of who lives abroad; when several stay possible, which one.

    After ``is_valid()``: ``asks_commune`` says that the question is open; ``ask_commune()`` turns the form
    into that question, what was typed before kept in hidden fields.
    """

    postal_code = forms.CharField(
        label=_("Postal code or town"),
        max_length=80,
        # Completed by the script of territory where it runs; an ordinary field where it does not.
        widget=forms.TextInput(
            attrs={
                "autocomplete": "postal-code",
                "data-complete": "/communes/",
                "data-complete-with": "code",
            }
        ),
        help_text=_(
            "It places you in the group nearest to you. With your town’s name, nothing more is asked. "
            "If you live abroad, write your country."
        ),
    )
    step = forms.CharField(required=False, widget=forms.HiddenInput)
    # A text and not a choice: which communes may be chosen depends on the postal code sent with it.
    commune = forms.CharField(label=_("Your commune"), required=False, widget=forms.HiddenInput)
    communes: tuple[TerritoryCard, ...] = ()
    sure = False

    def clean_postal_code(self) -> str:
        typed = self.cleaned_data["postal_code"]
        code, city = code_and_city(typed)
        if not code and not any(map(str.isalpha, typed)):
            raise ValidationError(_nowhere(code))
        found = territory.resolve(postal_code=code, city=city if code else typed)
        countries = found.of(TerritoryKind.FOREIGN_COUNTRY)
        possible = (*found.of(TerritoryKind.COMMUNE), *countries, *found.others)
        self.communes = tuple(candidate.territory for candidate in possible)
        if not self.communes:
            raise ValidationError(_nowhere(code))
        least = 0.0 if code else SURE
        self.sure = len(possible) == 1 and not found.contradiction and possible[0].confidence >= least
        return "" if countries and not found.of(TerritoryKind.COMMUNE) else code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.communes and not self.commune_id and cleaned.get("step") == "commune":
            self.add_error("commune", _("Choose your commune."))
        return cleaned

    @property
    def commune_id(self) -> str:
        """The commune, or the country: the only one that is possible, or the chosen one; else empty."""
        ids = [commune.id for commune in self.communes]
        chosen = str(self.data.get("commune", ""))
        return ids[0] if self.sure else chosen if chosen in ids else ""

    @property
    def kept_code(self) -> str:
        """The postal code that was typed, or the only one of the commune; else empty."""
        typed = str(self.cleaned_data["postal_code"])
        if typed:
            return typed
        codes = territory.postal_codes(territory_ids=[self.commune_id]).get(self.commune_id, ())
        return codes[0] if len(codes) == 1 else ""

    @property
    def by_code(self) -> bool:
        """Whether what was typed is a postal code alone: the words of the question."""
        return re.fullmatch(r"[\d\s]+", str(self.data.get("postal_code", ""))) is not None

    @property
    def asks_commune(self) -> bool:
        """Whether all that is missing is the answer to "which commune?"."""
        return bool(self.communes) and not self.commune_id and not set(self.errors) - {"commune"}

    def ask_commune(self) -> None:
        """Shows the communes to choose from, largest first, and hides the rest."""
        for field in self.fields.values():
            field.widget = forms.HiddenInput()
        # The field itself stays: a form keeps what it has bound, and would show the old one.
        choices = [(one.id, _label(one)) for one in self.communes]
        self.fields["commune"].widget = forms.RadioSelect(choices=choices)
        self.fields["commune"].required = True
        # One value for each name: what a QueryDict's items() give, its own copy holds lists.
        self.data = dict(self.data.items()) | {"step": "commune"}


def _nowhere(code: str) -> Any:
    if not code:
        return _(
            "Write the five digits of your postal code, for example 71000, the name of your town, "
            "or your country if you live abroad."
        )
    return _(
        "No commune has this postal code. Check the five digits; for a CEDEX, write the town’s own code."
    )


def _label(place: TerritoryCard) -> str:
    if place.kind is TerritoryKind.FOREIGN_COUNTRY:
        return gettext("%(country)s (abroad)") % {"country": place.name}
    return place.label


class JoinForm(PlaceForm):
    """The join form: no box is ticked beforehand, none is needed to join."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("We send it a link to confirm. Other members never see it."),
    )
    given_name = name_field(label=_("Given name"), autocomplete="given-name")
    family_name = name_field(label=_("Family name"), autocomplete="family-name", required=False)
    phone = forms.CharField(
        label=_("Mobile telephone number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_(
            "Only if you want to be written to by SMS. A code sent to it will show that it is yours."
        ),
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)
    shown_in = forms.CharField(required=False, widget=forms.HiddenInput)
    by = forms.CharField(required=False, widget=forms.HiddenInput)
    shows_name = forms.BooleanField(
        label=_("Whoever invited me may read my given name and initial."),
        help_text=_("Without it, that member only reads that one more person came."),
        required=False,
    )
    field_order = ("email", "given_name", "family_name", "postal_code")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        with translation.override(self.language):
            for way in WAYS_AT_THE_DOOR:
                for purpose in Purpose:
                    self.fields[consent_name(purpose, way)] = forms.BooleanField(
                        label=texts.consent_text(purpose, way), required=False
                    )
        if not (self.data.get("by") or self.initial.get("by")):
            del self.fields["shows_name"]
        # The number stands with what it is for.
        self.order_fields([*self.field_order, *(consent_name(purpose) for purpose in Purpose), "phone"])

    @property
    def language(self) -> str:
        """The language in which the sentences beside the boxes were shown: the ledger keeps those."""
        shown = str(self.data.get("shown_in", ""))
        return shown if shown in dict(settings.LANGUAGES) else translation.get_language() or "fr"

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"].strip()
        try:
            return normalised(kind=ContactKind.PHONE, value=typed) if typed else ""
        except NoContactValue:
            raise forms.ValidationError(
                _("This is not a telephone number. Write it with all its digits, for example 06 12 34 56 78.")
            ) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        asked = any(cleaned.get(consent_name(purpose, Way.SMS)) for purpose in Purpose)
        if asked and not cleaned.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("Give your number to be written to by SMS, or untick what is by SMS."))
        return cleaned

    def clean_next(self) -> str:
        return safe_next(self.cleaned_data["next"])

    def application(self) -> Application:
        """What was typed, checked; call once valid and once the commune is known."""
        cleaned = self.cleaned_data
        return Application(
            email=cleaned["email"].lower(),
            given_name=cleaned["given_name"],
            family_name=cleaned["family_name"],
            language=self.language,
            postal_code=self.kept_code,
            commune_id=self.commune_id,
            consents=tuple(
                (purpose, way, str(self.fields[consent_name(purpose, way)].label))
                for way in WAYS_AT_THE_DOOR
                for purpose in Purpose
                if cleaned[consent_name(purpose, way)]
            ),
            next_path=cleaned["next"],
            by=cleaned["by"],
            shows_name=cleaned.get("shows_name", False),
            phone=cleaned["phone"],
        )


def consent_name(purpose: Purpose, way: Way = Way.EMAIL) -> str:
    """The name of a purpose's box for a channel."""
    name = f"consent_{purpose.name.lower()}"
    return name if way is Way.EMAIL else f"{name}_{way}"


class ProfileForm(PlaceForm):
    """A person's own corrections."""

    given_name = name_field(label=_("Given name"), autocomplete="given-name")
    family_name = name_field(label=_("Family name"), autocomplete="family-name", required=False)
    language = forms.ChoiceField(label=_("Language of letters and pages"), choices=settings.LANGUAGES)
    field_order = ("given_name", "family_name", "postal_code", "language")

    def change(self) -> ProfileChange:
        """The corrections, checked."""
        cleaned = self.cleaned_data
        return ProfileChange(
            given_name=cleaned["given_name"],
            family_name=cleaned["family_name"],
            postal_code=self.kept_code,
            commune_id=self.commune_id,
            language=cleaned["language"],
        )


class EraseForm(forms.Form):
    """One deliberate gesture before the account goes."""

    sure = forms.BooleanField(
        label=_("Yes, erase my account and all that is kept about me. This cannot be undone."),
        error_messages={"required": _("Tick the box to erase the account.")},
    )
    refuses = forms.BooleanField(
        label=_("And never write to me or call me again, whoever imports my address later."),
        required=False,
        help_text=_("Only a hash of your addresses stays, which names nobody."),
    )


class GrantForm(forms.Form):
    """A mandate for a person known by his address."""

    email = forms.EmailField(
        label=_("E-mail address of the person"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Mandate"))
    territory = forms.ChoiceField(label=_("Territory"))
    ends_on = day_field(
        label=_("Last day"),
        required=False,
        help_text=_("Without a last day, the mandate lasts until somebody ends it."),
    )

    def __init__(
        self, *args: Any, roles: tuple[Role, ...], territories: tuple[tuple[str, str], ...], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["role"] = forms.ChoiceField(
            label=_("Mandate"), choices=[(role.value, texts.role_name(role)) for role in roles]
        )
        self.fields["territory"] = forms.ChoiceField(label=_("Territory"), choices=territories)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == Role.ADMINISTRATOR and cleaned.get("territory", COUNTRY) != COUNTRY:
            self.add_error("territory", _("An administrator administers the whole country: choose it here."))
        return cleaned

    @property
    def ends_at(self) -> datetime | None:
        """The end of the last day, in the campaign's own time zone."""
        day = self.cleaned_data["ends_on"]
        return end_of(day) if day else None
