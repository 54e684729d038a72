"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver

app_name = "talking_points"
urlpatterns: list[URLPattern | URLResolver] = []
