"""Addresses of the pages of this room."""

from django.urls import include, path

from amiral.rooms.people.web import views

app_name = "people"
urlpatterns = [
    path("rejoindre/", views.join, name="join"),
    path("rejoindre/verifier/", views.letter_sent, name="letter_sent"),
    path("rejoindre/confirmer/<str:token>/", views.confirm, name="confirm"),
    path("moi/", views.me, name="me"),
    path("moi/corriger/", views.correct, name="correct"),
    path("moi/consentements/", views.consents, name="consents"),
    path("moi/donnees/", views.export, name="export"),
    path("moi/supprimer/", views.erase, name="erase"),
    path("", include("amiral.rooms.people.web.contacts_urls")),
    path("", include("amiral.rooms.people.web.helping_urls")),
    path("", include("amiral.rooms.people.web.imports_urls")),
    path("mandats/", views.mandates, name="mandates"),
    path("mandats/<uuid:mandate_id>/terminer/", views.end_mandate, name="end_mandate"),
    path("", include("amiral.rooms.people.web.mandates_urls")),
    path("", include("amiral.rooms.people.web.disclosures_urls")),
    path("", include("amiral.rooms.people.web.merge_urls")),
    path("", include("amiral.rooms.people.web.rights_urls")),
]
