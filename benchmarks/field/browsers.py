"""Three engines, each started with addresses and a profile, and killed with SIGKILL. No driver is needed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .serving import alive, children, kill, wait_gone

PREFERENCES = {
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "browser.sessionstore.resume_from_crash": False,
    "toolkit.startup.max_resumed_crashes": -1,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "browser.tabs.unloadOnLowMemory": False,
    "dom.min_background_timeout_value": 4,
    # Pictures for its start page are taken in a hidden page with a store of its own: a third phone.
    "browser.pagethumbnails.capturing_disabled": True,
    "browser.newtabpage.enabled": False,
    "browser.newtabpage.activity-stream.feeds.topsites": False,
    "browser.startup.page": 0,
}
WEBKIT = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.*/MiniBrowser"
MARK = "AMIRAL_PROOF_BROWSER"


def commands() -> dict[str, str]:
    """The program of each engine; empty where it is not installed."""
    webkit = sorted(Path("/").glob(WEBKIT.lstrip("/")))
    return {
        "chromium": shutil.which("chromium") or "",
        "firefox": shutil.which("firefox-esr") or shutil.which("firefox") or "",
        "webkit": str(webkit[-1]) if webkit else "",
    }


def reason_against(engine: str) -> str:
    """Why the engine cannot be run here; empty when it can."""
    packages = {"chromium": "chromium", "firefox": "firefox-esr", "webkit": "webkit2gtk-driver"}
    if not commands()[engine]:
        return f"needs the package {packages[engine]}"
    if not shutil.which("Xvfb"):
        return "needs the package xvfb"
    if engine == "webkit" and not shutil.which("dbus-run-session"):
        return "needs the package dbus"
    return ""


def version(engine: str) -> str:
    """As the engine or its package says it."""
    if engine == "webkit":
        asked = ["dpkg-query", "-W", "-f", "${Version}", "webkit2gtk-driver"]
        return f"WebKitGTK {_output(asked)}"
    return _output([commands()[engine], "--version"]).split(" built")[0]


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


@contextlib.contextmanager
def screen() -> Iterator[str]:
    """A display nobody looks at."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(
        command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as file:
            yield f":{file.readline().strip()}"
    finally:
        server.terminate()
        server.wait(timeout=10)


@dataclass
class Browser:
    """A browser with its profile in ``profile``."""

    engine: str
    profile: Path
    display: str
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, addresses: list[str]) -> None:
        """Opens each address in a tab of its own."""
        self.profile.mkdir(parents=True, exist_ok=True)
        if self.engine == "firefox":
            lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in PREFERENCES.items()]
            (self.profile / "user.js").write_text("\n".join(lines) + "\n")
        for name in (".parentlock", "lock", "SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self.profile / name).unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [*self._command(), *addresses],
            env=self._environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _command(self) -> list[str]:
        program = commands()[self.engine]
        if self.engine == "chromium":
            options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
            options += ["--disable-component-update", "--disable-sync", "--hide-crash-restore-bubble"]
            options += ["--disable-renderer-backgrounding", "--password-store=basic"]
            return [program, *options, *self.options, f"--user-data-dir={self.profile}"]
        if self.engine == "firefox":
            return [program, "--no-remote", "--new-instance", "--profile", str(self.profile)]
        return ["dbus-run-session", "--", program]

    def _environment(self) -> dict[str, str]:
        home = str(self.profile)
        return {
            **{name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ},
            "DISPLAY": self.display,
            "HOME": home,
            "XDG_DATA_HOME": f"{home}/data",
            "XDG_CACHE_HOME": f"{home}/cache",
            "XDG_CONFIG_HOME": f"{home}/config",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "MOZ_CRASHREPORTER_DISABLE": "1",
            "NO_AT_BRIDGE": "1",
            MARK: home,
        }

    def kill(self) -> None:
        """SIGKILL to every process of the browser."""
        if self.process is None:
            return
        for _ in range(20):
            found = self._everyone()
            if not found:
                break
            for one in found:
                kill(one)
            time.sleep(0.01)
        self.process.wait()
        wait_gone(self.process.pid)

    def _everyone(self) -> set[int]:
        assert self.process
        found = _tree(self.process.pid)
        wanted = f"{MARK}={self.profile}".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                marked = wanted in (entry / "environ").read_bytes().split(b"\0")
                named = str(self.profile).encode() in (entry / "cmdline").read_bytes()
                if (marked or named) and int(entry.name) != os.getpid():
                    found.add(int(entry.name))
        return {one for one in found if alive(one)}


def _tree(process: int) -> set[int]:
    return {process}.union(*(_tree(child) for child in children(process)))
