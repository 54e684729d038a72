"""The product's settings with one thing wrong on purpose: SQLite does not wait for the disk."""

from amiral.config.settings import *  # noqa: F403  # a settings module is all the names of another one
from amiral.config.settings import DATABASES

_options = DATABASES["default"]["OPTIONS"]
_options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=NORMAL")
assert "synchronous=NORMAL" in _options["init_command"]
