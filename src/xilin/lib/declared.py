"""Declarations in files: read, checked against their types, every fault with file and line.

A league folder holds TOML, CSV and GeoJSON. This module knows how to read a *kind* of
declaration into typed structs and where each value stands in its file; what the kinds
are is the business of the parts that own them.
"""

import csv
import io
import json
import re
import tomllib
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from xilin.lib.text import Text

T = TypeVar("T")
Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file of the league folder and a line, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place, and what would be right."""

    place: Place
    what: Text
    allowed: Text | None = None

    def of(self, language: str) -> str:
        """One line for a person."""
        said = f"{self.place}: {self.what.of(language)}"
        if self.allowed is None:
            return said
        word = "Allowed" if language.startswith("en") else "允许"
        return f"{said} {word}: {self.allowed.of(language)}"


@dataclass(frozen=True, slots=True)
class Declared(Generic[T]):
    """One declaration: its value, and where it and its parts stand."""

    kind: str
    code: str
    value: T
    file: str
    lines: dict[Keys, int]
    prefix: Keys = ()

    def at(self, *keys: str | int) -> Place:
        """The place of a part of the value, or of the nearest part around it."""
        path = (*self.prefix, *keys)
        while path and path not in self.lines:
            path = path[:-1]
        return Place(self.file, self.lines.get(path, 1))

    def fault(self, *keys: str | int, zh: str, en: str, allowed: Text | str | None = None) -> Fault:
        """A fault at a part of this declaration."""
        may = Text(zh=allowed, en=allowed) if isinstance(allowed, str) else allowed
        return Fault(self.at(*keys), Text(zh=zh, en=en), may)


class League:
    """Everything a league folder declares, by kind and code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kinds: dict[str, dict[str, Declared[Any]]] = {}

    def all(self, kind: str) -> dict[str, Declared[Any]]:
        """The declarations of a kind, by code; empty where there are none."""
        return self._kinds.setdefault(kind, {})

    def codes(self, kind: str) -> str:
        """The codes of a kind as a phrase for "allowed", at most twelve of them."""
        codes = sorted(self.all(kind))
        more = f" … ({len(codes)})" if len(codes) > 12 else ""
        return ", ".join(codes[:12]) + more


def no_more_checks(_declared: Declared[Any], _league: League) -> Iterable[Fault]:
    """The check of a kind whose type says all there is to say."""
    return ()


@dataclass(frozen=True)
class Kind:
    """A kind of declaration: its type, the files it stands in, its checks.

    Args:
        name: a stable word such as `resource`.
        label: the word for people.
        struct: the msgspec type of one declaration.
        files: a glob below the league folder.
        table: the top-level key whose entries are declarations (`[[element]]`), or ""
            where a TOML file as a whole is one declaration. A CSV file is always one
            declaration a row; in a GeoJSON file it is one a feature.
        code: from a value to its code, unique in its kind.
        check: what must hold beyond the type, seeing the whole league.
    """

    name: str
    label: Text
    struct: type[Any]
    files: str
    table: str = ""
    code: Callable[[Any], str] = field(default=lambda value: str(value.code))
    check: Callable[[Declared[Any], League], Iterable[Fault]] = no_more_checks


def read(folder: Path, kinds: Iterable[Kind]) -> tuple[League, list[Fault]]:
    """Read and check a league folder.

    Returns the league, and its faults in the order of files and lines. With faults the
    league holds what could be read, so that one run tells everything that is wrong.
    """
    league, faults = League(folder), []
    kinds = list(kinds)
    if not folder.is_dir():
        what = Text(zh=f"没有这个盟市目录：{folder}。", en=f"There is no league folder {folder}.")
        return league, [Fault(Place(str(folder), 1), what)]
    for kind in kinds:
        for path in sorted(folder.glob(kind.files)):
            for found in _declarations(kind, path, folder):
                if isinstance(found, Fault):
                    faults.append(found)
                elif other := league.all(kind.name).get(found.code):
                    faults.append(
                        found.fault(
                            zh=f"{kind.label.zh}“{found.code}”已在 {other.at()} 声明过。",
                            en=f"{kind.label.en} {found.code} is declared already at {other.at()}.",
                        )
                    )
                else:
                    league.all(kind.name)[found.code] = found
    faults += _strangers(folder, kinds)
    for kind in kinds:
        for declared in league.all(kind.name).values():
            faults += kind.check(declared, league)
    return league, sorted(set(faults), key=lambda fault: fault.place)


