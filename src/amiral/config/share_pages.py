"""Pages of share kits: the texts, the picture, the leaflet."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_safe

from amiral.config import sharing
from amiral.kit import posters
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited

PICTURE_KEPT_S = 300


def _visitor(request: HttpRequest) -> UUID | None:
    return request.user.pk if request.user.is_authenticated else None


@require_safe
def share(request: HttpRequest, kind: str, id_: str) -> HttpResponse:
    """Texts in both languages to copy, a link, a picture, a leaflet: nothing leaves from here."""
    kit = sharing.kit(kind=kind, id_=id_, person_id=_visitor(request), at=now())
    return render(request, "config/share.html", {"kit": kit, "shared": kit.shared})


@require_safe
@limited(scope="share-picture", limit=600, window_s=3600, methods=("GET",))
def picture(request: HttpRequest, kind: str, id_: str) -> HttpResponse:
    """A PNG for networks that show one beside a link; ``?par=`` puts a code into its QR code."""
    found = sharing.shared(kind=kind, id_=id_, person_id=_visitor(request))
    link = sharing.link_of(found=found, par=sharing.par_in(request.GET.get("par", "")))
    content = posters.picture(
        campaign=settings.CAMPAIGN_NAME, title=found.title, lines=found.lines, link=link
    )
    response = HttpResponse(content, content_type="image/png")
    response["Cache-Control"] = f"{'private' if kind == 'argument' else 'public'}, max-age={PICTURE_KEPT_S}"
    return response


@require_safe
@limited(scope="share-leaflet", limit=120, window_s=3600, methods=("GET",))
def leaflet(request: HttpRequest, kind: str, id_: str, size: str) -> HttpResponse:
    """A PDF to print, with the reader's own code; during an electoral silence, the page that says why not."""
    found = sharing.shared(kind=kind, id_=id_, person_id=_visitor(request))
    if size not in posters.SIZES:
        raise NotFound
    if sharing.held(found=found, at=now()):
        return redirect("share", kind=kind, id_=id_)
    link = sharing.link_of(found=found, par=sharing.own_par(person_id=_visitor(request)))
    content = posters.leaflet(
        campaign=settings.CAMPAIGN_NAME,
        title=found.title,
        lines=found.lines,
        about=found.about,
        link=link,
        size=size,
        language=translation.get_language() or "fr",
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="tract-{size}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
