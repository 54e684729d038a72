"""All addresses of the site, in French; each room lists its own in ``web/urls.py``."""

from django.conf import settings
from django.urls import include, path
from django.views.i18n import set_language

from amiral.config import jobs_page, pages, share_pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("langue/", set_language, name="set_language"),
    path("mentions-legales/", pages.legal, name="legal"),
    path("etat/", pages.health, name="health"),
    path("partager/<slug:kind>/<slug:id_>/", share_pages.share, name="share"),
    path("partager/<slug:kind>/<slug:id_>/image.png", share_pages.picture, name="share_image"),
    path("partager/<slug:kind>/<slug:id_>/tract-<slug:size>.pdf", share_pages.leaflet, name="share_leaflet"),
    path("favicon.ico", pages.favicon, name="favicon"),
    path("travaux/", jobs_page.jobs, name="jobs"),
    path("travaux/taches/recommencer/", jobs_page.jobs_retry_all, name="jobs_retry_all"),
    path("travaux/taches/<uuid:job_id>/recommencer/", jobs_page.job_retry, name="job_retry"),
    path("travaux/taches/<uuid:job_id>/abandonner/", jobs_page.job_discard, name="job_discard"),
    path("travaux/<uuid:run_id>/", pages.run_page, name="run"),
    path("travaux/<uuid:run_id>/arreter/", pages.run_stop, name="run_stop"),
    path("travaux/<uuid:run_id>/reprendre/", pages.run_resume, name="run_resume"),
    path("compte/", include("amiral.rooms.people.web.account_urls")),
    *(path("", include(f"amiral.rooms.{room}.web.urls")) for room in settings.ROOMS),
]

handler400 = "amiral.config.unreadable.bad_request"
handler403 = "amiral.config.pages.forbidden"
handler404 = "amiral.config.pages.not_found"
handler500 = "amiral.config.pages.broken"
