"""Chinese: 2026年11月26日 (GB/T 15835, GB/T 7408)."""

from xilin.web.formats import shared
from xilin.web.formats.shared import *  # noqa: F403 - Django reads a module's names

DATE_FORMAT = "Y年n月j日"
DATETIME_FORMAT = "Y年n月j日 H:i"
YEAR_MONTH_FORMAT = "Y年n月"
MONTH_DAY_FORMAT = "n月j日"
DATE_INPUT_FORMATS = [*shared.DATE_INPUT_FORMATS, "%Y年%m月%d日"]
