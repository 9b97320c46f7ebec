"""Wiring of collect."""

from django.apps import AppConfig


class CollectConfig(AppConfig):
    """Sources, connectors, batches, lineage."""

    name = "xilin.kernel.collect"
    label = "collect"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.collect import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.SOURCE)
