"""Small dataclasses that several rooms pass to each other."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Link:
    """Something to show as a link on another room's page: what, where, when."""

    title: str
    url: str
    detail: str = ""
    at: datetime | None = None
