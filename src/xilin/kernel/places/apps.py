"""Wiring of places."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Areas with validity, features in CGCS2000, OGC API, addresses."""

    name = "xilin.kernel.places"
    label = "places"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.places import declarations as kinds
        from xilin.kernel.standards.declarations import register

        for kind in kinds.ALL:
            register(kind)

    def offer_pages(self) -> None:
        """Offer the map the collections as layers."""
        from xilin.kernel.places.maps import layers
        from xilin.web import maps

        maps.offer(layers)
