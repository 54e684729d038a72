"""Addresses of the pages about places: of those who come, and of those who decide."""

from django.urls import URLPattern, path

from amiral.rooms.mobilisation.web import list_views, place_views

urlpatterns: list[URLPattern] = [
    path("actions/creneaux/<uuid:shift_id>/inscription/", place_views.sign_up, name="sign_up"),
    path("actions/creneaux/<uuid:shift_id>/desistement/", place_views.cancel_sign_up, name="cancel_sign_up"),
    path("actions/creneaux/<uuid:shift_id>/place/<str:gesture>/", place_views.answer, name="answer"),
    path("actions/inscription/lettre/", place_views.guest_sent, name="guest_sent"),
    path("actions/inscription/confirmer/<str:token>/", place_views.confirm_guest, name="confirm_guest"),
    path("actions/place/<str:token>/", place_views.place, name="place"),
    path("actions/place/<str:token>/<str:gesture>/", place_views.tap, name="tap"),
    path("actions/creneaux/<uuid:shift_id>/inscriptions/", list_views.sign_ups, name="sign_ups"),
    path("actions/creneaux/<uuid:shift_id>/presents/", list_views.all_were_there, name="all_were_there"),
    path("actions/creneaux/<uuid:shift_id>/regles/", list_views.rules, name="rules"),
    path("actions/inscriptions/<uuid:sign_up_id>/<str:gesture>/", list_views.decide, name="decide"),
]
