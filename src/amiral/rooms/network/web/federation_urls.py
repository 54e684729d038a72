"""Addresses of public announcements, of what comes back, and of what other servers read and send."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.network.web import federation_views as pages
from amiral.rooms.network.web import inbox_views as machines

urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/webfinger", machines.webfinger, name="webfinger"),
    path(".well-known/host-meta", machines.host_meta, name="host_meta"),
    path(".well-known/nodeinfo", machines.nodeinfo_links, name="nodeinfo_links"),
    path("nodeinfo/2.1", machines.nodeinfo, name="nodeinfo"),
    path("@<slug:handle>", machines.at_name, name="at_name"),
    path("federation/boite/", machines.shared_inbox, name="shared_inbox"),
    path("federation/acteurs/<slug:handle>/", machines.actor, name="actor"),
    path("federation/acteurs/<slug:handle>/boite/", machines.inbox, name="inbox"),
    path("federation/acteurs/<slug:handle>/envois/", machines.outbox, name="outbox"),
    path("federation/acteurs/<slug:handle>/abonnes/", machines.followers, name="followers"),
    path("federation/acteurs/<slug:handle>/abonnements/", machines.following, name="following"),
    path("annonces/<uuid:note_id>/", machines.note, name="note"),
    path("annonces/<uuid:note_id>/modifier/", pages.edit_note, name="edit_note"),
    path("annonces/<uuid:note_id>/retirer/", pages.withdraw_note, name="withdraw_note"),
    path("groupes/<slug:slug>/annonces/", pages.notes, name="notes"),
    path("groupes/<slug:slug>/annonces/nouvelle/", pages.new_note, name="new_note"),
    path("groupes/<slug:slug>/suivre-ailleurs/", pages.followable, name="followable"),
    path("groupes/<slug:slug>/suivre-ailleurs/ouvrir/", pages.open_group, name="open_group"),
    path("groupes/<slug:slug>/suivre-ailleurs/fermer/", pages.close_group, name="close_group"),
    path("reponses/", pages.outside, name="outside"),
    path("reponses/<uuid:reply_id>/", pages.outside_one, name="outside_one"),
    path("reponses/<uuid:reply_id>/decider/", pages.decide_outside, name="decide_outside"),
    path("reponses/<uuid:reply_id>/signaler/", pages.report_outside, name="report_outside"),
    path("federation/", pages.federation_page, name="federation"),
    path("federation/ouvrir/", pages.open_federation, name="open_federation"),
    path("federation/fermer/", pages.close_federation, name="close_federation"),
    path("federation/annoncer/", pages.campaign_note, name="campaign_note"),
    path("federation/serveurs/bloquer/", pages.block_domain, name="block_domain"),
    path("federation/serveurs/debloquer/", pages.unblock_domain, name="unblock_domain"),
    path("federation/serveurs/reessayer/", pages.try_domain_again, name="try_domain_again"),
    path("federation/comptes/<uuid:remote_id>/debloquer/", pages.unblock_account, name="unblock_account"),
    path("federation/cles/<uuid:actor_id>/changer/", pages.rotate_key, name="rotate_key"),
]
