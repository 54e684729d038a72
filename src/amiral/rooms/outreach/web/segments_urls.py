"""Addresses of the pages of segments."""

from django.urls import path

from amiral.rooms.outreach.web import segments_views as views

urlpatterns = [
    path("segments/", views.segments, name="segments"),
    path("segments/nouveau/", views.new, name="segment_new"),
    path("segments/compte/", views.count, name="segment_count"),
    path("segments/registre/", views.register, name="register"),
    path("segments/registre.csv", views.register_file, name="register_file"),
    path("segments/<uuid:segment_id>/", views.segment, name="segment"),
    path("segments/<uuid:segment_id>/modifier/", views.edit, name="segment_edit"),
    path("segments/<uuid:segment_id>/utiliser/", views.use, name="segment_use"),
    path("segments/<uuid:segment_id>/supprimer/", views.remove, name="segment_remove"),
]
