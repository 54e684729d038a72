"""The room as a Django application."""

from django.apps import AppConfig
from django.core.checks import register


class OutreachConfig(AppConfig):
    name = "amiral.rooms.outreach"
    label = "outreach"

    def ready(self) -> None:
        """Has the letters checked whenever anything is."""
        from amiral.rooms.outreach.checks import legal_mentions

        register(legal_mentions)
