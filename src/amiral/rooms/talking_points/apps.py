"""The room as a Django application."""

from django.apps import AppConfig


class TalkingPointsConfig(AppConfig):
    name = "amiral.rooms.talking_points"
    label = "talking_points"
