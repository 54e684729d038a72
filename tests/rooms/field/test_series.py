"""A canvass for each commune of a file: one run, commune by commune, stopped and gone on with."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from amiral.kit import runs
from amiral.kit.errors import NotFound
from amiral.kit.models import Run
from amiral.rooms.field import actions
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Canvass
from tests.conftest import Cast
from tests.rooms.field.conftest import address_lines

Import = Callable[..., UUID]


@pytest.fixture
def file(import_addresses: Import) -> UUID:
    """Mâcon and two other communes."""
    lines = address_lines(30)
    lines += address_lines(25, commune="71076", prefix="b")
    return import_addresses(lines + address_lines(6, commune="71150", prefix="c"), name="saône-et-loire")


def start(cast: Cast, file: UUID, **more: Any) -> UUID:
    values: dict[str, Any] = {
        "by_id": cast.owner, "group_id": cast.group, "name": "Avril", "kind": CanvassKind.DOOR_TO_DOOR,
        "file_id": file, "minutes": 30, "bag": 200,
    }  # fmt: skip
    return actions.start_series(**values | more)


def planned() -> dict[str, bool]:
    return {row.commune_code: row.planned_at is not None for row in Canvass.objects.all()}


def test_every_commune_becomes_a_canvass_with_turfs(cast: Cast, file: UUID) -> None:
    run_id = start(cast, file)
    runs.carry_out(run_id)
    run = runs.run_by_id(run_id=run_id)
    assert (run.state, run.done, run.total) == (Run.State.DONE, 61, 61)
    assert (run.result["canvasses"], run.result["doors"]) == (3, 61)
    assert planned() == {"71076": True, "71150": True, "71270": True}
    macon = Canvass.objects.get(commune_code="71270")
    assert macon.name == "Avril – Mâcon"
    assert (macon.minutes, macon.turfs.count() > 0) == (30, True)


def test_stopped_between_two_communes_it_goes_on_with_the_rest(
    cast: Cast, file: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = start(cast, file)

    def stop(*, run_id: UUID) -> None:
        monkeypatch.undo()
        raise runs.Stopped

    monkeypatch.setattr("amiral.kit.runs.give_way", stop)
    runs.carry_out(run_id)
    assert runs.run_by_id(run_id=run_id).state == Run.State.STOPPED
    first = Canvass.objects.get()
    runs.resume(run_id=run_id)
    runs.carry_out(run_id)
    assert runs.run_by_id(run_id=run_id).state == Run.State.DONE
    assert planned() == {"71076": True, "71150": True, "71270": True}
    first.refresh_from_db()
    assert Canvass.objects.get(commune_code=first.commune_code).planned_at == first.planned_at


def test_a_commune_that_cannot_be_cut_is_named_and_stops_no_other(
    cast: Cast, file: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amiral.rooms.field.actions.planning.MOST_ADDRESSES", 26)
    run_id = start(cast, file)
    runs.carry_out(run_id)
    run = runs.run_by_id(run_id=run_id)
    assert run.state == Run.State.FAILED
    assert "Mâcon" in run.problem
    assert "30" in run.problem
    assert planned() == {"71076": True, "71150": True}
    monkeypatch.undo()
    runs.resume(run_id=run_id)
    runs.carry_out(run_id)
    assert planned() == {"71076": True, "71150": True, "71270": True}


def test_work_that_waits_is_done_between_two_communes(
    cast: Cast, file: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvass = actions.create_canvass(
        by_id=cast.owner, group_id=cast.group, name="Un quartier", kind=CanvassKind.DOOR_TO_DOOR,
        file_id=file, commune_code="71150", minutes=30,
    )  # fmt: skip
    series = start(cast, file)
    small = actions.start_planning(by_id=cast.owner, canvass_id=canvass)
    other_series = start(cast, file)
    runs.carry_out(series)
    assert runs.run_by_id(run_id=small).state == Run.State.DONE
    assert runs.run_by_id(run_id=other_series).state == Run.State.WAITING
    ended = [runs.run_by_id(run_id=run_id).ended_at for run_id in (small, series)]
    assert ended == sorted(ended, key=str)


def test_a_run_that_breaks_does_not_break_the_one_that_gave_way(cast: Cast, file: UUID) -> None:
    broken = runs.start(kind="plan-canvass", arguments={"canvass_id": "no id"}, started_by_id=cast.owner)
    series = start(cast, file)
    runs.carry_out(series)
    assert runs.run_by_id(run_id=broken).state == Run.State.FAILED
    assert runs.run_by_id(run_id=series).state == Run.State.DONE


def test_files_without_communes_and_with_too_many_are_refused(
    cast: Cast, import_addresses: Import, file: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless = import_addresses(address_lines(5, commune=""), name="sans commune")
    with pytest.raises(actions.NoCommunes):
        start(cast, nameless)
    monkeypatch.setattr("amiral.rooms.field.actions.series.MOST_COMMUNES", 2)
    with pytest.raises(actions.TooManyCommunes, match="plan-many"):
        start(cast, file)
    assert not Run.objects.filter(kind="plan-communes").exists()


def test_strangers_start_nothing(cast: Cast, file: UUID) -> None:
    for person in (cast.teammate, cast.stranger):
        with pytest.raises(NotFound):
            start(cast, file, by_id=person)
    with pytest.raises(actions.BadMinutes):
        start(cast, file, minutes=1)
    with pytest.raises(actions.BadName):
        start(cast, file, name=" ")


def test_the_page_offers_each_commune_and_leads_to_the_progress(
    sign_in: Callable[..., Any], cast: Cast, file: UUID
) -> None:
    client = sign_in(cast.owner)
    address = f"{reverse('field:new_canvass')}?fichier={file}"
    assert b'value="each"' in client.get(address).content
    sent = {
        "group": str(cast.group), "name": "Avril", "kind": CanvassKind.DOOR_TO_DOOR.value, "area": "each",
        "minutes": "30", "seed": "0",
    }  # fmt: skip
    answer = client.post(address, sent)
    run = Run.objects.get(kind="plan-communes")
    assert answer.status_code == 302
    assert answer["Location"] == reverse("run", args=[run.pk])
    assert client.get(answer["Location"]).status_code == 200
