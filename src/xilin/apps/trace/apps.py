"""Wiring of traceability."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    """Events of goods, their genealogy, codes on goods and what a check of a code says."""

    name = "xilin.apps.trace"
    label = "trace"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.apps.trace.declarations import KINDS
        from xilin.kernel.standards.declarations import register

        for kind in KINDS:
            register(kind)
