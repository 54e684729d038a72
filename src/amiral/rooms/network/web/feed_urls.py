"""Addresses of the feed, of notifications, messages and blocks."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.network.web import conversation_views, feed_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("fil/", feed_views.feed, name="feed"),
    path("fil/direct/", feed_views.live, name="live"),
    path("fil/recherche/", feed_views.search, name="search"),
    path("moi/notifications/", feed_views.notifications, name="notifications"),
    path("moi/notifications/lues/", feed_views.all_read, name="all_read"),
    path("moi/notifications/<uuid:notification_id>/", feed_views.notification, name="notification"),
    path("groupes/<slug:slug>/mentions/", feed_views.mentions, name="mentions"),
    path("images/<uuid:picture_id>/<slug:size>/", feed_views.picture, name="picture"),
    path("publications/<uuid:post_id>/voter/", feed_views.vote, name="vote"),
    path("publications/<uuid:post_id>/epingler/", feed_views.pin, name="pin"),
    path("publications/<uuid:post_id>/detacher/", feed_views.unpin, name="unpin"),
    path("conversations/", conversation_views.conversations, name="conversations"),
    path("conversations/<uuid:conversation_id>/", conversation_views.conversation, name="conversation"),
    path("conversations/avec/<uuid:person_id>/", conversation_views.write_to, name="write_to"),
    path("groupes/<slug:slug>/conversation/", conversation_views.write_to_group, name="write_to_group"),
    path(
        "conversations/messages/<uuid:message_id>/supprimer/",
        conversation_views.delete_message,
        name="delete_message",
    ),
    path(
        "conversations/messages/<uuid:message_id>/signaler/",
        conversation_views.report_message,
        name="report_message",
    ),
    path("moi/blocages/", conversation_views.blocks, name="blocks"),
    path("membres/<uuid:person_id>/bloquer/", conversation_views.block, name="block"),
    path("membres/<uuid:person_id>/debloquer/", conversation_views.unblock, name="unblock"),
]
