"""The status report: living text, every figure with its source and date, beside an earlier report's."""

from datetime import datetime
from pathlib import Path

from django.utils import timezone

from xilin.kernel.indicators.report.document import Document, build
from xilin.kernel.indicators.report.html import to_html
from xilin.kernel.indicators.report.word import to_docx

__all__ = ["Document", "build", "to_docx", "to_html", "write"]


def write(folder: Path, language: str, at: datetime, note: str = "") -> list[Path]:
    """Write the report as HTML and DOCX into a folder; the files' paths.

    `note` stands under the title, for what a reader must know first.
    """
    document = build(language, at, note)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"status-{timezone.localdate(at):%Y-%m-%d}-{language.split('-')[0]}"
    html, word = folder / f"{stem}.html", folder / f"{stem}.docx"
    html.write_text(to_html(document), encoding="utf-8")
    to_docx(document).save(str(word))
    return [html, word]
