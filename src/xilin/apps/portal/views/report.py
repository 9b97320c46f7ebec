"""发展现状报告 The status report: as a page, and as files to keep."""

from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xilin.kernel.indicators import report

# The file is one page with its styles inside; it still loads nothing from anywhere.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _document() -> report.Document:
    return report.build(get_language() or "zh-hans", timezone.now())


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The report within the site, each figure with its source and date."""
    return render(request, "portal/report.html", {"document": _document()})


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
