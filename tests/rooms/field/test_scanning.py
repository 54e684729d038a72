"""Paper that comes back: printed, ticked, photographed, sent, checked, entered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import numpy as np
import pypdfium2
import pytest
from benchmarks.field.photographs import Camera, Grey, Hand, Pen, photograph, write
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from PIL import Image

from amiral.cores.marks import layout
from amiral.kit import runs
from amiral.rooms.field import actions, api
from amiral.rooms.field.actions import scanning as verbs
from amiral.rooms.field.contracts import AssignmentCard, Outcome
from amiral.rooms.field.models import DeviceKind, LogEntry, PrintedPage, Scan, ScannedPage, Visit
from amiral.rooms.field.queries import scanning
from amiral.rooms.field.queries.scanning import KEPT, PICTURES
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.test_rights import ANONYMOUS, EVERYBODY, LEADERS, person

FLAT = Camera(tilt=0.02, turn=2, bend=0.4, dots=7, blur=0.4, noise=2, shade=0.1, shadow=0, quality=80)
LATER = SATURDAY + timedelta(hours=3)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Any) -> None:
    settings.STATE_DIR = tmp_path / "state"


@pytest.fixture
def at_later() -> Any:
    import time_machine

    with time_machine.travel(LATER, tick=True) as traveller:
        yield traveller


@dataclass(kw_only=True)
class Paper:
    """A printed page, to be ticked."""

    code: str
    page: Grey

    def tick(self, ticks: dict[int, Outcome], hand: Hand = Hand.CROSS, camera: Camera | None = None) -> bytes:
        """A scan of the page with these boxes ticked, by line; or a photograph, which takes longer."""
        printed = PrintedPage.objects.get(pk=self.code)
        page, chance = self.page.copy(), np.random.default_rng(7)
        sheet = layout(columns=len(printed.outcomes))
        for row, outcome in ticks.items():
            write(page, sheet.box(row, printed.outcomes.index(outcome)), hand, Pen(), chance)
        stream = BytesIO()
        seen = photograph(page, camera, chance) if camera else page[::2, ::2].astype(np.uint8)
        Image.fromarray(seen).save(stream, "JPEG", quality=80)
        return stream.getvalue()


def print_list(browser: Any, card: AssignmentCard, page: int = 2) -> Paper:
    """Prints the walk list as the browser does; the page ``page`` of it."""
    before = set(PrintedPage.objects.values_list("pk", flat=True))
    content = browser.get(f"{card.url}pdf/").content
    picture = pypdfium2.PdfDocument(content)[page - 1].render(scale=10 * 25.4 / 72, grayscale=True).to_numpy()
    made = PrintedPage.objects.filter(assignment=card.id, number=page).exclude(pk__in=before)
    printed = made.first() or PrintedPage.objects.filter(assignment=card.id, number=page).last()
    assert printed is not None
    return Paper(code=printed.pk, page=np.squeeze(picture).astype(np.float32))


def send(browser: Any, card: AssignmentCard, *files: bytes, names: Iterable[str] = ()) -> Any:
    """Sends the files on the page of the walk list, and reads them as the worker does."""
    given = [*names, *(f"page-{i}.jpg" for i in range(len(files)))]
    sent = [SimpleUploadedFile(name, content) for name, content in zip(given, files, strict=False)]
    answer = browser.post(f"{card.url}papier/", {"pages": sent})
    scan = Scan.objects.order_by("sent_at", "pk").last()
    if answer.status_code == 302 and scan is not None and scan.run_id is not None:
        runs.carry_out(scan.run_id)
    return answer


def last_page() -> ScannedPage:
    page = ScannedPage.objects.select_related("scan", "printed").order_by("scan__sent_at", "number").last()
    assert page is not None
    return page


def address(page: ScannedPage) -> str:
    return f"/papier/{page.scan_id}/{page.number}/"


def form_of(page: ScannedPage, **answers: str) -> dict[str, str]:
    """The form as the page shows it, with these answers in place of what it is filled in with."""
    page = ScannedPage.objects.select_related("printed__assignment__turf").get(pk=page.pk)
    found = scanning.review(page=page)
    filled = {f"ligne-{line.row}": line.answer for line in found.lines if not line.is_gone}
    return {"vu": found.seen} | {name: value for name, value in filled.items() if value} | answers


def outcomes(world: World) -> dict[int, str]:
    """What stands at the doors of the first turf, by position from 1."""
    states = api.coverage(canvass_id=world.canvass).states
    return {i: states[door].value for i, door in enumerate(world.turf.door_ids, start=1) if door in states}


TICKS = {1: Outcome.NOBODY, 2: Outcome.TALKED, 4: Outcome.DO_NOT_COME_BACK}
"""By line: the first one of the page is the street's name, so line 1 is the first door."""


