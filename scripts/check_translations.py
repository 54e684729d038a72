"""The French catalogues: complete, without a fuzzy entry, without collisions, in step with the code.

``--update`` writes new strings into the catalogues (to be translated by hand); without it, the script exits
with 1 and names what is missing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
APPS = sorted(path.parents[2] for path in (ROOT / "src/amiral").rglob("locale/fr/LC_MESSAGES"))
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|\{[a-z_]*\}|%[sd]")


def extract(app: Path, *, keep: bool) -> polib.POFile:
    """The catalogue of ``app`` as makemessages writes it from today's code."""
    target = app / "locale/fr/LC_MESSAGES/django.po"
    before = target.read_text(encoding="utf-8") if target.exists() else None
    command = ["django-admin", "makemessages", "-l", "fr", "--no-location", "--no-obsolete", "-v", "0"]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    path = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(command, cwd=app, check=True, env=environment | {"PATH": path, "TMPDIR": scratch})
    found = polib.pofile(str(target)) if target.exists() else polib.POFile()
    if not keep:
        if before is None:
            target.unlink(missing_ok=True)
        else:
            target.write_text(before, encoding="utf-8")
    return found


def problems_of(app: Path, *, update: bool) -> list[str]:
    """What is wrong with the catalogue of ``app``, one sentence each."""
    wanted = extract(app, keep=update)
    path = app / "locale/fr/LC_MESSAGES/django.po"
    name = path.relative_to(ROOT)
    if not wanted:
        return []
    if not path.exists():
        return [f"{name}: no catalogue for {len(wanted)} strings"]
    kept = {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(path)) if not entry.obsolete}
    wanted_keys = {(entry.msgctxt, entry.msgid) for entry in wanted if not entry.obsolete}
    problems = [f"{name}: missing: {key[1]!r}" for key in sorted(wanted_keys - kept.keys(), key=str)]
    problems += [f"{name}: no longer used: {key[1]!r}" for key in sorted(kept.keys() - wanted_keys, key=str)]
    for entry in kept.values():
        if entry.fuzzy or not entry.translated():
            problems.append(f"{name}: not translated: {entry.msgid!r}")
        else:
            problems += [f"{name}: {text}" for text in _placeholder_problems(entry)]
    return problems


def _placeholder_problems(entry: polib.POEntry) -> list[str]:
    wanted = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural or ""))
    texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
    return [
        f"placeholders differ: {entry.msgid!r}"
        for text in texts
        if not set(PLACEHOLDER.findall(text)) <= wanted
        or (not entry.msgid_plural and set(PLACEHOLDER.findall(text)) != wanted)
    ]


def collisions() -> list[str]:
    """Strings that two catalogues translate differently: Django merges them all, one wins silently."""
    texts: dict[tuple[str | None, str], dict[str, str]] = {}
    for app in APPS:
        for path in sorted((app / "locale/fr/LC_MESSAGES").glob("django.po")):
            for entry in polib.pofile(str(path)):
                text = entry.msgstr or str(entry.msgstr_plural)
                texts.setdefault((entry.msgctxt, entry.msgid), {}).setdefault(
                    text, str(path.relative_to(ROOT))
                )
    return [
        f"{' and '.join(found.values())}: {key[1]!r} is translated differently; give one of them a context"
        for key, found in texts.items()
        if key[1] and len(found) > 1
    ]


def main() -> int:
    """Checks (or updates) every catalogue."""
    update = "--update" in sys.argv[1:]
    problems = [problem for app in APPS for problem in problems_of(app, update=update)] + collisions()
    print("\n".join(problems) or "French catalogues complete.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
