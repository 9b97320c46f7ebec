"""Wiring of indicators."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Statistical indicators, their series, the status report."""

    name = "xilin.kernel.indicators"
    label = "indicators"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.indicators import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.INDICATOR)
        register(kinds.REPORTED)
        register(kinds.REPORT_TEXT)