def _strangers(folder: Path, kinds: list[Kind]) -> Iterator[Fault]:
    """Files of the kinds' formats that no kind reads: most often a misspelt name."""
    known = {path for kind in kinds for path in folder.glob(kind.files)}
    patterns = ", ".join(sorted({kind.files for kind in kinds}))
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".toml", ".csv", ".geojson"} and path not in known:
            yield Fault(
                Place(str(path.relative_to(folder)), 1),
                Text(zh="没有哪一类声明读取这个文件。", en="No kind of declaration reads this file."),
                Text(zh=patterns, en=patterns),
            )


def _declarations(kind: Kind, path: Path, folder: Path) -> Iterator[Declared[Any] | Fault]:
    name = str(path.relative_to(folder))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        yield Fault(
            Place(name, line),
            Text(zh="文件不是 UTF-8 编码。", en="The file is not UTF-8."),
            Text(zh="用 UTF-8 重新保存", en="save it again as UTF-8"),
        )
        return
    readers = {".csv": _csv_entries, ".geojson": _geojson_entries}
    entries = readers.get(path.suffix, _toml_entries)
    for prefix, data, lines, fault in entries(text, name, kind):
        yield fault if fault else _typed(kind, name, prefix, data, lines)


Entry = tuple[Keys, Any, dict[Keys, int], Fault | None]


def _toml_entries(text: str, name: str, kind: Kind) -> Iterator[Entry]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        what = Text(zh=f"不是合法的 TOML：{error}。", en=f"This is not TOML: {error}.")
        yield (), None, {}, Fault(Place(name, line), what)
        return
    lines = toml_lines(text)
    if not kind.table:
        yield (), data, lines, None
        return
    for key in data:
        if key != kind.table:
            what = Text(zh=f"不认识的表“{key}”。", en=f"Unknown table {key}.")
            yield (
                (),
                None,
                {},
                Fault(Place(name, lines.get((key,), 1)), what, Text(zh=kind.table, en=kind.table)),
            )
    found = data.get(kind.table, [])
    for index, entry in enumerate(found if isinstance(found, list) else [found]):
        prefix: Keys = (kind.table, index) if isinstance(found, list) else (kind.table,)
        yield prefix, entry, lines, None


def _csv_entries(text: str, _name: str, _kind: Kind) -> Iterator[Entry]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    for row in rows:
        data = {key: value for key, value in row.items() if key is not None and value not in ("", None)}
        yield (), data, {(): rows.line_num}, None


def _geojson_entries(text: str, name: str, _kind: Kind) -> Iterator[Entry]:
    try:
        features = json.loads(text)["features"]
    except (ValueError, KeyError, TypeError) as error:
        what = Text(
            zh=f"不是 GeoJSON 要素集：{error}。", en=f"This is not a GeoJSON feature collection: {error}."
        )
        yield (), None, {}, Fault(Place(name, getattr(error, "lineno", 1)), what)
        return
    for feature in features:
        data = {**feature.get("properties", {}), "geometry": feature.get("geometry")}
        yield (), data, {(): 1}, None


def _typed(kind: Kind, name: str, prefix: Keys, data: Any, lines: dict[Keys, int]) -> Declared[Any] | Fault:
    try:
        value = msgspec.convert(data, kind.struct, strict=not name.endswith(".csv"))
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at ")
        keys = _keys(where)
        stub = Declared(kind.name, "", None, name, lines, prefix)
        unknown = re.search(r"unknown field `(.+)`", said)
        missing = re.search(r"required field `(.+)`", said)
        allowed = _allowed(kind.struct, keys, fields=bool(unknown))
        if unknown:
            keys = (*keys, unknown[1])
            zh = f"不认识的字段“{unknown[1]}”。"
        elif missing:
            zh, allowed = f"缺少必填字段“{missing[1]}”。", missing[1]
        else:
            zh = f"值不合规：{said}。"
        at = ".".join(str(key) for key in keys)
        return Fault(
            stub.at(*keys),
            Text(zh=f"{kind.label.zh}：{at}：{zh}", en=f"{kind.label.en}: {at}: {said}."),
            Text(zh=allowed, en=allowed) if allowed else None,
        )
    return Declared(kind.name, kind.code(value), value, name, lines, prefix)


