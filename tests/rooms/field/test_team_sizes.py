"""Teams of several sizes: from the form of a canvass to the walk list, through changes and new plans."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.rooms.field import actions, api
from amiral.rooms.field.contracts import Edit, EditKind
from amiral.rooms.field.models import Canvass, Door, Turf
from tests.conftest import NOON, Cast
from tests.rooms.field.conftest import address_lines, make_action


def form(cast: Cast, **more: object) -> dict[str, object]:
    values: dict[str, object] = {"group": cast.group, "name": "Gare", "kind": "door-to-door", "area": "whole"}
    return values | {"minutes": 15, "seed": 0} | more


@pytest.fixture
def mixed(cast: Cast, import_addresses: Callable[..., UUID], sign_in: Callable[..., Any]) -> Canvass:
    """Thirty doors for teams of two, two and four."""
    file = import_addresses(address_lines(30))
    answer = sign_in(cast.owner).post(f"/terrain/nouveau/?fichier={file}", form(cast, team_sizes="2, 2 ;4"))
    assert answer.status_code == 302
    canvass = Canvass.objects.get()
    assert canvass.team_sizes == [2, 2, 4]
    api.plan_now(canvass_id=canvass.pk)
    Canvass.objects.update(run_id=None)
    canvass.refresh_from_db()
    return canvass


def sizes() -> dict[int, int]:
    return dict(Turf.objects.order_by("number").values_list("number", "team_size"))


def check_minutes() -> None:
    """Every turf's minutes are the walk at 4.5 km/h and its doors, two by two."""
    for turf in Turf.objects.filter(doors__isnull=False).distinct():
        at_doors = turf.doors.count() * (0.25 + 1.5 / (turf.team_size // 2))
        walked = turf.minutes - at_doors
        assert turf.metres / 75 - 0.01 <= walked <= 1.3 * turf.metres / 75 + 0.01


def edit(canvass: Canvass, by: UUID, **values: Any) -> None:
    canvass.refresh_from_db()
    actions.edit_plan(
        by_id=by, canvass_id=canvass.pk, edit=Edit(**values), version=canvass.plan_version, at=NOON
    )


def test_each_turf_is_for_a_team_and_says_so(mixed: Canvass, cast: Cast, sign_in: Callable[..., Any]) -> None:
    assert set(sizes().values()) == {2, 4}
    check_minutes()
    page = sign_in(cast.owner).get(f"/terrain/{mixed.pk}/").content.decode()
    assert "personnes par équipe : 2, 2, 4" in page.replace("\xa0", " ")
    assert 'data-label="Personnes">4</td>' in page
    four = next(number for number, size in sizes().items() if size == 4)
    page = sign_in(cast.owner).get(f"/terrain/{mixed.pk}/secteurs/{four}/").content.decode()
    assert "<dt>personnes dans l’équipe</dt><dd>4</dd>" in page
    _action, shift, _later = make_action(cast)
    turf = Turf.objects.get(number=four)
    api.assign_turf(by_id=cast.owner, turf_id=turf.pk, shift_id=shift, at=NOON)
    card = api.live_assignments(canvass_id=mixed.pk)[0]
    client = sign_in(cast.owner)
    assert "pour 4 personnes" in client.get(card.url).content.decode()
    assert client.get(f"{card.url}pdf/").content.startswith(b"%PDF")
    assert client.get(f"/terrain/{mixed.pk}/plan/pdf/").content.startswith(b"%PDF")


def test_planning_again_keeps_the_sizes(mixed: Canvass) -> None:
    before = sizes()
    report = actions.replan_canvass(canvass_id=mixed.pk, progress=lambda done, total: None, at=NOON)
    assert sizes() == before
    assert report["changes"]["moved"] == 0
    check_minutes()


def test_changes_by_hand_count_with_the_team_of_the_turf(mixed: Canvass, cast: Cast) -> None:
    four = next(number for number, size in sizes().items() if size == 4)
    edit(mixed, cast.owner, kind=EditKind.SPLIT, turf=four)
    new = max(sizes())
    assert sizes()[new] == sizes()[four] == 4
    check_minutes()
    two = next(number for number, size in sizes().items() if size == 2)
    edit(mixed, cast.owner, kind=EditKind.MERGE, turf=new, target=two)
    assert sizes()[two] == 2
    check_minutes()
    door = Door.objects.filter(turf__number=four).first()
    assert door is not None
    edit(mixed, cast.owner, kind=EditKind.DOORS, doors=(door.pk,))
    assert sizes()[max(sizes())] == 4
    check_minutes()
    mixed.refresh_from_db()
    actions.return_to(
        by_id=cast.owner,
        canvass_id=mixed.pk,
        number=1,
        version=mixed.plan_version,
        at=NOON + timedelta(hours=1),
    )
    check_minutes()
    assert sizes()[four] == 4


@pytest.mark.parametrize("wrong", ["2, x", "0", "2,51", "-2", "2.5", "2," * 51, "９"])
def test_teams_that_are_none_are_refused_at_their_field(
    cast: Cast, import_addresses: Callable[..., UUID], sign_in: Callable[..., Any], wrong: str
) -> None:
    file = import_addresses(address_lines(6))
    answer = sign_in(cast.owner).post(f"/terrain/nouveau/?fichier={file}", form(cast, team_sizes=wrong))
    assert answer.status_code == 200
    assert "2, 2, 4" in str(answer.context["form"].errors["team_sizes"])
    assert not Canvass.objects.exists()


@pytest.mark.parametrize("more", [{"area": "each"}, {"kind": "leaflet-rounds"}])
def test_where_teams_make_no_sense_the_form_says_so(
    cast: Cast, import_addresses: Callable[..., UUID], sign_in: Callable[..., Any], more: dict[str, object]
) -> None:
    file = import_addresses(address_lines(6))
    values = form(cast, team_sizes="2,4", **more)
    answer = sign_in(cast.owner).post(f"/terrain/nouveau/?fichier={file}", values)
    assert answer.status_code == 200
    assert "team_sizes" in answer.context["form"].errors
