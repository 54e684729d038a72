"""Addresses of the pages of requests about personal data."""

from django.urls import path

from amiral.rooms.people.web import export_views, recruit_views, referrals_views, rights_views

urlpatterns = [
    path("mes-droits/", rights_views.ask, name="ask_rights"),
    path("mes-droits/envoye/", rights_views.asked, name="rights_asked"),
    path("mes-droits/<str:token>/", rights_views.link, name="rights_link"),
    path("mes-droits/<str:token>/donnees/", rights_views.export_by_link, name="rights_export"),
    path("moi/inviter/", referrals_views.invite, name="invite"),
    path("invitation/<str:token>/", referrals_views.invitation, name="invitation"),
    path("moi/parrainage/", recruit_views.own, name="recruited"),
    path("parrainages/", recruit_views.figures, name="recruited_figures"),
    path("moi/donnees/lire/", export_views.read, name="read_export"),
    path("demandes/", rights_views.register, name="rights"),
    path("demandes/nouvelle/", rights_views.record, name="record_request"),
    path("demandes/<uuid:request_id>/", rights_views.request_page, name="rights_request"),
    path("demandes/<uuid:request_id>/identite/", rights_views.ask_identity, name="rights_identity"),
    path("demandes/<uuid:request_id>/verifier/", rights_views.check, name="rights_check"),
    path("demandes/<uuid:request_id>/prolonger/", rights_views.extend, name="rights_extend"),
    path("demandes/<uuid:request_id>/faire/", rights_views.carry_out, name="rights_done"),
    path("demandes/<uuid:request_id>/refuser/", rights_views.refuse, name="rights_refuse"),
    path("demandes/<uuid:request_id>/donnees/", rights_views.export_for, name="rights_export_for"),
]
