"""How well filled-in walk lists are read back from photographs and scans.

    .venv/bin/python -m benchmarks.field.paper [pages] [seed]

Prints real pages (the PDF that teams print, drawn by PDFium), fills them in with pens of many widths and
greys, photographs them by a model of a hand-held camera or of a scanner (perspective, rotation, curl, shadow,
blur, noise, JPEG), reads them back and prints one JSON object: what was read right, what was said to be
doubtful, and what was wrong without being doubtful, which must be nothing. Page n of a seed is always the
same; Ctrl-C tells of the pages read so far.
"""

import contextlib
import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pypdfium2

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")

from benchmarks.field import photographs
from benchmarks.field.photographs import Filled, Grey
from benchmarks.field.progress import Bar, end_properly

if TYPE_CHECKING:
    from amiral.cores.marks import PageReading
    from amiral.rooms.field.queries.printing import Sheet
    from amiral.rooms.field.queries.walking import DoorLine, WalkList


def walk_of(doors: int, *, rounds: bool = False) -> "WalkList":
    """A walk list of invented doors: streets of thirty, some with many dwellings, some not to be rung at."""
    from amiral.rooms.field.contracts import CanvassKind
    from amiral.rooms.field.queries import walking
    from amiral.rooms.mobilisation.contracts import ActionCard, Kind, ShiftCard, State
    from amiral.rooms.network.contracts import GroupCard, GroupKind

    start = datetime(2027, 3, 6, 13, tzinfo=UTC)
    group = GroupCard(
        id=UUID(int=1), slug="macon", kind=next(iter(GroupKind)), name="Mâcon", territory_id="commune:71270",
        territory_name="Mâcon", departement_code="71", url="/groupes/macon/",
    )  # fmt: skip
    shift = ShiftCard(
        id=UUID(int=2), action_id=UUID(int=3), action_title="Porte-à-porte", starts_at=start,
        ends_at=start + timedelta(hours=2), capacity=4, needed=2, taken=2,
    )  # fmt: skip
    action = ActionCard(
        id=UUID(int=3), kind=next(iter(Kind)), title="Porte-à-porte rue de la Barre", description="",
        group=group, commune_id="commune:71270", place="Pont Saint-Laurent", longitude=None, latitude=None,
        state=State.PUBLISHED, url="/actions/3/", talking_point_ids=(), shifts=(shift,),
    )  # fmt: skip
    made = tuple(_door(position) for position in range(1, doors + 1))
    kind = CanvassKind.LEAFLET_ROUNDS if rounds else CanvassKind.DOOR_TO_DOOR
    return walking.WalkList(
        assignment_id=UUID(int=4), token="t", url="", pdf_url="", map_url="", visit_url="",
        canvass_name="Quartier de la gare et du marché", kind_label="", turf_number=3, minutes=120,
        metres=2400, team_size=2, attribution="",
        walk=tuple((door.longitude, door.latitude) for door in made),
        action=action, shift=shift, ended_at=None, until=shift.ends_at, list_number="", list_letters="",
        doors=made, outcomes=walking.outcome_choices(kind),
    )  # fmt: skip


def _door(position: int) -> "DoorLine":
    from amiral.rooms.field.queries.walking import DoorLine

    street = f"Rue du Général-Leclerc {position // 30}"
    return DoorLine(
        id=UUID(int=1000 + position), position=position, label=f"{position} {street}", street=street,
        number=f"{position} bis" if position % 7 == 0 else str(position), dwellings=position % 9,
        longitude=4.83 + 0.0001 * position, latitude=46.3 + 0.00005 * (position % 7), state=None,
        outcome_label="Personne" if position % 11 == 0 else "", at=None, is_asked_not_to=position % 17 == 0,
        visit_id=UUID(int=5), other_visit_id=UUID(int=6),
    )  # fmt: skip


def drawn(walk: "WalkList") -> list[tuple["Sheet", Grey]]:
    """The pages of doors as they come out of the printer, with what is on them."""
    from django.utils import translation

    from amiral.rooms.field.web import paper

    with translation.override("fr"):
        content = paper.list_pages_pdf(walk=walk, pages_link="https://amiral.exemple.fr/f/", language="fr")
        sheets = [sheet for sheet, _rows in paper.sheets(walk)]
    document = pypdfium2.PdfDocument(content)
    pages = [
        page.render(scale=photographs.PX_PER_MM * 25.4 / 72, grayscale=True).to_numpy() for page in document
    ]
    return [(sheet, np.squeeze(page).astype(np.float32)) for sheet, page in zip(sheets, pages, strict=True)]


def measured(pages: int, seed: int) -> dict[str, object]:
    """Figures over so many photographs."""
    import django

    django.setup()
    printed = [*drawn(walk_of(180)), *drawn(walk_of(40, rounds=True))]
    found: Counter[str] = Counter()
    seconds: list[float] = []
    bar, done = Bar("pages photographed and read", pages), 0
    end_properly()
    with contextlib.suppress(KeyboardInterrupt):  # what was read until then is told
        for number in range(pages):
            chance = np.random.default_rng([seed, number])
            sheet, page = printed[int(chance.integers(len(printed)))]
            _measure(sheet, page, number, chance, found, seconds)
            done = number + 1
            bar.at(done, f"{found['lines_wrong']} of {found['lines']} lines wrong")
    return {
        "pages": done,
        "seed": seed,
        **dict(sorted(found.items())),
        "seconds_per_page": {"median": round(float(np.median(seconds)), 2), "worst": round(max(seconds), 2)},
    }


def _measure(
    sheet: "Sheet",
    page: Grey,
    number: int,
    chance: np.random.Generator,
    found: Counter[str],
    seconds: list[float],
) -> None:
    from amiral.cores import marks

    layout = marks.layout(columns=len(sheet.outcomes))
    rows = [door is not None for door in sheet.doors]
    made = photographs.filled(page, layout, rows, chance)
    camera = photographs.scanner(chance) if number % 4 == 0 else photographs.some_camera(chance)
    picture = photographs.photograph(made.page, camera, chance)
    started = perf_counter()
    codes = [code for code in marks.find_codes(picture) if marks.code_in(code.text) == sheet.code]
    if not codes:
        found["pages_without_code"] += 1
        return
    try:
        reading = marks.read_page(picture, codes[0].corners, layout, rows=rows)
    except marks.Unreadable as problem:
        found[f"pages_refused_{problem.why.value}"] += 1
        return
    seconds.append(perf_counter() - started)
    found["pages_read"] += 1
    _count(made, reading, found)


def _count(made: Filled, reading: "PageReading", found: Counter[str]) -> None:
    for row, wanted in made.truth.items():
        read = reading.rows[row]
        assert read is not None
        found["lines"] += 1
        if not read.is_certain:
            found["lines_doubtful"] += 1
            found["lines_doubtful_that_were_plain"] += row in made.plain
            found["lines_doubtful_prefilled_right"] += read.column == wanted
        elif read.column == wanted:
            found["lines_right"] += 1
        else:
            found["lines_wrong"] += 1
    found.setdefault("lines_wrong", 0)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    print(json.dumps(measured(*(numbers + [200, 1][len(numbers) :])), indent=1))
