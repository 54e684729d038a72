"""Addresses of the pages of contact points, objection and proof of lawfulness."""

from django.urls import path

from amiral.rooms.people.web import contacts_views as views

urlpatterns = [
    path("moi/coordonnees/", views.contact_points, name="contact_points"),
    path("moi/coordonnees/code/", views.send_code, name="send_code"),
    path("moi/coordonnees/code/confirmer/", views.type_code, name="type_code"),
    path("moi/opposition/", views.object_to_all, name="object"),
    path("moi/preuve/", views.my_proof, name="my_proof"),
    path("personnes/<uuid:known_id>/preuve/", views.proof, name="proof"),
    path("oppositions/", views.record_objection, name="record_objection"),
]
