"""发展现状报告 The status report: as a page, and as files to keep."""

from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xilin.kernel.indicators import report
from xilin.web.keeping import kept

# The file is one page with its styles inside; it still loads nothing from anywhere.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'"
)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _kept() -> Path | None:
    """The newest PDF in the reader's language, as `xilin report` wrote it: printing takes seconds, so no reader starts it."""
    return report.newest(Path(settings.HOME) / "report", get_language() or "zh-hans")


@kept
def _document() -> report.Document:
    return report.build(get_language() or "zh-hans", timezone.now())


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The report within the site, each figure with its source and date."""
    kept = _kept()
    printed = kept.stem[len("status-") :][: len("2026-11-26")] if kept else ""
    return render(request, "portal/report.html", {"document": _document(), "printed": printed})


@require_safe
def as_html(request: HttpRequest) -> HttpResponse:
    """The report as one HTML file that needs nothing else."""
    response = HttpResponse(report.to_html(_document()))
    response.headers["Content-Security-Policy"] = POLICY
    return response


@require_safe
def as_word(request: HttpRequest) -> HttpResponse:
    """The report as DOCX."""
    document = _document()
    held = BytesIO()
    report.to_docx(document).save(held)
    response = HttpResponse(held.getvalue(), content_type=WORD)
    name = f"{document.region}{_('status report')} {timezone.localdate():%Y-%m-%d}.docx"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@require_safe
def as_pdf(request: HttpRequest) -> HttpResponseBase:
    """The newest report that was printed."""
    kept = _kept()
    if kept is None:
        raise Http404
    return FileResponse(
        kept.open("rb"), as_attachment=True, filename=kept.name, content_type="application/pdf"
    )
