"""Files that only this server reads."""

from pathlib import Path
from typing import Any

import pytest

from amiral.kit.sealed import SealedFolder


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> SealedFolder:
    settings.STATE_DIR = tmp_path
    return SealedFolder("essai")


def test_what_is_written_is_read_and_lies_encrypted(folder: SealedFolder, tmp_path: Path) -> None:
    folder.write("a.page-1", b"private words")
    assert folder.read("a.page-1") == b"private words"
    [path] = (tmp_path / "essai").iterdir()
    assert b"private" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_another_key_or_another_folder_reads_nothing(
    folder: SealedFolder, settings: Any, tmp_path: Path
) -> None:
    folder.write("a", b"words")
    (tmp_path / "autre").mkdir()
    (tmp_path / "autre" / "a").write_bytes((tmp_path / "essai" / "a").read_bytes())
    assert SealedFolder("autre").read("a") is None
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key"
    assert folder.read("a") is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert folder.read("a") == b"words"


def test_what_was_changed_is_missing(folder: SealedFolder, tmp_path: Path) -> None:
    folder.write("a", b"words")
    path = tmp_path / "essai" / "a"
    path.write_bytes(path.read_bytes()[:-4] + b"AAAA")
    assert folder.read("a") is None
    assert folder.read("b") is None


def test_files_go_with_what_they_belong_to(folder: SealedFolder) -> None:
    for name in ("a.page-1", "a.page-2", "b.file-0"):
        folder.write(name, b"x")
    assert folder.keep_only({"a"}) == 1
    assert folder.names() == {"a.page-1", "a.page-2"}
    folder.delete("a.page-1")
    folder.delete("a.page-1")
    assert folder.names() == {"a.page-2"}


@pytest.mark.parametrize("name", ["../a", "b/c", "/etc/passwd", ""])
def test_a_name_never_leaves_the_folder(folder: SealedFolder, name: str) -> None:
    with pytest.raises((ValueError, IsADirectoryError)):
        folder.write(name, b"x")
