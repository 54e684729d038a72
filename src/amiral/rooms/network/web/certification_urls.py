"""Addresses of certification and of exclusions."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.network.web import certification_views as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("certification/", views.criteria, name="criteria"),
    path("certification/<uuid:criterion_id>/retirer/", views.retire_criterion, name="retire_criterion"),
    path("groupes/<slug:slug>/certification/", views.certification, name="certification"),
    path("groupes/<slug:slug>/exclusions/", views.exclusions, name="exclusions"),
    path("exclusions/<uuid:exclusion_id>/lever/", views.lift, name="lift_exclusion"),
    path("exclusions/<uuid:exclusion_id>/repondre/", views.answer_appeal, name="answer_exclusion"),
    path("moi/exclusions/<uuid:exclusion_id>/", views.own_exclusion, name="own_exclusion"),
]
