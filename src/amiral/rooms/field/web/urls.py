"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.field.web import editing, homes, priority_views, replan_views, tour_views, views

app_name = "field"
urlpatterns: list[URLPattern | URLResolver] = [
    path("terrain/", views.canvasses, name="canvasses"),
    path("terrain/nouveau/", views.new_canvass, name="new_canvass"),
    path("terrain/priorites/", priority_views.start, name="start"),
    path("terrain/priorites/methode/", priority_views.method, name="priority_method"),
    path("terrain/priorites.csv", priority_views.start_csv, name="start_csv"),
    path("terrain/<uuid:canvass_id>/", views.canvass, name="canvass"),
    path("terrain/<uuid:canvass_id>/priorites/", priority_views.canvass, name="priorities"),
    path("terrain/<uuid:canvass_id>/priorites.csv", priority_views.canvass_csv, name="priorities_csv"),
    path("terrain/<uuid:canvass_id>/priorites/reglages/", priority_views.settings, name="priority_settings"),
    path("terrain/<uuid:canvass_id>/priorites/confier/", priority_views.assign_first, name="assign_first"),
    path("terrain/<uuid:canvass_id>/planifier/", views.plan, name="plan"),
    path("terrain/<uuid:canvass_id>/modifier/", editing.edit_plan, name="edit_plan"),
    path("terrain/<uuid:canvass_id>/plan/pdf/", editing.plan_pdf, name="plan_pdf"),
    path("terrain/<uuid:canvass_id>/plans/", editing.plan_versions, name="plan_versions"),
    path("terrain/<uuid:canvass_id>/plans/comparer/", editing.compare, name="compare"),
    path("terrain/<uuid:canvass_id>/plans/<int:number>/retour/", editing.return_plan, name="return_plan"),
    path("terrain/<uuid:canvass_id>/secteurs/<int:number>/modifier/", editing.edit_turf, name="edit_turf"),
    path("terrain/<uuid:canvass_id>/replanifier/", replan_views.replan, name="replan"),
    path("terrain/<uuid:canvass_id>/ici/", tour_views.from_here, name="tour"),
    path("terrain/<uuid:canvass_id>/couverture/", views.coverage, name="coverage"),
    path("terrain/<uuid:canvass_id>/couverture.csv", views.coverage_csv, name="coverage_csv"),
    path("terrain/<uuid:canvass_id>/secteurs/<int:number>/", views.turf, name="turf"),
    path("terrain/<uuid:canvass_id>/secteurs/<int:number>/confier/", views.assign, name="assign"),
    path("terrain/<uuid:canvass_id>/secteurs/<int:number>/reprendre/", views.take_back, name="take_back"),
    path("tournee/<uuid:assignment_id>/", views.walk_list, name="walk_list"),
    path("tournee/<uuid:assignment_id>/passage/", views.visit, name="visit"),
    path("tournee/<uuid:assignment_id>/logements/<uuid:door_id>/", homes.dwellings, name="dwellings"),
    path("tournee/<uuid:assignment_id>/carte/", views.walk_list_map, name="walk_list_map"),
    path("tournee/<uuid:assignment_id>/pdf/", views.walk_list_pdf, name="walk_list_pdf"),
    path("t/<str:token>/", views.by_token, name="by_token"),
]
