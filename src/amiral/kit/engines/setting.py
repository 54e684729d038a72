"""The one setting that says where the work is done."""

import re

from amiral.cores.sentences import Sentence

from .contracts import BadEngine, Engine
from .here import Here
from .processes import Processes

DEFAULT = "processes"
HELP = (
    "where the work is done: processes (of this machine, as many as it has processors), processes:N, here"
    " (one after the other), dask (a cluster started here), or the address of a Dask scheduler that runs"
    " already, like tcp://host:8786"
)
_ADDRESS = re.compile(r"^(tcp|tls|ucx|ws|wss)://\S+$")
_COUNTED = re.compile(r"^(processes|dask)(?::([1-9][0-9]{0,3}))?$")


def engine_from(setting: str) -> Engine:
    """The engine that the setting names. Raises ``BadEngine``."""
    text = setting.strip()
    if text == "here":
        return Here()
    if counted := _COUNTED.match(text):
        count = int(counted[2] or 0)
        return Processes(count) if counted[1] == "processes" else _cluster("", count)
    if _ADDRESS.match(text):
        return _cluster(text, 0)
    raise BadEngine(
        Sentence("No engine is called %(name)s. It is %(help)s.", name=repr(setting), help=Sentence(HELP))
    )


def _cluster(address: str, count: int) -> Engine:
    from .cluster import Cluster  # its library is optional and takes a second to load

    return Cluster(address, count)
