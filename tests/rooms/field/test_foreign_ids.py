"""Every address of the room, for everybody, with ids of one canvass in the addresses and forms of another.

Two worlds: Mâcon's, and the group of Dijon's, whose leader leads nothing else. What is not one's own is a
missing page, whatever is mixed, and nothing of the other world stands in any answer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.errors import NotFound
from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.actions.priorities import assign_first, set_priorities
from amiral.rooms.field.contracts import CanvassKind, Outcome, PriorityChoice
from amiral.rooms.field.models import Assignment, Canvass, DwellingCount, PlanVersion, Priority, Turf, Visit
from amiral.rooms.mobilisation import api as mobilisation
from tests.conftest import NOON, give_mandate, make_person
from tests.rooms.field.conftest import SATURDAY, World, make_action

SECRET = "Quartier de la Toison d'Or"
SignIn = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Two:
    """``mine``: Mâcon's world, whose first turf is held; ``theirs``: Dijon's, likewise."""

    mine: World
    theirs: World
    leader: UUID
    walker: UUID

    @property
    def everybody(self) -> dict[str, UUID | None]:
        cast = self.mine.cast
        names = ("owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator")
        return {name: getattr(cast, name) for name in names} | {
            "other_leader": self.leader,
            "other_walker": self.walker,
            "anonymous": None,
        }


@pytest.fixture
def two(world: World) -> Two:
    """Both planned from one file; each with a team that holds its first turf."""
    leader, walker = make_person("Leader"), make_person("Walker")
    cast = replace(world.cast, owner=leader, teammate=walker, group=world.cast.other_group)
    give_mandate(
        leader, "group-leader", scope_id=cast.group, scope_name="Dijon", territory_id="commune:21231"
    )
    from amiral.rooms.network.models import Membership

    for member in (leader, walker):
        Membership.objects.create(group_id=cast.group, person_id=member, source="choice")
    canvass = api.create_canvass(
        by_id=leader,
        group_id=cast.group,
        name=SECRET,
        kind=CanvassKind.DOOR_TO_DOOR,
        file_id=world.file,
        minutes=30,
    )
    api.plan_now(canvass_id=canvass, at=NOON)
    action, saturday, sunday = make_action(cast)
    mobilisation.sign_up(person_id=walker, shift_id=saturday, at=NOON)
    theirs = World(
        cast=cast,
        file=world.file,
        canvass=canvass,
        action=action,
        shift=saturday,
        later_shift=sunday,
        turfs=api.turfs(canvass_id=canvass),
    )
    world.assign()
    theirs.assign()
    return Two(mine=world, theirs=theirs, leader=leader, walker=walker)


def held(world: World) -> Assignment:
    return Assignment.objects.get(turf__canvass=world.canvass)


def addresses(world: World, *, other: World) -> Iterator[str]:
    """Every address of ``world``; where one has two ids, also with the second one of ``other``."""
    canvass, assignment = f"/terrain/{world.canvass}/", f"/tournee/{held(world).pk}/"
    pages = (
        "",
        "priorites/",
        "priorites.csv",
        "priorites/reglages/",
        "priorites/confier/",
        "planifier/",
        "modifier/",
        "plan/pdf/",
        "plans/",
        "plans/comparer/?avant=1&apres=1",
        "plans/1/retour/",
        "replanifier/",
        "ici/",
        "couverture/",
        "couverture.csv",
        "secteurs/1/",
        "secteurs/1/modifier/",
        "secteurs/1/confier/",
        "secteurs/1/reprendre/",
    )
    yield from (canvass + page for page in pages)
    yield from (assignment + page for page in ("", "passage/", "carte/", "pdf/"))
    yield from (f"{assignment}logements/{one.turf.door_ids[0]}/" for one in (world, other))
    yield f"/t/{held(world).token}/"


def forms(*worlds: World) -> Iterator[dict[str, Any]]:
    """What a page may send, with the ids of each world."""
    for world in worlds:
        visits = Visit.objects.filter(door__turf__canvass=world.canvass)
        yield {
            "shift": world.later_shift,
            "equipe": world.later_shift,
            "door": world.turf.door_ids[0],
            "doors": [str(world.turf.door_ids[0])],
            "visit": new_id(),
            "supersedes": next((one.pk for one in visits), ""),
            "outcome": "talked",
            "dwellings": 9,
            "what": "doors",
            "turf": 2,
            "target": 1,
            "version": 1,
            "garder": 1,
            "count": 1,
            "minutes": 20,
            "more": 1,
            "group": world.cast.group,
        }


def state() -> list[Any]:
    """Everything that any address of the room could change."""
    models = (Canvass, Turf, Assignment, Visit, DwellingCount, PlanVersion, Priority)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize(
    "who", ["teammate", "stranger", "other_coordinator", "other_leader", "other_walker", "anonymous"]
)
def test_another_ones_canvass_is_a_missing_page_whatever_is_sent(
    two: Two, sign_in: SignIn, who: str, at_noon: Any
) -> None:
    """Nobody of Dijon reaches Mâcon's; Mâcon's own team-mate reaches nothing of Dijon's."""
    there, here = (two.theirs, two.mine) if who == "teammate" else (two.mine, two.theirs)
    browser = sign_in(two.everybody[who])
    before = state()
    for address in addresses(there, other=here):
        answers = [browser.get(address)]
        answers += [browser.post(address, form) for form in forms(there, here)]
        for answer in answers:
            if who == "anonymous" and answer.status_code == 302:
                assert answer["Location"].startswith(("/compte/", "/terrain/liste/?feuille=")), address
                continue
            assert answer.status_code in {404, 405}, (address, answer.status_code)
            assert_silent(answer, there)
    assert state() == before


