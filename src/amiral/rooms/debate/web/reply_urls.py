"""Addresses of the right of reply."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.debate.web import reply_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", reply_views.ask, name="ask_reply"),
    path("lignes/", reply_views.length, name="reply_length"),
    path("publiees/", reply_views.published, name="replies"),
    path("reponses/<uuid:reply_id>/", reply_views.reply, name="reply"),
    path("suivi/<str:secret>/", reply_views.case, name="reply_case"),
    path("tableau/", reply_views.board, name="reply_board"),
    path("demandes/<uuid:case_id>/", reply_views.decide, name="decide_reply"),
]