def _keys(where: str) -> Keys:
    """The path msgspec reports, `$.item[2].element`, as keys."""
    return tuple(
        int(index) if index else word for word, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", where)
    )


def _allowed(struct: Any, keys: Keys, *, fields: bool) -> str:
    """What the type at a path allows, in words."""
    kind: Any = struct
    for key in keys:
        kind = _inner(kind, key)
    if fields:
        kind = next((k for k in _options(kind) if hasattr(k, "__struct_fields__")), kind)
        return ", ".join(getattr(kind, "__struct_fields__", ()))
    literals = [
        str(v) for k in _options(kind) if typing.get_origin(k) is typing.Literal for v in typing.get_args(k)
    ]
    if literals:
        return ", ".join(literals)
    return " | ".join(getattr(k, "__name__", str(k)) for k in _options(kind) if k is not None)


def _options(kind: Any) -> list[Any]:
    if typing.get_origin(kind) is typing.Annotated:
        return _options(typing.get_args(kind)[0])
    if typing.get_origin(kind) in (typing.Union, getattr(__import__("types"), "UnionType", None)):
        return [option for arg in typing.get_args(kind) for option in _options(arg)]
    return [] if kind is type(None) else [kind]


def _inner(kind: Any, key: str | int) -> Any:
    for option in _options(kind):
        if hasattr(option, "__struct_fields__"):
            hints = typing.get_type_hints(option, include_extras=True)
            if key in hints:
                return hints[key]
        arguments = typing.get_args(option)
        if arguments and typing.get_origin(option) in (list, tuple, dict):
            return arguments[-1] if typing.get_origin(option) is dict else arguments[0]
    return Any


_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-.\"'\u4e00-\u9fff ]+?)\s*=\s*(.*)$")


def toml_lines(text: str) -> dict[Keys, int]:
    """The line on which each table, key and array element of a TOML text begins.

    A plain scan, good enough to point a person at the right line: elements of an array
    that spans lines are told apart where each starts a line of its own, and what stands
    inside an inline table is found at the table's line.

    >>> toml_lines('[[item]]\\nelement = "sex"\\n')[("item", 0, "element")]
    2
    """
    lines: dict[Keys, int] = {}
    counts: dict[Keys, int] = {}
    table: Keys = ()
    array: Keys | None = None
    depth = index = 0
    quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            quote = "" if quote in line else quote
            continue
        if array is not None:
            bare = _bare(line)
            if depth == 1 and bare.strip() and not bare.strip().startswith("]"):
                lines[(*array, index)] = number
                index += 1
            depth += _depth(bare)
            array = None if depth <= 0 else array
            continue
        if header := _HEADER.match(line):
            table = _table(header, counts)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            path = (*table, *_parts(key[1]))
            for cut in range(len(table) + 1, len(path) + 1):
                lines.setdefault(path[:cut], number)
            quote = next((q for q in ('"""', "'''") if key[2].count(q) == 1), "")
            depth, index = _depth(_bare(key[2])), 0
            array = path if depth > 0 else None
    return lines


def _table(header: re.Match[str], counts: dict[Keys, int]) -> Keys:
    path: Keys = ()
    parts = _parts(header[2])
    for number, part in enumerate(parts):
        path = (*path, part)
        last = number == len(parts) - 1
        if last and header[1] == "[[":
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted.strip())]


def _bare(line: str) -> str:
    """A line without its strings and its comment."""
    return re.sub(r"#.*", "", re.sub(r"\"(?:\\.|[^\"\\])*\"|'[^']*'", "_", line))


def _depth(bare: str) -> int:
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
