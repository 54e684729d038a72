"""The walk list in the hand: plain forms, one tap per visit."""

import re
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.access import access_assignment_by_id
from amiral.rooms.field.contracts import CanvassKind, Outcome
from amiral.rooms.field.models import Door, Visit
from amiral.rooms.field.queries.walking import WalkList, walk_list
from amiral.rooms.mobilisation import api as mobilisation
from tests.rooms.field.conftest import SATURDAY, World


class Forms(HTMLParser):
    """The forms of a page that lead to a visit: hidden fields and the values of their buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self.open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.open = (values.get("action") or "").endswith("/passage/")
            if self.open:
                self.found.append({"action": values["action"], "buttons": []})
        elif self.open and tag == "input":
            self.found[-1][str(values["name"])] = values["value"]
        elif self.open and tag == "button":
            self.found[-1]["buttons"].append(values["value"])


@pytest.fixture
def volunteer(world: World, sign_in: Callable[..., Any]) -> Any:
    return sign_in(world.cast.teammate)


def forms(browser: Any, address: str) -> list[dict[str, Any]]:
    return Forms(browser.get(address).content.decode()).found


def send(browser: Any, form: dict[str, Any], outcome: str, **changed: Any) -> Any:
    fields = {name: form[name] for name in ("door", "visit", "supersedes") if name in form}
    return browser.post(form["action"], {**fields, "outcome": outcome, **changed})


def test_one_form_of_six_buttons_per_door_in_walking_order(world: World, volunteer: Any) -> None:
    card = world.assign()
    found = forms(volunteer, card.url)
    assert [UUID(form["door"]) for form in found] == list(world.turf.door_ids)
    assert all(sorted(form["buttons"]) == sorted(map(str, Outcome)) for form in found)
    assert len({form["visit"] for form in found}) == len(found)
    assert all(UUID(form["visit"]).version == 7 for form in found)


def test_a_tap_leads_to_the_next_door_that_is_not_done(world: World, volunteer: Any) -> None:
    card = world.assign()
    world.visit(card, 2)
    answer = send(volunteer, forms(volunteer, card.url)[0], "talked")
    assert (answer.status_code, answer["Location"]) == (302, f"{card.url}#porte-3")
    assert 'id="porte-3"' in volunteer.get(card.url).content.decode()


def test_a_double_tap_is_one_visit_and_leads_on(world: World, volunteer: Any) -> None:
    card = world.assign()
    form = forms(volunteer, card.url)[0]
    first, second = send(volunteer, form, "nobody"), send(volunteer, form, "nobody")
    assert Visit.objects.count() == 1
    assert first["Location"] == second["Location"] == f"{card.url}#porte-2"


def test_an_old_page_is_refused_with_a_sentence_and_the_way_to_the_door(world: World, volunteer: Any) -> None:
    card = world.assign()
    form = forms(volunteer, card.url)[0]
    send(volunteer, form, "nobody")
    answer = send(volunteer, form, "talked")
    assert answer.status_code == 409
    assert "rien n’a été changé" in answer.content.decode()
    assert 'href="#porte-1"' in answer.content.decode()
    answer = send(volunteer, form, "nobody", door=world.turf.door_ids[1])
    assert answer.status_code == 409
    assert Visit.objects.count() == 1


def test_a_done_door_offers_a_correction_and_a_new_visit(world: World, volunteer: Any) -> None:
    card = world.assign()
    first = world.visit(card, 1, Outcome.REFUSED)
    correction, new = forms(volunteer, card.url)[:2]
    assert correction["supersedes"] == str(first)
    assert "supersedes" not in new
    answer = send(volunteer, correction, "talked")
    assert answer["Location"] == f"{card.url}#porte-1"
    send(volunteer, forms(volunteer, card.url)[1], "nobody")
    total = api.coverage(canvass_id=world.canvass).total
    assert (total.done, total.visits) == (1, 2)


def test_progress_and_the_end(world: World, volunteer: Any) -> None:
    card = world.assign()
    doors = len(world.turf.door_ids)
    for position in range(1, doors):
        world.visit(card, position)
    page = re.sub(r"\s+", " ", volunteer.get(card.url).content.decode())
    assert f"{doors - 1} sur {doors}" in page
    answer = send(volunteer, forms(volunteer, card.url)[-1], "nobody")
    assert answer["Location"] == f"{card.url}#fin"
    assert "Toutes les portes de ce secteur sont faites" in volunteer.get(card.url).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"outcome": "voted-for-us"}, {"door": "x"}, {"visit": ""}, {"supersedes": "x"}]
)
def test_a_form_that_makes_no_sense_records_nothing(
    world: World, volunteer: Any, wrong: dict[str, str]
) -> None:
    card = world.assign()
    form = forms(volunteer, card.url)[0]
    answer = send(volunteer, form, **({"outcome": "talked"} | wrong))
    assert answer.status_code == 409
    assert "Rien n’a été noté" in answer.content.decode()
    assert not Visit.objects.exists()


def test_a_door_of_another_turf_is_a_missing_page(world: World, volunteer: Any) -> None:
    card = world.assign()
    form = forms(volunteer, card.url)[0]
    assert send(volunteer, form, "talked", door=new_id()).status_code == 404


def test_whoever_signs_in_again_comes_back_to_the_list(world: World, volunteer: Any) -> None:
    card = world.assign()
    answer = volunteer.get(f"{card.url}passage/")
    assert answer["Location"] == card.url


def test_the_qr_code_leads_to_the_list(world: World, volunteer: Any) -> None:
    card = world.assign()
    assert volunteer.get(f"/t/{card.token}/")["Location"] == card.url


def test_the_qr_code_asks_whoever_is_not_signed_in_for_the_number_on_the_paper(
    world: World, client: Any, at_noon: Any
) -> None:
    card = world.assign()
    page = client.get(f"/t/{card.token}/", follow=True)
    assert page.status_code == 200
    assert page.context["next"] == f"/t/{card.token}/"
    assert f"?next=/t/{card.token}/" in page.content.decode()
    there = client.post(page.redirect_chain[-1][0], {"number": card.list_number})
    assert there["Location"] == card.url


def test_an_address_that_asked_not_to_be_visited_has_no_button(
    world: World, sign_in: Callable[..., Any], at_noon: Any
) -> None:
    other = api.create_canvass(
        by_id=world.cast.owner,
        group_id=world.cast.group,
        name="Autre",
        kind=CanvassKind.LEAFLET_DROP,
        file_id=world.file,
    )
    api.plan_now(canvass_id=other)
    turf = api.turfs(canvass_id=other)[0]
    api.assign_turf(by_id=world.cast.owner, turf_id=turf.id, shift_id=world.shift)
    card = api.live_assignments(canvass_id=other)[0]
    world.visit(world.assign(), 1, Outcome.DO_NOT_COME_BACK)
    at_noon.move_to(SATURDAY + timedelta(hours=1))
    volunteer = sign_in(world.cast.teammate)
    wished = Door.objects.get(pk=world.turf.door_ids[0]).address_id
    door = Door.objects.get(turf=turf.id, address_id=wished)
    found = forms(volunteer, card.url)
    assert str(door.pk) not in {form["door"] for form in found}
    assert len(found) == 29
    assert "Ne pas sonner ici" in volunteer.get(card.url).content.decode()


def test_a_leaflet_drop_puts_the_leaflet_first(
    make_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = make_world(doors=3, kind=CanvassKind.LEAFLET_DROP)
    found = forms(sign_in(world.cast.teammate), world.assign().url)
    assert found[0]["buttons"][0] == "leaflet-left"


def test_a_turf_taken_back_says_so_and_still_takes_what_was_done(
    world: World, sign_in: Callable[..., Any], at_noon: Any
) -> None:
    card, volunteer = world.assign(), sign_in(world.cast.teammate)
    form = forms(volunteer, card.url)[0]
    api.take_back(by_id=world.cast.owner, turf_id=world.turf.id)
    assert "repris à votre équipe" in volunteer.get(card.url).content.decode()
    assert send(volunteer, form, "talked").status_code == 302
    assert Visit.objects.count() == 1


def test_the_page_is_light_and_asks_not_to_be_kept(world: World, volunteer: Any) -> None:
    card = world.assign()
    answer = volunteer.get(card.url)
    assert "no-store" in answer["Cache-Control"]
    assert len(answer.content) < 8_000 + 1_600 * len(world.turf.door_ids)
    packed = volunteer.get(card.url, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < 6_000


def test_no_field_takes_free_text(world: World, volunteer: Any) -> None:
    card = world.assign()
    world.visit(card, 1)
    page = volunteer.get(card.url).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    assert "<textarea" not in main
    assert set(re.findall(r'<input[^>]*type="([^"]+)"', main)) == {"hidden"}
    texts = {field.name for field in Visit._meta.get_fields() if field.get_internal_type() == "TextField"}
    assert not texts
    outcome = Visit._meta.get_field("outcome")
    assert {value for value, _label in outcome.choices or []} == set(map(str, Outcome))


def test_talking_points_of_the_action_go_along(
    world: World, volunteer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amiral.rooms.talking_points import api as points
    from amiral.rooms.talking_points.contracts import Source

    cast, card = world.cast, world.assign()
    theme = points.create_theme(by_id=cast.administrator, name_fr="Logement", name_en="Housing")
    version = points.draft(
        by_id=cast.administrator,
        theme=theme,
        short_line="Encadrer les loyers",
        body="**Oui.**",
        sources=[Source(title="Insee", url="https://www.insee.fr/")],
    )
    points.approve(by_id=cast.coordinator, version_id=version)
    point = points.approved(language="fr")[0]
    whole = mobilisation.action

    def with_point(*, action_id: UUID) -> Any:
        from dataclasses import replace

        return replace(whole(action_id=action_id), talking_point_ids=(point.point_id,))

    monkeypatch.setattr(mobilisation, "action", with_point)
    page = volunteer.get(card.url).content.decode()
    assert "Encadrer les loyers" in page
    assert "<strong>Oui.</strong>" in page


def read(world: World) -> WalkList:
    card = world.assign()
    row = access_assignment_by_id(person_id=world.cast.owner, assignment_id=card.id, at=SATURDAY)
    return walk_list(assignment=row, at=SATURDAY)


def test_streets_follow_the_walk(world: World) -> None:
    walk = read(world)
    assert [door for street in walk.streets for door in street.doors] == list(walk.doors)
    assert all(door.street == street.street for street in walk.streets for door in street.doors)
    assert all(one.street != other.street for one, other in zip(walk.streets, walk.streets[1:], strict=False))


def test_the_next_door_goes_round(world: World) -> None:
    card = world.assign()
    last = len(world.turf.door_ids)
    world.visit(card, last)
    walk = read(world)
    following = walk.next_after(last)
    assert following is not None
    assert following.position == 1
