"""Pages made up for the tests of the interface: every component once, with invented words."""

import math

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from amiral.config.urls import urlpatterns as site_urlpatterns
from amiral.kit.maps import Feature, Layer, MapView

handler404 = "amiral.config.pages.not_found"
CENTRE = (4.8300, 46.3060)


class SampleForm(forms.Form):
    """One field of each kind."""

    email = forms.EmailField(
        label="Adresse électronique", help_text="Nous y envoyons un lien de confirmation."
    )
    given_name = forms.CharField(label="Prénom", max_length=20)
    commune = forms.ChoiceField(
        label="Votre commune",
        choices=[("71270", "Mâcon"), ("71105", "Charnay-lès-Mâcon")],
        widget=forms.RadioSelect,
    )
    day = forms.DateField(label="Jour", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    theme = forms.ChoiceField(label="Thème", choices=[("a", "Voter"), ("b", "Transports")])
    message = forms.CharField(label="Votre mot", required=False, widget=forms.Textarea(attrs={"rows": 4}))
    purposes = forms.MultipleChoiceField(
        label="Écrivez-moi pour",
        required=False,
        choices=[("letter", "la lettre de la campagne"), ("actions", "les actions près de chez moi")],
        widget=forms.CheckboxSelectMultiple,
    )
    rules = forms.BooleanField(label="J’ai lu la charte des bénévoles et je m’engage à la respecter.")
    file = forms.FileField(label="Fichier d’adresses", required=False)


def form(request: HttpRequest) -> HttpResponse:
    """A form, with its errors after a POST."""
    bound = SampleForm(request.POST, request.FILES) if request.method == "POST" else SampleForm()
    return render(request, "samples/form.html", {"form": bound})


def components(request: HttpRequest) -> HttpResponse:
    """Cards, figures, badges, notices, a wide table, outcome buttons."""
    messages.success(request, "Votre inscription est confirmée.")
    rows = [
        (f"Secteur {n}", n * 17 % 140 + 20, n * 13 % 90, "Mâcon", f"{60 + n * 7 % 60} min")
        for n in range(1, 9)
    ]
    return render(request, "samples/components.html", {"rows": rows})


def _at(east_m: float, north_m: float) -> list[float]:
    metre = 360 / 40_075_017
    return [CENTRE[0] + east_m * metre / math.cos(math.radians(CENTRE[1])), CENTRE[1] + north_m * metre]


def sample_map(*, blocks: int = 8, doors_per_block: int = 40) -> MapView:
    """A slightly turned grid of streets with turfs, doors, a walk and a meeting place."""

    def turned(x: float, y: float) -> list[float]:
        return _at(x * 0.94 - y * 0.34 + 15 * math.sin(y / 90), x * 0.34 + y * 0.94 + 15 * math.sin(x / 120))

    side, reach = 110.0, blocks * 110.0 / 2
    ticks = [index * side - reach for index in range(blocks + 1)]
    fine = [step * 20.0 - reach for step in range(int(blocks * side / 20) + 1)]
    streets = tuple(
        Feature(geometry={"type": "LineString", "coordinates": line})
        for tick in ticks
        for line in ([turned(tick, at) for at in fine], [turned(at, tick) for at in fine])
    )
    buildings, turfs, doors = [], [], []
    for i in range(blocks):
        for j in range(blocks):
            west, south = ticks[i] + 14, ticks[j] + 14
            ring = [(0, 0), (82, 0), (82, 82), (0, 82), (0, 0)]
            buildings.append(
                Feature(
                    geometry={
                        "type": "Polygon",
                        "coordinates": [[turned(west + x, south + y) for x, y in ring]],
                    }
                )
            )
            for index in range(doors_per_block):
                along = index / doors_per_block * 4
                corner, part = int(along), along % 1 * 82
                x, y = [(part, 0), (82, part), (82 - part, 82), (0, 82 - part)][corner]
                doors.append(Feature(geometry={"type": "Point", "coordinates": turned(west + x, south + y)}))
    for n in range(6):
        i, j = n % 3, n // 3
        west, south, wide, high = (
            i * blocks * side / 3 - reach,
            j * blocks * side / 2 - reach,
            side * blocks / 3,
            side * blocks / 2,
        )
        ring = [(4, 4), (wide - 4, 4), (wide - 4, high - 4), (4, high - 4), (4, 4)]
        turfs.append(
            Feature(
                geometry={"type": "Polygon", "coordinates": [[turned(west + x, south + y) for x, y in ring]]},
                label=f"Secteur {n + 1}, 96 portes",
                href=f"/echantillons/carte/#secteur-{n + 1}",
                number=str(n + 1),
                css_class=f"hue-{n}",
            )
        )
    walk = Feature(
        geometry={
            "type": "LineString",
            "coordinates": [
                turned(ticks[0] + x, ticks[0] + y)
                for x, y in [(0, 0), (330, 0), (330, 110), (110, 110), (110, 220), (330, 220)]
            ],
        },
        label="Ordre de marche",
    )
    place = Feature(
        geometry={"type": "Point", "coordinates": turned(ticks[0], ticks[0])},
        label="Rendez-vous <place Saint-Pierre>",
        href="/actions/",
    )
    return MapView(
        title="Secteurs du quartier",
        attribution="© les contributeurs d’OpenStreetMap (ODbL)",
        layers=(
            Layer(name="Bâtiments", features=tuple(buildings), css_class="map-building"),
            Layer(name="Rues", features=streets, css_class="map-street"),
            Layer(name="Secteurs", features=tuple(turfs), css_class="map-turf"),
            Layer(name="Portes", features=tuple(doors), css_class="map-door"),
            Layer(name="Ordre de marche", features=(walk,), css_class="map-walk"),
            Layer(name="Rendez-vous", features=(place,), css_class="map-place"),
        ),
    )


def crowded_map() -> MapView:
    """A hundred and eighty short walks in a grid too narrow for their numbers, one of them in hand."""
    walks = [
        Feature(
            geometry={
                "type": "LineString",
                "coordinates": [_at(i % 15 * 40.0, i // 15 * 40.0), _at(i % 15 * 40.0 + 25, i // 15 * 40.0)],
            },
            label=f"Secteur {i + 1}",
            number=str(i + 1),
        )
        for i in range(180)
    ]
    return MapView(
        title="Beaucoup de secteurs",
        layers=(
            Layer(name="Libres", features=tuple(walks[1:]), css_class="map-turf"),
            Layer(name="En main", features=(walks[0],), css_class="map-turf map-held"),
            Layer(
                name="",
                features=(
                    Feature(
                        geometry={"type": "Point", "coordinates": _at(280, 460)}, number="Allée des Tilleuls"
                    ),
                ),
                css_class="map-name",
            ),
        ),
    )


def crowded_map_page(request: HttpRequest) -> HttpResponse:
    """A map of more numbers than find room."""
    return render(request, "samples/map.html", {"map": crowded_map()})


def map_page(request: HttpRequest) -> HttpResponse:
    """A map of everything."""
    return render(request, "samples/map.html", {"map": sample_map()})


urlpatterns = [
    path("echantillons/formulaire/", form, name="sample_form"),
    path("echantillons/composants/", components, name="sample_components"),
    path("echantillons/carte/", map_page, name="sample_map"),
    path("echantillons/carte-pleine/", crowded_map_page, name="sample_crowded_map"),
    *site_urlpatterns,
]
