"""Wiring of traceability."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    """Events of goods, their genealogy, codes on goods and what a check of a code says."""

    name = "xilin.apps.trace"
    label = "trace"
