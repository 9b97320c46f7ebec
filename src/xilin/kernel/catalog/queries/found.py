"""Finding entries: by words, best first; by what they are; how many there are of which kind.

Up to `RANKED` hits are ranked by all they are found by. Words that more entries have tell little: then the entries
that have them in their name come first, ranked by their names, and the others follow, shorter names first. Hits are
never counted beyond what is shown (decision 141).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self, overload

from django.db import connection
from django.db.models import BooleanField, Case, Count, F, FloatField, Func, Q, QuerySet, Value, When
from django.utils.translation import get_language

from xilin.kernel.accounts.models import Department
from xilin.kernel.catalog import words
from xilin.kernel.catalog.models import Resource, ShareType
from xilin.lib.errors import NotFound

# How many hits are ranked by their whole vectors, which lie aside; how many results there are to look through.
RANKED, SHOWN = 500, 1000


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


# What a filter narrows, and which filters are facets of the page.
_COLUMNS = {
    "department": "provider__code",
    "share_type": "share_type",
    "theme": "theme",
    "cycle": "update_cycle",
    "format": "format",
    "registry": "registry",
    "open": "open",
}
FACETS = ("department", "share_type", "theme", "cycle")


# Where words are so common that they tell nothing, a name is the better the less else it says.
_BY_SIZE = ("width", "code")


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


class Entries(QuerySet[Resource]):
    """Entries in force. `hidden` are the share types left out, None where they are narrowed by anything else."""

    hidden: tuple[str, ...] | None = None

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.hidden = self.hidden
        return clone

    def _filter_or_exclude(self, negate: bool, args: Any, kwargs: Any) -> Self:
        narrowed: Self = super()._filter_or_exclude(negate, args, kwargs)  # type: ignore[misc]
        narrowed.hidden = None
        return narrowed

    def none(self) -> Self:
        """No entry at all."""
        nothing = super().none()
        nothing.hidden = None
        return nothing

    def without(self, *share_types: str) -> Self:
        """Those of other share types."""
        found = self.exclude(share_type__in=share_types) if share_types else self._chain()  # type: ignore[attr-defined]
        found.hidden = share_types
        return found


def resources() -> QuerySet[Resource]:
    """The catalogue in force, with its providers."""
    return _in_force()


def resources_for(user: Any) -> QuerySet[Resource]:
    """The entries someone may see: all for a department's people, for the public not those never shared."""
    if user is not None and user.is_authenticated:
        return _in_force()
    return _in_force(ShareType.DENIED)


def _in_force(*hidden: str) -> Entries:
    found = Entries(Resource).filter(retired=False).select_related("provider").defer("search", "named")
    return found.without(*hidden)


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


@dataclass(frozen=True)
class Found(Sequence[Resource]):
    """Results in their order, fetched as they are asked for.

    Each carries `rank`, None where no words were looked for or too many entries have them. `more` says that there
    are more than the `SHOWN` that can be looked through.
    """

    among: QuerySet[Resource]
    filters: Filters
    ranked: list[tuple[int, float]] = field(default_factory=list)
    rest: QuerySet[Resource] | None = None
    total: int = 0
    more: bool = False
    matching: Q = field(default_factory=Q)
    words: str = ""

    def __len__(self) -> int:
        return self.total

    @overload
    def __getitem__(self, wanted: int) -> Resource: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Resource]: ...
    def __getitem__(self, wanted: int | slice) -> Resource | list[Resource]:
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        first, end, _step = wanted.indices(self.total)
        head = self.ranked[first:end]
        by_key = self.among.in_bulk([key for key, _rank in head]) if head else {}
        found = []
        for key, rank in head:
            if key in by_key:
                by_key[key].rank = rank  # type: ignore[attr-defined]
                found.append(by_key[key])
        short = end - first - len(head)
        if self.rest is not None and short > 0:
            begin = max(0, first - len(self.ranked))
            for one in self.rest[begin : begin + short]:
                one.rank = None  # type: ignore[attr-defined]
                found.append(one)
        return found

    def __iter__(self) -> Iterator[Resource]:
        return iter(self[: self.total])


