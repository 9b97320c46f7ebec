"""The report as PDF: its own page, printed by the distribution's Chromium, which lays out columns of Mongolian as well as lines."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from xilin.kernel.indicators.report.document import Document
from xilin.kernel.indicators.report.html import to_html
from xilin.lib.errors import Refusal

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 120


class NoPrinter(Refusal):
    """There is no Chromium on this machine to print with, or it doesn't start."""

    message = _("There is no Chromium on this machine that prints, so the report isn't written as PDF.")
    remedy = _("Install the package chromium. The report as HTML and as DOCX is whole without it.")


def printer() -> str:
    """The program that prints; "" where there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), "")


def to_pdf(document: Document) -> bytes:
    """The report as PDF, A4: upright, or across for columns. Raises NoPrinter."""
    program = printer()
    if not program:
        raise NoPrinter
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page, out = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(to_html(document), encoding="utf-8")
        # Chromium refuses its sandbox to root; the page is our own and loads nothing.
        bare = ["--no-sandbox"] if os.geteuid() == 0 else []
        ran = subprocess.run(
            [
                program,
                *bare,
                "--headless=new",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                f"--user-data-dir={folder}/profile",
                "--no-pdf-header-footer",
                f"--print-to-pdf={out}",
                page.as_uri(),
            ],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if ran.returncode or not out.exists():
            raise NoPrinter
        return out.read_bytes()
