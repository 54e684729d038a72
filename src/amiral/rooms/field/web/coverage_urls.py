"""Addresses of coverage and objections; part of the room's."""

from django.urls import URLPattern, path

from amiral.rooms.field.web import coverage_views

urlpatterns: list[URLPattern] = [
    path("terrain/couverture/", coverage_views.campaign, name="campaign_coverage"),
    path("terrain/objections/", coverage_views.campaign_objections, name="campaign_objections"),
    path("terrain/<uuid:canvass_id>/couverture/", coverage_views.coverage, name="coverage"),
    path("terrain/<uuid:canvass_id>/couverture.csv", coverage_views.coverage_csv, name="coverage_csv"),
    path("terrain/<uuid:canvass_id>/couverture.json", coverage_views.coverage_json, name="coverage_json"),
    path("terrain/<uuid:canvass_id>/couverture/flux/", coverage_views.stream, name="coverage_stream"),
    path("terrain/<uuid:canvass_id>/couverture/direct.json", coverage_views.live, name="coverage_live"),
    path(
        "terrain/<uuid:canvass_id>/couverture/<slug:slug>/<str:key>/",
        coverage_views.place,
        name="coverage_place",
    ),
    path("terrain/<uuid:canvass_id>/objections/", coverage_views.objections, name="objections"),
    path(
        "terrain/<uuid:canvass_id>/tuiles/<int:zoom>/<int:x>/<int:y>.svg",
        coverage_views.tile,
        name="coverage_tile",
    ),
]