def test_from_paper_to_the_coverage(world: World, sign_in: Callable[..., Any], at_later: Any) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    paper = print_list(browser, card)
    answer = send(browser, card, paper.tick(TICKS, camera=FLAT))
    page = last_page()
    assert answer["Location"] == f"/papier/{page.scan_id}/"
    assert (page.problem, page.printed_id) == ("", paper.code)
    text = browser.get(address(page)).content.decode()
    assert "3 lignes lues sans doute" in text
    assert "Chaque ligne a été lue sans doute" in text
    done = browser.post(address(page), form_of(page))
    assert done["Location"] == f"/papier/{page.scan_id}/"
    assert "3 passages saisis" in browser.get(done["Location"]).content.decode()
    assert outcomes(world) == {1: "nobody", 2: "talked", 4: "do-not-come-back"}
    entries = LogEntry.objects.select_related("device")
    assert {entry.device.kind for entry in entries} == {DeviceKind.PAPER}
    assert {entry.by_id for entry in entries} == {world.cast.teammate}
    assert [door.is_asked_not_to for door in list_of(world, card).doors][3]


def list_of(world: World, card: AssignmentCard) -> Any:
    from amiral.rooms.field.access import access_assignment_by_id
    from amiral.rooms.field.queries.walking import walk_list

    row = access_assignment_by_id(person_id=world.cast.owner, assignment_id=card.id, at=LATER)
    return walk_list(assignment=row, at=LATER)


def test_the_same_page_never_counts_twice(world: World, sign_in: Callable[..., Any], at_later: Any) -> None:
    card, browser, leader = world.assign(), sign_in(world.cast.teammate), sign_in(world.cast.owner)
    paper = print_list(browser, card)
    photo = paper.tick(TICKS)
    for one in (browser, leader, browser):
        send(one, card, photo, photo)
        for page in ScannedPage.objects.filter(entered_at=None):
            assert one.post(address(page), form_of(page)).status_code == 302
    assert Visit.objects.count() == LogEntry.objects.count() == 3
    send(leader, card, photo)
    text = leader.get(address(last_page())).content.decode()
    assert "lignes à vérifier" not in text
    assert text.count("saisie</span>") == 3


def test_two_people_check_the_same_page_at_once(
    world: World, sign_in: Callable[..., Any], at_later: Any
) -> None:
    card, browser, leader = world.assign(), sign_in(world.cast.teammate), sign_in(world.cast.owner)
    send(browser, card, print_list(browser, card).tick(TICKS))
    page = last_page()
    both = form_of(page)
    browser.post(address(page), both)
    answer = leader.post(address(page), both | {"ligne-1": "refused"})
    assert answer.status_code == 409
    assert Visit.objects.count() == 3
    # Told what is there, the leader changes it: a correction, not a second visit.
    assert leader.post(address(page), form_of(page, **{"ligne-1": "refused"})).status_code == 302
    assert outcomes(world)[1] == "refused"
    # … and takes it back, and puts it there again.
    leader.post(address(page), form_of(page, **{"ligne-1": "rien"}))
    assert 1 not in outcomes(world)
    leader.post(address(page), form_of(page, **{"ligne-1": "refused"}))
    assert outcomes(world)[1] == "refused"


def test_more_ticks_on_the_same_page_are_added(
    world: World, sign_in: Callable[..., Any], at_later: Any
) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    paper = print_list(browser, card)
    for ticks in (TICKS, TICKS | {5: Outcome.REFUSED}):
        send(browser, card, paper.tick(ticks))
        browser.post(address(last_page()), form_of(last_page()))
    assert outcomes(world) == {1: "nobody", 2: "talked", 4: "do-not-come-back", 5: "refused"}
    assert Visit.objects.count() == 4


