"""Wiring of accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Departments, users, roles."""

    name = "xilin.kernel.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Make departments known as a kind of declaration."""
        from xilin.kernel.accounts.actions import apply_departments
        from xilin.kernel.accounts.declarations import DEPARTMENT
        from xilin.kernel.standards.declarations import register

        register(DEPARTMENT, apply_departments)
