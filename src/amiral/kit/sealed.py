"""Files of the state directory that only this server can read: encrypted, and gone on their day.

The key comes from ``AMIRAL_SECRET_KEY`` (HKDF, RFC 5869), another one for each folder: whoever gets hold of a
copy of the disk or of a backup without the key reads nothing. A file that no longer opens is a missing one.
"""

import base64
from collections.abc import Collection
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from amiral.kit.ids import new_id


class SealedFolder:
    """A folder of encrypted files. ``name`` is a plain word; names of files are ours, never a user's."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, name: str, content: bytes) -> None:
        """Whole or not at all, readable by the server's own account only."""
        path = self._path(name)
        new = path.with_name(f"{name}.{new_id()}.new")
        new.touch(mode=0o600)
        new.write_bytes(self._box().encrypt(content))
        new.replace(path)

    def read(self, name: str) -> bytes | None:
        """What was written; None when it is gone, or was written under another key."""
        try:
            return self._box().decrypt(self._path(name).read_bytes())
        except (FileNotFoundError, InvalidToken):
            return None

    def delete(self, name: str) -> None:
        """Harmless when it is gone already."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> set[str]:
        """The files that are there, those half written included."""
        return {path.name for path in self._folder().iterdir()}

    def keep_only(self, live: Collection[str]) -> int:
        """Deletes every file whose name, up to the first dot, is none of these; how many."""
        gone = [name for name in self.names() if name.split(".")[0] not in live]
        for name in gone:
            self.delete(name)
        return len(gone)

    def _folder(self) -> Path:
        folder = Path(settings.STATE_DIR) / self._name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def _path(self, name: str) -> Path:
        if Path(name).name != name:
            raise ValueError(name)
        return self._folder() / name

    def _box(self) -> MultiFernet:
        keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        return MultiFernet([Fernet(self._derived(key)) for key in keys])

    def _derived(self, key: str) -> bytes:
        info = f"amiral sealed folder {self._name}".encode()
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        return base64.urlsafe_b64encode(derive.derive(key.encode()))


def seal(*, purpose: str, text: str) -> str:
    """``text`` as a column may hold it: encrypted as the files of a folder named ``purpose`` would be."""
    return SealedFolder(purpose)._box().encrypt(text.encode()).decode()


def unseal(*, purpose: str, sealed: str) -> str | None:
    """What ``seal`` was given; None when it was sealed under another key."""
    try:
        return SealedFolder(purpose)._box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None
