"""Addresses of paper that comes back."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.field.web import scan_views as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("tournee/<uuid:assignment_id>/papier/", views.paper, name="paper"),
    path("papier/<uuid:scan_id>/", views.scan, name="scan"),
    path("papier/<uuid:scan_id>/<int:number>/", views.scanned_page, name="scanned_page"),
    path("papier/<uuid:scan_id>/<int:number>/ecarter/", views.set_aside, name="set_aside"),
    path("papier/<uuid:scan_id>/<int:number>/page.png", views.scanned_picture, name="scanned_picture"),
    path("papier/<uuid:scan_id>/<int:number>/ligne-<int:row>.png", views.scanned_line, name="scanned_line"),
    path("f/<str:code>/", views.by_page, name="by_page"),
]