def search(
    text: str = "", *, filters: Filters | None = None, among: QuerySet[Resource] | None = None
) -> Found:
    """Resources by words, best first; without words by code.

    All terms must be found; where nothing has them all, as many of the rarest as anything has. `among` is what
    is searched, the catalogue in force unless `resources_for(user)` is given.
    """
    among = resources() if among is None else among
    filters = filters or Filters()
    narrowed = among.filter(_wanted(filters))
    if not text.strip():
        ordered = narrowed.order_by("code")
        total = narrowed.order_by().values("pk").count()
        return Found(among, filters, rest=ordered, total=total)
    literal = words.query(text)
    if not literal:
        return Found(among.none(), filters)
    found = _by_words(among, filters, narrowed, literal, text)
    terms = words.terms(text)
    if found.total or not terms or (filters != Filters() and among.filter(found.matching).exists()):
        return found
    for loose in _looser(narrowed, terms):
        found = _by_words(among, filters, narrowed, loose, text)
        if found.total:
            break
    return found


def _by_words(
    among: QuerySet[Resource], filters: Filters, narrowed: QuerySet[Resource], literal: str, text: str
) -> Found:
    query = _Tsquery(Value(literal))
    matching = Q(_Matches(F("search"), query))
    hits = narrowed.filter(matching)
    keys = _keys(hits, SHOWN)
    if len(keys) <= SHOWN:
        ranked = _ranked(keys, "search" if len(keys) <= RANKED else "named", query, text)
        return Found(among, filters, ranked, total=len(ranked), matching=matching, words=literal)
    named = Q(_Matches(F("named"), query))
    ranked, rest = [], narrowed.filter(named).order_by(*_BY_SIZE)
    keys = _keys(rest.order_by(), SHOWN)
    if len(keys) <= SHOWN:
        ranked, rest = _ranked(keys, "named", query, text), hits.filter(~named).order_by(*_BY_SIZE)
    return Found(among, filters, ranked, rest, SHOWN, more=True, matching=matching, words=literal)


def _keys(hits: QuerySet[Resource], most: int) -> list[int]:
    """Primary keys of hits, one more than `most` where there are more."""
    return list(hits.select_related(None).order_by().values_list("pk", flat=True)[: most + 1])


def _ranked(keys: Iterable[int], column: str, query: _Tsquery, text: str) -> list[tuple[int, float]]:
    """Hits with their rank, best first; what has the words as they were typed in its name comes before the rest."""
    typed = text.strip()
    literally = Case(
        When(Q(name__iexact=typed) | Q(code__iexact=typed), then=Value(2.0)),
        When(Q(name__icontains=typed), then=Value(1.0)),
        default=Value(0.0),
        output_field=FloatField(),
    )
    hits = Resource.objects.filter(pk__in=keys).order_by()
    rows = hits.values_list("pk", "code", "width", _Rank(F(column), query) + literally)
    return [
        (key, rank)
        for key, _code, _width, rank in sorted(
            rows, key=lambda row: (-row[3], bool(row[3]) or row[2], row[1])
        )
    ]


def _looser(narrowed: QuerySet[Resource], terms: Sequence[words.Term]) -> Iterator[str]:
    """Terms that no entry has all of, as queries that ask for less and less.

    What no entry has at all is left out; of the rest all, then without the commonest, and so on; at last any of the
    rarest together, while few enough entries have them, then any of the others. How many entries have a lexeme is
    what the database's own statistics say; what they don't name is rare.
    """
    known = _frequencies()
    counted = [
        (min((known.get(one, 0.0) for one in term.lexemes), default=0.0), term.literal) for term in terms
    ]
    there = sorted(
        (count, literal)
        for count, literal in counted
        if count or narrowed.filter(_Matches(F("search"), _Tsquery(Value(literal)))).exists()
    )
    for many in range(len(there) - (len(there) == len(terms)), 1, -1):
        yield " & ".join(f"({literal})" for _count, literal in there[:many])
    yield from _groups(there)


def _groups(counted: Sequence[tuple[float, str]]) -> Iterator[str]:
    """Terms with how many entries have them, rarest first: any of the first few, then any of the next."""
    chosen, hits = list[str](), 0.0
    for count, literal in counted:
        if chosen and hits + count > RANKED:
            yield " | ".join(f"({one})" for one in chosen)
            chosen, hits = [], 0.0
        chosen.append(literal)
        hits += count
    if chosen:
        yield " | ".join(f"({one})" for one in chosen)


