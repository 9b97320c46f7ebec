"""What a league folder says about sources: where data comes from and how its columns are mapped."""

import codecs
from collections.abc import Iterable
from typing import Annotated, Literal

from croniter import croniter  # type: ignore[import-untyped]
from msgspec import Meta, Struct

from xilin.kernel.accounts.declarations import known_department
from xilin.kernel.standards.declarations import Code, Name
from xilin.lib.declared import Declared, Fault, Kind, League
from xilin.lib.text import Text


class Connection(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How to reach a source. `${NAME}` in `url` and `path` is a variable of the environment.

    - mysql, postgresql: `url` (password in the environment), `table`;
    - sqlite: `path`, `table`; csv: `path` (a glob: files are read in the order of their
      names), `encoding`, `delimiter`; xlsx: `path`, `sheet`, `header_row` counted from 1;
      parquet: `path` (a glob);
    - http: `url`, `page_parameter`, `size_parameter`, `page_size`, `items` (dotted path to
      the list in the answer), `total` (dotted path to the count), `headers`, and where the
      interface can give increments `cursor_parameter`, which is sent the last value seen.
    """

    url: str = ""
    path: str = ""
    table: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""
    header_row: int = 1
    page_parameter: str = "page"
    size_parameter: str = "size"
    page_size: int = 1000
    items: str = "data"
    total: str = "total"
    headers: dict[str, str] = {}
    cursor_parameter: str = ""


class Column(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How one column of the resource comes from columns as found.

    Text is always trimmed and full-width letters and digits made half-width first.
    `source` names the column as found; `join` several, put together with `separator`;
    `value` is a constant. `formats` are strptime forms of dates, tried in order. `codes`
    maps values as found to codes of the element's list; a value not named there must be
    a code itself. `factor` scales numbers. `part` cuts (first, length), counted from 1.
    """

    source: str = ""
    join: tuple[str, ...] = ()
    separator: str = ""
    value: str | None = None
    formats: tuple[str, ...] = ()
    codes: dict[str, str] = {}
    factor: float = 1
    part: tuple[int, int] | None = None
    upper: bool = False
    nulls: tuple[str, ...] = ()


class Source(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """数据源 A department's system or file that feeds a resource.

    `full` reads everything each time; `incremental` reads what is at or after the last
    value seen of `cursor` (a column as found, ordered), and a row seen before is a duplicate.
    """

    code: Code
    resource: str
    department: str
    name: Name
    connector: Literal["mysql", "postgresql", "sqlite", "csv", "xlsx", "parquet", "http"]
    connection: Connection
    columns: dict[str, Column]
    mode: Literal["full", "incremental"] = "full"
    cursor: str = ""
    schedule: Annotated[str, Meta(pattern=r"^(\S+ \S+ \S+ \S+ \S+)?$")] = ""
    authority: int = 50
    system: Name | None = None


# What each form must be told to find its rows.
NEEDED = {
    "mysql": ("url", "table"),
    "postgresql": ("url", "table"),
    "sqlite": ("path", "table"),
    "csv": ("path", "encoding", "delimiter"),
    "xlsx": ("path",),
    "parquet": ("path",),
    "http": ("url", "items"),
}


def _connection(declared: Declared[Source]) -> Iterable[Fault]:
    value: Source = declared.value
    for name in NEEDED[value.connector]:
        if not getattr(value.connection, name):
            yield declared.fault(
                "connection",
                zh=f"{value.connector} 数据源必须写明 {name}。",
                en=f"A {value.connector} source needs {name}.",
            )
    delimiter = value.connection.delimiter
    if (
        value.connector == "csv"
        and delimiter
        and (len(delimiter) > 1 or not delimiter.isascii() or delimiter in '"\r\n')
    ):
        yield declared.fault(
            "connection",
            "delimiter",
            zh=f"分隔符“{delimiter}”不是一个 ASCII 字符。",
            en=f"Delimiter {delimiter!r} is not one character of ASCII.",
            allowed='"," ";" "|" "\\t"',
        )
    try:
        codecs.lookup(value.connection.encoding or "utf-8")
    except LookupError:
        yield declared.fault(
            "connection",
            "encoding",
            zh=f"不认识编码“{value.connection.encoding}”。",
            en=f"There is no encoding {value.connection.encoding}.",
            allowed="utf-8, utf-8-sig, gb18030",
        )
    if value.schedule and not croniter.is_valid(value.schedule):
        yield declared.fault(
            "schedule",
            zh=f"“{value.schedule}”不是合法的时刻表。",
            en=f"{value.schedule!r} is no schedule.",
            allowed=Text(
                zh="分 时 日 月 周，例如 30 1 * * *",
                en="minute hour day month weekday, for example 30 1 * * *",
            ),
        )


def _references(declared: Declared[Source], league: League) -> Iterable[Fault]:
    value: Source = declared.value
    yield from _connection(declared)
    resource = league.all("resource").get(value.resource)
    yield from known_department(declared, league)
    if resource is None:
        yield declared.fault(
            "resource",
            zh=f"信息资源“{value.resource}”不存在。",
            en=f"There is no resource {value.resource}.",
            allowed=league.codes("resource"),
        )
        return
    columns = {item.key: item for item in resource.value.item}
    for column in value.columns:
        if column not in columns:
            yield declared.fault(
                "columns",
                column,
                zh=f"映射到的信息项“{column}”不在资源“{value.resource}”中。",
                en=f"Column {column} is not an item of resource {value.resource}.",
                allowed=", ".join(columns),
            )
    for key, item in columns.items():
        if (item.required or key in resource.value.key) and key not in value.columns:
            yield declared.fault(
                "columns", zh=f"必填信息项“{key}”没有映射。", en=f"Required item {key} has no mapping."
            )
    if value.mode == "incremental" and not value.cursor:
        yield declared.fault(
            "mode", zh="增量采集必须写明 cursor 列。", en="Incremental collection needs a cursor column."
        )


SOURCE = Kind("source", Text(zh="数据源", en="Source"), Source, "sources/*.toml", check=_references)
