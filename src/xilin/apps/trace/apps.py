"""Wiring of traceability."""

from django.apps import AppConfig


class TraceConfig(AppConfig):
    """Events of goods, their genealogy, codes on goods and what a check of a code says."""

    name = "xilin.apps.trace"
    label = "trace"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known, keep lineage and codes while events are captured."""
        from django.conf import settings

        from xilin.apps.trace.codes import issuing, life, limits, recalled
        from xilin.apps.trace.declarations import KINDS
        from xilin.apps.trace.genealogy import declarations as of_lineage
        from xilin.apps.trace.genealogy import index, recalls
        from xilin.apps.trace.gs1 import eartags
        from xilin.apps.trace.repository import capture
        from xilin.kernel.standards.declarations import register

        eartags.declare(settings.EAR_TAG_PREFIXES)
        for kind in (*KINDS, *of_lineage.KINDS):
            register(kind)
        issuing.checks.append(limits.check)
        capture.hooks.append(index.keep)
        capture.hooks.append(life.hook)
        recalls.listed.append(recalled.give)
        recalls.lifted.append(recalled.lift)
        recalls.cleared.append(recalled.release)
        recalls.lots.append(recalled.of_lots)

    def offer_pages(self) -> None:
        """Offer the desk its sections and the map the banners' layer."""
        from xilin.apps.trace.desk import frame, tabs
        from xilin.apps.trace.desk.producer import tabs as of_producer
        from xilin.apps.trace.desk.regulator import maps as of_banners
        from xilin.apps.trace.desk.regulator import tabs as of_regulator
        from xilin.apps.trace.desk.releases import tabs as of_releases
        from xilin.apps.trace.desk.tracing import tabs as of_tracing
        from xilin.web import desk, maps

        desk.offer(frame.sections)
        maps.offer(of_banners.layers)
        for part in (tabs, of_regulator, of_releases, of_producer, of_tracing):
            frame.offer(part.tabs)
