"""A disk whose power can be cut: ext4 in a file behind a loop device.

What a program wrote and did not synchronise lies in the kernel's memory and not in the file. ``pull`` copies
the file while nothing more is written and goes on with the copy: the memory is lost, as when the power goes.
It does not model a disk that lies about flushes, torn sectors, or a dying SSD.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


class CannotMount(RuntimeError):
    """The proof needs root and loop devices."""


class Disk:
    """Mounted at ``folder/disk``. ``megabytes`` is the size of the file system."""

    def __init__(self, folder: Path, *, megabytes: int) -> None:
        self.folder, self.image, self.place = folder, folder / "disk.img", folder / "disk"
        self.megabytes = megabytes

    def create(self) -> None:
        """An empty file system, mounted. Raises ``CannotMount``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.place.mkdir(exist_ok=True)
        with self.image.open("wb") as file:
            file.truncate(self.megabytes * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-m", "0", str(self.image))
        self.mount()

    def mount(self) -> None:
        """As at the start of the machine: the file system's journal is replayed."""
        _run("mount", "-o", "loop", str(self.image), str(self.place))

    def unmount(self) -> None:
        """Properly: everything is written."""
        subprocess.run(["umount", str(self.place)], check=False, capture_output=True)
        if self.place.is_mount():
            _run("umount", "-l", str(self.place))

    def pull(self) -> None:
        """The power goes and comes back. Whoever wrote there must be dead."""
        after = self.image.with_suffix(".after")
        _run("cp", "--sparse=always", str(self.image), str(after))
        self.unmount()
        after.rename(self.image)
        self.mount()

    def remove(self) -> None:
        self.unmount()
        shutil.rmtree(self.folder, ignore_errors=True)


def reason_against() -> str:
    """Why no disk can be mounted here; empty when one can."""
    if os.geteuid() != 0:
        return "needs root (mount -o loop)"
    for command in ("mkfs.ext4", "mount", "umount"):
        if not shutil.which(command, path=f"{os.environ.get('PATH', '')}:/sbin:/usr/sbin"):
            return f"needs the command {command}"
    found = subprocess.run(["losetup", "-f"], check=False, capture_output=True)
    return "" if found.returncode == 0 else "needs loop devices"


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        raise CannotMount(f"{' '.join(command)}: {getattr(problem, 'stderr', problem)}") from problem
