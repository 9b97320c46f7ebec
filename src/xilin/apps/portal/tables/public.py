"""Tables of the public pages: indicators, the economy, departments, deadlines, rules of quality, one source for each number."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from xilin.apps.portal.queries import scores
from xilin.apps.portal.queries.names import Names
from xilin.apps.portal.tables.exchange import by_value
from xilin.apps.portal.templatetags.portal import briefly, dimension_name, named
from xilin.lib.text import Text
from xilin.web import tables
from xilin.web.tables import Column, Table
from xilin.web.templatetags.xilin import own


def told(text: Text) -> str:
    """Declared words in the reader's language."""
    return text.of(get_language() or "")


def indicators(request: HttpRequest, themes: Sequence[Any]) -> Table:
    """Every indicator with its newest value, its theme and its course."""
    rows = [(figure, course, told(theme.name)) for theme in themes for figure, course in theme.figures]
    names = Names()

    def source(row: Any) -> str:
        figure = row[0]
        if figure.resource:
            return names.of("resource", figure.resource)
        return names.of("registry", figure.indicator.registry) if figure.indicator.registry else ""

    def page(row: Any) -> str:
        figure = row[0]
        if figure.resource:
            return reverse("portal:resource", args=[figure.resource])
        return reverse("portal:registries") if figure.indicator.registry else ""

    kinds = [(word, word) for word in dict.fromkeys(row[2] for row in rows)]
    return tables.asked(
        request,
        "indicators",
        _("Indicators"),
        [
            Column("indicator", _("Indicator"), lambda row: told(row[0].indicator.name), sortable=True, href=lambda row: reverse("portal:indicator", args=[row[0].indicator.code]), below=lambda row: told(row[0].indicator.definition)),
            Column("theme", _("Theme"), lambda row: row[2], sortable=True),
            Column("value", _("Value"), lambda row: row[0].value, kind="number", sortable=True, template="portal/cells/figure.html"),
            Column("unit", _("Unit"), lambda row: own(row[0].indicator.unit), shown=False),
            Column("course", _("Over time"), lambda row: "", template="portal/cells/course.html"),
            Column("source", _("From"), source, sortable=True, href=page),
            Column("as_of", _("data as of"), lambda row: row[0].as_of, kind="day", sortable=True, shown=False),
        ],
        rows,
        filters=[by_value("theme", _("Theme"), kinds, lambda row: row[2])],
        find=tables.containing(lambda row: told(row[0].indicator.name), lambda row: told(row[0].indicator.definition), lambda row: row[0].indicator.code),
        per_page=100,
        empty=(_("No indicator is declared."), _("Apply the league folder: xilin apply")),
    )  # fmt: skip


def areas(request: HttpRequest, found: Any) -> Table:
    """The areas below the one whose indicator is shown."""
    one = found.figure.indicator
    share = Column("share", "%", lambda row: row.value / found.total if row.value is not None else None, kind="percent", sortable=True)  # fmt: skip
    return tables.asked(
        request,
        "areas",
        found.below_kind,
        [
            Column("area", found.below_kind, "name", sortable=True, href=lambda row: row.href),
            Column("value", own(one.unit) or _("Value"), kind="number", decimals=one.decimals, sortable=True, template="portal/cells/area_value.html"),
            *([share] if found.added_up else []),
            Column("bar", _("Bar"), kind="acts", template="portal/cells/area_bar.html"),
        ],
        found.below,
        find=tables.containing(lambda row: row.name),
        per_page=60,
        more={"highest": found.highest, "least": one.least, "decimals": one.decimals},
    )  # fmt: skip


def dataflows(request: HttpRequest, subjects: Sequence[Any]) -> Table:
    """The dataflows of the economy that the reader may see."""
    rows = [(one, told(subject.name), told(subject.publisher.name)) for subject in subjects for one in subject.flows]  # fmt: skip
    kinds = [(word, word) for word in dict.fromkeys(row[1] for row in rows)]
    return tables.asked(
        request,
        "dataflows",
        _("Dataflows by subject"),
        [
            Column("name", _("Dataflow"), lambda row: told(row[0].flow.name), sortable=True, template="portal/cells/dataflow.html"),
            Column("subject", _("Theme"), lambda row: row[1], sortable=True, below=lambda row: row[2]),
            Column("series", _("Series kept"), lambda row: row[0].held.series, kind="number", sortable=True),
            Column("values", _("Values that stand"), lambda row: row[0].held.observations, kind="number", sortable=True),
            Column("first", _("Days covered"), lambda row: row[0].held.first, kind="day", sortable=True, template="portal/cells/days_covered.html"),
            Column("changed_at", _("Last taken over"), lambda row: row[0].held.changed_at, kind="moment", sortable=True),
        ],
        rows,
        filters=[by_value("subject", _("Theme"), kinds, lambda row: row[1])],
        find=tables.containing(lambda row: told(row[0].flow.name), lambda row: told(row[0].flow.definition), lambda row: row[0].flow.code),
        per_page=60,
        empty=(_("No dataflow is declared, or none is public."), _("Apply the league folder: xilin apply")),
    )  # fmt: skip


