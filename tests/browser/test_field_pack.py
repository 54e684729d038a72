"""The pack and the search of the field app in a real browser, apart from the server that makes packs."""

import hashlib
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from amiral.cores.canonical import canonical
from amiral.rooms.field.queries.packing import PER_DEGREE, deltas
from tests.browser.test_field_log import DEVICE, KEY, address

__all__ = ["address"]

LOAD = """async () => {
  window.pack = await import("/app/pack.js");
  window.finder = await import("/app/search.js");
  for (const name of ["store", "events", "notebook"]) window[name] = await import(`/log/${name}.js`);
}"""
FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LATER, PAST = "2999-01-01T00:00:00Z", "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(address)
    page.evaluate(LOAD)
    yield page
    context.close()


def made(**changes: Any) -> str:
    """A small pack as sent."""
    door = {"id": "018f0000-0000-7000-8000-0000000000d0", "n": 1, "at": [483000, 4630600], "street": 1}
    content: dict[str, Any] = {
        "v": 1,
        "assignment": "018f0000-0000-7000-8000-00000000000a",
        "stamp": "s",
        "until": LATER,
        "expires": LATER,
        "names": ["Rue de la Barre"],
        "doors": [{**door, "number": "12"}, {**door, "n": 2, "at": [1, -2], "label": "Chez Ø"}],
        "walk": [483000, 4630600, 10, 0],
        "streets": [{"name": 1, "class": "residential", "line": [483000, 4630600, 0, 5]}],
        "points": [],
    }
    content |= changes
    return canonical({**content, "digest": hashlib.sha256(canonical(content)).hexdigest()}).decode()


READ = """(text) => pack.readPack(text).then((read) => read, (problem) => [problem.name, problem.code])"""


def test_a_pack_is_read_as_it_was_written(page: Page) -> None:
    read = page.evaluate(READ, made())
    first, second = read["doors"]
    assert first == {
        "id": "018f0000-0000-7000-8000-0000000000d0",
        "n": 1,
        "label": "12 Rue de la Barre",
        "number": "12",
        "street": "Rue de la Barre",
        "lon": 4.83,
        "lat": 46.306,
        "dwellings": 0,
        "done": 0,
        "origin": 0,
        "floors": 0,
        "lift": False,
        "wish": False,
        "last": None,
        "again": "",
        "caution": [],
        "way": "",
        "hand": "ahead",
        "side": None,
    }
    assert (second["label"], second["lon"], second["lat"]) == ("Chez Ø", 4.83001, 46.30598)
    assert read["walk"] == [[4.83, 46.306], [4.8301, 46.306]]
    assert read["streets"][0]["name"] == "Rue de la Barre"
    assert "names" not in read


places = st.tuples(st.floats(-180, 180), st.floats(-85, 85))


@FEW
@given(line=st.lists(places, max_size=30))
def test_lines_come_back_to_the_nearest_metre(page: Page, line: list[tuple[float, float]]) -> None:
    back = page.evaluate("(line) => pack.places(line)", deltas(line))
    rounded = [(round(x * PER_DEGREE), round(y * PER_DEGREE)) for x, y in line]
    once = [place for i, place in enumerate(rounded) if i == 0 or rounded[i - 1] != place]
    assert [(round(x * PER_DEGREE), round(y * PER_DEGREE)) for x, y in back] == once


@FEW
@given(place=st.integers(0, 10_000), sign=st.characters(codec="ascii", min_codepoint=32))
def test_whatever_is_changed_on_the_way_is_noticed(page: Page, place: int, sign: str) -> None:
    text = made()
    place %= len(text)
    changed = text[:place] + sign + text[place + 1 :]
    answer = page.evaluate(READ, changed)
    try:
        same = json.loads(changed) == json.loads(text)
    except ValueError:
        same = False
    if not same:
        assert answer in (["PackRefused", "damaged"], ["PackRefused", "too-new"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "damaged"),
        ("null", "damaged"),
        ("[]", "damaged"),
        ('{"v":"1"}', "damaged"),
        ('{"v":0}', "damaged"),
        ('{"v":1}', "damaged"),
        ('{"v":2}', "too-new"),
        (made(doors=None), "damaged"),
        (made(doors=[{}]), "damaged"),
        (made()[:-40], "damaged"),
    ],
)
def test_a_pack_that_is_not_whole_is_refused(page: Page, text: str, code: str) -> None:
    assert page.evaluate(READ, text) == ["PackRefused", code]


