"""The address of the page of skills and availability."""

from django.urls import path

from amiral.rooms.people.web import helping_views as views

urlpatterns = [path("moi/aider/", views.say, name="helping")]
