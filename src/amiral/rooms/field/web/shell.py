"""The shell of the field app: its files, its two pages and its service worker, as one version.

The version is the digest of everything in it and stands in the address of each file, so that modules of two
versions never meet, on whatever server or phone. The pages are the same for everybody.
"""

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from amiral import kit
from amiral.cores.canonical import canonical
from amiral.kit.script_data import as_data
from amiral.rooms.field.web import app_texts
from amiral.rooms.field.web.bundling import CannotBundle, bundle

logger = logging.getLogger(__name__)

FIELD_FILES = Path(__file__).resolve().parents[1] / "static"
KIT_FILES = Path(str(kit.__file__)).resolve().parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
WORKER, START, MAIN = "field/app/sw.js", "field/app/shell.js", "field/app/main.js"
LANGUAGES = ("fr", "en")
QR_FILES = ("index.js", "decode.js")
"""The library that writes and reads QR codes: asked for where it is needed, and there without network."""
COMMENT = re.compile(rb"(?m)^[ \t]*//.*\n")
STYLE_COMMENT = re.compile(rb"(?s)/\*.*?\*/\n?|(?m:^ +)")
CHARACTERS = 16
"""Hexadecimal digits of a version."""

Stamp = tuple[str, Path, int, int]
"""A file's name in addresses, where it lies, its size and its time."""


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of the shell as it is sent."""

    content: bytes
    digest: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Shell:
    """One version. ``files`` by their names in addresses, ``pages`` by language."""

    version: str
    files: Mapping[str, File]
    pages: Mapping[str, bytes]
    worker: bytes

    def address(self, name: str) -> str:
        """Where a file of this version is asked for."""
        return file_address(self.version, name)


def file_address(version: str, name: str) -> str:
    """Where a file of a version is asked for."""
    return reverse("field:app_file", args=[version, name])


def page_address(language: str) -> str:
    """Where the page in a language is asked for."""
    return reverse("field:app_in", args=[language])


def shell() -> Shell:
    """The version of today's files; read again when one of them changes."""
    return _shell(_stamps(), settings.CAMPAIGN_NAME, settings.DEMONSTRATION)


def _stamps() -> tuple[Stamp, ...]:
    paths = [
        *(
            (FIELD_FILES, path)
            for folder in ("app", "log")
            for path in (FIELD_FILES / "field" / folder).iterdir()
        ),
        (KIT_FILES, KIT_FILES / "kit" / "app.css"),
        *((settings.FRONT_DIR, settings.FRONT_DIR / "qr" / name) for name in QR_FILES),
    ]
    kept = [(root, path) for root, path in paths if path.suffix in TYPES]
    return tuple(sorted(_stamp(root, path) for root, path in kept))


def _stamp(root: Path, path: Path) -> Stamp:
    found = path.stat()
    return path.relative_to(root).as_posix(), path, found.st_size, found.st_mtime_ns


@lru_cache(maxsize=4)
def _shell(stamps: tuple[Stamp, ...], campaign: str, demonstration: bool) -> Shell:
    contents = {name: (path, path.read_bytes()) for name, path, _size, _time in stamps}
    worker = contents.pop(WORKER)[1]
    files = {name: _file(path, lean(path, content)) for name, (path, content) in contents.items()}
    files |= _bundled(files)
    version = _version(files, worker)
    pages = {language: page(version=version, files=files, language=language) for language in LANGUAGES}
    return Shell(
        version=version,
        files=files,
        pages=pages,
        worker=_worker(version, files, pages, COMMENT.sub(b"", worker)),
    )


def _bundled(files: Mapping[str, File]) -> dict[str, File]:
    """The app's main module with all that it needs; nothing where they are not written to be put together.

    The shell stays apart: it says what is wrong when the rest is damaged.
    """
    modules = {name: file.content.decode() for name, file in files.items() if _is_module(name)}
    del modules[START]
    try:
        content = bundle(modules=modules, entry=MAIN).encode()
    except CannotBundle as problem:
        logger.warning("The modules of the field app are sent one by one: %s", problem)
        return {}
    return {MAIN: File(content=content, digest=_sum(content), type=TYPES[".js"])}


def _is_module(name: str) -> bool:
    return name.startswith("field/") and name.endswith(".js")


def kept_names(files: Mapping[str, File]) -> list[str]:
    """What the phone keeps: the main module alone where the others could be put into it, else all of them."""
    whole = files[MAIN].content.startswith(b"const made")
    return [name for name in sorted(files) if not (whole and _is_module(name) and name not in {START, MAIN})]


def lean(path: Path, content: bytes) -> bytes:
    """A file without its comments, a sixth of what is sent: there is no build that would do it."""
    if path.suffix == ".css":
        return STYLE_COMMENT.sub(b"", content)
    return COMMENT.sub(b"", content) if path.suffix == ".js" else content


def _file(path: Path, content: bytes) -> File:
    return File(content=content, digest=_sum(content), type=TYPES[path.suffix])


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _version(files: Mapping[str, File], worker: bytes) -> str:
    """The pages are digested as they read without a version."""
    parts = {name: file.digest for name, file in files.items()}
    parts |= {language: _sum(page(version="", files=files, language=language)) for language in LANGUAGES}
    return _sum(canonical([parts, _sum(worker)]))[:CHARACTERS]


def page(*, version: str, files: Mapping[str, File], language: str, plain_url: str = "") -> bytes:
    """The page in a language. ``plain_url``: the walk list without JavaScript, where it is known."""
    with translation.override(language):
        context = {
            "version": version,
            "language": language,
            "others": [other for other in LANGUAGES if other != language],
            "campaign_name": settings.CAMPAIGN_NAME,
            "demonstration": settings.DEMONSTRATION,
            "texts": as_data(app_texts.texts()),
            "plain_url": plain_url,
            "files": _addresses(version or "0", files),
        }
        return render_to_string("field/app/shell.html", context).encode()


def _addresses(version: str, files: Mapping[str, File]) -> dict[str, object]:
    """What the page's head names: style sheets in their order, modules to be fetched at once, the icon."""
    known = kept_names(files)
    own = [name for name in known if name.endswith(".css") and name.startswith("field/")]
    modules = [name for name in known if _is_module(name)]
    return {
        "styles": [file_address(version, name) for name in ("kit/app.css", *own)],
        "modules": [file_address(version, name) for name in modules],
        "start": file_address(version, START),
        "icon": file_address(version, "field/app/icon.svg"),
    }


def _worker(version: str, files: Mapping[str, File], pages: Mapping[str, bytes], body: bytes) -> bytes:
    known = {file_address(version, name): files[name].digest for name in kept_names(files)}
    known |= {page_address(language): _sum(content) for language, content in pages.items()}
    said = {
        "version": version,
        "language": settings.LANGUAGE_CODE,
        "documents": {language: page_address(language) for language in LANGUAGES},
        "files": known,
    }
    return b"const SHELL = " + json.dumps(said, sort_keys=True).encode() + b";\n" + body
