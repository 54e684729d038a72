"""The field app: its shell, the same for everybody, and the packs, each for the devices of a team."""

import gzip
from functools import lru_cache
from uuid import UUID

import brotli
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from amiral.cores.canonical import canonical
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.field.access import access_pack
from amiral.rooms.field.actions.syncing import device_by_token
from amiral.rooms.field.models import Assignment, Device
from amiral.rooms.field.queries import packing
from amiral.rooms.field.web import shell as shells

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NEVER = "no-store"
PACKS_PER_MINUTE = 30
BROTLI_QUALITY, BROTLI_ONCE = 9, 11
"""For packs, each made anew; for the shell, compressed once in a process."""
ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("maskable-512.png", 512, "maskable"),
)
THEME_COLOUR, BACKGROUND_COLOUR = "#0b4a59", "#f8f6f1"


@require_safe
def app(request: HttpRequest, language: str = "") -> HttpResponse:
    """The page of the app: the same for everybody, but for the plain list where there is no JavaScript."""
    chosen = language or (get_language() or settings.LANGUAGE_CODE)[:2]
    current, plain_url = shells.shell(), _plain_url(request)
    if chosen not in current.pages:
        raise Http404
    content = current.pages[chosen]
    if plain_url:
        content = shells.page(
            version=current.version, files=current.files, language=chosen, plain_url=plain_url
        )
    return _packed(request, content, "text/html; charset=utf-8", ASK_AGAIN)


def _plain_url(request: HttpRequest) -> str:
    try:
        return reverse("field:walk_list", args=[UUID(request.GET["liste"])])
    except (KeyError, ValueError):
        return ""


@require_safe
def app_file(request: HttpRequest, version: str, name: str) -> HttpResponse:
    """A file of this very version; of another one nothing is left here."""
    current = shells.shell()
    if version != current.version or name not in current.files:
        raise Http404
    found = current.files[name]
    return _packed(request, found.content, found.type, FOR_EVER)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, whose scope is the folder it lies in."""
    return _packed(request, shells.shell().worker, "text/javascript; charset=utf-8", ASK_AGAIN)


@require_safe
def manifest(request: HttpRequest, language: str) -> HttpResponse:
    """What makes the app installable."""
    if language not in shells.LANGUAGES:
        raise Http404
    with translation.override(language):
        content = _manifest(language)
    answer = JsonResponse(content, content_type="application/manifest+json")
    answer["Cache-Control"] = ASK_AGAIN
    return answer


def _manifest(language: str) -> dict[str, object]:
    home = reverse("field:app")
    drawn = [
        {
            "src": static(f"field/icons/{name}"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for name, size, purpose in ICONS
    ]
    return {
        "id": home,
        "name": _("%(campaign)s: field") % {"campaign": settings.CAMPAIGN_NAME},
        "short_name": settings.CAMPAIGN_NAME[:12],
        "description": _("Walk lists that work without network."),
        "lang": language,
        "dir": "ltr",
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": BACKGROUND_COLOUR,
        "theme_color": THEME_COLOUR,
        "icons": drawn,
    }


@csrf_exempt
@require_safe
def pack(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The pack of an assignment, for a device of its team. No cookie is read: the token is the right."""
    device = _device(request)
    if device is None:
        return _refused(401, "unknown")
    if device.revoked_at:
        return _refused(401, "revoked")
    if not is_allowed(scope="pack", key=str(device.pk), limit=PACKS_PER_MINUTE, window_s=60):
        return _refused(429, "busy", {"Retry-After": "60"})
    try:
        row = access_pack(device=device, assignment_id=assignment_id)
    except NotFound:
        return _refused(404, "foreign")
    if row.ended_at or row.until <= now():
        return _refused(410, "over")
    return _pack(request, row)


def _device(request: HttpRequest) -> Device | None:
    """Whose token the request carries."""
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    try:
        return device_by_token(token=token.strip())
    except NotFound:
        return None


def _refused(status: int, why: str, headers: dict[str, str] | None = None) -> HttpResponse:
    answer = JsonResponse({"why": why}, status=status, headers=headers)
    answer["Cache-Control"] = NEVER
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def _pack(request: HttpRequest, row: Assignment) -> HttpResponse:
    made = packing.pack(assignment=row, language=_language(request), at=now())
    tag = f'"{made["digest"]}"'
    if tag in request.headers.get("If-None-Match", ""):
        answer = HttpResponse(status=304)
        answer["Cache-Control"] = NEVER
    else:
        answer = _packed(request, canonical(made), "application/json; charset=utf-8", NEVER)
    answer["ETag"] = tag
    return answer


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("langue", "")
    return asked if asked in shells.LANGUAGES else (get_language() or settings.LANGUAGE_CODE)[:2]


def _packed(request: HttpRequest, content: bytes, content_type: str, keep: str) -> HttpResponse:
    """Compressed as the browser takes it. BREACH: no secret stands here beside what somebody else chose."""
    accepted = {part.split(";")[0].strip() for part in request.headers.get("Accept-Encoding", "").split(",")}
    encoding = next((name for name in ("br", "gzip") if name in accepted), "")
    compress = _compress if keep == NEVER else _compress_once
    answer = HttpResponse(compress(content, encoding), content_type=content_type)
    answer["Cache-Control"] = keep
    if encoding:
        answer["Content-Encoding"] = encoding
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer


def _compress(content: bytes, encoding: str, quality: int = BROTLI_QUALITY) -> bytes:
    if encoding == "br":
        return bytes(brotli.compress(content, quality=quality))
    return gzip.compress(content, 9, mtime=0) if encoding == "gzip" else content


@lru_cache(maxsize=128)
def _compress_once(content: bytes, encoding: str) -> bytes:
    """For what is the same for everybody."""
    return _compress(content, encoding, BROTLI_ONCE)
