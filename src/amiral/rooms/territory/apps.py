"""The room as a Django application."""

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "amiral.rooms.territory"
    label = "territory"
