"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.territory.contracts import FileKind
from amiral.rooms.territory.web import (
    contours_views,
    finding_views,
    graph_views,
    previews_views,
    results_views,
    views,
)

app_name = "territory"
urlpatterns: list[URLPattern | URLResolver] = [
    path("territoires/", views.index, name="index"),
    path("territoires/genres/", graph_views.kinds, name="kinds"),
    path("territoires/genres/<str:kind>/", graph_views.of_kind, name="of_kind"),
    path("territoires/histoire/", graph_views.history, name="history"),
    path("territoires/tableaux/", graph_views.tables, name="tables"),
    path("territoires/tableaux/importer/", graph_views.import_table, name="import_table"),
    path("territoires/tableaux/<uuid:import_id>/", graph_views.table, name="table"),
    path("territoires/zones/", graph_views.zone_list, name="zones"),
    path("territoires/zones/nouvelle/", graph_views.zone_new, name="zone_new"),
    path("territoires/<str:zone_id>/dessin/", graph_views.zone_edit, name="zone_edit"),
    path("territoires/<str:zone_id>/retirer/", graph_views.zone_retire, name="zone_retire"),
    path("territoires/trouver/", finding_views.find, name="find"),
    path("territoires/<str:territory_id>/", views.territory_page, name="territory"),
    path("communes/", views.communes, name="communes"),
    path("donnees/", views.files, name="files"),
    path(
        "donnees/importer/adresses/",
        views.import_file,
        {"kind": FileKind.ADDRESSES},
        name="import_addresses",
    ),
    path("donnees/importer/rues/", views.import_file, {"kind": FileKind.STREETS}, name="import_streets"),
    path(
        "territoires/<str:territory_id>/resultats/<uuid:election_id>/",
        results_views.results_page,
        name="results",
    ),
    path(
        "territoires/<str:territory_id>/resultats/<uuid:election_id>/resultats.csv",
        results_views.results_csv,
        name="results_csv",
    ),
    path("donnees/resultats/", results_views.files, name="results_files"),
    path("donnees/importer/resultats/", results_views.upload, name="import_results"),
    path("donnees/resultats/lecture/<uuid:run_id>/", results_views.preview, name="results_preview"),
    path("donnees/resultats/lecture/<uuid:run_id>/feuille/", results_views.other_sheet, name="results_sheet"),
    path("donnees/resultats/<uuid:file_id>/", results_views.file, name="results_file"),
    path("donnees/resultats/<uuid:file_id>/retirer/", results_views.remove, name="results_remove"),
    path("donnees/contours/", contours_views.files, name="contours_files"),
    path("donnees/importer/contours/", contours_views.upload, name="import_contours"),
    path("donnees/contours/lecture/<uuid:run_id>/", contours_views.preview, name="contours_preview"),
    path("donnees/contours/lecture/<uuid:run_id>/relire/", contours_views.again, name="contours_again"),
    path("donnees/contours/<uuid:file_id>/", contours_views.file, name="contours_file"),
    path("donnees/contours/<uuid:file_id>/retirer/", contours_views.remove, name="contours_remove"),
    path("donnees/importer/lieux/", views.import_file, {"kind": FileKind.PLACES}, name="import_places"),
    path("donnees/apercu/<uuid:pending_id>/", previews_views.preview, name="preview"),
    path("donnees/apercu/<uuid:pending_id>/supprimer/", previews_views.drop, name="preview_drop"),
    path("donnees/<uuid:file_id>/a-verifier/", previews_views.flagged, name="flagged"),
    path("donnees/<uuid:file_id>/a-verifier/accepter/", previews_views.accept, name="accept"),
    path("donnees/<uuid:file_id>/", views.file, name="file"),
    path("donnees/<uuid:file_id>/lignes.csv", views.bad_lines_csv, name="bad_lines"),
    path("donnees/<uuid:file_id>/retirer/", views.remove, name="remove"),
]
