"""Wiring of registry."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Base registries: linking, golden records, history."""

    name = "xilin.kernel.registry"
    label = "registry"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.registry import declarations as kinds
        from xilin.kernel.standards.declarations import register

        register(kinds.REGISTRY)
