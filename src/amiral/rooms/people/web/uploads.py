"""Files that people send: refused unread when they are announced too large, deleted once read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

MOST_BYTES = 40 * 1024 * 1024

View = Callable[..., HttpResponse]


def receives_file(*, too_large: View) -> Callable[[View], View]:
    """The check against forged requests reads the body: it is made after the announced size was looked at."""

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        def receive(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
                return too_large(request, *args, **kwargs)
            request.upload_handlers = [TemporaryFileUploadHandler(request)]
            return protected(request, *args, **kwargs)

        return csrf_exempt(receive)

    return decorate


@contextmanager
def on_disk(file: TemporaryUploadedFile) -> Iterator[Path]:
    """Where the server put the file; it is gone afterwards."""
    try:
        yield Path(file.temporary_file_path())
    finally:
        file.close()


class FileForm(forms.Form):
    """A form with a file, whatever else it asks."""

    file = forms.FileField(
        label=_("File"), help_text=_("CSV, XLSX, ODS, vCards (.vcf) or OSDI; 40 MB at most.")
    )

    def refuse_size(self, announced: int) -> None:
        """Says that the file was not read."""
        self.errors.clear()
        self.add_error(
            "file",
            _("The file was refused unread: it has %(size)s. Cut it into smaller ones.")
            % {"size": filesizeformat(announced)},
        )
