"""Addresses of the pages of ballots."""

from django.urls import path

from amiral.rooms.outreach.web import ballots_views as views

urlpatterns = [
    path("scrutins/", views.ballots, name="ballots"),
    path("scrutins/nouveau/", views.new, name="ballot_new"),
    path("scrutins/<uuid:ballot_id>/", views.ballot, name="ballot"),
    path("scrutins/<uuid:ballot_id>/supprimer/", views.remove, name="ballot_remove"),
    path("scrutins/tours/<uuid:round_id>/", views.one_round, name="ballot_round"),
    path("scrutins/tours/<uuid:round_id>/ajouter/", views.add_poll, name="ballot_poll_new"),
    path("scrutins/votes/<uuid:poll_id>/", views.poll, name="ballot_poll"),
    path("scrutins/votes/<uuid:poll_id>/retirer/", views.remove_poll, name="ballot_poll_remove"),
]
