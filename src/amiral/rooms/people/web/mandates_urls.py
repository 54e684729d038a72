"""Addresses of the pages of one mandate and of the log."""

from django.urls import path

from amiral.rooms.people.web import mandates_views as views

urlpatterns = [
    path("mandats/journal/", views.mandate_log, name="mandate_log"),
    path("mandats/<uuid:mandate_id>/", views.mandate, name="mandate"),
    path("mandats/<uuid:mandate_id>/deleguer/", views.delegate, name="delegate"),
    path("mandats/<uuid:mandate_id>/raccourcir/", views.shorten, name="shorten_mandate"),
]