def test_a_visit_of_the_app_is_not_outranked_silently(
    world: World, sign_in: Callable[..., Any], at_later: Any
) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    paper = print_list(browser, card)
    world.visit(card, 1, Outcome.TALKED)
    send(browser, card, paper.tick(TICKS))
    page = last_page()
    text = browser.get(address(page)).content.decode()
    assert "1 ligne à vérifier" in text
    assert "Noté depuis l’impression de cette page" in text
    refused = browser.post(address(page), form_of(page))
    assert refused.status_code == 422
    assert Visit.objects.count() == 1
    browser.post(address(page), form_of(page, **{"ligne-1": "garder"}))
    assert outcomes(world)[1] == "talked"
    # What was known when the page was printed is nothing to ask about.
    again = print_list(browser, card)
    assert again.code != paper.code
    send(browser, card, again.tick({1: Outcome.REFUSED}))
    assert "1 ligne à vérifier" not in browser.get(address(last_page())).content.decode()
    browser.post(address(last_page()), form_of(last_page()))
    assert outcomes(world)[1] == "refused"


def test_a_list_planned_again_after_printing_maps_to_its_doors(
    world: World, sign_in: Callable[..., Any], at_later: Any
) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    paper = print_list(browser, card)
    door = PrintedPage.objects.get(pk=paper.code).doors[1]["door"]
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY)
    actions.replan_canvass(canvass_id=world.canvass, progress=lambda done, total: None, at=SATURDAY)
    send(browser, card, paper.tick({1: Outcome.TALKED}))
    browser.post(address(last_page()), form_of(last_page()))
    assert api.coverage(canvass_id=world.canvass).states == {UUID(door): Outcome.TALKED}


def test_turfs_that_are_on_paper_are_not_cut_anew(
    world: World, sign_in: Callable[..., Any], at_later: Any
) -> None:
    """The doors would be other rows and the page nobody's: what is ticked on it would be lost."""
    card, browser = world.assign(), sign_in(world.cast.teammate)
    paper = print_list(browser, card)
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id, at=SATURDAY)
    with pytest.raises(actions.PlanInUse, match=r"papier|paper"):
        api.plan_now(canvass_id=world.canvass, at=SATURDAY)
    send(browser, card, paper.tick({1: Outcome.TALKED}))
    browser.post(address(last_page()), form_of(last_page()))
    assert outcomes(world) == {1: "talked"}


def test_doubts_are_asked_with_their_picture(
    world: World,
    sign_in: Callable[..., Any],
    at_later: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    paper = print_list(browser, card)
    send(browser, card, paper.tick({1: Outcome.TALKED}, hand=Hand.BLACK))
    page = last_page()
    text = browser.get(address(page)).content.decode()
    assert "1 ligne à vérifier" in text
    strip = browser.get(f"{address(page)}ligne-1.png")
    assert strip["Content-Type"] == "image/png"
    assert "no-store" in strip["Cache-Control"]
    assert Image.open(BytesIO(strip.content)).size == (736, 92)
    assert Image.open(BytesIO(browser.get(f"{address(page)}page.png").content)).size == (1680, 2376)
    assert browser.get(f"{address(page)}ligne-0.png").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(address(page), form_of(page))
    assert outcomes(world) == {1: "talked"}
    assert browser.get(f"{address(page)}page.png").status_code == 404
    assert not PICTURES.names()


def test_pictures_lie_encrypted_and_go_in_time(
    world: World, sign_in: Callable[..., Any], at_later: Any
) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    photo = print_list(browser, card).tick(TICKS)
    send(browser, card, photo)
    page = last_page()
    [name] = PICTURES.names()
    content = (PICTURES._folder() / name).read_bytes()
    assert b"JFIF" not in content
    assert (PICTURES._folder() / name).stat().st_mode & 0o077 == 0
    assert api.purge(at=LATER + KEPT - timedelta(minutes=1))["field.Scan"] == 0
    assert api.purge(at=LATER + KEPT + timedelta(minutes=5))["field.Scan"] == 1
    assert not PICTURES.names()
    assert browser.get(address(page)).status_code == 404
    assert PrintedPage.objects.exists()


def test_a_page_is_set_aside(
    world: World,
    sign_in: Callable[..., Any],
    at_later: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    send(browser, card, print_list(browser, card).tick(TICKS))
    page = last_page()
    late = form_of(page)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(f"{address(page)}ecarter/").status_code == 302
    assert not PICTURES.names()
    assert browser.post(address(page), late)["Location"] == f"/papier/{page.scan_id}/"
    assert not Visit.objects.exists()


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"x" * 200


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.heic", HEIC, "HEIC"),
        ("a.jpg", HEIC, "HEIC"),
        ("a.gif", b"GIF89a" + b"x" * 100, "ni une photo ni un scan"),
        ("a.zip", b"PK\x03\x04" + b"x" * 100, "ni une photo ni un scan"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "ni une photo ni un scan"),
    ],
)
def test_other_files_are_refused_with_a_sentence(
    world: World, sign_in: Callable[..., Any], at_later: Any, name: str, content: bytes, words: str
) -> None:
    card = world.assign()
    answer = send(sign_in(world.cast.teammate), card, content, names=[name])
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Scan.objects.exists()
    assert not PICTURES.names()


