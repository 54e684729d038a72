"""``amiral territory …`` on a terminal."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from amiral.rooms.territory import api
from amiral.rooms.territory.contracts import FileKind
from amiral.rooms.territory.management.commands import territory as command
from amiral.rooms.territory.models import ReferenceFile
from tests.rooms.territory.conftest import line, table

pytestmark = pytest.mark.django_db


class Terminal(StringIO):
    """A place to write that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def run(*words: object) -> str:
    out = StringIO()
    call_command("territory", *map(str, words), stdout=out, stderr=Terminal())
    return out.getvalue()


def test_addresses_are_imported_and_counted(good: Path) -> None:
    said = run("import-addresses", good, "--name", "Mâcon", "--attribution", "Ville de Mâcon")
    assert "Mâcon" in said
    assert "3 adresses importées" in said
    (card,) = api.reference_files(kind=FileKind.ADDRESSES)
    assert (card.name, card.attribution) == ("Mâcon", "Ville de Mâcon")


def test_without_a_name_the_file_s_own_is_taken(good: Path) -> None:
    run("import-addresses", good)
    assert api.reference_files(kind=FileKind.ADDRESSES)[0].name == "macon.csv"


def test_run_again_is_harmless(good: Path) -> None:
    for _ in range(3):
        run("import-addresses", good)
    assert len(api.reference_files(kind=FileKind.ADDRESSES)) == 1


def test_bad_lines_are_told_with_numbers_and_reasons(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(table(line(1), line(2, lon="east"), line(3)))
    said = run("import-addresses", path)
    assert "1 ligne écartée" in said
    assert "ligne 3" in said
    assert "east" in said


def test_streets_with_their_addresses(extract: Path) -> None:
    said = run("import-streets", extract, "--with-addresses")
    assert "3 rues importées" in said
    assert "2 adresses importées" in said


@pytest.mark.parametrize("verb", ["import-addresses", "import-streets"])
def test_a_refusal_is_a_sentence(tmp_path: Path, verb: str) -> None:
    with pytest.raises(CommandError, match="n’existe pas"):
        run(verb, tmp_path / "none.csv")


def test_ctrl_c_changes_nothing(good: Path, monkeypatch: pytest.MonkeyPatch, folders: Path) -> None:
    def interrupted(**words: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "import_addresses_file", interrupted)
    with pytest.raises(SystemExit) as end:
        run("import-addresses", good)
    assert end.value.code == 130
    assert not ReferenceFile.objects.exists()


def test_progress_is_drawn_on_a_terminal_only() -> None:
    from django.core.management.base import OutputWrapper

    terminal, log = Terminal(), StringIO()
    for out in (terminal, log):
        with command._progress(OutputWrapper(out)) as report:
            report(1, 4)
            report(7, 0)
    assert "25 %" in terminal.getvalue()
    assert "7" in terminal.getvalue()
    assert log.getvalue() == ""
