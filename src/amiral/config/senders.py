"""The processes that send mailings: started by the worker when there is something to send.

They are processes of their own because a mailing must neither wait for the jobs of the worker nor hold
them up, and because signing a hundred thousand letters keeps more than one processor busy.
"""

import logging
import subprocess
import sys

from django.conf import settings

from amiral.kit.clock import now
from amiral.rooms.outreach.api import mailings_have_work

log = logging.getLogger(__name__)
TO_FINISH_S = 25.0


class Senders:
    """One team at most; it ends by itself when nothing was to send for half a minute."""

    def __init__(self) -> None:
        self._team: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Starts the team when there is work and none is there. A failure is logged."""
        if self._team is not None and self._team.poll() is None:
            return
        try:
            if mailings_have_work(at=now()):
                self._team = subprocess.Popen(_command())
        except Exception:
            log.exception("Nobody could be set to work on mailings; the next look follows.")

    def stop(self) -> None:
        """Lets the letters under way be settled."""
        if self._team is None or self._team.poll() is not None:
            return
        self._team.terminate()
        try:
            self._team.wait(timeout=TO_FINISH_S)
        except subprocess.TimeoutExpired:
            self._team.kill()


def _command() -> list[str]:
    number = str(settings.MAILING_PROCESSES)
    return [sys.executable, "-m", "amiral", "mailings", "send", "--processes", number]