def test_too_much_is_refused(
    world: World, sign_in: Callable[..., Any], at_later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    files = [b"\xff\xd8\xff" + b"x" * 50] * 21
    assert send(browser, card, *files).status_code == 422
    monkeypatch.setattr(verbs, "MOST_BYTES", 10)
    assert send(browser, card, b"\xff\xd8\xff" + b"x" * (1024**2 + 50)).status_code == 413
    assert browser.post(f"{card.url}papier/", {}).status_code == 422
    assert not Scan.objects.exists()


def test_what_cannot_be_read_says_why(world: World, sign_in: Callable[..., Any], at_later: Any) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    content = browser.get(f"{card.url}pdf/").content
    grass = BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (300, 300)).astype(np.uint8)
    Image.fromarray(noise).save(grass, "PNG")
    broken = b"\xff\xd8\xff" + b"x" * 300
    send(browser, card, content, grass.getvalue(), broken, names=["tout.pdf", "pré.png", "cassé.jpg"])
    pages = list(ScannedPage.objects.order_by("number").values_list("problem", "file"))
    assert pages[0] == ("map", 0)
    assert ("", 0) in pages
    assert pages[-2:] == [("no-code", 1), ("file", 2)]
    text = browser.get(f"/papier/{last_page().scan_id}/").content.decode()
    assert "pré.png" in text
    assert "Ce fichier ne s’ouvre pas" in text


def test_a_page_of_another_team_is_not_read(world: World, sign_in: Callable[..., Any], at_later: Any) -> None:
    mine, other = world.assign(), world.turfs[1]
    api.assign_turf(by_id=world.cast.owner, turf_id=other.id, shift_id=world.later_shift, at=SATURDAY)
    theirs = next(card for card in api.live_assignments(canvass_id=world.canvass) if card.turf_id == other.id)
    leader, mate = sign_in(world.cast.owner), sign_in(world.cast.teammate)
    photo = print_list(leader, theirs).tick({1: Outcome.TALKED})
    send(mate, mine, photo)
    assert last_page().problem == "unknown"
    assert "Imprimée" not in mate.get(f"/papier/{last_page().scan_id}/").content.decode()
    # The leader may send both from one walk list; the team sees its own pages only.
    send(leader, mine, photo)
    page = last_page()
    assert page.problem == ""
    assert leader.get(address(page)).status_code == 200
    assert mate.get(address(page)).status_code == 404
    assert "Secteur 2" not in mate.get(f"/papier/{page.scan_id}/").content.decode()


def test_the_code_leads_to_the_walk_list(world: World, sign_in: Callable[..., Any], at_later: Any) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    paper = print_list(browser, card)
    assert browser.get(f"/f/{paper.code}/")["Location"] == card.url
    assert sign_in(world.cast.stranger).get(f"/f/{paper.code}/").status_code == 404
    assert browser.get("/f/AAAAAAAAAAAAAAAA/").status_code == 404


def test_reading_again_changes_nothing(world: World, sign_in: Callable[..., Any], at_later: Any) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    send(browser, card, print_list(browser, card).tick(TICKS))
    page = last_page()
    found = verbs.read_pages(
        scan_id=page.scan_id, by_id=world.cast.teammate, progress=lambda done, total: None, at=LATER
    )
    assert found == {"pages": 1, "unread": 0}
    assert ScannedPage.objects.get().pk == page.pk


def test_the_list_asks_as_often_for_two_pages_as_for_ten(
    world: World, sign_in: Callable[..., Any], at_later: Any
) -> None:
    card, browser = world.assign(), sign_in(world.cast.teammate)
    paper = print_list(browser, card)
    scan = Scan.objects.create(assignment_id=card.id, names=["a"], sent_at=LATER, read_at=LATER)
    counts = []
    for number in range(1, 11):
        ScannedPage.objects.create(scan=scan, number=number, file=0, printed_id=paper.code)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(f"/papier/{scan.pk}/").status_code == 200
        counts.append(len(queries))
    assert counts[1] == counts[-1]


TEAM = {*LEADERS, "teammate"}


