"""What a leader may say of every walk of a canvass: where it begins and ends, and how long it may be."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amiral.rooms.field.actions.planning import BadTeams, check_teams
from amiral.rooms.field.contracts import CanvassKind, WalkLimits
from amiral.rooms.territory import api as territory

WALK_LEAST_M, WALK_MOST_M = 100, 100_000


class PlaceField(forms.CharField):
    """An address among the imported ones, or longitude and latitude; cleaned to a pair of degrees."""

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "").strip()
        return _place(text) if text else None


def _place(text: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError:
        found = territory.geocode(text=text, limit=1)
        if not found:
            raise forms.ValidationError(
                _("No imported address is like this one: write the number and the street.")
            ) from None
        return round(found[0].lon, 6), round(found[0].lat, 6)
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise forms.ValidationError(
            _("A longitude lies between -180 and 180, a latitude between -85 and 85.")
        )
    return round(lon, 6), round(lat, 6)


class TeamsField(forms.CharField):
    """Numbers of people, one for each team; cleaned to a tuple, empty where nothing is said."""

    def clean(self, value: Any) -> Any:
        words = str(super().clean(value) or "").replace(";", ",").replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and len(word) < 4 for word in words):
            raise forms.ValidationError(str(BadTeams()))
        sizes = tuple(int(word) for word in words)
        try:
            check_teams(sizes)
        except BadTeams as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return sizes


class WalkFields(forms.Form):
    """Fields of the form of a new canvass; all may be left empty."""

    start = PlaceField(
        label=_("Every walk begins at"),
        help_text=_(
            "A station, a bus stop, a meeting point: an address, or longitude,latitude. The way counts."
        ),
        max_length=200,
        required=False,
    )
    end = PlaceField(label=_("Every walk ends at"), max_length=200, required=False)
    max_walk_m = forms.IntegerField(
        label=_("Longest walk, in metres"),
        help_text=_("Turfs that would be longer are cut smaller."),
        min_value=WALK_LEAST_M,
        max_value=WALK_MOST_M,
        required=False,
    )
    team_sizes = TeamsField(
        label=_("People in each team"),
        help_text=_(
            "Only if your teams are not all of two: a number for each team, for instance 2, 2, 4."
            " A team of four does two doors at a time, so its turfs hold more doors."
        ),
        max_length=200,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        values = dict(super().clean() or self.cleaned_data)
        for name in ("start", "end", "max_walk_m"):
            if values.get("area") == "each" and values.get(name):
                self.add_error(
                    name, _("Leave this empty for a canvass in each commune: the place is not the same.")
                )
            elif values.get("kind") == CanvassKind.LEAFLET_ROUNDS and values.get(name):
                self.add_error(name, _("Leave this empty for leaflet rounds: a bag decides how far they go."))
        if values.get("area") == "each" and values.get("team_sizes"):
            self.add_error(
                "team_sizes", _("Leave this empty for a canvass in each commune: teams differ there.")
            )
        elif values.get("kind") == CanvassKind.LEAFLET_ROUNDS and values.get("team_sizes"):
            self.add_error("team_sizes", _("Leave this empty for leaflet rounds: one person walks each."))
        return values

    @property
    def limits(self) -> WalkLimits:
        """What was said, of a valid form."""
        values = self.cleaned_data
        return WalkLimits(
            start=values.get("start"),
            end=values.get("end"),
            max_walk_m=values.get("max_walk_m"),
            team_sizes=values.get("team_sizes") or (),
        )
