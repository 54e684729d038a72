"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.moderation.web import views

app_name = "moderation"
urlpatterns: list[URLPattern | URLResolver] = [
    path("moderation/", views.reports, name="reports"),
    path("moderation/<uuid:report_id>/", views.report, name="report"),
]
