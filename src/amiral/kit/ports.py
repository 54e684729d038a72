"""What a lower room asks of a higher one, by name.

``settings.AMIRAL_PORTS`` maps a name to dotted paths of functions; it is the only road upwards, so a
reader finds every one of them in one place.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def implementations(name: str) -> tuple[Callable[..., Any], ...]:
    """The functions wired to ``name``, in order. Raises ``KeyError`` for a name that is not wired."""
    return tuple(import_string(path) for path in settings.AMIRAL_PORTS[name])


def call(name: str, **arguments: Any) -> list[Any]:
    """Calls every function wired to ``name`` in order and returns their answers."""
    return [function(**arguments) for function in implementations(name)]
