"""English: 26 November 2026."""

from xilin.web.formats.shared import *  # noqa: F403 - Django reads a module's names

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
