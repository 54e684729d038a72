"""Settings: everything an operator may change is an environment variable, listed in docs/settings.md.

A test compares that page with the names read here, so neither can drift.
"""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from environs import Env

env = Env()

PROJECT_DIR = Path(__file__).resolve().parents[3]
PACKAGE_DIR = Path(__file__).resolve().parents[1]
STATE_DIR: Path = env.path("AMIRAL_STATE_DIR", PROJECT_DIR / "var")
STATE_DIR.mkdir(parents=True, exist_ok=True)
REFERENCE_DIR: Path = env.path("AMIRAL_REFERENCE_DIR", STATE_DIR / "reference")
FRONT_DIR: Path = env.path("AMIRAL_FRONT_DIR", PROJECT_DIR / "node_modules")

DEMONSTRATION: bool = env.bool("AMIRAL_DEMONSTRATION", False)
DEBUG: bool = env.bool("AMIRAL_DEBUG", False)


def _secret_key() -> str:
    """The key of the environment, else one made at the first start and kept beside the data."""
    given: str = env.str("AMIRAL_SECRET_KEY", "")
    if given:
        return given
    kept = STATE_DIR / "secret-key"
    if not kept.exists():
        from django.core.management.utils import get_random_secret_key

        kept.touch(mode=0o600)
        kept.write_text(get_random_secret_key(), encoding="ascii")
    return kept.read_text(encoding="ascii").strip()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS: list[str] = env.list("AMIRAL_SECRET_KEY_FALLBACKS", [])
SEAL_KEYS: list[str] = env.list("AMIRAL_SEAL_KEYS", [])  # the first one seals, all of them open
PUBLIC_URL: str = env.str("AMIRAL_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("AMIRAL_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = [PUBLIC_URL]
HTTPS = PUBLIC_URL.startswith("https://")
CONTACT: str = env.str("AMIRAL_CONTACT", "")
PUBLISHER: str = env.str("AMIRAL_PUBLISHER", "")
HOSTING: str = env.str("AMIRAL_HOSTING", "")
CAMPAIGN_NAME: str = env.str("AMIRAL_CAMPAIGN_NAME", "Amiral")

ROOMS = (
    "territory",
    "people",
    "outreach",
    "moderation",
    "network",
    "talking_points",
    "mobilisation",
    "field",
    "debate",
)

INSTALLED_APPS = [
    "amiral.kit",
    *(f"amiral.rooms.{room}" for room in ROOMS),
    "amiral.config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django.forms",
    "template_partials",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "amiral.config.caching.keep_nothing",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "amiral.rooms.people.web.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "amiral.config.urls"
WSGI_APPLICATION = "amiral.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "amiral.config.context.site",
            ],
        },
    }
]
FORM_RENDERER = "amiral.kit.forms.Renderer"

# Database ------------------------------------------------------------------------------------------
# SQLite, one file: write-ahead log, FULL synchronisation (NORMAL lost acknowledged rows when the power
# was cut), and IMMEDIATE transactions (DEFERRED ones answered half of the requests with "database is
# locked" under sixteen connections).

DATABASE_URL: str = env.str("AMIRAL_DATABASE_URL", f"sqlite:///{STATE_DIR / 'amiral.sqlite3'}")
DATABASES: dict[str, dict[str, Any]] = {"default": env.dj_db_url("AMIRAL_DATABASE_URL", DATABASE_URL)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        " PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA secure_delete=ON;",
    }
    # Tests use a file too: an in-memory database shared by threads locks by other rules than the real one.
    # The process number keeps two test runs in one checkout apart.
    DATABASES["default"]["TEST"] = {"NAME": STATE_DIR / f"test-{os.getpid()}.sqlite3"}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A thread keeps its connection between requests: to open SQLite's, which reads the names of all tables, cost
# four milliseconds of processor at each, and the last to close it wrote the whole log into the file.
DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STREAMS: int = env.int("AMIRAL_STREAMS", 3)  # each holds one of the server's threads (8 unless told)

CACHES: dict[str, dict[str, Any]] = {"default": env.dj_cache_url("AMIRAL_CACHE_URL", "locmem://amiral")}
# Rate limits count by address: no key may tell which, nor the plain hash the sign-in library makes of it.
CACHES["default"]["KEY_FUNCTION"] = "amiral.kit.caching.salted_key"
# The cache in memory forgets what was longest unused beyond 300 names: a thousand phones that send would make
# it forget how many list numbers were guessed.
if CACHES["default"]["BACKEND"].endswith("LocMemCache"):
    CACHES["default"].setdefault("OPTIONS", {}).setdefault("MAX_ENTRIES", 200_000)

