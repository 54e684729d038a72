"""Addresses of the pages about safety and privacy at the door."""

from django.urls import URLPattern, path

from amiral.rooms.field.web import caution_views, safety_app, safety_views

patterns: list[URLPattern] = [
    path("terrain/app/securite/", safety_app.safety, name="safety_app"),
    path("terrain/aide/<uuid:call_id>/", safety_views.help_call, name="help_call"),
    path("terrain/equipes/<uuid:shift_id>/", safety_views.safety, name="safety"),
    path("terrain/equipes/<uuid:shift_id>/binomes/", safety_views.pairs, name="pairs"),
    path(
        "terrain/equipes/<uuid:shift_id>/presence/", safety_views.presence_of_shift, name="presence_of_shift"
    ),
    path(
        "terrain/equipes/<uuid:shift_id>/presence/<uuid:presence_id>/retour/",
        safety_views.say_back,
        name="say_back",
    ),
    path("terrain/equipes/<uuid:shift_id>/aide/", safety_views.help_of_shift, name="help_of_shift"),
    path("terrain/equipes/<uuid:shift_id>/numero/", safety_views.leader_phone, name="leader_phone"),
    path("terrain/<uuid:canvass_id>/precautions/", caution_views.cautions, name="cautions"),
    path(
        "terrain/<uuid:canvass_id>/precautions/<uuid:caution_id>/",
        caution_views.decide_caution,
        name="decide_caution",
    ),
    path("terrain/<uuid:canvass_id>/comptage/", caution_views.counts_only, name="counts_only"),
    path("tournee/<uuid:assignment_id>/presence/", safety_views.presence_of_list, name="presence_of_list"),
    path("tournee/<uuid:assignment_id>/aide/", safety_views.help_of_list, name="help_of_list"),
    path("tournee/<uuid:assignment_id>/precaution/<uuid:door_id>/", caution_views.caution, name="caution"),
]
