"""
All settings of Partnerdesk, read from the environment (see ``portal/env.py``).

Nothing else reads the environment, so this file is the list of what can be set. ``docs/settings.md`` explains each
name to the person who runs Partnerdesk.
"""

from datetime import timedelta
from pathlib import Path
from zoneinfo import available_timezones

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal import env, logging

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_file(BASE_DIR / ".env")

# --- Where it runs ---------------------------------------------------------------------------------------------------

DEBUG = env.switch("DEBUG", default=False)
SECRET_KEY = env.key("SECRET_KEY", advice="Set it to 50 or more random characters, or use `make run`.")
# What an earlier key signed or sealed still opens while that key is named here; nothing new is made with it.
SECRET_KEY_FALLBACKS = env.earlier_keys("SECRET_KEY_FALLBACKS")
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", LOOPBACK_HOSTS)
PORT = env.integer("PORT", 8000, minimum=1, maximum=65535)

# A portal that only answers on this machine has no certificate; any other speaks https alone.
ONLY_LOCAL = set(ALLOWED_HOSTS) <= set(LOOPBACK_HOSTS)
if DEBUG and not ONLY_LOCAL:
    raise env.BadSetting("DEBUG", "shows code and settings to everybody, so ALLOWED_HOSTS may name this machine alone.")
if "*" in ALLOWED_HOSTS:
    raise env.BadSetting("ALLOWED_HOSTS", "names the hosts of this portal, and * would take any; name each.")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not ONLY_LOCAL
# What a proxy says of the browser (X-Forwarded-Proto, X-Forwarded-For) anybody can say where there is none.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, minimum=0, maximum=9)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 0 if ONLY_LOCAL else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not ONLY_LOCAL
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
X_FRAME_OPTIONS = "DENY"

# --- What it is made of ----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal.accounts",
    "portal.vendor.connection",
    "portal.mail",
    "portal.ui",
    "portal.lists",
    "portal.sync",
    "portal.operations",
    "customers",
    "subscriptions",
    "options",
    "billing",
    "portal.bulk",
    "portal.desk",
    "allauth",
    "allauth.account",
    "pgtrigger",
    "django_htmx",
    "template_partials",
    "django_filters",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.core.middleware.NotKept",
    "portal.core.middleware.Readable",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.core.middleware.BodyLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.accounts.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.desk.recent.NoteOpenedCustomer",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Which function estimates what a request costs; see portal/operations/priced.py. Empty: no request shows an amount.
PRICE_ESTIMATOR = "billing.estimates.estimates"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "portal.ui.isolation.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.desk.context.frame",
            ],
        },
    }
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Where it keeps things -------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL") | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
REDIS_URL = env.url(
    "REDIS_URL",
    schemes=("redis", "rediss", "unix"),
    advice="Set it to a Redis address, or start with `make run`, which brings its own.",
)
# Only the attempts to sign in are kept in it. So signing in needs no Redis; sessions are kept in PostgreSQL as well.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "sign_in_attempts",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}

# Files are read where they arrive, in memory; see portal/core/middleware.py for how long they may be.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / ".local" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# --- Who may come in -------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
# By address alone an office would be held up by its own people; portal/accounts/adapter.py counts wrong passwords.
ACCOUNT_RATE_LIMITS = {"login": None}
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Attempts to sign in are counted by address; behind proxies, that is the one which the first of them saw.
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Language and time -----------------------------------------------------------------------------------------------

