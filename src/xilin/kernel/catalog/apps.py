"""Wiring of catalog."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_save


def _reindex_department(instance: Any, created: bool, **_signal: Any) -> None:
    """A department that changed its name is found by the new one, in the same transaction."""
    from xilin.kernel.catalog.actions import index

    if not created:
        index(instance.resources.values_list("pk", flat=True))


class CatalogConfig(AppConfig):
    """Resources and their items, search, who is the one source of each element."""

    name = "xilin.kernel.catalog"
    label = "catalog"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known, and carry elements into their items."""
        from xilin.kernel.catalog import actions
        from xilin.kernel.catalog import declarations as kinds
        from xilin.kernel.standards.declarations import ELEMENT, register

        register(ELEMENT, actions.apply_elements)
        register(kinds.CLASS)
        register(kinds.AUTHORITY)
        register(kinds.RESOURCE, actions.apply_resources)
        post_save.connect(
            _reindex_department, sender="accounts.Department", dispatch_uid="catalog_reindex_department"
        )
