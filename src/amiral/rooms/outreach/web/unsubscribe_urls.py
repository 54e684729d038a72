"""Address of the link in letters; ``actions.postmarks.url_of`` writes it."""

from django.urls import path

from amiral.rooms.outreach.web import unsubscribe_views as views

urlpatterns = [path("desinscription/<str:token>/", views.unsubscribe, name="unsubscribe")]
