"""Wiring of open data."""

from django.apps import AppConfig


class OpeningConfig(AppConfig):
    """Releases to the public, the privacy they cost, and the clean room."""

    name = "xilin.kernel.opening"
    label = "opening"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.opening import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.OPENING)
        register(kinds.BUDGET)
