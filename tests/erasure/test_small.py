"""Parts of erasure: log lines, names in the cache, secrets of second factors, the command."""

import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError

from amiral.kit import traces
from amiral.kit.logs import discreet
from amiral.rooms.people import secrets
from amiral.rooms.people.models import Person
from tests.conftest import Cast

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sent to anne@example.org, twice", "sent to (address), twice"),
        ("GET /?q=anne%40example.org 404", "GET /?q=(address) 404"),
        ("appeler 06 12 34 56 78 ou +33612345678", "appeler (number) ou (number)"),
        ("Key (email)=(Anne Essai) already exists.", "Key (email)= (…) already exists."),
        ("Failing row contains (1, Anne, null).", "Failing row contains (…)."),
        ("Gone: /rejoindre/confirmer/abcDEF-1/", "Gone: /rejoindre/confirmer/…/"),
        ("Message 01a2017c-4abb-7b63-a8af-34a1dcabb2b2: no answer", None),
        ("2 rows, 31 pages, 1200 ms, port 8000", None),
    ],
)
def test_a_log_line_speaks_of_nobody(line: str, told: str | None) -> None:
    assert discreet(line) == (told if told is not None else line)


def test_no_key_of_the_cache_tells_what_it_counts() -> None:
    cache.set("ratelimit:join-address:anne@example.org", 1)
    assert cache.get("ratelimit:join-address:anne@example.org") == 1
    kept = str(list(cache._cache))
    assert "anne" not in kept
    assert "ratelimit" not in kept


@pytest.mark.django_db
def test_a_secret_of_a_second_factor_is_not_readable_in_the_database(cast: Cast, settings: Any) -> None:
    TOTP.activate(Person.objects.get(pk=cast.teammate), SECRET)
    row = Authenticator.objects.get(user_id=cast.teammate)
    assert SECRET not in str(row.data)
    assert secrets.opened(row.data["secret"]) == SECRET
    # A new key opens nothing, unless the old one is named beside it.
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key"
    with pytest.raises(secrets.UnreadableSecret):
        secrets.opened(row.data["secret"])
    settings.SECRET_KEY_FALLBACKS = [old]
    assert secrets.opened(row.data["secret"]) == SECRET
    assert secrets.opened(SECRET) == SECRET
    assert secrets.sealed(row.data["secret"]) == row.data["secret"]


def scan(path: Path, **words: Any) -> tuple[int, str]:
    said = StringIO()
    try:
        also = [f"--also={one}" for one in words.get("also", [])]
        call_command("people", "scan-traces", f"--person-values={path}", *also, stdout=said)
    except SystemExit as end:
        return int(end.code or 0), said.getvalue()
    return 0, said.getvalue()


@pytest.mark.django_db
def test_the_command_names_places_and_never_the_values(cast: Cast, settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = settings.REFERENCE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()
    path = tmp_path / "values.txt"
    path.write_text("\n\nIntrouvable Personne\nteammate@example.org\n", encoding="utf-8")
    code, said = scan(path)
    assert code == 3
    assert "people_person.email" in said
    assert "teammate" not in said
    path.write_text("Introuvable Personne\n", encoding="utf-8")
    assert scan(path)[0] == 0
    backup = tmp_path / "backup"
    backup.write_text("introuvable  personne".replace("  ", " "), encoding="utf-8")
    assert scan(path, also=[backup])[0] == 3
    path.write_text("\n")
    with pytest.raises(CommandError):
        scan(path)
    with pytest.raises(CommandError):
        scan(tmp_path / "absent")


def test_short_values_are_whole_words() -> None:
    searcher = traces.Searcher(["1931", "Ève"])
    assert searcher.find(b"born in 1931.")
    assert not searcher.find(b"id 01931f")
    assert not searcher.find("rêve ever".encode())


def test_the_scanner_loads_no_room() -> None:
    code = "import sys, amiral.kit.traces; sys.exit(any('amiral.rooms' in name for name in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.django_db
def test_what_was_readable_before_is_encrypted_by_the_migration(cast: Cast) -> None:
    from importlib import import_module

    from django.apps import apps

    steps = import_module("amiral.rooms.people.migrations.0006_seal_second_factors")
    rows = {str(row.pk): row.data for row in Authenticator.objects.all()}
    steps.seal(apps, None)
    steps.seal(apps, None)
    assert SECRET not in str(list(Authenticator.objects.values_list("data", flat=True)))
    steps.open_again(apps, None)
    assert {str(row.pk): row.data for row in Authenticator.objects.all()} == rows
