"""The report as one HTML file that needs nothing else, made for reading and for print."""

from django.template.loader import render_to_string

from xilin.kernel.indicators.report.document import WORDS, Document


def to_html(document: Document) -> str:
    """The whole page as text."""
    words = {key: word.of(document.language) for key, word in WORDS.items()}
    return render_to_string("indicators/report.html", {"document": document, "words": words})