def _frequencies() -> dict[str, float]:
    """How many entries have each of the commonest lexemes, as of the last ANALYZE."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unnest(s.most_common_elems::text::text[]), unnest(s.most_common_elem_freqs) * greatest(c.reltuples, 0)"
            " FROM pg_stats s JOIN pg_class c ON c.oid = 'catalog_resource'::regclass"
            " WHERE s.tablename = 'catalog_resource' AND s.attname = 'search' AND s.schemaname = current_schema()"
        )
        # The least, the greatest and the nulls' frequency stand behind the last element.
        return {
            lexeme: count for lexeme, count in cursor.fetchall() if lexeme is not None and count is not None
        }


def _wanted(filters: Filters, *, but: str = "") -> Q:
    chosen = {
        _COLUMNS[one.name]: getattr(filters, one.name)
        for one in fields(Filters)
        if one.name != but and getattr(filters, one.name) not in ("", None)
    }
    return Q(**chosen)


def facets(
    text: str = "",
    *,
    filters: Filters | None = None,
    among: QuerySet[Resource] | None = None,
    found: Found | None = None,
) -> dict[str, list[Choice]]:
    """The choices by department, share type, theme and update cycle, most frequent first.

    Each facet counts what its own choice would leave with the other filters as they are; one pass over the
    hits counts all four. `found` is the search's own answer, where there is one.
    """
    filters = filters or Filters()
    found = found or search(text, filters=filters, among=among)
    rows = _counted(found, filters)
    departments = Department.objects.in_bulk({row[0] for row in rows})
    codes = {key: department.code for key, department in departments.items()}
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    chosen = [getattr(filters, name) for name in FACETS]
    for provider, share_type, theme, cycle, n in rows:
        values = (codes[provider], share_type, theme, cycle)
        misses = [place for place, value in enumerate(values) if chosen[place] and chosen[place] != value]
        if not misses:
            for name, value in zip(FACETS, values, strict=True):
                counts[name][value] += n
        elif len(misses) == 1:
            counts[FACETS[misses[0]]][values[misses[0]]] += n
    labels = _labels(departments.values())
    return {
        name: sorted(
            (
                Choice(value, labels[name](value), n, value == getattr(filters, name))
                for value, n in counts[name].items()
                if value
            ),
            key=lambda choice: (-choice.count, choice.label),
        )
        for name in FACETS
    }


# Facets first counted by their number, which is all that is read of a hit, and only then looked at.
_COUNTS = """
SELECT f."provider_id", f."share_type", f."theme", f."update_cycle", sum(c."n")::bigint
FROM "catalog_count"(%s::tsquery) c JOIN "catalog_facet" f ON f."id" = c."facet_id"
WHERE NOT f."share_type" = ANY(%s)
    AND (%s = '' OR f."format" = %s) AND (%s = '' OR f."registry" = %s) AND (%s::boolean IS NULL OR f."open" = %s::boolean)
GROUP BY 1, 2, 3, 4
"""


def _counted(found: Found, filters: Filters) -> list[tuple[Any, ...]]:
    """How many hits there are of each provider, share type, theme and update cycle, whatever of these is chosen."""
    columns = ("provider_id", "share_type", "theme", "update_cycle")
    hits = found.among.filter(found.matching, _wanted(_unseen(filters)))
    if found.rest is None and filters == Filters():
        hits = found.among.filter(pk__in=[key for key, _rank in found.ranked])
    elif found.words and isinstance(found.among, Entries) and found.among.hidden is not None:
        wanted = [filters.format] * 2 + [filters.registry] * 2 + [filters.open] * 2
        with connection.cursor() as cursor:
            cursor.execute(_COUNTS, [found.words, list(found.among.hidden), *wanted])
            return list(cursor.fetchall())
    return list(hits.select_related(None).order_by().values_list(*columns).annotate(n=Count("*")))


def _unseen(filters: Filters) -> Filters:
    """The filters that are no facets."""
    return Filters(format=filters.format, registry=filters.registry, open=filters.open)


def _labels(departments: Iterable[Department]) -> dict[str, Callable[[str], str]]:
    english = (get_language() or "").startswith("en")
    short = {one.code: (english and one.short_en) or one.short for one in departments}
    shares = {str(value): str(label) for value, label in ShareType.choices}
    cycles = {str(value): str(label) for value, label in Resource.Cycle.choices}
    return {
        "department": lambda value: short.get(value, value),
        "share_type": lambda value: shares.get(value, value),
        "cycle": lambda value: cycles.get(value, value),
        "theme": lambda value: value,
    }
