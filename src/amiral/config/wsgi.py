"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")
application = get_wsgi_application()

# After the applications are loaded, hence not above.
from amiral.rooms.outreach.api import count_in_background  # noqa: E402

count_in_background()
