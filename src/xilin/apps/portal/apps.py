"""Wiring of the portal."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The public portal, the department desk, the cockpit."""

    name = "xilin.apps.portal"
    label = "portal"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.apps.portal.declarations import PAGE_SECTION
        from xilin.kernel.standards.declarations import register

        register(PAGE_SECTION)

    def offer_pages(self) -> None:
        """Tell every page the region's name and the ways through the site; the desk and the public pages their sections."""
        from xilin.apps.portal import offered
        from xilin.apps.portal.context import region
        from xilin.apps.portal.queries.maps import layers
        from xilin.apps.portal.views.desk.frame import sections
        from xilin.web import desk, maps
        from xilin.web.context import provide

        provide(region)
        desk.offer(sections)
        maps.offer(layers)
        maps.serve("portal:map_layers", "portal:map")
        offered.offer()
