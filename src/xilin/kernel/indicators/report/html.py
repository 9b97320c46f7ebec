"""The report as one HTML file that needs nothing else, made for reading and for print."""

import base64
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from xilin.kernel.indicators.report.document import WORDS, Document

FONT = "vendor/noto-sans-mongolian/noto-sans-mongolian-mongolian-400-normal.woff2"


def to_html(document: Document) -> str:
    """The whole page as text; one in columns holds the font of its script."""
    words = {key: word.of(document.language) for key, word in WORDS.items()}
    facts = {"document": document, "words": words, "font": _font() if document.vertical else ""}
    return render_to_string("indicators/report.html", facts)


@lru_cache(maxsize=1)
def _font() -> str:
    found = finders.find(FONT)
    if not isinstance(found, str):
        return ""
    return f"data:font/woff2;base64,{base64.b64encode(Path(found).read_bytes()).decode()}"
