"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.network.web import certification_urls, federation_urls, feed_urls, group_urls, views

app_name = "network"
urlpatterns: list[URLPattern | URLResolver] = [
    path("bienvenue/", views.welcome, name="welcome"),
    path("groupes/", views.groups, name="groups"),
    path("groupes/nouveau/", views.new_group, name="new_group"),
    *group_urls.urlpatterns,
    *certification_urls.urlpatterns,
    path("groupes/<slug:slug>/", views.group, name="group"),
    path("groupes/<slug:slug>/membres/", views.members, name="members"),
    path("groupes/<slug:slug>/rejoindre/", views.join, name="join"),
    path("groupes/<slug:slug>/quitter/", views.leave, name="leave"),
    path("groupes/<slug:slug>/publier/", views.publish, name="publish"),
    path("groupes/<slug:slug>/modifier/", views.edit, name="edit"),
    path("groupes/<slug:slug>/animation/", views.leaders, name="leaders"),
    path(
        "groupes/<slug:slug>/animation/<uuid:mandate_id>/retirer/",
        views.remove_leader,
        name="remove_leader",
    ),
    path("publications/<uuid:post_id>/", views.post, name="post"),
    path("publications/<uuid:post_id>/supprimer/", views.delete_post, name="delete_post"),
    path("publications/<uuid:post_id>/signaler/", views.report_post, name="report_post"),
    path("commentaires/<uuid:comment_id>/supprimer/", views.delete_comment, name="delete_comment"),
    path("commentaires/<uuid:comment_id>/signaler/", views.report_comment, name="report_comment"),
    *feed_urls.urlpatterns,
    *federation_urls.urlpatterns,
]
