"""Addresses of the pages that say what became of messages."""

from django.urls import path

from amiral.rooms.outreach.web import messages_views as views

urlpatterns = [
    path("messages/", views.sendings, name="sendings"),
    path("messages/recus/", views.received, name="received"),
]
