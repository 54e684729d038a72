"""Pictures under posts: written anew from their pixels, with words for who does not see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from amiral.kit.errors import Refused
from amiral.kit.pictures import BadPicture, to_show
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import ALT_MAX_CHARACTERS
from amiral.rooms.network.models import Picture, PictureFile, Post

PICTURES_MAX = 4
PICTURE_MAX_BYTES = 12_000_000
LARGE_SIDE, SMALL_SIDE = 1600, 640


@dataclass(frozen=True, kw_only=True)
class NewPicture:
    """A file as it was sent, and what it shows."""

    content: bytes
    alt: str


class PictureNotRead(Refused):
    """Broken, too large, or of a kind that is not shown."""

    def __init__(self) -> None:
        super().__init__(
            _("This picture cannot be read. Send a JPEG or PNG file of %(size)d MB at most.")
            % {"size": PICTURE_MAX_BYTES // 1_000_000}
        )


class AltMissing(Refused):
    """A picture without words."""

    def __init__(self) -> None:
        super().__init__(_("Say in a few words what each picture shows, for those who do not see it."))


class TooManyPictures(Refused):
    """More than a post holds."""

    def __init__(self) -> None:
        super().__init__(_("A post holds %(number)d pictures at most.") % {"number": PICTURES_MAX})


def add_pictures(*, post: Post, pictures: Sequence[NewPicture]) -> None:
    """Writes them under a new post, in the transaction of the caller."""
    if len(pictures) > PICTURES_MAX:
        raise TooManyPictures
    for position, picture in enumerate(pictures):
        _add(post, picture, position)


def _add(post: Post, picture: NewPicture, position: int) -> None:
    alt = text_within(picture.alt, limit=ALT_MAX_CHARACTERS, may_be_empty=True)
    if not alt:
        raise AltMissing
    if len(picture.content) > PICTURE_MAX_BYTES:
        raise PictureNotRead
    try:
        large, small = to_show(picture.content, sides=(LARGE_SIDE, SMALL_SIDE))
    except BadPicture:
        raise PictureNotRead from None
    row = Picture.objects.create(
        post=post, position=position, alt=alt, width=large.width, height=large.height
    )
    PictureFile.objects.create(picture=row, large=large.jpeg, small=small.jpeg)