def series(request: HttpRequest, found: Any) -> Table:
    """The values of a series, the newest period first."""
    return tables.asked(
        request,
        "values",
        _("Values"),
        [
            Column("period", _("Period"), sortable=True),
            Column("value", _("Value"), kind="number", decimals=found.figure.decimals, sortable=True),
            Column("status", _("Status of the value"), kind="status", sortable=True, status=lambda row: "warn" if row.status_code == "P" else ""),
            Column("released_at", _("Released on"), kind="day", sortable=True),
        ],
        found.values,
        prefix="v-",
        per_page=24,
    )  # fmt: skip


def beside(request: HttpRequest, found: Any, title: str) -> Table:
    """The values of all areas in the newest period."""

    def page(row: Any) -> str:
        if row[0] == found.area:
            return ""
        query = request.GET.copy()
        query[found.flow.dimension[found.flow.position("area")].id] = row[0]
        return f"{request.path}?{query.urlencode()}"

    return tables.asked(
        request,
        "areas",
        title,
        [
            Column("area", _("County"), lambda row: row[1], sortable=True, href=page),
            Column("value", _("Value"), lambda row: row[2], kind="number", decimals=found.figure.decimals, sortable=True),
            Column("bar", _("Bar"), kind="acts", template="portal/cells/beside_bar.html"),
        ],
        found.beside,
        prefix="a-",
        more={"most": found.most},
    )  # fmt: skip


def providers(request: HttpRequest, rows: Sequence[Any]) -> Table:
    """Departments that provide data."""
    return tables.asked(
        request,
        "departments",
        _("Departments"),
        [
            Column("department", _("Department"), lambda row: briefly(row.department), sortable=True, href=lambda row: f"{reverse('portal:catalogue')}?department={row.department.code}", below=lambda row: named(row.department)),
            Column("resources", _("Resources"), lambda row: len(row.resources), kind="text", sortable=True, template="portal/cells/resources.html"),
            Column("sources", _("Sources"), kind="number", sortable=True),
            Column("rows", _("Rows accepted"), kind="number", sortable=True),
            Column("overall", _("Quality"), kind="percent", sortable=True, template="portal/cells/mean.html"),
        ],
        rows,
        find=tables.containing(lambda row: row.department.name, lambda row: row.department.name_en, lambda row: " ".join(one.title for one in row.resources)),
        per_page=60,
        empty=(_("No department provides a resource yet."), _("Apply the league folder: xilin apply")),
    )  # fmt: skip


def _clocks(name: str, title: str, first: Column, more: Sequence[Column], rows: Sequence[Any], request: HttpRequest, prefix: str) -> Table:  # fmt: skip
    def step(code: str, word: str) -> Column:
        return Column(code, word, lambda row: getattr(row.steps, code), kind="number", sortable=True)

    return tables.asked(
        request,
        name,
        title,
        [
            first,
            *more,
            Column("in_time", _("done in time"), lambda row: row.steps.in_time / row.steps.due if row.steps.due else None, kind="percent", sortable=True, template="portal/cells/in_time.html"),
            *([step("open", _("under way"))] if not more else []),
            step("yellow", _("nearly due")),
            step("overdue", _("overdue")),
        ],
        rows,
        prefix=prefix,
        per_page=60,
    )  # fmt: skip


def approvals(request: HttpRequest, found: Any) -> tuple[Table, Table]:
    """How many requests of each kind came in, and how each department keeps its deadlines."""
    counts = [
        Column("received", _("received"), kind="number", sortable=True),
        Column("done", _("done"), kind="number", sortable=True),
    ]
    kind = Column("name", _("Kind"), sortable=True)
    department = Column("name", _("Department"), sortable=True)
    kept = [
        Column("kept", _("in time"), lambda row: row.steps.in_time, kind="number", sortable=True),
        Column("late", _("late"), lambda row: row.steps.late, kind="number", sortable=True),
        Column("open", _("under way"), lambda row: row.steps.open, kind="number", sortable=True),
    ]
    return (
        _clocks("kinds", _("By kind"), kind, counts, found.kinds, request, "k-"),
        _clocks("departments", _("By department"), department, kept, found.departments, request, "d-"),
    )


