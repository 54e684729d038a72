"""Addresses of the pages of this room."""

from django.urls import include, path

from amiral.rooms.people.web import doorstep_views, views

app_name = "people"
urlpatterns = [
    path("rejoindre/", views.join, name="join"),
    path("rejoindre/verifier/", views.letter_sent, name="letter_sent"),
    path("rejoindre/confirmer/<str:token>/", views.confirm, name="confirm"),
    path("rejoindre/porte/", doorstep_views.doorstep, name="doorstep"),
    path("rejoindre/porte/code/", doorstep_views.doorstep_code, name="doorstep_code"),
    path("rejoindre/porte/merci/", doorstep_views.doorstep_thanks, name="doorstep_thanks"),
    path("rejoindre/porte/confirmer/<str:token>/", doorstep_views.doorstep_confirm, name="doorstep_confirm"),
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
