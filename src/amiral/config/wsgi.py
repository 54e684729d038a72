"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")
application = get_wsgi_application()

# After the applications are loaded, hence not above.
from amiral.kit.mail import transport  # noqa: E402
from amiral.kit.mail.courier import COURIER  # noqa: E402
from amiral.rooms.outreach.api import count_in_background  # noqa: E402

count_in_background()
if transport.server() is not None:  # other backends (the demonstration, tests) hold no page up
    COURIER.open()