# Work in the background: django.tasks API, jobs in the database, one worker beside the server ------
TASKS = {"default": {"BACKEND": "amiral.kit.tasks.backend.LeasedBackend", "QUEUES": ["default", "runs"]}}
AMIRAL_TASKS_LEASE_S: float = env.float("AMIRAL_TASKS_LEASE_S", 30.0)
AMIRAL_TASKS_BROKER: str = env.str("AMIRAL_TASKS_BROKER", "")  # redis:// or amqp://

# Language and time ---------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "langue"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = HTTPS
LOCALE_PATHS = [PACKAGE_DIR / "config" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "amiral.kit.formats"
USE_TZ = True
TIME_ZONE: str = env.str("AMIRAL_TIME_ZONE", "Europe/Paris")

# Static files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT: Path = env.path("AMIRAL_STATIC_ROOT", STATE_DIR / "static")
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # an absent directory is a warning, and warnings fail tests
STATICFILES_DIRS = [
    ("leaflet", FRONT_DIR / "leaflet" / "dist"),
    ("htmx", FRONT_DIR / "htmx.org" / "dist"),
    ("qr", FRONT_DIR / "qr"),
]
WHITENOISE_USE_FINDERS = True  # so that a checkout serves without collecting first
WHITENOISE_AUTOREFRESH = False

# Names with a hash and compressed copies once `amiral collectstatic` has run; the plain files until then.
_COLLECTED = (STATIC_ROOT / "staticfiles.json").exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Accounts ------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "amiral.rooms.people.web.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
# An unknown address gets a letter too: the page answers in the same words and in the same time.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
LOGIN_URL = "account_request_login_code"
LOGIN_REDIRECT_URL = "people:me"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "amiral.rooms.people.web.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = CAMPAIGN_NAME
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]

# Mail ----------------------------------------------------------------------------------------------
# smtp+tls://user:password@host:587 in production; the demonstration keeps letters in a page anyone can open.
SMTP_URL: str = env.str("AMIRAL_SMTP_URL", "") or env.str("AMIRAL_EMAIL_URL", "")
if SMTP_URL:
    _mail: dict[str, Any] = env.dj_email_url(
        "AMIRAL_SMTP_URL" if env.str("AMIRAL_SMTP_URL", "") else "AMIRAL_EMAIL_URL"
    )
    for _key in (
        "EMAIL_HOST",
        "EMAIL_PORT",
        "EMAIL_HOST_USER",
        "EMAIL_HOST_PASSWORD",
        "EMAIL_USE_TLS",
        "EMAIL_USE_SSL",
        "EMAIL_BACKEND",
    ):
        globals()[_key] = _mail[_key]
elif DEMONSTRATION:
    EMAIL_BACKEND = "amiral.rooms.outreach.mailbox.DemonstrationBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL: str = env.str("AMIRAL_FROM_EMAIL", f"{CAMPAIGN_NAME} <bonjour@amiral.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_DOMAIN = DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].rstrip("> ").lower()
DKIM_DIR: Path = env.path("AMIRAL_DKIM_DIR", STATE_DIR / "dkim")
DKIM_DOMAIN: str = env.str("AMIRAL_DKIM_DOMAIN", MAIL_DOMAIN)
DKIM_SELECTOR: str = env.str("AMIRAL_DKIM_SELECTOR", "amiral")
# What comes back: one mailbox whose server delivers "name+anything@" to "name@" (RFC 5233).
RETURN_ADDRESS: str = env.str("AMIRAL_RETURN_ADDRESS", "")
MAILBOX_URL: str = env.str("AMIRAL_MAILBOX_URL", "")
ANSWERS_TO: str = env.str("AMIRAL_ANSWERS_TO", CONTACT)

# Notifications on devices: the key that `amiral outreach push-key` makes, and the services that browsers use.
PUSH_KEY: Path = env.path("AMIRAL_PUSH_KEY", STATE_DIR / "push-key.pem")
PUSH_HOSTS: list[str] = env.list(
    "AMIRAL_PUSH_HOSTS",
    ["fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com"],
)
# Text messages: an SMPP 3.4 gateway ("smpp://name:password@host:2775", or smpps://), who sends, how to stop.
SMS_GATEWAY: str = env.str("AMIRAL_SMS_GATEWAY", "")
SMS_SENDER: str = env.str("AMIRAL_SMS_SENDER", CAMPAIGN_NAME[:11])
SMS_STOP: str = env.str("AMIRAL_SMS_STOP", "")
SMS_PER_SECOND: int = env.int("AMIRAL_SMS_PER_SECOND", 10)
SMS_PRICE_CENTS: float = env.float("AMIRAL_SMS_PRICE_CENTS", 0.0)

