"""Reports: numbers, words and photographs without their metadata; thanks in one gesture."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import reporting
from amiral.rooms.mobilisation.contracts import ReportDraft
from amiral.rooms.mobilisation.models import ActionReport, ReportPicture
from amiral.rooms.mobilisation.queries.picture_files import PICTURES
from amiral.rooms.outreach.models import Message
from tests.conftest import NOON
from tests.rooms.mobilisation.conftest import SATURDAY, World

pytestmark = pytest.mark.django_db
AFTER = SATURDAY + timedelta(hours=3)


@pytest.fixture(autouse=True)
def state_dir(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path


def photo() -> bytes:
    """A JPEG that says where and by which camera it was taken."""
    image, exif = Image.new("RGB", (64, 48), "green"), Image.Exif()
    exif[0x010F] = "Appareil secret"
    exif.get_ifd(0x8825)[1] = "N"
    stream = BytesIO()
    image.save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def file(world: World, **fields: Any) -> None:
    values: dict[str, Any] = {"numbers": {"doors": 120, "people": 5}, "words": "Bon accueil."}
    reporting.file_report(
        by_id=world.cast.owner, action_id=world.action, draft=ReportDraft(**(values | fields)), at=AFTER
    )


def test_a_report_is_filed_and_changed(world: World) -> None:
    file(world)
    file(world, numbers={"doors": 130})
    row = ActionReport.objects.get()
    assert (row.doors, row.people, row.words) == (130, None, "Bon accueil.")
    assert row.written_by_id == world.cast.owner


def test_not_before_it_begins(world: World) -> None:
    with pytest.raises(reporting.TooSoon):
        reporting.file_report(
            by_id=world.cast.owner, action_id=world.action, draft=ReportDraft(numbers={}), at=NOON
        )


def test_photos_lose_their_metadata_and_go_after_a_year(world: World) -> None:
    assert b"Appareil secret" in photo()
    file(world, pictures=[(photo(), "Une place")])
    row = ReportPicture.objects.get()
    kept = PICTURES.read(str(row.pk))
    assert kept is not None
    assert b"Appareil secret" not in kept
    assert not Image.open(BytesIO(kept)).getexif()
    assert (row.width, row.height) == (64, 48)
    assert api.purge(at=AFTER + timedelta(days=366))["mobilisation.ReportPicture"] == 1
    assert PICTURES.read(str(row.pk)) is None


def test_what_is_no_photo_is_refused(world: World) -> None:
    with pytest.raises(reporting.NotAPicture):
        file(world, pictures=[(b"%PDF-1.7", "Un fichier")])
    assert not ActionReport.objects.exists()
    assert not PICTURES.names()


def test_one_gesture_thanks_everybody_once(world: World) -> None:
    for person in (world.cast.teammate, world.cast.stranger):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
    told = reporting.thank_team(by_id=world.cast.owner, action_id=world.action, words="Bravo !", at=AFTER)
    assert told == 2
    assert "Bravo !" in Message.objects.filter(person=world.cast.teammate).get().body
    with pytest.raises(reporting.ThankedAlready):
        reporting.thank_team(by_id=world.cast.owner, action_id=world.action, words="", at=AFTER)


def test_who_may_take_a_photo_away(world: World) -> None:
    file(world, pictures=[(photo(), "Une place")])
    row = ReportPicture.objects.get()
    with pytest.raises(NotFound):
        reporting.remove_picture(by_id=world.cast.teammate, picture_id=row.pk)
    reporting.remove_picture(by_id=world.cast.owner, picture_id=row.pk)
    assert not ReportPicture.objects.exists()


def test_the_page(world: World, sign_in: Any) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    there = f"/actions/{world.action}/compte-rendu/"
    with time_machine.travel(AFTER, tick=False):
        browser = sign_in(world.cast.owner)
        assert browser.get(there).status_code == 200
        photos = [SimpleUploadedFile("a.jpg", photo(), "image/jpeg")]
        sent = {"doors": "120", "words": "Bon accueil.", "photos": photos, "seen": "Une place"}
        assert browser.post(there, sent).status_code == 302
        text = browser.get(there).content.decode()
        picture = ReportPicture.objects.get()
        assert "120" in text
        assert f"/actions/photos/{picture.pk}/" in text
        assert " style=" not in text
        assert browser.get(f"/actions/photos/{picture.pk}/")["Content-Type"] == "image/jpeg"
        assert sign_in(world.cast.teammate).get(f"/actions/photos/{picture.pk}/").status_code == 200
        assert sign_in(world.cast.stranger).get(f"/actions/photos/{picture.pk}/").status_code == 404
        assert browser.post(f"/actions/{world.action}/merci/", {"words": "Bravo"}).status_code == 302
        assert "remerciée" in browser.get(there).content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"doors": "-1"},
        {"doors": "beaucoup"},
        {"photos": SimpleUploadedFile("a.jpg", b"not a picture"), "seen": "x"},
        {"photos": SimpleUploadedFile("a.jpg", b"x")},
    ],
)
def test_bad_input_is_told(world: World, sign_in: Any, sent: dict[str, Any]) -> None:
    with time_machine.travel(AFTER, tick=False):
        answer = sign_in(world.cast.owner).post(f"/actions/{world.action}/compte-rendu/", sent)
    assert answer.status_code == 422
    assert not ActionReport.objects.exists()
