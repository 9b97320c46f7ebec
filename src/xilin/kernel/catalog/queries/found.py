"""Finding entries: search, facets, one resource."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Count, F, FloatField, Func, Q, QuerySet, Value, When
from django.utils.translation import get_language

from xilin.kernel.catalog import words
from xilin.kernel.catalog.models import Resource, ShareType
from xilin.lib.errors import NotFound


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is narrowed to; an empty word narrows nothing."""

    department: str = ""
    share_type: str = ""
    theme: str = ""
    cycle: str = ""
    format: str = ""
    registry: str = ""
    open: bool | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet, its words, and how many resources have it."""

    value: str
    label: str
    count: int
    chosen: bool


class _Tsquery(Func):
    template = "%(expressions)s::tsquery"


class _Matches(Func):
    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()


class _Rank(Func):
    """`ts_rank` with the weights D, C, B, A, divided by 1 + log of the length."""

    function = "ts_rank"
    template = "%(function)s('{0.1,0.2,0.4,1.0}'::float4[], %(expressions)s, 1)"
    output_field = FloatField()


def resources() -> QuerySet[Resource]:
    """The catalogue in force, with its providers."""
    return Resource.objects.filter(retired=False).select_related("provider").defer("search")


def resources_for(user: Any) -> QuerySet[Resource]:
    """The entries someone may see: all for a department's people, for the public not those never shared."""
    if user is not None and user.is_authenticated:
        return resources()
    return resources().exclude(share_type=ShareType.DENIED)


def resource(code: str) -> Resource:
    """One entry in force, or NotFound."""
    return _one(resources(), code)


def resource_for(user: Any, code: str) -> Resource:
    """One entry that someone may see, or NotFound: hidden and missing look alike."""
    return _one(resources_for(user), code)


def _one(among: QuerySet[Resource], code: str) -> Resource:
    found = among.filter(code=code).first()
    if found is None:
        raise NotFound(kind=Resource._meta.verbose_name, name=code)
    return found


def search(
    text: str = "", *, filters: Filters | None = None, among: QuerySet[Resource] | None = None
) -> QuerySet[Resource]:
    """Resources by words, best first; without words by code.

    All terms must be found; where nothing has them all, any of them counts. `among` is what
    is searched, the catalogue in force unless `resources_for(user)` is given. Each result
    carries `rank`.
    """
    found = _narrowed(resources() if among is None else among, filters or Filters())
    if not text.strip():
        return found.annotate(rank=Value(0.0, FloatField())).order_by("code")
    strict = _matching(found, text, any_of=False)
    return strict if strict.exists() else _matching(found, text, any_of=True)


def _matching(found: QuerySet[Resource], text: str, *, any_of: bool) -> QuerySet[Resource]:
    literal = words.query(text, any_of=any_of)
    if not literal:
        return found.annotate(rank=Value(0.0, FloatField())).none()
    wanted = _Tsquery(Value(literal))
    named = Case(
        When(Q(name__iexact=text.strip()) | Q(code__iexact=text.strip()), then=Value(2.0)),
        When(Q(name__icontains=text.strip()), then=Value(1.0)),
        default=Value(0.0),
        output_field=FloatField(),
    )
    return (
        found.filter(_Matches(F("search"), wanted))
        .annotate(rank=_Rank(F("search"), wanted) + named)
        .order_by("-rank", "code")
    )


def _narrowed(found: QuerySet[Resource], filters: Filters, *, but: str = "") -> QuerySet[Resource]:
    wanted = {
        "department": ("provider__code", filters.department),
        "share_type": ("share_type", filters.share_type),
        "theme": ("classification__0", filters.theme),
        "cycle": ("update_cycle", filters.cycle),
        "format": ("format", filters.format),
        "registry": ("registry", filters.registry),
    }
    chosen = {lookup: value for name, (lookup, value) in wanted.items() if value and name != but}
    if filters.open is not None and but != "open":
        chosen["open"] = filters.open  # type: ignore[assignment]
    return found.filter(**chosen)


def facets(
    text: str = "", *, filters: Filters | None = None, among: QuerySet[Resource] | None = None
) -> dict[str, list[Choice]]:
    """The choices by department, share type, theme and update cycle, most frequent first.

    Each facet counts what its own choice would leave with the other filters as they are.
    """
    filters = filters or Filters()
    base = search(text, among=among)
    return {
        name: _choices(_narrowed(base, filters, but=name), name, column, getattr(filters, name))
        for name, column in {
            "department": "provider__code",
            "share_type": "share_type",
            "theme": "classification__0",
            "cycle": "update_cycle",
        }.items()
    }


def _choices(found: QuerySet[Resource], name: str, column: str, chosen: str) -> list[Choice]:
    counts = found.order_by().values(column).annotate(n=Count("pk")).values_list(column, "n")
    labels: dict[str, str] = {}
    if name == "share_type":
        labels = {str(value): str(label) for value, label in ShareType.choices}
    if name == "cycle":
        labels = {str(value): str(label) for value, label in Resource.Cycle.choices}
    if name == "department":
        short = "provider__short_en" if (get_language() or "").startswith("en") else "provider__short"
        pairs = found.order_by().values_list("provider__code", short, "provider__short").distinct()
        labels = {code: wanted or fallback for code, wanted, fallback in pairs}
    choices = [Choice(value, labels.get(value, value), n, value == chosen) for value, n in counts if value]
    return sorted(choices, key=lambda choice: (-choice.count, choice.label))
