"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.talking_points.web import report_views, views

app_name = "talking_points"
urlpatterns: list[URLPattern | URLResolver] = [
    path("arguments/", views.points, name="points"),
    path("arguments/imprimer/", views.printed, name="printed"),
    path("arguments/nouveau/", views.new_point, name="new_point"),
    path("arguments/brouillons/", views.drafts, name="drafts"),
    path("arguments/themes/", views.themes, name="themes"),
    path("arguments/<uuid:point_id>/", views.point, name="point"),
    path("arguments/<uuid:point_id>/signaler/", report_views.report, name="report"),
    path("arguments/<uuid:point_id>/nouvelle-version/", views.new_version, name="new_version"),
    path("arguments/versions/<uuid:version_id>/", views.version, name="version"),
    path("arguments/versions/<uuid:version_id>/approuver/", views.approve, name="approve"),
    path("arguments/versions/<uuid:version_id>/retirer/", views.withdraw, name="withdraw"),
]
