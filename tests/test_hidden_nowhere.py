"""What a moderator hid, and what is private, is found nowhere: pages, feeds, searches, files, pictures,
caches, what other networks read, open data, exports; whoever looks.

One world holds a subject of every kind that can be reported, each with a word of its own that stands in no
other text. Every subject is shown first and found by a crawl (so that the crawl would see it), then hidden
by a moderator's decision, then looked for by everybody of the cast, by everybody's links, to the end.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.conf import settings as site
from django.core.cache import cache

from amiral.cores.phases import Phase
from amiral.kit import ports, posters, streams
from amiral.kit.traces import Searcher, in_caches, unpacked
from amiral.rooms.debate.actions import answers, arguments, ballots, maps
from amiral.rooms.debate.contracts import Side, SourceTyped
from amiral.rooms.debate.models import Challenge, Statement
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.models import Action
from amiral.rooms.moderation import api as moderation
from amiral.rooms.moderation.contracts import Grounds, ReportState, SubjectKind
from amiral.rooms.network import api as network
from amiral.rooms.network.actions import federating
from amiral.rooms.network.models import PrivateMessage, PublicNote, RemoteReply
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.models import Version
from tests.conftest import NOON, Cast, make_person
from tests.rooms.debate.conftest import TODAY, consultation, draft, go, many_votes, numbered
from tests.rooms.mobilisation.conftest import draft as action_draft
from tests.rooms.mobilisation.conftest import shift
from tests.rooms.network.outer import US, World, work, world
from tests.rooms.talking_points.conftest import SOURCE
from tests.test_contact_data import _bare

__all__ = ["consultation", "draft", "world"]
pytestmark = pytest.mark.django_db

ROLES = (None, "teammate", "owner", "stranger", "coordinator", "other_coordinator", "administrator")
PAGES_AT_MOST = 600
KINDS = {
    "post": "zzpinaillerie",
    "comment": "zzquincaillerie",
    "message": "zzrabacherie",
    "talking-point": "zzsornette",
    "action": "zztartarinade",
    "contribution": "zzuluberlue",
    "argument": "zzvaticination",
    "challenge": "zzwagonnage",
    "outside": "zzxylophonade",
}
"""A word for each kind of subject."""
LETTERS = {"/messages/", "/messages/recus/", "/moi/donnees/", "/moi/donnees/lire/"}
"""What was written to people before stays in the record of letters: it is in their mailboxes."""
LEAVING = re.compile(
    r"^/(compte|langue|static|territoires|boite-aux-lettres|terrain/app|donnees)/|sortir|deconnexion"
)
AS2 = {"HTTP_ACCEPT": "application/activity+json"}


@dataclass(kw_only=True)
class Subjects:
    """What may be hidden: kind, id and author of each, and the addresses that speak of them."""

    found: dict[str, tuple[SubjectKind, UUID, UUID | None]] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)

    def add(self, name: str, kind: SubjectKind, subject_id: UUID, author: UUID | None, *paths: str) -> None:
        self.found[name] = (kind, subject_id, author)
        self.addresses += paths


@pytest.fixture
def subjects(
    cast: Cast, consultation: UUID, world: World, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Subjects]:
    """One of each kind, shown."""
    monkeypatch.setattr(streams, "LASTS_S", 0.0)
    with time_machine.travel(NOON, tick=False):
        found = Subjects()
        author = make_person("Author")
        _network(found, cast, author)
        _cards_and_actions(found, cast)
        _debate(found, cast, consultation)
        _outside(found, cast, world)
        cache.clear()
        yield found


def _network(found: Subjects, cast: Cast, author: UUID) -> None:
    network.join(person_id=author, group_id=cast.group)
    body = f"Un {KINDS['post']} de @teammate"
    post = network.publish(author_id=author, group_id=cast.group, body=body, at=NOON)
    good = network.publish(author_id=cast.owner, group_id=cast.group, body="Bonjour", at=NOON)
    comment = network.comment(author_id=author, post_id=good, body=f"Une {KINDS['comment']}", at=NOON)
    network.write_to(by_id=author, person_id=cast.teammate, body=f"Ma {KINDS['message']}", at=NOON)
    message = PrivateMessage.objects.get().pk
    found.add("post", SubjectKind.POST, post, author, f"/publications/{post}/", "/groupes/macon/", "/fil/")
    found.add("comment", SubjectKind.COMMENT, comment, author, f"/publications/{good}/")
    found.add("message", SubjectKind.MESSAGE, message, author, "/conversations/")


def _cards_and_actions(found: Subjects, cast: Cast) -> None:
    word, other = KINDS["talking-point"], KINDS["action"]
    talking_points.create_theme(by_id=cast.coordinator, name_fr="Santé", name_en="Health", slug="sante")
    version = talking_points.draft(
        by_id=cast.coordinator, theme="sante", short_line=f"La {word}", body=word, sources=(SOURCE,), at=NOON
    )
    talking_points.approve(by_id=cast.administrator, version_id=version, at=NOON)
    point = Version.objects.get(pk=version).point_id
    action = mobilisation.create_action(
        by_id=cast.owner,
        group_id=cast.group,
        draft=action_draft(
            title=f"La {other}",
            description=f"Venez, {other}.",
            place=f"Rue {other}",
            talking_point_ids=(point,),
        ),
        shifts=[shift()],
        at=NOON,
    )
    (only,) = mobilisation.action(action_id=action).shifts
    mobilisation.sign_up(person_id=cast.teammate, shift_id=only.id, at=NOON)
    card = f"/arguments/{point}/"
    cards = (card, f"/arguments/imprimer/?carte={point}", f"/arguments/versions/{version}/")
    shared = f"/partager/argument/{point}/"
    found.add("talking-point", SubjectKind.TALKING_POINT, point, cast.coordinator, *cards, shared)
    feeds = [f"/agenda/tout.{kind}" for kind in ("ics", "atom", "txt")]
    page = (
        f"/actions/{action}/",
        f"/actions/{action}.ics",
        f"/partager/action/{action}/",
        "/actions/miennes/",
    )
    found.add("action", SubjectKind.ACTION, action, cast.owner, *page, *feeds)


def _debate(found: Subjects, cast: Cast, consultation_id: UUID) -> None:
    one, two = numbered(consultation_id, 3), numbered(consultation_id, 1)
    Statement.objects.filter(pk=one.pk).update(text=f"Il faut une {KINDS['contribution']}.")
    keys = many_votes(consultation_id, people=12)
    for key in keys[:6]:
        ballots.open_votes(consultation_id=consultation_id, key=key, agreed=True)
    argument = arguments.argue(
        key=keys[0],
        statement_id=two.pk,
        side=Side.FOR,
        text=f"Car {KINDS['argument']}.",
        sources=(SourceTyped(url="https://exemple.example/", note="Note", consulted_on=TODAY),),
        on=TODAY,
    )
    go(cast, consultation_id, Phase.VOTES, Phase.FROZEN)
    maps.draw_now(consultation_id=consultation_id, at=NOON)
    go(cast, consultation_id, Phase.MAP)
    answers.publish_synthesis(
        by_id=cast.coordinator, consultation_id=consultation_id, text="Tous le veulent. [1, 3]", at=NOON
    )
    go(cast, consultation_id, Phase.REVIEW)
    answers.challenge(
        consultation_id=consultation_id,
        key=keys[1],
        sentence=1,
        text=f"Non : {KINDS['challenge']}.",
        on=TODAY,
    )
    there = f"/debats/{consultation_id}/"
    pages = [
        f"{there}{end}" for end in ("", "enonces/", "carte/", "carte/1.json", "synthese/", "donnees.zip")
    ]
    statement = f"/debats/enonces/{one.pk}/"
    found.add("contribution", SubjectKind.CONTRIBUTION, one.pk, None, statement, *pages)
    found.add("argument", SubjectKind.ARGUMENT, argument, None, f"/debats/enonces/{two.pk}/")
    found.add("challenge", SubjectKind.CONTRIBUTION, Challenge.objects.get().pk, None)


def _outside(found: Subjects, cast: Cast, world: World) -> None:
    federating.open_federation(by_id=cast.administrator, at=NOON)
    federating.open_group(by_id=cast.owner, group_id=cast.group, at=NOON)
    actor = "/federation/acteurs/macon/"
    ana = world.account()
    world.post(ana, world.activity(ana, "Follow", f"{US}{actor}"), at=NOON)
    announced = federating.announce_to_all(
        by_id=cast.owner, group_id=cast.group, body="Marché samedi.", other_body="", at=NOON
    )
    note = PublicNote.objects.get(pk=announced.note_id)
    text = f"<p>Une {KINDS['outside']}</p>"
    said = world.note(ana, text, inReplyTo=f"{US}/annonces/{note.pk}/")
    world.post(ana, world.activity(ana, "Create", said), at=NOON)
    work()
    reply = RemoteReply.objects.get()
    federating.show(by_id=cast.owner, reply_id=reply.pk, at=NOON)
    addresses = (f"/annonces/{note.pk}/", actor, f"{actor}envois/", f"{actor}envois/?page=1")
    found.add("outside", SubjectKind.OUTSIDE, reply.pk, None, *addresses)


def hide(cast: Cast, name: str, kind: SubjectKind, subject_id: UUID, author: UUID | None) -> None:
    """Reported by somebody who is nobody of the cast, upheld by who may decide."""
    everywhere = kind == SubjectKind.TALKING_POINT
    report = moderation.report(
        subject_kind=kind,
        subject_id=subject_id,
        subject_author_id=author,
        territory_id="pays:FR" if everywhere else "commune:71270",
        excerpt=f"Mot caché : {KINDS[name]}",
        reporter_id=make_person(f"Reporter{name}"),
        grounds=Grounds.INSULT,
        explanation="",
        at=NOON,
    )
    by = cast.administrator if everywhere else cast.coordinator
    moderation.decide(by_id=by, report_id=report, state=ReportState.UPHELD, reason="Charte, 2.", at=NOON)


def crawl(browser: Any, start: list[str]) -> dict[str, bytes]:
    """Every address reached by links from ``start`` and from all addresses without parameters, to the end."""
    seen: dict[str, bytes] = {}
    rooms = [import_module(f"amiral.rooms.{room}.web.urls").urlpatterns for room in site.ROOMS]
    waiting = ["/", *start, *(path for patterns in rooms for path in _bare(patterns, ""))]
    while waiting:
        path = waiting.pop(0)
        if path in seen or LEAVING.search(path):
            continue
        seen[path] = _body(browser.get(path))
        assert len(seen) <= PAGES_AT_MOST, "The crawl does not end."
        found = re.findall(r'(?:href|src|action)="(/[^"#]*)"', seen[path].decode(errors="replace"))
        waiting += [html.unescape(one) for one in found if _is_new(one, seen)]
    for path in start:
        seen[f"{path} as ActivityPub"] = _body(browser.get(path, **AS2))
    return seen


def _is_new(address: str, seen: dict[str, bytes]) -> bool:
    """Lists by every order, day and page of everything: one of each is enough."""
    path, _mark, query = html.unescape(address).partition("?")
    return address not in seen and not (query and sum(one.startswith(f"{path}?") for one in seen) >= 3)


def _body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def words_in(seen: dict[str, bytes]) -> dict[str, set[str]]:
    """Where each word stands, archives unpacked."""
    found: dict[str, set[str]] = {name: set() for name in KINDS}
    for path, body in seen.items():
        whole = b"\n".join([body, *unpacked(body)]).lower()
        for name, word in KINDS.items():
            if word.encode() in whole:
                found[name].add(path)
    return found


def test_the_crawl_finds_every_kind_while_it_is_shown(cast: Cast, subjects: Subjects, sign_in: Any) -> None:
    """The detector detects, each kind where a member would read it."""
    places = words_in(crawl(sign_in(cast.teammate), subjects.addresses))
    assert {name for name, where in places.items() if where} == set(KINDS)
    public = words_in(crawl(sign_in(None), subjects.addresses))
    assert {name for name, where in public.items() if where} == set(KINDS) - {
        *("post", "comment", "message", "talking-point"),
    }
    assert any(path.endswith("donnees.zip") for path in public["contribution"])
    assert any(path.endswith(".ics") for path in public["action"])
    assert any("ActivityPub" in path for path in public["outside"]) or public["outside"]


def test_what_is_hidden_is_found_nowhere(
    cast: Cast, subjects: Subjects, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def remembered(**said: Any) -> bytes:
        drawn.append(str(said))
        return b"picture"

    for name in ("picture", "leaflet"):
        monkeypatch.setattr(posters, name, remembered)
    crawl(sign_in(cast.teammate), subjects.addresses)  # what is kept in caches is kept
    assert any(KINDS["action"] in words for words in drawn)
    drawn.clear()
    for name, (kind, subject_id, author) in subjects.found.items():
        hide(cast, name, kind, subject_id, author)
    work()
    for who in ROLES:
        seen = crawl(sign_in(getattr(cast, who) if who else None), subjects.addresses)
        places = words_in(seen)
        for name in ("action", "talking-point"):
            places[name] -= LETTERS
        assert {name: where for name, where in places.items() if where} == {}, who
        assert len(seen) > 40
    assert not [words for words in drawn if any(word in words for word in KINDS.values())]
    assert not list(in_caches(Searcher(list(KINDS.values()))))
    for person in (cast.stranger, cast.administrator, cast.other_coordinator):
        exported = str(ports.call("export_person", person_id=person))
        assert not [word for word in KINDS.values() if word in exported], person


def test_what_is_hidden_is_found_by_no_search(cast: Cast, subjects: Subjects, sign_in: Any) -> None:
    for name, (kind, subject_id, author) in subjects.found.items():
        hide(cast, name, kind, subject_id, author)
    there = f"/debats/{numbered_consultation(subjects)}/enonces/?q="
    for who in (None, "teammate", "administrator"):
        browser = sign_in(getattr(cast, who) if who else None)
        for word in KINDS.values():
            # A search says again what was searched for: its beginning only.
            for address in ("/recherche/?q=", "/arguments/?q=", "/actions/?q=", there):
                assert word not in browser.get(f"{address}{word[:8]}").content.decode(), (who, address)


def numbered_consultation(subjects: Subjects) -> UUID:
    return Statement.objects.get(pk=subjects.found["contribution"][1]).consultation_id


def test_an_appeal_gives_back_what_was_wrongly_hidden(cast: Cast, subjects: Subjects, sign_in: Any) -> None:
    for name in ("talking-point", "action"):
        kind, subject_id, author = subjects.found[name]
        hide(cast, name, kind, subject_id, author)
        ports.call("restore_reported", subject_kind=kind, subject_id=subject_id)
    browser = sign_in(cast.teammate)
    for name, path in (("talking-point", "arguments"), ("action", "actions")):
        page = browser.get(f"/{path}/{subjects.found[name][1]}/").content.decode()
        assert KINDS[name] in page
    assert Action.objects.get(pk=subjects.found["action"][1]).state == "cancelled"


@pytest.mark.parametrize("name", ["talking-point", "action"])
def test_the_button_reports_and_a_report_hides_nothing(
    cast: Cast, subjects: Subjects, sign_in: Any, name: str
) -> None:
    path = {"talking-point": "arguments", "action": "actions"}[name]
    there, browser = f"/{path}/{subjects.found[name][1]}/", sign_in(cast.stranger)
    assert f'href="{there}signaler/"' in browser.get(there).content.decode()
    assert KINDS[name] in browser.get(f"{there}signaler/").content.decode()
    sent = {"grounds": Grounds.INSULT.value, "explanation": "Voir la première phrase."}
    assert browser.post(f"{there}signaler/", sent).status_code == 302
    assert KINDS[name] in browser.get(there).content.decode()
    twice = browser.post(f"{there}signaler/", sent)
    assert twice.status_code == 200  # reported already: the form says so
    assert moderation.open_count(person_id=cast.administrator) == 1


def test_the_private_stays_with_those_it_was_written_to(cast: Cast, subjects: Subjects, sign_in: Any) -> None:
    """A private message is nowhere for anybody but those two; posts of members are for members."""
    for who in ("stranger", "owner", "coordinator", "administrator", None):
        places = words_in(crawl(sign_in(getattr(cast, who) if who else None), subjects.addresses))
        assert places["message"] == set(), who


def test_a_withdrawn_card_is_not_read_by_members(cast: Cast, subjects: Subjects, sign_in: Any) -> None:
    version = Version.objects.get(point_id=subjects.found["talking-point"][1])
    talking_points.withdraw(by_id=cast.coordinator, version_id=version.pk)
    start = [path for path in subjects.addresses if "argument" in path]
    for who in (None, "teammate", "owner", "stranger"):
        seen = crawl(sign_in(getattr(cast, who) if who else None), start)
        assert words_in(seen)["talking-point"] == set(), who
