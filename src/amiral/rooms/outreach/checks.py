"""What must hold of this room's files before anything starts: ``amiral check``, and with it every build."""

from typing import Any

from django.core.checks import CheckMessage, Error

from amiral.rooms.outreach.queries import framing


def legal_mentions(app_configs: Any = None, **others: Any) -> list[CheckMessage]:
    """The templates of letters say who writes, where the data come from, which rights there are."""
    return [
        Error(
            f"A letter does not say what the law asks for: {line}.",
            hint="Give the template in outreach/templates/outreach/letters/ its mention back.",
            id="outreach.E001",
        )
        for line in framing.lint()
    ]
