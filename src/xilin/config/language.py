"""The language of the command line, known before Django is."""

from xilin.lib.environment import text


def language() -> str:
    """The language of the command line: XILIN_LANGUAGE, else the locale's, Chinese first."""
    wanted = text("XILIN_LANGUAGE") or text("LC_ALL") or text("LC_MESSAGES") or text("LANG")
    return "en" if wanted.lower().startswith("en") else "zh-hans"
