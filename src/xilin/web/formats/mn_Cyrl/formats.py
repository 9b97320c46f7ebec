"""Mongolian in Cyrillic letters: 2026 оны 11 сарын 26."""

from xilin.web.formats import shared
from xilin.web.formats.shared import *  # noqa: F403 - Django reads a module's names

DATE_FORMAT = "Y оны n сарын j"
DATETIME_FORMAT = "Y оны n сарын j, H:i"
YEAR_MONTH_FORMAT = "Y оны n сар"
MONTH_DAY_FORMAT = "n сарын j"
DATE_INPUT_FORMATS = [*shared.DATE_INPUT_FORMATS, "%Y.%m.%d"]
