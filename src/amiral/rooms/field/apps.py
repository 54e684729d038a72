"""The room as a Django application."""

from django.apps import AppConfig


class FieldConfig(AppConfig):
    name = "amiral.rooms.field"
    label = "field"
