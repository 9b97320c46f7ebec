"""Wiring of the portal."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The public portal, the department desk, the cockpit."""

    name = "xilin.apps.portal"
    label = "portal"
