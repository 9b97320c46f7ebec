"""Wiring of quality."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """Rules, scores in six dimensions, quarantine."""

    name = "xilin.kernel.quality"
    label = "quality"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.quality import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.RULE)
