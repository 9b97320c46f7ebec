"""Wiring of casework."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Cases with working-time clocks, cards and scores."""

    name = "xilin.kernel.casework"
    label = "casework"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.casework import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.DEADLINE)
