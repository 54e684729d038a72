"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.moderation.web import log_views, seal_views, views

app_name = "moderation"
urlpatterns: list[URLPattern | URLResolver] = [
    path("moderation/", views.reports, name="reports"),
    path("moderation/<uuid:report_id>/", views.report, name="report"),
    path("moderation/tableau/", log_views.board, name="board"),
    path("moderation/journal/", log_views.log, name="log"),
    path("moderation/journal.jsonl", log_views.log_file, name="log_file"),
    path("moderation/journal/racines.txt", log_views.roots, name="roots"),
    path("moderation/declarations.jsonl", log_views.declarations, name="declarations"),
    path("moderation/autorites/", log_views.authorities, name="authorities"),
    path("moderation/<uuid:report_id>/preuves/", seal_views.pack, name="pack"),
    path("moderation/<uuid:report_id>/scelle/", seal_views.ask, name="ask_to_open"),
    path("moderation/scelles/<uuid:opening_id>/", seal_views.confirm, name="confirm_opening"),
    path("moderation/<uuid:report_id>/retrait/", seal_views.scrub, name="scrub"),
    path("moderation/recours/", views.appeals, name="appeals"),
    path("moderation/recours/<uuid:appeal_id>/", views.decide_appeal, name="decide_appeal"),
    path("moderation/<uuid:report_id>/recours/", views.appeal, name="appeal"),
]
