"""Django's settings: one module for every installation; what differs comes from `env`.

Left out on purpose: django.contrib.auth, sessions, messages and admin. People sign in with
`anlan.people` (one statement a request), and the desk is the admin.
"""

from typing import Any
from urllib.parse import urlsplit

from anlan.config import env
from anlan.config.database import address
from anlan.config.operating import logs
from anlan.config.secret import get_django_key

ANLAN_HOME = env.get_home()
DEBUG = env.is_on("ANLAN_DEBUG")
SECRET_KEY = get_django_key(env.get_secret_key_file())

PUBLIC_URL = (
    env.get_text("ANLAN_PUBLIC_URL")
    or f"http://{env.get_text('ANLAN_HOST')}:{env.get_number('ANLAN_PORT')}"
).rstrip("/")
ALLOWED_HOSTS = sorted(
    {host.strip() for host in env.get_text("ANLAN_ALLOWED_HOSTS").split(",") if host.strip()}
    | {urlsplit(PUBLIC_URL).hostname or "localhost"}
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
BEHIND_HTTPS = env.is_on("ANLAN_BEHIND_HTTPS")
CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BEHIND_HTTPS
# Over HTTPS no other host of the domain, and nobody on plain HTTP, can set these cookies for us: a
# browser takes the prefix only with Secure, Path=/ and no Domain. Plain HTTP on localhost knows none.
_PREFIX = "__Host-" if BEHIND_HTTPS else ""
SIGN_IN_COOKIE, CSRF_COOKIE_NAME = f"{_PREFIX}anlan_sign_in", f"{_PREFIX}csrftoken"
HALFWAY_COOKIE = f"{_PREFIX}anlan_halfway"  # of a sign-in with a step to do, which opens no door
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_HTTPS else None
CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "anlan.web.errors.show_expired_form"
# A year; only told over HTTPS. Other hosts of the domain are not ours to speak for.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "anlan.config.apps.ConfigConfig",
    "anlan.places.apps.PlacesConfig",
    "anlan.ledger.apps.LedgerConfig",
    "anlan.people.apps.PeopleConfig",
    "anlan.documents.apps.DocumentsConfig",
    "anlan.notices.apps.NoticesConfig",
    "anlan.intake.apps.IntakeConfig",
    "anlan.cases.apps.CasesConfig",
    "anlan.triage.apps.TriageConfig",
    "anlan.dispatch.apps.DispatchConfig",
    "anlan.ratings.apps.RatingsConfig",
    "anlan.privacy.apps.PrivacyConfig",
    "anlan.rollup.apps.RollupConfig",
    "anlan.indicators.apps.IndicatorsConfig",
    "anlan.situation.apps.SituationConfig",
    "anlan.assessment.apps.AssessmentConfig",
    "anlan.reports.apps.ReportsConfig",
    "anlan.boards.apps.BoardsConfig",
    "anlan.web.apps.WebConfig",
    "anlan.api.apps.ApiConfig",
    "anlan.backup.apps.BackupConfig",
    "procrastinate.contrib.django",
    "django_htmx",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "anlan.config.operating.requests.watch",
    "anlan.web.headers.guard",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "anlan.web.packing.PackPages",
    "django.middleware.locale.LocaleMiddleware",
    "anlan.api.problems.net",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "anlan.web.middleware.find_actor",
    "anlan.web.middleware.Doors",
]

ROOT_URLCONF = "anlan.config.urls"
WSGI_APPLICATION = "anlan.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

DATABASES = {"default": address.get_django_settings(ANLAN_HOME)}
DATABASES["default"]["OPTIONS"]["pool"] = {
    "min_size": 1,
    "max_size": env.get_number("ANLAN_DATABASE_POOL"),
    "timeout": 10,
}
# A pooled connection that died with the server is replaced before a request meets it.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Statements that come again are parsed and planned once a connection; a signal's one big statement
# takes half the server's time so (docs/decisions/0004). Behind PgBouncer: 1.21 or newer.
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 4}
# A cursor kept open on the server would be declared without the scope (config/database/postgresql).
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ANLAN_HOME / "locale"]  # compiled there from src/anlan/locale
LANGUAGE_COOKIE_NAME = "anlan_language"

STATIC_URL = "static/"
STATIC_ROOT = ANLAN_HOME / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "anlan.web.bundles.BundleFinder",  # style sheets and scripts joined, so that a page asks for few
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Pages name files by their digest; a second, plain copy of each would be compressed for nobody.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Files up to 2.5 MB stay in memory; documents decides what is too large.
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

PASSWORD_HASHERS = ["anlan.people.hashing.Scrypt"]

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.get_text("ANLAN_EMAIL_HOST")
API_RATE = env.get_number("ANLAN_API_RATE")
LIVE_URL = env.get_text("ANLAN_LIVE_URL").rstrip("/")
LIVE_PORT = env.get_number("ANLAN_LIVE_PORT")
EMAIL_PORT = env.get_number("ANLAN_EMAIL_PORT")
EMAIL_HOST_USER = env.get_text("ANLAN_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.get_text("ANLAN_EMAIL_PASSWORD")
EMAIL_USE_TLS = env.is_on("ANLAN_EMAIL_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.get_text("ANLAN_EMAIL_FROM")

CALL_RELAY_URL = env.get_text("ANLAN_CALL_RELAY_URL")
CALL_RELAY_TOKEN = env.get_text("ANLAN_CALL_RELAY_TOKEN")

METRICS_TOKEN = env.get_text("ANLAN_METRICS_TOKEN")
LOG_REQUESTS = env.is_on("ANLAN_LOG_REQUESTS")
WEBHOOK_NETWORKS = env.get_networks("ANLAN_WEBHOOK_NETWORKS")
SHADOW_HOURS = env.get_number("ANLAN_SHADOW_HOURS")
SHADOW_SIGNALS = env.get_number("ANLAN_SHADOW_SIGNALS")
SHADOW_ANSWERS = env.get_number("ANLAN_SHADOW_ANSWERS")
CHAT_URL = env.get_text("ANLAN_CHAT_URL")
OPERATORS = [each for part in env.get_text("ANLAN_OPERATORS").split(",") if (each := part.strip())]

LOGGING = logs.get_config()
