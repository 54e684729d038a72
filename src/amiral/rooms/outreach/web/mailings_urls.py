"""Addresses of the pages of mailings."""

from django.urls import path

from amiral.rooms.outreach.web import mailings_views as views

urlpatterns = [
    path("envois/", views.mailings, name="mailings"),
    path("envois/nouveau/", views.new, name="mailing_new"),
    path("envois/<uuid:mailing_id>/", views.mailing, name="mailing"),
    path("envois/<uuid:mailing_id>/modifier/", views.edit, name="mailing_edit"),
    path("envois/<uuid:mailing_id>/apercu/", views.preview, name="mailing_preview"),
    path("envois/<uuid:mailing_id>/essai/", views.try_out, name="mailing_test"),
    path("envois/<uuid:mailing_id>/programmer/", views.schedule, name="mailing_schedule"),
    path("envois/<uuid:mailing_id>/deprogrammer/", views.unschedule, name="mailing_unschedule"),
    path("envois/<uuid:mailing_id>/pause/", views.pause, name="mailing_pause"),
    path("envois/<uuid:mailing_id>/reprendre/", views.resume, name="mailing_resume"),
    path("envois/<uuid:mailing_id>/annuler/", views.cancel, name="mailing_cancel"),
    path("envois/<uuid:mailing_id>/allure/", views.pace, name="mailing_pace"),
]
