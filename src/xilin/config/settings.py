"""Django's settings; every value that differs between machines comes from the environment."""

import os
import secrets
from pathlib import Path

from xilin.config.database import settings_for
from xilin.kernel.audit.keys import kept
from xilin.lib.environment import BadSetting, flag, folder, number, text
from xilin.web import languages


def _positive_number(name: str, default: int) -> int:
    """A variable that is a whole number from 1."""
    found = number(name, default)
    if found < 1:
        raise BadSetting(name, str(found), "write a whole number from 1")
    return found


ROOT = folder("XILIN_ROOT", Path(__file__).parents[3])
PACKAGE = Path(__file__).parents[1]
HOME = folder("XILIN_HOME", ROOT / "var")
LEAGUE = folder("XILIN_LEAGUE", ROOT / "leagues" / "xilingol")
ENGINE = text("XILIN_ENGINE", "duckdb")
MEMORY_MB = number("XILIN_MEMORY_MB", 2048)
LAKE = text("XILIN_LAKE", str(HOME / "lake"))
COMPACT_FILES = number("XILIN_COMPACT_FILES", 32)
LOOKUP_MOST = _positive_number("XILIN_LOOKUP_MOST", 10)
LOOKUP_FACTS = _positive_number("XILIN_LOOKUP_FACTS", 2)
LOOKUP_DAY = _positive_number("XILIN_LOOKUP_DAY", 200)
SDMX_LARGEST = _positive_number("XILIN_SDMX_LARGEST", 500_000)
GATEWAY_URL = text("XILIN_GATEWAY_URL").rstrip("/")
# Where the platform's own pages reach the gateway, and by what name systems do.
GATEWAY_REACHED = text("XILIN_GATEWAY_REACHED").rstrip("/") or GATEWAY_URL or "http://127.0.0.1:8001"
LIST_LEAST = _positive_number("XILIN_LIST_LEAST", 10)
BATCH_MOST = _positive_number("XILIN_BATCH_MOST", 10_000)
VERIFY_LIMIT = _positive_number("XILIN_VERIFY_LIMIT", 5)
CHECK_RATE = _positive_number("XILIN_CHECK_RATE", 6_000)
OPEN_RATE = _positive_number("XILIN_OPEN_RATE", 60)
PROBLEM_RATE = _positive_number("XILIN_PROBLEM_RATE", 10)
KEPT_SECONDS = number("XILIN_KEPT_SECONDS", 20)
EXPORT_HOURS = _positive_number("XILIN_EXPORT_HOURS", 24)
FEED_DAYS = _positive_number("XILIN_FEED_DAYS", 30)
WEBHOOK_NETWORKS = tuple(filter(None, text("XILIN_WEBHOOK_NETWORKS").split(",")))
EPCIS_CAPTURE_EVENTS = _positive_number("XILIN_EPCIS_CAPTURE_EVENTS", 2_000)
CODES_URL = text("XILIN_CODES_URL").rstrip("/")
OWN_DATA = folder("XILIN_OWN_DATA", HOME / "own")
# Sources of a league folder that read what the platform itself writes name the folder so.
os.environ.setdefault("XILIN_OWN_DATA", str(OWN_DATA))
EAR_TAG_PREFIXES = tuple(filter(None, text("XILIN_EAR_TAG_PREFIXES").split(",")))
EPCIS_CAPTURE_BYTES = _positive_number("XILIN_EPCIS_CAPTURE_BYTES", 16_000_000)
METRICS_TOKEN = text("XILIN_METRICS_TOKEN")
UPWARD_URL = text("XILIN_UPWARD_URL")
UPWARD_TOKEN = text("XILIN_UPWARD_TOKEN")
AUDIT_KEY = text("XILIN_AUDIT_KEY")
AUDIT_WITNESSES = Path(text("XILIN_WITNESSES") or HOME / "witnesses.toml")
AUDIT_ORIGIN = text("XILIN_AUDIT_ORIGIN") or f"xilin/{LEAGUE.name}"


