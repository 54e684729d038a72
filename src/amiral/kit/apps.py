"""The kit as a Django application: audit lines, runs, shared templates."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "amiral.kit"
    label = "kit"
