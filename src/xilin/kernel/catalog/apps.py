"""Wiring of catalog."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Resources and their items, search, who is the one source of each element."""

    name = "xilin.kernel.catalog"
    label = "catalog"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.catalog import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.RESOURCE)
