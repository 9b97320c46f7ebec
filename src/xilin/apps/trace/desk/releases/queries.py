"""Releases of codes that somebody who oversees goods may see."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from xilin.apps.trace.desk.regulator.watch import Watch
from xilin.apps.trace.models import CodeRelease
from xilin.kernel.standards.queries import declared
from xilin.lib.errors import NotFound


def seen(watch: Watch) -> QuerySet[CodeRelease]:
    """Those of the department, newest first; all for who sees everything."""
    found = CodeRelease.objects.order_by("-pk")
    return found if watch.everything else found.filter(department=watch.code)


def waiting(watch: Watch) -> QuerySet[CodeRelease]:
    """Those nobody has decided."""
    return seen(watch).filter(granted=None)


def one(watch: Watch, number: str) -> CodeRelease:
    """One by the number of its case; NotFound for what isn't there or isn't theirs."""
    found = seen(watch).filter(case=number).first()
    if found is None:
        raise NotFound(kind="case", name=number[:40])
    return found


def people(releases: Iterable[CodeRelease]) -> dict[str, str]:
    """Names of who asked and decided, by the names they sign in with."""
    asked = {name for one in releases for name in (one.proposed_by, one.decided_by) if name}
    found = get_user_model().objects.filter(username__in=asked).values_list("username", "full_name")
    return {username: full_name or username for username, full_name in found}


def products(watch: Watch) -> list[tuple[str, str, str]]:
    """GTIN and names (Chinese, English) of the products a department watches."""
    return [
        (gtin, product.name.zh, product.name.en)
        for gtin, product in declared("trace_product").items()
        if product.department == watch.code
    ]
