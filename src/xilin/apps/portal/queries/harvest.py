"""The public catalogue for others' software: DCAT with what the portal knows beyond the catalogue."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from xilin.apps.portal.queries.region import league
from xilin.kernel.catalog import dcat
from xilin.kernel.catalog import queries as catalog
from xilin.kernel.collect import queries as collect
from xilin.kernel.opening import queries as opening
from xilin.kernel.standards.queries import declared


def page(number: int, *, base: str, gateway: str) -> dict[str, Any]:
    """One page of the public catalogue; the last one where the number is beyond it.

    Args:
        number: from 1.
        base, gateway: the addresses of the portal and of the gateway.
    """
    found = catalog.resources_for(None).order_by("code")
    total = found.count()
    last = max(1, -(-total // dcat.PAGE))
    number = min(max(1, number), last)
    entries = list(found.prefetch_related("items")[(number - 1) * dcat.PAGE : number * dcat.PAGE])
    info = league()
    authority = catalog.authority()
    area = authority.area if authority else None
    region = dcat.Region(area.code, info.name, authority) if info and area and authority else dcat.Region()
    return dcat.catalogue(
        entries,
        base=base,
        gateway=gateway,
        name=info.name.zh if info else "",
        name_en=info.name.en if info else "",
        region=region,
        around=_around(entries, base.rstrip("/")),
        versions=catalog.versions_by_resource(entries),
        page=number,
        total=total,
    )


def _around(entries: Iterable[Any], base: str) -> dcat.Around:
    """Which entries are served, which files are open, and until when rows tell."""
    told = declared("resource")
    newest = collect.newest()
    until: dict[str, str] = {}
    fed = set()
    for code, source in declared("source").items():
        fed.add(source.resource)
        batch = newest.get(code)
        if batch is not None and batch.state == "done":
            day = timezone.localtime(batch.started_at).date().isoformat()
            until[source.resource] = max(day, until.get(source.resource, ""))
    served = {
        one.code
        for one in entries
        if one.code in told
        and told[one.code].lookup
        and (one.base or one.code in fed)
        and one.share_type != "denied"
    }
    return dcat.Around(served, _downloads(base), until)


def _downloads(base: str) -> dict[str, list[dcat.File]]:
    """The files of the newest release of each resource that is open."""
    found: dict[str, list[dcat.File]] = defaultdict(list)
    for resource in {one.opening.resource for one in opening.openings() if one.release}:
        for one in opening.distributions(resource):
            issued = timezone.localtime(one.issued).date().isoformat()
            found[resource].append(
                dcat.File(f"{base}{one.path}", one.media_type, one.bytes, one.sha256, one.licence_url, issued)
            )
    return found