# Speaking with other networks (ActivityPub): possible or not; how far: "public" (https, public addresses),
# "loopback" (this machine only: the demonstration tells nobody), "any" (tests, a network of one's own).
FEDERATION: bool = env.bool("AMIRAL_FEDERATION", DEMONSTRATION)
FEDERATION_REACH: str = env.str("AMIRAL_FEDERATION_REACH", "loopback" if DEMONSTRATION else "public")

# The gate of the outbox, on the clock of each person: "21:00-08:00", empty for none; 0 for no cap.
QUIET_HOURS: str = env.str("AMIRAL_QUIET_HOURS", "21:00-08:00")
WEEKLY_CAP: int = env.int("AMIRAL_WEEKLY_CAP", 5)
CERTIFICATION_WARNING_DAYS: int = env.int("AMIRAL_CERTIFICATION_WARNING_DAYS", 30)
MAILING_PROCESSES: int = env.int("AMIRAL_MAILING_PROCESSES", 2)

# What a lower room asks of a higher one, by name: the only upward road, wired here and nowhere else.
AMIRAL_PORTS: dict[str, tuple[str, ...]] = {
    "holds": ("amiral.rooms.people.api.holds",),
    "territories_held": ("amiral.rooms.people.api.territories_held",),
    "is_place_of_mandates": ("amiral.rooms.people.api.is_place_of_mandates",),
    "file_links": ("amiral.rooms.field.api.links_for_file",),
    "send_message": ("amiral.rooms.outreach.api.send",),
    # Ids of the groups whose messages a person may follow.
    "scopes_led": ("amiral.rooms.network.api.scopes_led",),
    # Asked when a message leaves; any False holds it back.
    "still_wanted": ("amiral.rooms.mobilisation.api.still_wanted",),
    # channel=, person_ids= -> who opened the channel: {person_id: address}.
    "channel_addresses": ("amiral.rooms.outreach.api.channel_addresses",),
    # message_id=, person_id=, subject=, body=; raises outreach.contracts.NotCarried.
    "carry_push": ("amiral.rooms.outreach.api.carry_push",),
    "carry_sms": ("amiral.rooms.outreach.api.carry_sms",),
    "export_person": (
        "amiral.kit.audit.export_person",
        "amiral.rooms.people.api.export_person",
        "amiral.rooms.outreach.api.export_person",
        "amiral.rooms.moderation.api.export_person",
        "amiral.rooms.network.api.export_person",
        "amiral.rooms.talking_points.api.export_person",
        "amiral.rooms.mobilisation.api.export_person",
        "amiral.rooms.field.api.export_person",
        "amiral.rooms.debate.api.export_person",
    ),
    "merge_person": (
        "amiral.rooms.people.api.merge_person",
        "amiral.rooms.outreach.api.merge_person",
        "amiral.rooms.moderation.api.merge_person",
        "amiral.rooms.network.api.merge_person",
        "amiral.rooms.talking_points.api.merge_person",
        "amiral.rooms.mobilisation.api.merge_person",
        "amiral.rooms.field.api.merge_person",
        "amiral.rooms.debate.api.merge_person",
    ),
    "unmerge_person": (
        "amiral.rooms.people.api.unmerge_person",
        "amiral.rooms.outreach.api.unmerge_person",
        "amiral.rooms.moderation.api.unmerge_person",
        "amiral.rooms.network.api.unmerge_person",
        "amiral.rooms.talking_points.api.unmerge_person",
        "amiral.rooms.mobilisation.api.unmerge_person",
        "amiral.rooms.field.api.unmerge_person",
        "amiral.rooms.debate.api.unmerge_person",
    ),
    "erase_person": (
        "amiral.rooms.people.api.erase_person",
        "amiral.rooms.outreach.api.erase_person",
        "amiral.rooms.moderation.api.erase_person",
        "amiral.rooms.network.api.erase_person",
        "amiral.rooms.mobilisation.api.erase_person",
        "amiral.rooms.field.api.erase_person",
    ),
    "purge": (
        "amiral.kit.retention.purge",
        "amiral.rooms.territory.api.purge",
        "amiral.rooms.people.api.purge",
        "amiral.rooms.outreach.api.purge",
        "amiral.rooms.moderation.api.purge",
        "amiral.rooms.network.api.purge",
        "amiral.rooms.mobilisation.api.purge",
        "amiral.rooms.field.api.purge",
        "amiral.rooms.debate.api.purge",
    ),
    # day=, at= -> why results of that day may not be told yet, or nothing.
    "results_held": ("amiral.rooms.outreach.api.results_held",),
    # person_id=, by_id=, scope_id=, at=: joined by a letter that invited into a group.
    "person_invited": ("amiral.rooms.network.api.place_invited",),
    "person_confirmed": ("amiral.rooms.network.api.place_newcomer",),
    "persons_changed": ("amiral.rooms.outreach.api.persons_changed",),
    "segment_criteria": (
        "amiral.rooms.people.api.segment_criteria",
        "amiral.rooms.mobilisation.api.segment_criteria",
        "amiral.rooms.network.api.segment_criteria",
    ),
    "segment_facts": (
        "amiral.rooms.people.api.segment_facts",
        "amiral.rooms.network.api.segment_facts",
        "amiral.rooms.mobilisation.api.segment_facts",
    ),
    "segment_watch": (
        "amiral.rooms.territory.api.segment_watch",
        "amiral.rooms.people.api.segment_watch",
        "amiral.rooms.network.api.segment_watch",
        "amiral.rooms.mobilisation.api.segment_watch",
    ),
    "hide_reported": (
        "amiral.rooms.network.api.hide_reported",
        "amiral.rooms.talking_points.api.hide_reported",
        "amiral.rooms.mobilisation.api.hide_reported",
        "amiral.rooms.debate.api.hide_reported",
    ),
    "restore_reported": (
        "amiral.rooms.network.api.restore_reported",
        "amiral.rooms.talking_points.api.restore_reported",
        "amiral.rooms.mobilisation.api.restore_reported",
        "amiral.rooms.debate.api.restore_reported",
    ),
    "receive_reply": ("amiral.rooms.network.api.receive_reply",),
    "in_scope": ("amiral.rooms.network.api.in_scope",),
    # group_id=, since=, until= -> how many field actions the group held.
    "field_actions_held": ("amiral.rooms.mobilisation.api.field_actions_held",),
    "group_agenda": ("amiral.rooms.mobilisation.api.group_agenda",),
    "profile_links": ("amiral.rooms.outreach.api.profile_links", "amiral.rooms.field.api.profile_links"),
    "frequent_objections": ("amiral.rooms.field.api.frequent_objections",),
    "shift_resources": ("amiral.rooms.field.api.links_for_shift",),
}

