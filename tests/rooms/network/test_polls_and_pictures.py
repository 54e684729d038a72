"""Pictures without metadata, with words; polls whose ballots nobody can read."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from amiral.kit.pictures import BadPicture, to_show
from amiral.rooms.network import actions, api
from amiral.rooms.network.models import Picture, PictureFile, Poll, PollChoice, PollVoter, Post
from amiral.rooms.network.queries import polls
from tests.conftest import NOON, Cast, make_person
from tests.rooms.network.test_feed_rights import png

CLOSES = NOON + timedelta(days=3)


def photograph() -> bytes:
    """A JPEG with a place, a camera and a turn in its metadata."""
    from PIL import Image

    stream = BytesIO()
    image = Image.new("RGB", (60, 40), (10, 120, 200))
    image.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0110] = "Appareil secret"
    exif[0x0112] = 6  # a quarter turn
    exif.get_ifd(0x8825)[1] = "N"
    image.save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def test_a_photograph_is_written_anew_upright_and_bare() -> None:
    from PIL import Image

    large, small = to_show(photograph(), sides=(1600, 20))
    assert (large.width, large.height) == (40, 60)
    assert max(small.width, small.height) == 20
    for shown in (large, small):
        assert b"secret" not in shown.jpeg
        assert not Image.open(BytesIO(shown.jpeg)).getexif()


@pytest.mark.parametrize("content", [b"", b"GIF89a....", b"\xff\xd8\xff broken", b"%PDF-1.4", png()[:40]])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BadPicture):
        to_show(content, sides=(100,))


def test_pictures_are_sent_with_words_and_read_by_readers_only(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.teammate)

    def send(alt: str) -> Any:
        picture = SimpleUploadedFile("x.jpg", photograph(), content_type="image/jpeg")
        return browser.post("/groupes/macon/publier/", {"body": "Photo", "picture_1": picture, "alt_1": alt})

    assert send("").status_code == 200
    assert not Post.objects.exists()
    assert send("Une place au soleil").status_code == 302
    picture = Picture.objects.get()
    response = browser.get(f"/images/{picture.pk}/petite/")
    assert response["Content-Type"] == "image/jpeg"
    assert "private" in response["Cache-Control"]
    assert 'alt="Une place au soleil"' in browser.get("/fil/").content.decode()
    api.hide_reported(subject_kind="post", subject_id=picture.post_id, at=NOON)
    assert browser.get(f"/images/{picture.pk}/petite/").status_code == 404


@pytest.mark.parametrize(
    ("content", "alt", "error"),
    [(b"x", "y", actions.pictures.PictureNotRead), (b"", " ", actions.pictures.AltMissing)],
)
def test_a_bad_picture_publishes_nothing(cast: Cast, content: bytes, alt: str, error: Any) -> None:
    with pytest.raises(error):
        actions.publish(
            author_id=cast.owner,
            group_id=cast.group,
            body="x",
            at=NOON,
            pictures=[actions.NewPicture(content=content, alt=alt)],
        )
    assert not Post.objects.exists()


def test_erasing_takes_pictures_and_polls_along(cast: Cast) -> None:
    publish(cast, pictures=[actions.NewPicture(content=png(), alt="x")])
    api.erase_person(person_id=cast.owner)
    assert not PictureFile.objects.exists()
    assert not Poll.objects.exists()
    assert Post.objects.get().html == ""


def publish(cast: Cast, *, is_multiple: bool = False, **more: Any) -> UUID:
    poll = actions.NewPoll(
        question="Quel jour ?", choices=["Samedi", "", "Dimanche"], is_multiple=is_multiple, closes_at=CLOSES
    )
    return actions.publish(
        author_id=cast.owner, group_id=cast.group, body="Votez", at=NOON, poll=poll, **more
    )


def vote(person_id: UUID, post: UUID, *labels: str, **when: Any) -> None:
    ids = PollChoice.objects.filter(poll_id=post, label__in=labels).values_list("pk", flat=True)
    actions.vote(by_id=person_id, post_id=post, choice_ids=list(ids), **({"at": NOON} | when))


def test_one_vote_each_and_in_time(cast: Cast) -> None:
    post = publish(cast)
    vote(cast.teammate, post, "Samedi")
    with pytest.raises(actions.polls.VotedAlready):
        vote(cast.teammate, post, "Dimanche")
    with pytest.raises(actions.polls.NothingChosen):
        vote(cast.owner, post, "Samedi", "Dimanche")
    with pytest.raises(actions.polls.NothingChosen):
        vote(cast.owner, post)
    with pytest.raises(actions.polls.PollIsClosed):
        vote(cast.owner, post, "Samedi", at=CLOSES)
    assert sorted(PollChoice.objects.values_list("label", "votes")) == [("Dimanche", 0), ("Samedi", 1)]
    assert Poll.objects.get().voters == 1


def test_several_answers_where_several_count(cast: Cast) -> None:
    post = publish(cast, is_multiple=True)
    vote(cast.teammate, post, "Samedi", "Dimanche")
    assert set(PollChoice.objects.values_list("votes", flat=True)) == {1}


def test_choices_of_another_poll_count_nowhere(cast: Cast) -> None:
    post, other = publish(cast), publish(cast)
    ids = PollChoice.objects.filter(poll_id=other).values_list("pk", flat=True)
    with pytest.raises(actions.polls.NothingChosen):
        actions.vote(by_id=cast.teammate, post_id=post, choice_ids=list(ids)[:1], at=NOON)


def test_no_row_joins_a_voter_with_a_choice(cast: Cast) -> None:
    columns = {column.column for model in (PollVoter, PollChoice) for column in model._meta.concrete_fields}
    assert "choice_id" not in columns
    assert not any(name == "at" or name.endswith("_at") for name in columns), "no time to compare either"
    post = publish(cast)
    vote(cast.teammate, post, "Samedi")
    with connection.cursor() as cursor:
        cursor.execute("SELECT detail FROM kit_auditline WHERE verb = 'vote-in-poll'")
        assert str(PollChoice.objects.get(label="Samedi").pk) not in str(cursor.fetchall())


def test_counts_appear_once_they_tell_about_nobody(cast: Cast) -> None:
    from amiral.rooms.network.models import Membership

    post = publish(cast)
    for number in range(polls.LEAST_VOTERS):
        view = polls.polls_of(post_ids=[post], person_id=cast.owner, at=CLOSES)[post]
        assert {choice.votes for choice in view.choices} == {None}
        person = make_person(f"Votant{number}")
        Membership.objects.create(group_id=cast.group, person_id=person, source="choice")
        vote(person, post, "Samedi")
    before = polls.polls_of(post_ids=[post], person_id=cast.owner, at=NOON)[post]
    assert {choice.votes for choice in before.choices} == {None}, "who has not voted sees no count"
    after = polls.polls_of(post_ids=[post], person_id=cast.owner, at=CLOSES)[post]
    assert [(choice.votes, choice.percent) for choice in after.choices] == [(5, 100), (0, 0)]


@pytest.mark.parametrize("choices", [[], ["Un"], ["Un", "un"], [str(n) for n in range(11)]])
def test_bad_polls_are_refused(cast: Cast, choices: list[str]) -> None:
    poll = actions.NewPoll(question="?", choices=choices, is_multiple=False, closes_at=CLOSES)
    with pytest.raises(actions.polls.BadChoices):
        actions.publish(author_id=cast.owner, group_id=cast.group, body="x", at=NOON, poll=poll)


@pytest.mark.parametrize("closes_at", [NOON, NOON + timedelta(days=61)])
def test_a_poll_closes_in_time(cast: Cast, closes_at: Any) -> None:
    poll = actions.NewPoll(question="?", choices=["a", "b"], is_multiple=False, closes_at=closes_at)
    with pytest.raises(actions.polls.BadClosing):
        actions.publish(author_id=cast.owner, group_id=cast.group, body="x", at=NOON, poll=poll)
