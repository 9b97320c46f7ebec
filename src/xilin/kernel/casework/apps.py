"""Wiring of casework."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Cases with working-time clocks, cards and scores."""

    name = "xilin.kernel.casework"
    label = "casework"

    def ready(self) -> None:
        """Make deadline rules known, and let new holiday tables set the clocks right."""
        from xilin.kernel.casework import actions
        from xilin.kernel.casework import declarations as kinds
        from xilin.kernel.standards.declarations import HOLIDAY, register

        register(HOLIDAY, actions.reset_clocks)
        register(kinds.DEADLINE, actions.reset_clocks)
        register(kinds.REGIME)
