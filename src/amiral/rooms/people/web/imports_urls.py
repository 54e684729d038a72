"""Addresses of the pages of imports of supporters and of electoral rolls."""

from django.urls import path

from amiral.rooms.people.web import imports_views, rolls_views

urlpatterns = [
    path("sympathisants/", imports_views.supporter_imports, name="supporter_imports"),
    path("sympathisants/envoyer/", imports_views.upload, name="upload_supporters"),
    path("sympathisants/<uuid:import_id>/", imports_views.supporter_import, name="supporter_import"),
    path("sympathisants/<uuid:import_id>/retirer/", imports_views.remove_draft, name="remove_draft"),
    path("sympathisants/<uuid:import_id>/annuler/", imports_views.undo, name="undo_import"),
    path("listes-electorales/", rolls_views.rolls, name="rolls"),
    path("listes-electorales/declarer/", rolls_views.declare, name="declare_roll"),
    path("listes-electorales/<uuid:declaration_id>/", rolls_views.roll, name="roll"),
    path("listes-electorales/<uuid:declaration_id>/enveloppes/", rolls_views.labels, name="roll_labels"),
    path("listes-electorales/<uuid:declaration_id>/supprimer/", rolls_views.delete, name="delete_roll"),
]
