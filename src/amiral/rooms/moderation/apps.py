"""The room as a Django application."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "amiral.rooms.moderation"
    label = "moderation"
