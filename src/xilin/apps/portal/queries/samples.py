"""Addresses of pages that depend on what is there: a sample of each kind, for pictures and tests."""

from django.urls import reverse

from xilin.apps.portal.queries import figures
from xilin.kernel.catalog import queries as catalog


def samples() -> list[tuple[str, str, bool]]:
    """Name, address, and whether one must be signed in."""
    wanted: list[tuple[str, str, bool]] = []
    resource = catalog.resources_for(None).filter(share_type="conditional").order_by("-base", "code").last()
    if resource:
        wanted.append(("resource", reverse("portal:resource", args=[resource.code]), False))
        wanted.append(("desk-ask", reverse("portal:ask", args=[resource.code]), True))
    mapped = figures.mapped()
    if mapped:
        wanted.append(("indicator", reverse("portal:indicator", args=[mapped[0].indicator.code]), False))
    return wanted
