"""The application that wires the rooms together: commands, pages of the whole site."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "amiral.config"
    label = "config"