KEEP = """async ([name, text]) => {
  const kept = await store.open(name);
  window.kept = kept;
  try { return (await pack.keepPack(kept, text)).assignment; } catch (problem) { return problem.code; }
}"""
ONE, OTHER = (f"018f0000-0000-7000-8000-00000000000{letter}" for letter in "ab")


def test_packs_are_kept_encrypted_and_side_by_side(page: Page) -> None:
    assert page.evaluate(KEEP, ["side", made()]) == ONE
    assert page.evaluate(KEEP, ["side", made(assignment=OTHER, until="2998-01-01T00:00:00Z")]) == OTHER
    assert [one["assignment"] for one in page.evaluate("() => pack.listPacks(kept)")] == [OTHER, ONE]
    loaded = page.evaluate("(id) => pack.loadPack(kept, id)", ONE)
    assert loaded["doors"][0]["label"] == "12 Rue de la Barre"
    raw = page.evaluate(
        """async (id) => {
          const { box, ...rest } = await kept.get(`pack:${id}`);
          return JSON.stringify(rest) + new TextDecoder("latin1").decode(box.box);
        }""",
        ONE,
    )
    assert "Barre" not in raw
    page.evaluate("(id) => pack.wipePack(kept, id)", ONE)
    assert page.evaluate("(id) => pack.loadPack(kept, id)", ONE) is None
    assert page.evaluate("(id) => pack.loadPack(kept, id)", OTHER) is not None


def test_a_damaged_pack_is_thrown_away_and_said(page: Page) -> None:
    page.evaluate(KEEP, ["damaged", made()])
    page.evaluate(
        """async (id) => {
          const found = await kept.get(`pack:${id}`);
          new Uint8Array(found.box.box)[9] ^= 1;
          await kept.put({ [`pack:${id}`]: found });
        }""",
        ONE,
    )
    load = "(id) => pack.loadPack(kept, id).then((read) => read, (problem) => problem.code)"
    assert page.evaluate(load, ONE) == "damaged"
    assert page.evaluate(load, ONE) is None


def test_what_is_over_is_neither_kept_nor_shown(page: Page) -> None:
    assert page.evaluate(KEEP, ["over", made(expires=PAST)]) == "expired"
    assert page.evaluate(KEEP, ["over", made()]) == ONE
    assert page.evaluate(KEEP, ["over", made(assignment=OTHER, expires="2998-01-01T00:00:00Z")]) == OTHER
    assert page.evaluate("() => pack.expirePacks(kept)") == []
    then = "() => pack.expirePacks(kept, Date.parse('2998-01-01T00:00:00Z'))"
    assert page.evaluate(then) == [OTHER]
    assert [one["assignment"] for one in page.evaluate("() => pack.listPacks(kept)")] == [ONE]


