"""The room as a Django application."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "amiral.rooms.network"
    label = "network"
