"""The status report: living text, every figure with its source and date, beside an earlier report's."""

from datetime import datetime
from pathlib import Path

from django.utils import timezone

from xilin.kernel.indicators.report.document import Document, build
from xilin.kernel.indicators.report.html import to_html
from xilin.kernel.indicators.report.pdf import NoPrinter, printer, to_pdf
from xilin.kernel.indicators.report.word import to_docx

__all__ = [
    "LANGUAGES",
    "Document",
    "NoPrinter",
    "build",
    "newest",
    "printer",
    "to_docx",
    "to_html",
    "to_pdf",
    "write",
]

# The languages it is written in.
LANGUAGES = ("zh-hans", "mn-mong", "en")


def write(folder: Path, language: str, at: datetime, note: str = "") -> list[Path]:
    """Write the report as HTML and DOCX into a folder, and as PDF where a Chromium is; the files' paths.

    `note` stands under the title, for what a reader must know first.
    """
    document = build(language, at, note)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"status-{timezone.localdate(at):%Y-%m-%d}-{short(language)}"
    html, word, pdf = (folder / f"{stem}.{form}" for form in ("html", "docx", "pdf"))
    html.write_text(to_html(document), encoding="utf-8")
    to_docx(document).save(str(word))
    if not printer():
        return [html, word]
    fresh = pdf.with_suffix(".new")
    fresh.write_bytes(to_pdf(document))
    fresh.replace(pdf)
    return [html, word, pdf]


def short(language: str) -> str:
    """How files are named by their language: zh, mn, en."""
    return language.split("-")[0]


def newest(folder: Path, language: str) -> Path | None:
    """The newest PDF that was written in a language, or None."""
    return max(folder.glob(f"status-????-??-??-{short(language)}.pdf"), default=None)
