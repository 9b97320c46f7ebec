"""Wiring of traceability."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    """Events of goods, their genealogy, codes on goods and what a check of a code says."""

    name = "xilin.apps.trace"
    label = "trace"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known, and keep lineage and the lives of codes while events are captured."""
        from xilin.apps.trace.codes import life
        from xilin.apps.trace.declarations import KINDS
        from xilin.apps.trace.genealogy import declarations as of_lineage
        from xilin.apps.trace.genealogy import index
        from xilin.apps.trace.repository import capture
        from xilin.kernel.standards.declarations import register

        for kind in (*KINDS, *of_lineage.KINDS):
            register(kind)
        capture.hooks.append(index.keep)
        capture.hooks.append(life.hook)