USE_I18N = USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "portal" / "ui" / "locale"]
FORMAT_MODULE_PATH = ["portal.ui.formats"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

BUSINESS_TIME_ZONE = env.text("BUSINESS_TIME_ZONE", "Asia/Tokyo")
if BUSINESS_TIME_ZONE not in available_timezones():
    raise env.BadSetting("BUSINESS_TIME_ZONE", f"{BUSINESS_TIME_ZONE!r} is no IANA time zone, such as Asia/Tokyo.")
TIME_ZONE = BUSINESS_TIME_ZONE
BUSINESS_DATE_FILE = env.text("BUSINESS_DATE_FILE", "")

# --- LINE WORKS ------------------------------------------------------------------------------------------------------

PARTNER_API_URL = env.url("PARTNER_API_URL", "https://www.worksapis.com/v1.0", schemes=("https", "http"))
PARTNER_AUTH_URL = env.url("PARTNER_AUTH_URL", "https://auth.worksmobile.com/oauth2/v2.0", schemes=("https", "http"))
PARTNER_CLIENT_ID = env.text("PARTNER_CLIENT_ID", "")
PARTNER_CLIENT_SECRET = env.text("PARTNER_CLIENT_SECRET", "")
PARTNER_SERVICE_ACCOUNT = env.text("PARTNER_SERVICE_ACCOUNT", "")
PARTNER_PRIVATE_KEY = env.text("PARTNER_PRIVATE_KEY", "")
PARTNER_SCOPE = env.text("PARTNER_SCOPE", "partner")
PARTNER_DOMAIN_ID = env.integer("PARTNER_DOMAIN_ID", 0, minimum=0, maximum=2**63 - 1)
PARTNER_REDIRECT_URI = env.text("PARTNER_REDIRECT_URI", "")
PARTNER_RATE_LIMIT = env.integer("PARTNER_RATE_LIMIT", 240, minimum=1, maximum=100_000)
PARTNER_RATE_WINDOW = env.integer("PARTNER_RATE_WINDOW", 60, minimum=1, maximum=3600)
PARTNER_CONCURRENCY = env.integer("PARTNER_CONCURRENCY", 24, minimum=1, maximum=500)

# --- How long it is kept ---------------------------------------------------------------------------------------------

# 0 keeps for ever. Of detected changes the database itself keeps the fewest days: see portal/sync/models.py.
FEWEST_DAYS_KEPT = 365
DETECTED_CHANGES_KEPT_DAYS = env.days("DETECTED_CHANGES_KEPT_DAYS", 2557, minimum=FEWEST_DAYS_KEPT)
METERING_KEPT_DAYS = env.days("METERING_KEPT_DAYS", 1461, minimum=FEWEST_DAYS_KEPT)
SYNC_RUNS_KEPT_DAYS = env.days("SYNC_RUNS_KEPT_DAYS", 366, minimum=FEWEST_DAYS_KEPT)

# --- E-mail ----------------------------------------------------------------------------------------------------------

# Without a server, nothing is sent. Links in e-mails begin with the address by which people reach this portal.
EMAIL_IS_CONFIGURED, _MAIL = env.mail_server("EMAIL_URL")
EMAIL_BACKEND, EMAIL_FILE_PATH = _MAIL["EMAIL_BACKEND"], _MAIL["EMAIL_FILE_PATH"]
EMAIL_HOST, EMAIL_PORT = _MAIL["EMAIL_HOST"], _MAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"], _MAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL["EMAIL_USE_TLS"], _MAIL["EMAIL_USE_SSL"]
# For each answer of the server.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.mail_address("EMAIL_FROM", "partnerdesk@localhost")
_OWN_ADDRESS = f"http://127.0.0.1:{PORT}" if ONLY_LOCAL else f"https://{ALLOWED_HOSTS[0].lstrip('.')}"
PUBLIC_URL = env.url("PUBLIC_URL", _OWN_ADDRESS, schemes=("https", "http"))

# --- Background work -------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A worker waits for its broker for as long as that takes.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Whoever publishes waits this long for a broker that hangs, and does not try again: see portal/core/enqueue.py.
CELERY_BROKER_CONNECTION_TIMEOUT = 1.0
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "max_retries": 0}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = BUSINESS_TIME_ZONE
CELERY_TASK_DEFAULT_QUEUE = "sweep"
# Each queue has workers of its own, so that a confirmed request never waits behind a refresh, a file or a sweep.
CELERY_TASK_ROUTES = {
    "operations.*": {"queue": "operations"},
    "sync.read_wanted": {"queue": "pages"},
    "sync.ask": {"queue": "pages"},
    "connection.*": {"queue": "pages"},
    "bulk.*": {"queue": "files"},
    "billing.*": {"queue": "files"},
    "sync.*": {"queue": "sweep"},
    "accounts.*": {"queue": "sweep"},
    "desk.*": {"queue": "sweep"},
    # A server that does not answer holds up no sync and no request.
    "mail.*": {"queue": "files"},
}
# How often everything is read again, ``portal.sync.scheduler`` says.
CELERY_BEAT_SCHEDULE = {
    # A message that found no worker in time would only pile up: the next one does the same work.
    "find operations that wait": {"task": "operations.sweep", "schedule": 5.0, "options": {"expires": 10}},
    "find a lost try of the connection": {
        "task": "connection.sweep",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "go on with checks of months": {"task": "billing.sweep", "schedule": 15.0, "options": {"expires": 15}},
    "go on with files": {"task": "bulk.sweep", "schedule": 3.0, "options": {"expires": 10}},
    "check what was due": {"task": "sync.check_due", "schedule": 60.0, "options": {"expires": 120}},
    "deliver e-mails": {"task": "mail.deliver", "schedule": 60.0, "options": {"expires": 60}},
    "forget old e-mails": {"task": "mail.forget_old", "schedule": crontab(hour=3, minute=20)},
    # On working days; the task knows the holidays.
    "post the renewals digest": {
        "task": "desk.post_digest",
        "schedule": crontab(hour=8, minute=0, day_of_week="mon-fri"),
        "options": {"expires": 4 * 3600},
    },
    "delete expired sessions": {"task": "accounts.clear_sessions", "schedule": crontab(hour=3, minute=10)},
    # Late enough for what the day before brought to be read, and before people come.
    "prune": {"task": "sync.prune", "schedule": crontab(hour=4, minute=40), "options": {"expires": 3600}},
    "plan reads": {"task": "sync.plan", "schedule": 15.0, "options": {"expires": 30}},
}

# The pauses between the readings that look for an operation's effect. After the last one a person decides, or what
# shows no trace at all counts as not applied.
READ_BACK_SECONDS = env.numbers("READ_BACK_SECONDS", (3, 7, 20, 60, 120, 300))

LOGGING = logging.configuration(debug=DEBUG)
