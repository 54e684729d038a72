"""Addresses of the pages of this room."""

from django.urls import include, path

from amiral.rooms.outreach.web import views

app_name = "outreach"
urlpatterns = [
    path("boite-aux-lettres/", views.mailbox, name="mailbox"),
    path("boite-aux-lettres/<uuid:letter_id>/", views.letter, name="letter"),
    path("", include("amiral.rooms.outreach.web.segments_urls")),
    path("", include("amiral.rooms.outreach.web.mailings_urls")),
    path("", include("amiral.rooms.outreach.web.unsubscribe_urls")),
    path("", include("amiral.rooms.outreach.web.ballots_urls")),
    path("", include("amiral.rooms.outreach.web.messages_urls")),
    path("", include("amiral.rooms.outreach.web.devices_urls")),
]
