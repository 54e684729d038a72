"""Addresses of the pages of duplicates and merges; part of ``urls``."""

from django.urls import path

from amiral.rooms.people.web import merge_views

urlpatterns = [
    path("doublons/", merge_views.duplicates, name="duplicates"),
    path("doublons/chercher/", merge_views.find, name="find_duplicates"),
    path("doublons/<uuid:candidate_id>/", merge_views.duplicate, name="duplicate"),
    path("doublons/<uuid:candidate_id>/rejeter/", merge_views.reject, name="reject_duplicate"),
    path("fusions/", merge_views.merges, name="merges"),
    path("fusions/<uuid:merge_id>/annuler/", merge_views.undo, name="undo_merge"),
]
