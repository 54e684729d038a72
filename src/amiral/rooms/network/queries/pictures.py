"""Pictures under posts."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.urls import reverse

from amiral.rooms.network.contracts import PictureView
from amiral.rooms.network.models import Picture, PictureFile


def pictures_of(*, post_ids: Collection[UUID]) -> dict[UUID, tuple[PictureView, ...]]:
    """By post, in their order, without their bytes; one query."""
    by_post: dict[UUID, list[PictureView]] = defaultdict(list)
    for picture in Picture.objects.filter(post_id__in=post_ids).order_by("post_id", "position"):
        by_post[picture.post_id].append(_view(picture))
    return {post_id: tuple(pictures) for post_id, pictures in by_post.items()}


def _view(picture: Picture) -> PictureView:
    return PictureView(
        url=reverse("network:picture", args=[picture.pk, "grande"]),
        small_url=reverse("network:picture", args=[picture.pk, "petite"]),
        alt=picture.alt,
        width=picture.width,
        height=picture.height,
    )


def content_of(*, picture: Picture, small: bool) -> bytes:
    """A JPEG. The caller has asked ``access``."""
    column = "small" if small else "large"
    return bytes(PictureFile.objects.values_list(column, flat=True).get(pk=picture.pk))
