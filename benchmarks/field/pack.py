"""How large a tour pack is, and how long a volunteer waits for the first door.

    python -m benchmarks.field.pack [--data ../shared/data] [--sizes 50,500,2000] [--no-browser] [--runs 3]

Prints JSON. Bytes: packs of about so many dwellings, made by the product from a generated town of houses
(one dwelling each, the worst case) and from real towns, with twelve talking points and a last visit at every
second door; ``raw``, ``gzip`` and ``br`` as the server sends them. A town whose files are missing is named
and left out.

Waiting: Chromium over a line of 64 kbit/s with 300 ms each way and a processor four times slower (both by
its own debugging protocol), from the address being opened until a door can be tapped. ``cold``: a phone that
never saw the app is enrolled and fetches shell and pack. ``warm``: again on the same line. ``offline``: again
with the server killed. Seconds, each the median of the runs. Everything lies in a temporary folder.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .serving import ROOT, Web, environment

DATA = ROOT.parent / "shared" / "data"
SIZES = (50, 100, 200, 500, 1000, 2000)
WAITED = ("generated", 500)
"""The pack that the browser waits for."""
BYTES_PER_S, LATENCY_MS, SLOWER = 8000, 300, 4
CHROMIUM = "/usr/bin/chromium"
POINTS, WORDS = 12, 90
SAID = """
commune école hôpital train gare heure logement loyer impôt service public médecin quartier ligne
famille travail salaire retraite énergie transport santé culture terre eau plan année million projet
mesure loi droit élève classe bus vélo rue ville village département région état europe budget
dépense recette nouveau ancien chaque plusieurs moins plus ouvrir fermer construire rendre payer
réduire garantir doubler créer protéger soutenir partout demain toujours ensemble gratuit local
national jeune vieux simple juste
"""
VOCABULARY = SAID.split()


@dataclass(frozen=True)
class Town:
    """Files below the data folder: addresses, streets. None: the generated one."""

    addresses: str
    streets: str

    def missing(self, data: Path) -> list[str]:
        return [name for name in (self.addresses, self.streets) if name and not (data / name).exists()]


TOWNS = {
    "generated": Town("", ""),
    "paris (no streets)": Town("paris-faubourg-saint-antoine/ban_adresses.csv", ""),
    "heidelberg": Town("osm/heidelberg-altstadt-2015.osm.pbf", "osm/heidelberg-altstadt-2015.osm.pbf"),
    "helsinki": Town("osm/helsinki-centre-2019.osm.pbf", "osm/helsinki-centre-2019.osm.pbf"),
}
SIDE, STEP_LON, STEP_LAT, EVERY = 24, 0.0013, 0.0009, 0.00016
"""Streets each way of the generated town, a hundred metres apart; a house every twelve metres, both sides."""


def generated(folder: Path) -> tuple[Path, Path]:
    """A town of crossing streets with invented names: an address file and a street file."""
    chance = random.Random(5)
    names = [f"Rue {' '.join(chance.sample(VOCABULARY, 2)).title()}" for _i in range(2 * SIDE)]
    lines = ["id;numero;rep;nom_voie;code_insee;nom_commune;lon;lat"]
    for street in range(SIDE):
        latitude = 46.30 + street * STEP_LAT
        for i in range(int((SIDE - 1) * STEP_LON / EVERY)):
            for side in (0, 1):
                place = f"{4.80 + i * EVERY:.6f};{latitude + (side - 0.5) * 0.0001:.6f}"
                lines.append(f"g{street}-{i}-{side};{2 * i + side + 1};;{names[street]};71270;Mâcon;{place}")
    addresses, streets = folder / "addresses.csv", folder / "streets.osm"
    addresses.write_text("\n".join([*lines, ""]), encoding="utf-8")
    streets.write_text(_osm(names), encoding="utf-8")
    return addresses, streets


def _osm(names: Sequence[str]) -> str:
    nodes = [
        f'<node id="{1 + row * SIDE + column}" version="1" lat="{46.30 + row * STEP_LAT:.7f}"'
        f' lon="{4.80 + column * STEP_LON:.7f}"/>'
        for row in range(SIDE)
        for column in range(SIDE)
    ]
    ways = []
    rows = [[i * SIDE + j for j in range(SIDE)] for i in range(SIDE)]
    columns = [[j * SIDE + i for j in range(SIDE)] for i in range(SIDE)]
    for number, line in enumerate(rows + columns):
        refs = "".join(f'<nd ref="{1 + node}"/>' for node in line)
        tags = f'<tag k="highway" v="residential"/><tag k="name" v="{names[number]}"/>'
        ways.append(f'<way id="{1 + number}" version="1">{refs}{tags}</way>')
    return '<?xml version="1.0"?><osm version="0.6">' + "".join(nodes) + "".join(ways) + "</osm>"


class Campaign:
    """A group, an action with a shift and its talking points, and a volunteer who is signed up."""

    def __init__(self) -> None:
        from amiral.rooms.mobilisation.models import Action, ActionTalkingPoint, Shift, SignUp
        from amiral.rooms.network.models import Group, Membership
        from amiral.rooms.people.models import Person
        from amiral.rooms.territory.models import Territory, TerritoryClosure

        commune = Territory.objects.create(
            id="commune:71270", kind="commune", code="71270", name="Mâcon", search_name="macon"
        )
        TerritoryClosure.objects.create(ancestor=commune, descendant=commune, depth=0)
        self.group = Group.objects.create(kind="local", slug="macon", name="Mâcon", territory=commune)
        self.person = Person.objects.create(email="mesure@example.org", given_name="Mesure", commune=commune)
        Membership.objects.create(group=self.group, person=self.person, source="choice")
        action = Action.objects.create(
            kind="door-to-door",
            title="Porte-à-porte du samedi",
            group=self.group,
            commune=commune,
            place="Place Saint-Pierre",
        )
        start = datetime.now(UTC) - timedelta(minutes=30)
        self.shift = Shift.objects.create(
            action=action, starts_at=start, ends_at=start + timedelta(hours=3), capacity=9, needed=1
        )
        SignUp.objects.create(shift=self.shift, person=self.person, state="confirmed")
        for position, point in enumerate(_points(), start=1):
            ActionTalkingPoint.objects.create(action=action, point=point, position=position)

    def assignment(self, *, town: str, file: Any, dwellings: int) -> Any:
        """A turf of the addresses in the middle of the town, greedily ordered, in the hands of the shift."""
        from amiral.rooms.field.models import Assignment, Canvass, Door, Turf, Visit
        from amiral.rooms.territory import api as territory

        columns = territory.addresses(file_id=file.id)
        chosen = _walk(columns, dwellings)
        line = [[float(columns.lon[i]), float(columns.lat[i])] for i in chosen]
        canvass = Canvass.objects.create(
            name=f"{town}, {dwellings} logements",
            kind="door-to-door",
            group=self.group,
            address_file_id=file.id,
            address_file_name=file.name,
            planned_at=datetime.now(UTC),
        )
        turf = Turf.objects.create(
            canvass=canvass,
            number=1,
            minutes=120,
            metres=2000,
            walk={"type": "LineString", "coordinates": line},
        )
        doors = Door.objects.bulk_create(_doors(turf, columns, chosen))
        at = datetime.now(UTC) - timedelta(days=9)
        Visit.objects.bulk_create(
            Visit(id=_id(), door=door, outcome=("nobody", "talked", "refused")[i % 3], at=at, received_at=at)
            for i, door in enumerate(doors[::2])
        )
        return Assignment.objects.create(
            turf=turf, shift=self.shift, until=datetime.now(UTC) + timedelta(hours=9)
        )


def _id() -> Any:
    from amiral.kit.ids import new_id

    return new_id()


def _points() -> Iterator[Any]:
    """Approved talking points of about ninety words."""
    from amiral.rooms.talking_points.models import TalkingPoint, Theme, Version

    chance = random.Random(12)
    theme = Theme.objects.create(slug="mesure", name_fr="Services publics", name_en="Public services")
    for number in range(POINTS):
        point = TalkingPoint.objects.create(theme=theme)
        said = [" ".join(chance.choices(VOCABULARY, k=WORDS // 3)).capitalize() + "." for _i in range(3)]
        Version.objects.create(
            point=point,
            number=1,
            short_line=" ".join(chance.choices(VOCABULARY, k=9)).capitalize(),
            body="\n\n".join(said),
            sources=[{"title": f"Rapport {number}", "url": f"https://exemple.fr/{number}", "on": ""}],
            state="approved",
            approved_at=datetime.now(UTC),
        )
        yield point


def _walk(columns: Any, dwellings: int) -> list[int]:
    """The addresses nearest to the middle that hold so many dwellings; after each the nearest one left."""
    import numpy as np

    x = (columns.lon - np.median(columns.lon)) * 0.7
    y = columns.lat - np.median(columns.lat)
    near = np.argsort(np.hypot(x, y), kind="stable")
    total = np.cumsum(np.maximum(1, columns.dwellings[near]))
    left = near[: int(np.searchsorted(total, dwellings)) + 1].tolist()
    order = [left.pop(0)]
    while left:
        away = np.hypot(x[left] - x[order[-1]], y[left] - y[order[-1]])
        order.append(left.pop(int(np.argmin(away))))
    return order


def _doors(turf: Any, columns: Any, chosen: Sequence[int]) -> list[Any]:
    from amiral.rooms.field.models import Door

    rows = []
    for position, i in enumerate(chosen, start=1):
        number = f"{columns.numbers[i]} {columns.suffixes[i]}".strip()
        street = str(columns.streets[i])
        rows.append(
            Door(
                turf=turf,
                position=position,
                address_id=str(columns.ids[i]),
                label=f"{number} {street}".strip(),
                number=number,
                street=street,
                commune_code="71270",
                longitude=float(columns.lon[i]),
                latitude=float(columns.lat[i]),
                dwellings=max(1, int(columns.dwellings[i])),
                origin=2,
            )
        )
    return rows


def sizes_of(assignment: Any) -> dict[str, object]:
    """Bytes of a pack, and how long it took to make."""
    import brotli

    from amiral.cores.canonical import canonical
    from amiral.rooms.field.access import _assignments
    from amiral.rooms.field.queries import packing
    from amiral.rooms.field.web.app_views import BROTLI_QUALITY

    row = _assignments().get(pk=assignment.pk)
    began = time.perf_counter()
    made = packing.pack(assignment=row, language="fr", at=datetime.now(UTC))
    raw = canonical(made)
    took = time.perf_counter() - began
    doors = made["doors"]
    assert isinstance(doors, list)
    return {
        "doors": len(doors),
        "dwellings": sum(door.get("dwellings", 0) for door in doors),
        "streets": len(made["streets"]),  # type: ignore[arg-type]  # a list, as docs/field-app.md says
        "raw": len(raw),
        "gzip": len(gzip.compress(raw, 9, mtime=0)),
        "br": len(brotli.compress(raw, quality=BROTLI_QUALITY)),
        "made_in_ms": round(1000 * took),
    }


def import_town(name: str, data: Path, folder: Path) -> Any:
    """The address file of a town, imported with its streets."""
    from amiral.rooms.territory import api as territory
    from amiral.rooms.territory.contracts import FileKind

    town = TOWNS[name]
    addresses, streets = (data / town.addresses, data / town.streets) if town.addresses else generated(folder)
    territory.import_addresses_file(path=addresses, name=name, attribution="mesure")
    if streets.is_file():
        territory.import_streets_file(path=streets, name=f"{name}-rues")
    return next(card for card in territory.reference_files(kind=FileKind.ADDRESSES) if card.name == name)


def _session(person: Any) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def waiting(*, web: Web, assignment: str, session: str, runs: int) -> dict[str, object]:
    """Seconds until a door can be tapped, cold, warm and without a server."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[float]] = {"cold": [], "warm": [], "offline": []}
    loads: list[int] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for _run in range(runs):
            seconds, received = _one_run(browser, web, assignment, session)
            loads.append(received)
            for name, value in seconds.items():
                found[name].append(value)
        version = browser.version
        browser.close()
    medians = {name: round(statistics.median(values), 2) for name, values in found.items()}
    return {
        "chromium": version,
        "seconds": medians,
        "all": found,
        "cold_bytes": round(statistics.median(loads)),
    }