# Long work: kind of run -> the function that does it.
AMIRAL_RUNS: dict[str, str] = {
    "wipe": "amiral.kit.storage.wipe_run",
    "network-digest": "amiral.rooms.network.jobs.send_digests",
    "check-certifications": "amiral.rooms.network.jobs.check_certifications",
    "watch-requests": "amiral.rooms.people.jobs.watch_requests",
    "import-addresses": "amiral.rooms.territory.jobs.import_addresses",
    "import-places": "amiral.rooms.territory.jobs.import_places",
    "import-streets": "amiral.rooms.territory.jobs.import_streets",
    "import-table": "amiral.rooms.territory.jobs.import_table",
    "check-contours": "amiral.rooms.territory.contour_jobs.check_contours",
    "import-contours": "amiral.rooms.territory.contour_jobs.import_contours",
    "read-results": "amiral.rooms.territory.jobs.read_results",
    "import-results": "amiral.rooms.territory.jobs.import_results",
    "import-supporters": "amiral.rooms.people.jobs.import_supporters",
    "undo-supporters": "amiral.rooms.people.jobs.undo_supporters",
    "plan-canvass": "amiral.rooms.field.jobs.plan_canvass",
    "plan-communes": "amiral.rooms.field.jobs.plan_communes",
    "replan-canvass": "amiral.rooms.field.jobs.replan_canvass",
    "read-paper": "amiral.rooms.field.jobs.read_paper",
    "check-log": "amiral.rooms.field.jobs.check_log",
    "draw-opinion-map": "amiral.rooms.debate.jobs.draw_map",
    "purge": "amiral.kit.retention.purge_everywhere",
    "find-duplicates": "amiral.rooms.people.jobs.find_duplicates",
    "verify-segments": "amiral.rooms.outreach.jobs.verify_segments",
}

# Security ------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
if env.bool("AMIRAL_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
MAX_UPLOAD_BYTES: int = env.int("AMIRAL_MAX_UPLOAD_BYTES", 200 * 1024 * 1024)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "amiral.kit.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("AMIRAL_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},  # two lines for every job
        "gunicorn.access": {"level": "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
