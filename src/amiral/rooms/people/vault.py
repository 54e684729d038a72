"""Files of people under the state directory: lines that wait for their import, voters of a roll.

Beside the common files because it is the one place that touches them. Readable by their owner only; nothing
here is ever joined with a table.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from amiral.kit.ids import new_id
from amiral.kit.readers.contacts import ContactTable
from amiral.kit.traces import bare

WORDS_OF_AN_ADDRESS = 4
"""A shorter postal address (a hamlet without a street) is shared by too many."""


def staged_folder() -> Path:
    """Where lines wait for their import, without the columns that must not be kept."""
    return _private(Path(settings.STATE_DIR) / "supporter-imports")


def rolls_folder() -> Path:
    """Where the voters lie, one file for each declaration."""
    return _private(Path(settings.STATE_DIR) / "electoral-rolls")


def _private(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _written(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by the owner only."""
    new = path.with_name(f"{path.name}.{new_id()}.new")
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.replace(path)


def stage(*, import_id: UUID, table: ContactTable) -> None:
    """Keeps the lines of a draft."""
    _keep(_staged(import_id), table.header, table.rows)


def _keep(path: Path, header: Iterable[str], rows: Iterable[tuple[int, tuple[str, ...]]]) -> None:
    content = {"header": list(header), "rows": [[number, list(row)] for number, row in rows]}
    _written(path, json.dumps(content, ensure_ascii=False).encode())


def _staged(import_id: UUID) -> Path:
    return staged_folder() / f"{import_id}.json"


def staged(*, import_id: UUID) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    """Header and numbered lines of a draft; both empty when the file is gone."""
    return _read(_staged(import_id))


def _read(path: Path) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    try:
        kept = json.loads(path.read_bytes())
    except FileNotFoundError:
        return (), []
    return tuple(kept["header"]), [(number, tuple(row)) for number, row in kept["rows"]]


def unstage(*, import_id: UUID) -> None:
    """Deletes the lines of a draft."""
    _staged(import_id).unlink(missing_ok=True)


def sweep_staged(*, live: set[UUID]) -> None:
    """Deletes lines whose import is no longer there."""
    for path in staged_folder().iterdir():
        if path.name.split(".")[0] not in {str(import_id) for import_id in live}:
            path.unlink(missing_ok=True)


def forget_values(*, values: Iterable[str]) -> None:
    """Removes from every waiting file the lines that hold one of these addresses or numbers."""
    wanted = {_bare(value) for value in values}
    for path in staged_folder().glob("*.json") if wanted else ():
        header, rows = _read(path)
        left = [line for line in rows if not _holds(line[1], wanted)]
        if len(left) < len(rows):
            _keep(path, header, left)


def _holds(fields: tuple[str, ...], wanted: set[str]) -> bool:
    """Whether a line holds one of the values; a postal address is spread over several columns."""
    if any(_bare(field) in wanted for field in fields):
        return True
    words = set(re.findall(r"[^\W_]+", bare(" ".join(fields))))
    postal = (bare(value).split() for value in wanted if " " in value)
    return any(len(parts) >= WORDS_OF_AN_ADDRESS and words.issuperset(parts) for parts in postal)


def _bare(value: str) -> str:
    """Alike for all the ways to write one address; of a number the last nine digits."""
    digits = "".join(char for char in value if char.isdigit())
    is_number = len(digits) >= 9 and not any(char.isalpha() for char in value)
    return digits[-9:] if is_number else " ".join(value.casefold().split())


def keep_roll(*, declaration_id: UUID, columns: dict[str, list[str] | list[int]]) -> None:
    """Writes the voters of a declaration."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    _written(_roll(declaration_id), sink.getvalue().to_pybytes())


def _roll(declaration_id: UUID) -> Path:
    return rolls_folder() / f"{declaration_id}.parquet"


def roll(*, declaration_id: UUID) -> pa.Table | None:
    """The voters of a declaration, ``None`` once they are gone."""
    path = _roll(declaration_id)
    return pq.read_table(path) if path.exists() else None


def delete_roll(*, declaration_id: UUID) -> str:
    """Deletes the voters and answers the SHA-256 of the file; of nothing when it was gone already."""
    path = _roll(declaration_id)
    content = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    return hashlib.sha256(content).hexdigest()


def sweep_rolls(*, live: set[UUID]) -> None:
    """Deletes every file of voters that belongs to none of these declarations."""
    for path in _files(rolls_folder()):
        if path.name.split(".")[0] not in {str(declaration_id) for declaration_id in live}:
            path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file())