def _one_run(browser: Any, web: Web, assignment: str, session: str) -> tuple[dict[str, float], int]:
    home = f"http://127.0.0.1:{web.port}"
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-FR")
    context.add_cookies([{"name": "sessionid", "value": session, "url": home}])
    page = context.new_page()
    received = [0]
    link = context.new_cdp_session(page)
    link.send("Network.enable")
    link.on("Network.loadingFinished", lambda said: _count(received, said))
    _slow(link)
    seconds = {"cold": _first_door(page, lambda: page.goto(f"{home}/terrain/app/?liste={assignment}"))}
    loaded = received[0]
    page.wait_for_function("() => document.getElementById('ready').dataset.kind === 'ok'", timeout=120_000)
    seconds["warm"] = _first_door(page, lambda: page.reload())
    web.kill()
    seconds["offline"] = _first_door(page, lambda: page.reload())
    web.start()
    context.close()
    return seconds, loaded


def _count(received: list[int], said: dict[str, Any]) -> None:
    received[0] += int(said["encodedDataLength"])


def _slow(link: Any) -> None:
    link.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": BYTES_PER_S,
            "uploadThroughput": BYTES_PER_S,
        },
    )
    link.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def _first_door(page: Any, open_it: Any) -> float:
    """From the navigation's own beginning to the moment a link to a door is there."""
    open_it()
    page.wait_for_selector("a[href^='#porte/']", timeout=180_000)
    return round(float(page.evaluate("() => performance.now()")) / 1000, 2)


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        json.dump(measured(options, Path(scratch), stack), sys.stdout, indent=2)
        print()
    return 0


