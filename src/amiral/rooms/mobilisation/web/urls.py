"""Addresses of the pages of this room."""

from django.urls import URLPattern, URLResolver, path

from amiral.rooms.mobilisation.web import agenda_views, more_urls, place_urls, team_views, views

app_name = "mobilisation"
urlpatterns: list[URLPattern | URLResolver] = [
    path("actions/", views.actions, name="actions"),
    path("actions/nouvelle/", views.new_action, name="new_action"),
    path("actions/miennes/", views.my_actions, name="my_actions"),
    path("actions/miennes/agenda/", views.renew_calendar, name="renew_calendar"),
    path("actions/<uuid:action_id>/", views.action, name="action"),
    path("actions/<uuid:action_id>.ics", views.action_calendar, name="action_calendar"),
    path("actions/<uuid:action_id>/modifier/", views.edit_action, name="edit_action"),
    path("actions/<uuid:action_id>/annuler/", views.cancel_action, name="cancel_action"),
    path("actions/<uuid:action_id>/creneaux/", views.add_shift, name="add_shift"),
    path("actions/creneaux/<uuid:shift_id>/modifier/", views.change_shift, name="change_shift"),
    path("actions/creneaux/<uuid:shift_id>/retirer/", views.remove_shift, name="remove_shift"),
    path("actions/creneaux/<uuid:shift_id>/annuler/", views.cancel_shift, name="cancel_shift"),
    *place_urls.urlpatterns,
    path("actions/<uuid:action_id>/equipe/", team_views.team, name="team"),
    path("actions/creneaux/<uuid:shift_id>/numero/", team_views.show_phone, name="show_phone"),
    path("agenda/", agenda_views.agenda, name="agenda"),
    path("agenda/tout.ics", agenda_views.calendar, {"kind": "tout"}, name="agenda_calendar_all"),
    path("agenda/tout.atom", agenda_views.feed, {"kind": "tout"}, name="agenda_feed_all"),
    path("agenda/tout.txt", agenda_views.text, {"kind": "tout"}, name="agenda_text_all"),
    path("agenda/<slug:kind>/<slug:key>.ics", agenda_views.calendar, name="agenda_calendar"),
    path("agenda/<slug:kind>/<slug:key>.atom", agenda_views.feed, name="agenda_feed"),
    path("agenda/<slug:kind>/<slug:key>.txt", agenda_views.text, name="agenda_text"),
    path("agenda/<str:token>.ics", views.person_calendar, name="person_calendar"),
    *more_urls.urlpatterns,
]
