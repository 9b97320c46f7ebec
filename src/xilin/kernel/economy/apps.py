"""Wiring of the economy."""

from django.apps import AppConfig


class EconomyConfig(AppConfig):
    """Series of the economy, their revisions, and the SDMX service."""

    name = "xilin.kernel.economy"
    label = "economy"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.economy import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.PUBLISHER)
        register(kinds.DATAFLOW)