def test_the_servers_clock_is_believed_and_time_never_goes_back(page: Page) -> None:
    """A phone whose clock stands in the past: the pack goes when the server's day says so."""
    page.evaluate(KEEP, ["clock", made(expires="2500-01-01T00:00:00Z")])
    tell = "(date) => pack.tellTime(kept, date, Date.parse('2026-01-01T00:00:00Z'))"
    page.evaluate(tell, "Sun, 01 Nov 2499 00:00:00 GMT")
    best = "pack.bestNow(kept, Date.parse(clock))"
    at = f"(clock) => {best}.then((ms) => new Date(ms).toISOString().slice(0, 10))"
    assert page.evaluate(at, "2026-01-01T00:00:00Z") == "2499-11-01"
    assert page.evaluate(at, "2026-01-11T00:00:00Z") == "2499-11-11"
    assert page.evaluate(at, "2020-01-01T00:00:00Z") == "2499-11-01"
    page.evaluate("() => pack.tellTime(kept, null)")
    page.evaluate("() => pack.tellTime(kept, 'no date')")
    assert page.evaluate(at, "2026-01-01T00:00:00Z") == "2499-11-01"
    page.evaluate(tell, "Thu, 01 Jan 2500 00:00:01 GMT")
    assert page.evaluate("(id) => pack.loadPack(kept, id)", ONE) is None


def test_a_revoked_phone_is_wiped_once_nothing_waits(page: Page) -> None:
    page.evaluate(KEEP, ["revoked", made()])
    left = page.evaluate(
        """async ([device, key]) => {
          let isOnline = false;
          const book = new notebook.Notebook(kept, { send: async ({ events }) => {
            if (!isOnline) throw new Error("no network");
            const answer = { status: "quarantined", why: "revoked" };
            return { answers: Object.fromEntries(events.map(({ id }) => [id, answer])) };
          } });
          await book.enrol(device, await events.importKey(Uint8Array.from(key)));
          await book.record({ kind: "visit", door: device, outcome: "nobody" });
          const before = await pack.wipeRevoked(kept);
          const packs = (await pack.listPacks(kept)).length;
          const waiting = (await book.phone()).unsent.size;
          isOnline = true;
          await book.flush();
          const after = await pack.wipeRevoked(kept);
          return [before, packs, waiting, after, await kept.load(), await kept.get("vault") === undefined];
        }""",
        [str(DEVICE), list(KEY)],
    )
    assert left == [False, 0, 1, True, None, True]


FETCH = """([status, body, headers]) => {
  const asked = [];
  const ask = async (address, options) => {
    asked.push([address, options.headers, options.credentials, options.cache]);
    if (status === 0) throw new TypeError("no network");
    return new Response(status === 304 ? null : body, { status, headers });
  };
  return pack.fetchPack({ assignment: "a", token: "t", language: "en", digest: "d" }, { ask })
    .then((answer) => [asked[0], answer]);
}"""


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, "{}", "new"),
        (304, "", "same"),
        (401, '{"why":"revoked"}', "revoked"),
        (401, "<html>", "unknown"),
        (404, "", "foreign"),
        (410, "", "over"),
        (429, "", "busy"),
        (500, "", "offline"),
        (0, "", "offline"),
    ],
)
def test_every_answer_of_the_server_has_a_word(page: Page, status: int, body: str, said: str) -> None:
    asked, answer = page.evaluate(FETCH, [status, body, {"Retry-After": "30"}])
    assert answer["status"] == said
    assert asked == [
        "/terrain/app/paquets/a.json?langue=en",
        {"Authorization": "Bearer t", "If-None-Match": '"d"'},
        "omit",
        "no-store",
    ]
    if said == "busy":
        assert answer["wait"] == 30_000


# Search -----------------------------------------------------------------------------------------------

POINTS: list[dict[str, Any]] = [
    {"id": "trains", "theme": "Transports", "short": "Deux trains par heure dans chaque gare",
     "text": "On double les trains régionaux : l’été comme l’hiver.",
     "sources": [{"title": "Rapport Œuvre"}]},
    {"id": "health", "theme": "Santé", "short": "Un médecin à moins de trente minutes",
     "text": "Huit communes sur dix n’ont plus de médecin. Les hôpitaux rouvrent.", "sources": []},
    {"id": "school", "theme": "École", "short": "Vingt élèves par classe", "text": "Et des trains ?",
     "sources": []},
    {"id": "housing", "theme": "Housing", "short": "Rents are capped in every city",
     "text": "Landlords may not raise them twice a year.", "sources": []},
]  # fmt: skip
FIND = "([points, text]) => finder.search(finder.index(points), text).map(({ id }) => id)"


