"""The room as a Django application."""

from django.apps import AppConfig


class MobilisationConfig(AppConfig):
    name = "amiral.rooms.mobilisation"
    label = "mobilisation"