def addresses(card: AssignmentCard, page: ScannedPage) -> dict[str, str]:
    """Every address of paper that comes back, by its name."""
    return {
        "paper": f"{card.url}papier/",
        "scan": f"/papier/{page.scan_id}/",
        "scanned_page": address(page),
        "scanned_picture": f"{address(page)}page.png",
        "scanned_line": f"{address(page)}ligne-1.png",
        "by_page": f"/f/{page.printed_id}/",
        "set_aside": f"{address(page)}ecarter/",
    }


def test_who_may_do_what(world: World, sign_in: Callable[..., Any], at_later: Any) -> None:
    card = world.assign()
    paper = print_list(sign_in(world.cast.teammate), card)
    photo = paper.tick(TICKS)
    send(sign_in(world.cast.teammate), card, photo)
    page = last_page()
    form = form_of(page)
    for who in EVERYBODY:
        browser = sign_in(person(world, who))
        for name, url in addresses(card, page).items():
            status = browser.get(url).status_code
            if who == ANONYMOUS:
                assert status == (405 if name == "set_aside" else 302), name
            elif name == "set_aside":
                assert status == 405, (who, name)
            else:
                assert status == ((302 if name == "by_page" else 200) if who in TEAM else 404), (who, name)
    for who in set(EVERYBODY) - TEAM:
        browser, status = sign_in(person(world, who)), 302 if who == ANONYMOUS else 404
        assert browser.post(address(page), form).status_code == status, who
        assert browser.post(f"{address(page)}ecarter/").status_code == status, who
        sent = [SimpleUploadedFile("a.jpg", photo)]
        assert browser.post(f"{card.url}papier/", {"pages": sent}).status_code == status, who
    assert not Visit.objects.exists()
    page.refresh_from_db()
    assert (page.set_aside_at, Scan.objects.count()) == (None, 1)
    for who in TEAM:
        assert sign_in(person(world, who)).post(address(page), form_of(page)).status_code == 302, who
    assert Visit.objects.count() == 3


def test_the_matrix_holds_every_address_of_paper(world: World) -> None:
    named = {
        pattern.name
        for resolver in get_resolver().url_patterns
        if getattr(resolver, "app_name", "") == "field"
        for pattern in resolver.url_patterns
        if "papier" in str(pattern.pattern) or str(pattern.pattern).startswith("f/")
    }
    card = world.assign()
    scan = Scan.objects.create(assignment_id=card.id)
    assert named == set(addresses(card, ScannedPage(scan=scan, number=1)))


def test_sendings_are_limited(world: World, sign_in: Callable[..., Any], at_later: Any) -> None:
    from django.core.cache import cache

    cache.clear()
    card, browser = world.assign(), sign_in(world.cast.teammate)
    codes = [browser.post(f"{card.url}papier/", {}).status_code for _ in range(31)]
    assert (set(codes[:-1]), codes[-1]) == ({422}, 429)
    cache.clear()


def test_a_form_without_its_token_is_refused(world: World) -> None:
    from django.test import Client

    from amiral.rooms.people.models import Person

    browser = Client(enforce_csrf_checks=True)
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    browser.force_login(Person.objects.get(pk=world.cast.teammate), backend=backend)
    sent = [SimpleUploadedFile("a.jpg", b"\xff\xd8\xff")]
    assert browser.post(f"{world.assign().url}papier/", {"pages": sent}).status_code == 403
    assert not Scan.objects.exists()


def drawn(colour: str) -> bytes:
    stream = BytesIO()
    Image.new("L", (400, 560), colour).save(stream, "JPEG")
    return stream.getvalue()


def problems() -> list[str]:
    return list(Scan.objects.latest("sent_at").pages.order_by("number").values_list("problem", flat=True))


def test_a_picture_that_shows_nothing_is_not_passed_over(
    world: World, sign_in: Callable[..., Any], at_later: Any
) -> None:
    """The lens in the pocket, or far too much light: which of the pictures are to be taken again."""
    card, browser = world.assign(), sign_in(world.cast.teammate)
    send(browser, card, drawn("black"), drawn("white"))
    assert problems() == ["blank", "blank"]
    text = browser.get(f"/papier/{Scan.objects.latest('sent_at').pk}/").content.decode()
    assert text.count("On ne voit rien ici") == 2


def test_pages_beyond_the_most_are_said_to_be_left_out(
    world: World, sign_in: Callable[..., Any], at_later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verbs, "MOST_PAGES", 2)
    send(sign_in(world.cast.teammate), world.assign(), *[drawn("white")] * 4)
    assert problems() == ["blank", "blank", "many"]