def _secret_key() -> str:
    """The key from the environment, or one made once and kept in the home folder, readable by its owner only."""
    if key := text("XILIN_SECRET_KEY"):
        return key
    return kept(HOME / "keys" / "django", lambda: secrets.token_urlsafe(50).encode()).decode()


DEBUG = flag("XILIN_DEBUG")
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = text("XILIN_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in text("XILIN_ORIGINS").split(",") if origin]

INSTALLED_APPS = [
    "xilin.config.apps.Administration",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "xilin.web",
    "xilin.kernel.standards",
    "xilin.kernel.lake",
    "xilin.kernel.audit",
    "xilin.kernel.accounts",
    "xilin.kernel.casework",
    "xilin.kernel.catalog",
    "xilin.kernel.quality",
    "xilin.kernel.collect",
    "xilin.kernel.registry",
    "xilin.kernel.indicators",
    "xilin.kernel.economy",
    "xilin.kernel.exchange",
    "xilin.kernel.opening",
    "xilin.kernel.places",
    "xilin.apps.portal",
    "xilin.apps.trace",
    "xilin.apps.problems",
]
AUTH_USER_MODEL = "accounts.User"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "xilin.web.serving.StaticFiles",
    "xilin.web.serving.Packed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "xilin.web.middleware.Tongues",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "xilin.kernel.accounts.middleware.IdleSessions",
    "xilin.kernel.accounts.middleware.Outsiders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "xilin.web.middleware.ContentSecurityPolicy",
    "xilin.web.middleware.Refusals",
]
ROOT_URLCONF = "xilin.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "xilin.web.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "xilin.web.templatetags.xilin",
                "xilin.web.templatetags.parts",
            ],
        },
    }
]

DATABASES = {"default": settings_for(text("XILIN_DATABASE_URL") or f"postgresql:///xilin?host={HOME / 'pg'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_PASSWORD_RULES: dict[str, dict[str, object]] = {
    "UserAttributeSimilarityValidator": {"user_attributes": ("username", "full_name", "email")},
    "MinimumLengthValidator": {"min_length": 10},
    "CommonPasswordValidator": {},
    "NumericPasswordValidator": {},
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in _PASSWORD_RULES.items()
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
# Where accounts that may only record are who they are, and where they go.
HAND_HOME = "/handheld/"
# Accounts of these roles are somebody in these places only, and are sent home from the desk.
PLACES_OF_ROLES = {
    "hand": (HAND_HOME, (HAND_HOME, "/logout/", "/desk/password/"), ("/desk/",)),
    "producer": (
        "/desk/goods/producer/",
        ("/desk/goods/", HAND_HOME, "/logout/", "/desk/password/"),
        ("/desk/", "/login/"),
    ),
}
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
IDLE_MINUTES = _positive_number("XILIN_IDLE_MINUTES", 30)
HTTPS = flag("XILIN_HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# TLS ends at a proxy, which says so in this header and lets no caller's own through.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = languages.LANGUAGES
languages.install()
FORMAT_MODULE_PATH = "xilin.web.formats"
# Pages of those who work here: in Chinese and English only.
DESKS = ("/desk/", HAND_HOME, "/admin/", "/design/")
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
TIME_ZONE = text("XILIN_TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "xilin.web.serving.OfVersion",
]
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "xilin.web.serving.Versioned"},
}
MEDIA_ROOT = HOME / "media"

# Jobs are imported by what runs them or looks one up, not by every command: what they do needs half of all packages.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
PROCRASTINATE_IMPORT_PATHS = [
    f"{part}.tasks"
    for part in INSTALLED_APPS
    if part.startswith("xilin.") and (PACKAGE.parent / f"{part.replace('.', '/')}/tasks.py").exists()
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": text("XILIN_LOG_LEVEL", "WARNING")},
}
