"""The room as a Django application."""

from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "amiral.rooms.outreach"
    label = "outreach"
