"""Files that importers send: refused unread when they are announced too large, else put on the disk."""

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect

from amiral.rooms.territory.web.sizes import size_words


def receive_upload(
    request: HttpRequest,
    *,
    read: Callable[[HttpRequest], HttpResponse],
    too_large: Callable[[int], HttpResponse],
    most: int,
) -> HttpResponse:
    """``read`` once the announced size was looked at, ``too_large`` (told the bytes) otherwise.

    The check against forged requests reads the body, hence comes after; the view itself is ``csrf_exempt``.
    """
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    if announced > most:
        return too_large(announced)
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    return csrf_protect(read)(request)


def refuse_size(form: forms.Form, sentence: str, announced: int) -> None:
    """Says on the form that the file was not read; ``sentence`` names ``%(size)s`` and ``%(most)s``."""
    form.errors.clear()
    sizes = {"size": size_words(announced), "most": size_words(settings.MAX_UPLOAD_BYTES)}
    form.add_error("file", sentence % sizes)