def rules(request: HttpRequest, results: Sequence[Any]) -> Table:
    """Every rule of a resource with what broke it."""
    dimensions = scores.words()
    return tables.asked(
        request,
        "rules",
        _("Rules"),
        [
            Column("rule", _("Rule"), lambda row: told(row.name), sortable=True, below=lambda row: row.column),
            Column("dimension", _("Dimension"), lambda row: dimension_name(row.dimension), sortable=True),
            Column("severity", _("A row that breaks it"), lambda row: _("is held back") if row.severity == "block" else _("is counted"), kind="status", sortable=True, status=lambda row: "warn" if row.severity == "block" else ""),
            Column("checked", _("Checked"), kind="number", sortable=True),
            Column("broken", _("Broken"), kind="number", sortable=True),
            Column("share", _("Share"), kind="percent", sortable=True, template="portal/cells/rule_share.html"),
            Column("source", _("Source of the rule")),
        ],
        results,
        filters=[
            by_value("dimension", _("Dimension"), list(dimensions.items())),
            by_value("severity", _("A row that breaks it"), [("block", _("is held back")), ("count", _("is counted"))], lambda row: "block" if row.severity == "block" else "count"),
        ],
        find=tables.containing(lambda row: told(row.name), lambda row: row.column),
        per_page=50,
        empty=(_("No rule has been counted yet."), ""),
    )  # fmt: skip


def versions(request: HttpRequest, rows: Sequence[Any], after: int) -> Table:
    """The published versions of an entry, the newest first; `after` is the one that is looked at."""

    def by(one: Any) -> str:
        return briefly(one.compilation.compiled_by.department) if one.compilation else _("the league folder")

    return tables.asked(
        request,
        "versions",
        _("All versions"),
        [
            Column("number", _("Version"), kind="number", sortable=True, href=lambda one: f"?after={one.number}"),
            Column("at", _("Published"), kind="moment", sortable=True, below=lambda one: _in_force() if one.until is None else ""),
            Column("by", _("By"), by, sortable=True, below=lambda one: one.compilation.number if one.compilation else ""),
        ],
        rows,
        per_page=50,
        current=lambda one: one.number == after,
    )  # fmt: skip


def _in_force() -> SafeString:
    return format_html('<span class="badge good dot">{}</span>', _("in force"))


def _resource(resource: Any) -> SafeString:
    """A resource, as a way to its page."""
    return format_html(
        '<a href="{}">{}</a>', reverse("portal:resource", args=[resource.code]), resource.title
    )


def _source(row: Any) -> SafeString:
    """The one source of an element."""
    found = row.one.source
    return (
        _resource(found.resource)
        if found
        else format_html('<span class="badge warn">{}</span>', _("undecided"))
    )


def _ground(row: Any) -> list[str]:
    """Who provides the one source of an element, and on what ground it is that."""
    found, decision = row.one.source, row.one.decision
    if found is None:
        return []
    said = _("decided") if decision else _("declared") if row.one.declared else ""
    ground = format_html('<span class="badge brand">{}</span>', said) if said else _("the only one")
    return [
        format_html("{} · {}", briefly(found.resource.provider), ground),
        decision.reason if decision else "",
    ]


def _besides(row: Any) -> SafeString:
    """Who collects an element beside its source."""
    told = [(briefly(one.resource.provider), _resource(one.resource)) for one in row.one.repeated]
    return format_html_join("", "<div>{}: {}</div>", told) or mark_safe("—")


def one_source(request: HttpRequest, lines: Sequence[Any], show: str, *, decides: bool) -> Table:
    """For each data element its one source, and who collects it besides."""
    empty = {
        "repeated": (_("No element is collected twice."), _("Identifiers by which resources are joined are links, not repetitions, and are not counted.")),
        "undecided": (_("Every element has its source."), _("Where several departments collect an element and none is its source, it stands here.")),
    }.get(show, (_("The catalogue is empty."), _("Apply the league folder: xilin apply")))  # fmt: skip

    def source(row: Any) -> str:
        return row.one.source.resource.title if row.one.source else _("undecided")

    def others(row: Any) -> str:
        return " · ".join(
            f"{briefly(one.resource.provider)}: {one.resource.title}" for one in row.one.repeated
        )

    return tables.asked(
        request,
        "one-source",
        _("One source for each number"),
        [
            Column("element", _("Data element"), lambda row: row.one.name, sortable=True, below=lambda row: row.one.element),
            Column("source", _("The one source"), source, sortable=True, drawn=_source, below=_ground),
            Column("besides", _("Collected besides by"), others, drawn=_besides),
            *([Column("decide", _("Decide"), kind="acts", template="portal/cells/decide.html")] if decides else []),
        ],
        lines,
        find=tables.containing(lambda row: row.one.name, lambda row: row.one.element, source, others),
        per_page=50,
        empty=empty,
    )  # fmt: skip
