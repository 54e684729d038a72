"""The room as a Django application."""

from django.apps import AppConfig


class DebateConfig(AppConfig):
    name = "amiral.rooms.debate"
    label = "debate"
