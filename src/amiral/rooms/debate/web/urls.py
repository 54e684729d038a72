"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, include, path

from amiral.rooms.debate.web import answer_views, ballot_views, lot_views, map_views, statement_views, views

app_name = "debate"
urlpatterns: list[URLPattern | URLResolver] = [
    path("droit-de-reponse/", include("amiral.rooms.debate.web.reply_urls")),
    path("debats/", views.consultations, name="consultations"),
    path("debats/nouveau/", views.new_consultation, name="new_consultation"),
    path("debats/<uuid:consultation_id>/", views.consultation, name="consultation"),
    path("debats/<uuid:consultation_id>/modifier/", views.edit_consultation, name="edit_consultation"),
    path("debats/<uuid:consultation_id>/calendrier/", views.calendar, name="calendar"),
    path("debats/<uuid:consultation_id>/calendrier/etape/", views.step, name="step"),
    path("debats/<uuid:consultation_id>/calendrier/reporter/", views.put_off, name="put_off"),
    path("debats/<uuid:consultation_id>/voter/", ballot_views.vote, name="vote"),
    path("debats/<uuid:consultation_id>/voix/", ballot_views.ballot, name="ballot"),
    path("debats/<uuid:consultation_id>/voix/prendre/", ballot_views.take_key, name="take_key"),
    path("debats/<uuid:consultation_id>/voix/ouvrir/", ballot_views.open_with_key, name="open_with_key"),
    path("debats/<uuid:consultation_id>/voix/quitter/", ballot_views.leave, name="leave_ballot"),
    path("debats/<uuid:consultation_id>/voix/publier/", ballot_views.publish_votes, name="publish_votes"),
    path("debats/<uuid:consultation_id>/voix/retirer/", ballot_views.withdraw, name="withdraw"),
    path(
        "debats/<uuid:consultation_id>/voix/arguments/<uuid:argument_id>/retirer/",
        ballot_views.withdraw_argument,
        name="withdraw_argument",
    ),
    path(
        "debats/<uuid:consultation_id>/voix/recours/<uuid:words_id>/",
        ballot_views.appeal,
        name="appeal",
    ),
    path("debats/<uuid:consultation_id>/voix/mes-votes.json", ballot_views.my_votes, name="my_votes"),
    path("debats/<uuid:consultation_id>/tirage/", lot_views.lot, name="lot"),
    path("debats/<uuid:consultation_id>/tirage/annoncer/", lot_views.announce_lot, name="announce_lot"),
    path("debats/<uuid:consultation_id>/tirage/tirer/", lot_views.draw_lot, name="draw_lot"),
    path("debats/<uuid:consultation_id>/codes/", ballot_views.codes, name="codes"),
    path("debats/<uuid:consultation_id>/enonces/", statement_views.statements, name="statements"),
    path("debats/<uuid:consultation_id>/enonces/ecrire/", statement_views.propose, name="propose"),
    path("debats/<uuid:consultation_id>/enonces/a-lire/", statement_views.waiting, name="waiting"),
    path("debats/<uuid:consultation_id>/enonces/semer/", statement_views.seed, name="seed"),
    path("debats/<uuid:consultation_id>/enonces/portes/", statement_views.remarks, name="remarks"),
    path("debats/enonces/<uuid:statement_id>/", statement_views.statement, name="statement"),
    path("debats/enonces/<uuid:statement_id>/amender/", statement_views.amend, name="amend"),
    path("debats/enonces/<uuid:statement_id>/corriger/", statement_views.edit, name="edit_statement"),
    path("debats/enonces/<uuid:statement_id>/signaler/", statement_views.report, name="report_statement"),
    path("debats/enonces/<uuid:statement_id>/decider/", statement_views.decide, name="decide_statement"),
    path("debats/enonces/<uuid:statement_id>/adopter/", statement_views.adopt, name="adopt"),
    path("debats/enonces/<uuid:statement_id>/argumenter/", answer_views.argue, name="argue"),
    path("debats/enonces/<uuid:statement_id>/repondre/", answer_views.answer, name="answer"),
    path(
        "debats/arguments/<uuid:argument_id>/signaler/", answer_views.report_argument, name="report_argument"
    ),
    path(
        "debats/arguments/<uuid:argument_id>/decider/", answer_views.decide_argument, name="decide_argument"
    ),
    path("debats/<uuid:consultation_id>/synthese/", answer_views.synthesis, name="synthesis"),
    path(
        "debats/<uuid:consultation_id>/synthese/ecrire/", answer_views.write_synthesis, name="write_synthesis"
    ),
    path("debats/<uuid:consultation_id>/synthese/contredire/", answer_views.challenge, name="challenge"),
    path("debats/<uuid:consultation_id>/suivre/", answer_views.follow, name="follow"),
    path(
        "debats/contestations/<uuid:challenge_id>/repondre/",
        answer_views.answer_challenge,
        name="answer_challenge",
    ),
    path(
        "debats/contestations/<uuid:challenge_id>/signaler/",
        answer_views.report_challenge,
        name="report_challenge",
    ),
    path("debats/reponses/<uuid:answer_id>/etape/", answer_views.milestone, name="milestone"),
    path("debats/<uuid:consultation_id>/donnees/", map_views.open_data, name="open_data"),
    path("debats/<uuid:consultation_id>/donnees.zip", map_views.open_archive, name="open_archive"),
    path("debats/<uuid:consultation_id>/carte/", map_views.opinion_map, name="map"),
    path("debats/<uuid:consultation_id>/carte/dessiner/", map_views.draw, name="draw_map"),
    path("debats/<uuid:consultation_id>/carte/<int:number>/", map_views.map_version, name="map_version"),
    path("debats/<uuid:consultation_id>/carte/<int:number>.json", map_views.map_json, name="map_json"),
    path(
        "debats/<uuid:consultation_id>/carte/<int:number>-une-fois.json",
        map_views.map_once_json,
        name="map_once_json",
    ),
]