def measured(options: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, object]:
    """All figures; the database and the imported files lie in ``folder``."""
    env = environment(state=folder)
    os.environ.update({name: env[name] for name in ("AMIRAL_STATE_DIR", "DJANGO_SETTINGS_MODULE")})
    os.environ.pop("AMIRAL_DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    campaign, bytes_, left_out, waited = Campaign(), dict[str, Any](), dict[str, list[str]](), ""
    for name, town in TOWNS.items():
        if town.missing(options.data):
            left_out[name] = town.missing(options.data)
            continue
        file = import_town(name, options.data, folder)
        for size in map(int, options.sizes.split(",")):
            assignment = campaign.assignment(town=name, file=file, dwellings=size)
            bytes_.setdefault(name, {})[size] = sizes_of(assignment)
            waited = str(assignment.pk) if (name, size) == WAITED else waited
    result: dict[str, object] = {
        "at": datetime.now(UTC).date().isoformat(),
        "python": sys.version.split()[0],
        "packs": bytes_,
        "left_out": left_out,
        "shell": shell_sizes(),
    }
    if waited and not options.no_browser:
        web = Web(env=env)
        stack.callback(web.stop)
        web.start()
        result["first_door"] = waiting(
            web=web, assignment=waited, session=_session(campaign.person), runs=options.runs
        )
    return result


def shell_sizes() -> dict[str, object]:
    """The shell as it is sent, in bytes: all of one language with its worker, and its first view."""
    import brotli

    from amiral.rooms.field.web import shell as shells
    from amiral.rooms.field.web.app_views import BROTLI_ONCE

    def size(content: bytes) -> int:
        return len(brotli.compress(content, quality=BROTLI_ONCE))

    made = shells.shell()
    files = {name: size(made.files[name].content) for name in shells.kept_names(made.files)}
    page, reader = size(made.pages["fr"]), sum(files[name] for name in files if name.startswith("qr/"))
    return {
        "first_view": page + sum(files[name] for name in files if name.endswith(".css")),
        "all": page + size(made.worker) + sum(files.values()) - reader,
        "qr_reader": reader,
        "files": len(files),
    }


if __name__ == "__main__":
    sys.exit(main())
