"""What the geocoder looks up: the streets of an imported file and their doors, as arrays beside the columns.

One folder for each file of addresses, mapped into memory, never loaded whole. It is written under another
name and put in place in one rename; it carries the size and time of the columns it was made from, and is
made again when those change. Kept beside the common files as the columns themselves are (``store``).
"""

import json
import logging
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from uuid import UUID, uuid4

import numpy as np
from django.conf import settings

from amiral.cores.names import Streets
from amiral.kit.columnar import Unknown
from amiral.rooms.territory import store
from amiral.rooms.territory.contracts import AddressColumns, FileKind, Floats, Ints

COMMUNES_KEPT = 256
"""So many communes' streets stay ready; one of a thousand streets takes about a megabyte."""

_building = Lock()
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AddressIndex:
    """One file. Street ``s`` is rows ``first[s]:first[s + 1]``; its commune is ``communes[commune[s]]``."""

    file_id: UUID
    communes: tuple[str, ...]
    commune_first: Ints
    first: Ints
    name_first: Ints
    names: np.ndarray
    numbers: Ints
    suffixes: np.ndarray
    lon: Floats
    lat: Floats

    def street_names(self, commune: int) -> list[str]:
        """The names of a commune's streets, in order."""
        chosen = range(int(self.commune_first[commune]), int(self.commune_first[commune + 1]))
        return [self.street_name(street) for street in chosen]

    def street_name(self, street: int) -> str:
        """The name of a street as the file writes it."""
        return bytes(self.names[self.name_first[street] : self.name_first[street + 1]]).decode()


@lru_cache(maxsize=COMMUNES_KEPT)
def streets_of(index_key: tuple[Path, int], commune: int) -> Streets:
    """The streets of a commune, ready to be found. ``index_key``: a folder and the time it was made."""
    return Streets(_opened[index_key].street_names(commune))


_opened: dict[tuple[Path, int], AddressIndex] = {}


def folder() -> Path:
    """Where all indices lie."""
    return Path(settings.REFERENCE_DIR) / "geocoder"


def opened(*, file_ids: Collection[UUID]) -> Iterator[tuple[tuple[Path, int], AddressIndex]]:
    """The indices of these live files, made where they are missing or out of date.

    A file that is replaced in the meantime is left out.
    """
    for file_id in file_ids:
        path = folder() / str(file_id)
        try:
            stamp = _stamp(file_id)
            if _made_from(path) != stamp:
                _make(file_id, file_ids)
            key = (path, path.stat().st_mtime_ns)
            if key not in _opened:
                _forget(file_ids)
                _opened[key] = _open(path, file_id)
            yield key, _opened[key]
        except FileNotFoundError:
            continue


def prepare(*, file_id: UUID) -> None:
    """Makes the index of a file just imported, so that the first question need not wait for it.

    Without room on the disk the import stays good: the index is made at the first question.
    """
    try:
        address_file = store.path_of(kind=FileKind.ADDRESSES, file_id=file_id)
        write(file_id=file_id, addresses=store.read_addresses(path=address_file))
    except (OSError, Unknown):  # no room, or replaced already
        _log.warning("index of %s not made yet", file_id)


def _forget(live: Collection[UUID]) -> None:
    kept = {str(one) for one in live}
    for key in [key for key in _opened if key[0].name not in kept or not key[0].exists()]:
        del _opened[key]


def _stamp(file_id: UUID) -> list[int]:
    state = store.path_of(kind=FileKind.ADDRESSES, file_id=file_id).stat()
    return [state.st_size, state.st_mtime_ns]


def _made_from(path: Path) -> list[int] | None:
    try:
        found: list[int] = json.loads((path / "of.json").read_text("utf-8"))["columns"]
    except (OSError, ValueError, KeyError):
        return None
    return found


def _make(file_id: UUID, live: Collection[UUID]) -> None:
    with _building:
        stamp = _stamp(file_id)
        if _made_from(folder() / str(file_id)) == stamp:
            return
        _sweep(live)
        path = store.path_of(kind=FileKind.ADDRESSES, file_id=file_id)
        write(file_id=file_id, addresses=store.read_addresses(path=path), stamp=stamp)


def _sweep(live: Collection[UUID]) -> None:
    """Indices of files that are no longer used, and halves that a killed process left."""
    kept = {str(one) for one in live}
    for path in folder().iterdir() if folder().exists() else ():
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def write(*, file_id: UUID, addresses: AddressColumns, stamp: list[int] | None = None) -> None:
    """Makes the index of a file whose columns are written, in place of an older one."""
    made = folder() / f".{file_id}.{uuid4().hex}"
    made.mkdir(parents=True)
    try:
        _write(made, addresses.take(store.order_of(addresses)))
        columns = stamp or _stamp(file_id)
        codes = list(dict.fromkeys(sorted(addresses.commune_codes)))
        (made / "of.json").write_text(json.dumps({"columns": columns, "communes": codes}), "utf-8")
        _replace(made, folder() / str(file_id))
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _replace(made: Path, wanted: Path) -> None:
    """A folder cannot be renamed over a full one: the old one steps aside for a moment."""
    aside = wanted.with_name(f"{made.name}.old")
    if wanted.exists():
        wanted.rename(aside)
    made.rename(wanted)
    shutil.rmtree(aside, ignore_errors=True)


def _write(made: Path, rows: AddressColumns) -> None:
    communes, streets = np.array(rows.commune_codes, dtype=object), np.array(rows.streets, dtype=object)
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (communes[1:] != communes[:-1]) | (streets[1:] != streets[:-1])
    first = np.flatnonzero(fresh)
    of_street = communes[first]
    new_commune = np.ones(len(first), dtype=np.bool_)
    new_commune[1:] = of_street[1:] != of_street[:-1]
    names = [str(name).encode() for name in streets[first]]
    arrays = {
        "first": np.append(first, len(rows)),
        "commune_first": np.append(np.flatnonzero(new_commune), len(first)),
        "name_first": np.cumsum([0, *map(len, names)], dtype=np.int64),
        "names": np.frombuffer(b"".join(names), dtype=np.uint8),
        "numbers": rows.numbers.astype(np.int32),
        "suffixes": np.array([suffix.lower()[:8].encode() for suffix in rows.suffixes], dtype="S8"),
        "lon": rows.lon,
        "lat": rows.lat,
    }
    for name, values in arrays.items():
        np.save(made / f"{name}.npy", values)


def _open(path: Path, file_id: UUID) -> AddressIndex:
    def column(name: str) -> np.ndarray:
        file = path / f"{name}.npy"
        try:
            found: np.ndarray = np.load(file, mmap_mode="r")
        except ValueError:  # nothing in it: there is nothing to map
            found = np.load(file)
        return found

    return AddressIndex(
        file_id=file_id,
        communes=tuple(json.loads((path / "of.json").read_text("utf-8"))["communes"]),
        commune_first=column("commune_first"),
        first=column("first"),
        name_first=column("name_first"),
        names=column("names"),
        numbers=column("numbers"),
        suffixes=column("suffixes"),
        lon=column("lon"),
        lat=column("lat"),
    )