def find(page: Page, text: str, points: list[dict[str, Any]] | None = None) -> list[str]:
    found: list[str] = page.evaluate(FIND, [points or POINTS, text])
    return found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("trains", ["trains", "school"]),
        ("TRAIN", ["trains", "school"]),
        ("trian", ["trains", "school"]),
        ("medecin", ["health"]),
        ("médcin", ["health"]),
        ("hopital", ["health"]),
        ("oeuvre", ["trains"]),
        ("œuvre", ["trains"]),
        ("l'été", ["trains"]),
        ("d’hiver", ["trains"]),
        ("rent", ["housing", "health"]),
        ("lanlord", ["housing"]),
        ("cla", ["school"]),
        ("sante", ["health"]),
        ("deux trains", ["trains"]),
        ("les", ["trains", "health"]),
        ("trains zzzz", ["trains", "school"]),
        ("zzzz", []),
        ("", []),
        ("  ?! ", []),
    ],
)
def test_points_are_found_as_people_type(page: Page, asked: str, found: list[str]) -> None:
    assert find(page, asked) == found


words_ = st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèàçùêîôœ", min_size=5, max_size=12)
texts_ = st.lists(words_, min_size=1, max_size=8)
library = st.lists(texts_, min_size=1, max_size=6)


def shelf(library: list[list[str]]) -> list[dict[str, Any]]:
    return [
        {"id": str(i), "theme": "", "short": words[0], "text": " ".join(words[1:]), "sources": []}
        for i, words in enumerate(library)
    ]


def slipped(word: str, place: int, how: int) -> str:
    place %= len(word)
    return [
        word[:place] + word[place + 1 :],
        word[:place] + "k" + word[place + 1 :],
        word[:place] + "w" + word[place:],
        word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :],
    ][how]


@FEW
@given(library=library, data=st.data())
def test_every_word_finds_its_point(page: Page, library: list[list[str]], data: st.DataObject) -> None:
    """Whole, without accents, in capitals, by its beginning, and with one slip of the finger."""
    i = data.draw(st.integers(0, len(library) - 1))
    word = data.draw(st.sampled_from(library[i]))
    points = shelf(library)
    bare = page.evaluate("(word) => finder.plain(word)", word)
    half = word[: data.draw(st.integers(2, len(word)))]
    slip = slipped(bare, data.draw(st.integers(0, 99)), data.draw(st.integers(0, 3)))
    for asked in (word, bare, word.upper(), half, slip):
        assert str(i) in find(page, asked, points), (asked, word)


@FEW
@given(library=library, data=st.data())
def test_the_order_of_the_points_does_not_change_what_is_found(
    page: Page, library: list[list[str]], data: st.DataObject
) -> None:
    asked = " ".join(data.draw(st.lists(st.sampled_from([*chain(*library)]), min_size=1, max_size=3)))
    points = shelf(library)
    score = "([points, text]) => finder.search(finder.index(points), text)"
    there = page.evaluate(score, [points, asked])
    back = page.evaluate(score, [points[::-1], asked])
    assert sorted((one["id"], one["score"]) for one in there) == sorted(
        (one["id"], one["score"]) for one in back
    )
    assert [one["score"] for one in there] == sorted((one["score"] for one in there), reverse=True)


@FEW
@given(one=words_, other=words_)
def test_one_slip_is_symmetrical_and_never_two(page: Page, one: str, other: str) -> None:
    there = page.evaluate(
        "([a, b]) => [finder.oneSlip(a, b), finder.oneSlip(b, a), finder.oneSlip(a, a)]",
        [one, other],
    )
    assert there == [_distance(one, other) <= 1, _distance(one, other) <= 1, True]


def _distance(one: str, other: str) -> int:
    """Optimal string alignment, the slow way."""
    rows = [[max(i, j) if not i * j else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            cost = one[i - 1] != other[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]