def assert_silent(answer: Any, world: World) -> None:
    """Neither names nor ids of that world; the same words as for what never was."""
    text = answer.content.decode(errors="replace").replace(answer.wsgi_request.path, "")
    name = Canvass.objects.get(pk=world.canvass).name
    for word in (name, "Rue de la Barre", str(world.turf.id), str(held(world).pk), "Teammate", "Walker"):
        assert word not in text, word


@pytest.mark.parametrize("who", ["owner", "coordinator", "teammate"])
def test_ids_of_another_canvass_in_ones_own_pages_do_nothing(
    two: Two, sign_in: SignIn, who: str, at_noon: Any
) -> None:
    """Mâcon's people on Mâcon's pages with Dijon's doors, shifts and visits."""
    api.record_visit(
        by_id=two.walker,
        assignment_id=held(two.theirs).pk,
        door_id=two.theirs.turf.door_ids[0],
        visit_id=new_id(),
        outcome=Outcome.TALKED,
        received_at=SATURDAY,
    )
    browser = sign_in(two.everybody[who])
    (foreign,) = forms(two.theirs)
    turf = f"/terrain/{two.mine.canvass}/secteurs/2/"
    walk = f"/tournee/{held(two.mine).pk}/"
    leads = who != "teammate"
    before = state()
    sent = [
        (f"{turf}confier/", foreign),
        (f"/terrain/{two.mine.canvass}/modifier/", foreign),
        (f"/terrain/{two.mine.canvass}/ici/", foreign | {"lon": 4.83, "lat": 46.306, "personnes": 4}),
        (f"{walk}passage/", foreign),
        (f"{walk}passage/", foreign | {"door": two.mine.turf.door_ids[0]}),
        (f"{walk}logements/{foreign['door']}/", foreign),
    ]
    for address, form in sent:
        answer = browser.post(address, form)
        assert answer.status_code < 500, address
        assert SECRET not in answer.content.decode()
        if not leads and "/terrain/" in address:
            assert answer.status_code == 404, address
        assert browser.get(f"/terrain/{two.mine.canvass}/", follow=True).status_code in {200, 404}
        assert state() == before, address


def test_verbs_refuse_what_is_anothers_alike(two: Two) -> None:
    """By the door of the room too: a shift, a turf, a visit, a canvass of others are not found."""
    mine, theirs = two.mine, two.theirs
    choice = PriorityChoice(election_id="no", lists=(), reach=(), weights={})
    acts: list[Callable[[], object]] = [
        lambda: api.assign_turf(by_id=two.leader, turf_id=mine.turfs[1].id, shift_id=theirs.shift, at=NOON),
        lambda: api.take_back(by_id=two.leader, turf_id=mine.turf.id, at=NOON),
        lambda: set_priorities(by_id=two.leader, canvass_id=mine.canvass, choice=choice, at=NOON),
        lambda: assign_first(
            by_id=two.leader, canvass_id=mine.canvass, shift_id=theirs.shift, count=1, at=NOON
        ),
        lambda: api.record_visit(
            by_id=two.walker,
            assignment_id=held(theirs).pk,
            door_id=mine.turf.door_ids[0],
            visit_id=new_id(),
            outcome="talked",
            received_at=SATURDAY,
        ),
    ]
    before = state()
    for act in acts:
        with pytest.raises(NotFound) as missing:
            act()
        assert str(missing.value) == str(NotFound())
    assert state() == before


def test_a_list_of_canvasses_names_ones_own_alone(two: Two, sign_in: SignIn) -> None:
    for who, person in two.everybody.items():
        text = sign_in(person).get("/terrain/").content.decode()
        sees_theirs = who in {"other_leader", "other_coordinator", "administrator"}
        assert (str(two.theirs.canvass) in text) == sees_theirs, who
        sees_mine = who in {"owner", "coordinator", "administrator"}
        assert (str(two.mine.canvass) in text) == sees_mine, who
