"""Traditional Mongolian, as sites of governments in Inner Mongolia write dates: year, month and day with their suffixes after U+202F."""

from xilin.web.formats.shared import *  # noqa: F403 - Django reads a module's names

DATE_FORMAT = "Y ᠣᠨ ᠤ n ᠰᠠᠷ᠎ᠠ ᠶᠢᠨ j ᠤ ᠡᠳᠦᠷ"
DATETIME_FORMAT = "Y ᠣᠨ ᠤ n ᠰᠠᠷ᠎ᠠ ᠶᠢᠨ j ᠤ ᠡᠳᠦᠷ H:i"
YEAR_MONTH_FORMAT = "Y ᠣᠨ ᠤ n ᠰᠠᠷ᠎ᠠ"
MONTH_DAY_FORMAT = "n ᠰᠠᠷ᠎ᠠ ᠶᠢᠨ j"
