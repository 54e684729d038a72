"""Addresses of notifications on devices. The service worker's scope is the folder it lies in."""

from django.urls import path

from amiral.rooms.outreach.web import devices_views as views

urlpatterns = [
    path("moi/appareils/", views.devices, name="devices"),
    path("moi/appareils/sw.js", views.worker, name="push_worker"),
    path("moi/appareils/<uuid:device_id>/couper/", views.switch_off, name="device_off"),
]
