"""Addresses of the pages that say who saw whose contact data."""

from django.urls import path

from amiral.rooms.people.web import disclosures_views as views

urlpatterns = [
    path("moi/consultations/", views.my_disclosures, name="my_disclosures"),
    path("consultations/", views.disclosures, name="disclosures"),
    path("consultations.csv", views.disclosures_csv, name="disclosures_csv"),
]
