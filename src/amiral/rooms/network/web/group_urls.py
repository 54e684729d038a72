"""Addresses of entering groups, of the parts in them and of moves between them."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.network.web import group_views as views

urlpatterns: list[URLPattern | URLResolver] = [
    path("groupes/nouveau/autre/", views.new_other, name="new_other"),
    path("groupes/<slug:slug>/suivre/", views.follow, name="follow"),
    path("groupes/<slug:slug>/ouverture/", views.openness, name="openness"),
    path("groupes/<slug:slug>/demandes/", views.requests, name="requests"),
    path("groupes/demandes/<uuid:request_id>/repondre/", views.answer_request, name="answer_request"),
    path("groupes/<slug:slug>/inviter/", views.invite, name="invite"),
    path("groupes/<slug:slug>/roles/", views.roles, name="roles"),
    path("groupes/<slug:slug>/transferts/", views.transfers, name="transfers"),
    path("groupes/<slug:slug>/regle/", views.rule, name="rule"),
    path("moi/invitations/<uuid:invitation_id>/", views.invitation, name="invitation"),
    path("moi/transferts/<uuid:transfer_id>/", views.transfer, name="transfer"),
]
