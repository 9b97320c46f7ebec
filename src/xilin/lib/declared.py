"""Declarations in files: read, checked against their types, every fault with file and line.

A league folder holds TOML, CSV and GeoJSON. This module knows how to read a *kind* of
declaration into typed structs and where each value stands in its file; what the kinds
are is the business of the parts that own them.
"""

import csv
import io
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from xilin.lib.mistakes import mistake
from xilin.lib.places import Keys, features, toml_lines
from xilin.lib.text import Text

T = TypeVar("T")


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
        return Fault(self.at(*keys), Text(zh=zh, en=en), may if may and may.zh else None)


class League:
    """Everything a league folder declares, by kind and code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kinds: dict[str, dict[str, Declared[Any]]] = {}

    def all(self, kind: str) -> dict[str, Declared[Any]]:
        """The declarations of a kind, by code; empty where there are none."""
        return self._kinds.setdefault(kind, {})

    def kinds(self) -> list[str]:
        """The kinds that were read."""
        return list(self._kinds)

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
        needed: whether a league folder without it is none.
    """

    name: str
    label: Text
    struct: type[Any]
    files: str
    table: str = ""
    code: Callable[[Any], str] = field(default=lambda value: str(value.code))
    check: Callable[[Declared[Any], League], Iterable[Fault]] = no_more_checks
    needed: bool = False


def read(folder: Path, kinds: Iterable[Kind]) -> tuple[League, list[Fault]]:
    """Read and check a league folder.

    Returns the league, and its faults in the order of files and lines. First everything that
    can't be read is told, in every file; what declarations say of each other is checked once all
    can be read, so that one broken file isn't drowned in complaints of those that refer to it.
    """
    league, faults = League(folder), list[Fault]()
    kinds = list(kinds)
    if not folder.is_dir():
        what = Text(zh=f"没有这个盟市目录：{folder}。", en=f"There is no league folder {folder}.")
        return league, [Fault(Place(str(folder), 1), what)]
    for kind in kinds:
        faults += _collect(kind, league)
    faults += _strangers(folder, kinds)
    if not faults:
        for kind in kinds:
            for declared in league.all(kind.name).values():
                faults += kind.check(declared, league)
    return league, sorted(set(faults), key=lambda fault: fault.place)


def _collect(kind: Kind, league: League) -> Iterator[Fault]:
    """Read the declarations of a kind into the league; what can't be read, or stands there already."""
    paths = sorted(path for path in league.folder.glob(kind.files) if path.is_file())
    if kind.needed and not paths:
        zh, en = kind.label.zh, kind.label.en.lower()
        what = Text(zh=f"缺少{zh}的声明文件。", en=f"The file that declares the {en} is missing.")
        yield Fault(Place(kind.files, 1), what)
    for path in paths:
        for found in _declarations(kind, path, league.folder):
            if isinstance(found, Fault):
                yield found
            elif other := league.all(kind.name).get(found.code):
                yield found.fault(
                    zh=f"{kind.label.zh}“{found.code}”已在 {other.at()} 声明过。",
                    en=f"{kind.label.en} {found.code} is declared already at {other.at()}.",
                )
            else:
                league.all(kind.name)[found.code] = found


def _strangers(folder: Path, kinds: list[Kind]) -> Iterator[Fault]:
    """Files of the kinds' formats that no kind reads: most often a misspelt name."""
    known = {path for kind in kinds for path in folder.glob(kind.files)}
    patterns = ", ".join(sorted({kind.files for kind in kinds}))
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in {".toml", ".csv", ".geojson"} and path not in known:
            yield Fault(
                Place(str(path.relative_to(folder)), 1),
                Text(zh="没有哪一类声明读取这个文件。", en="No kind of declaration reads this file."),
                Text(zh=patterns, en=patterns),
            )


def _declarations(kind: Kind, path: Path, folder: Path) -> Iterator[Declared[Any] | Fault]:
    name = str(path.relative_to(folder))
    text = _text(path, name)
    if isinstance(text, Fault):
        yield text
        return
    readers = {".csv": _csv_entries, ".geojson": _geojson_entries}
    for entry in readers.get(path.suffix, _toml_entries)(text, name, kind):
        yield entry if isinstance(entry, Fault) else _typed(kind, name, *entry)


def _text(path: Path, name: str) -> str | Fault:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        what = Text(zh=f"文件无法读取：{error.strerror}。", en=f"The file can't be read: {error.strerror}.")
        return Fault(Place(name, 1), what)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Fault(
            Place(name, line),
            Text(zh="文件不是 UTF-8 编码。", en="The file is not UTF-8."),
            Text(zh="用 UTF-8 重新保存", en="save it again as UTF-8"),
        )


# Where an entry stands in its file, what it says, and the lines of its parts.
Entry = tuple[Keys, Any, dict[Keys, int]]


def _toml_entries(text: str, name: str, kind: Kind) -> Iterator[Entry | Fault]:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        yield Fault(
            Place(name, line),
            Text(zh=f"不是合法的 TOML（{error}）。", en=f"This is not TOML: {error}."),
            Text(zh='字段 = 值，文本加引号："..."', en='field = value, text in quotes: "..."'),
        )
        return
    lines = toml_lines(text)
    if not kind.table:
        yield (), data, lines
        return
    for key in data:
        if key != kind.table:
            yield Fault(
                Place(name, lines.get((key,), lines.get((key, 0), 1))),
                Text(zh=f"不认识的表“{key}”。", en=f"Unknown table {key}."),
                Text(zh=f"[[{kind.table}]]", en=f"[[{kind.table}]]"),
            )
    found = data.get(kind.table, [])
    for index, entry in enumerate(found if isinstance(found, list) else [found]):
        prefix: Keys = (kind.table, index) if isinstance(found, list) else (kind.table,)
        yield prefix, entry, lines


def _csv_entries(text: str, name: str, kind: Kind) -> Iterator[Entry | Fault]:
    rows = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(rows, [])
        wrong = list(_header_faults(header, name, kind))
        yield from wrong
        for row in [] if wrong else rows:
            if not row:
                continue
            if len(row) != len(header):
                yield Fault(
                    Place(name, rows.line_num),
                    Text(
                        zh=f"{kind.label.zh}：本行有 {len(row)} 个值，表头有 {len(header)} 列。",
                        en=f"{kind.label.en}: this row has {len(row)} values, the header has {len(header)}.",
                    ),
                    Text(zh="含逗号的值加引号", en="quote a value that holds a comma"),
                )
                continue
            data = {key: value for key, value in zip(header, row, strict=True) if value != ""}
            yield (), data, {(): rows.line_num}
    except csv.Error as error:
        what = Text(zh=f"不是合法的 CSV（{error}）。", en=f"This is not CSV: {error}.")
        yield Fault(Place(name, rows.line_num), what)


def _header_faults(header: list[str], name: str, kind: Kind) -> Iterator[Fault]:
    """What is wrong with a CSV file's header: told once, not once a row."""
    fields = kind.struct.__struct_fields__
    wanted = [f.name for f in msgspec.structs.fields(kind.struct) if f.required]
    may = Text(zh=", ".join(fields), en=", ".join(fields))
    for column in dict.fromkeys(header):
        if column not in fields:
            what = Text(
                zh=f"{kind.label.zh}：不认识的列“{column}”。", en=f"{kind.label.en}: unknown column {column}."
            )
            yield Fault(Place(name, 1), what, may)
        elif header.count(column) > 1:
            what = Text(
                zh=f"{kind.label.zh}：列“{column}”出现多次。",
                en=f"{kind.label.en}: column {column} stands more than once.",
            )
            yield Fault(Place(name, 1), what)
    for column in wanted:
        if column not in header:
            what = Text(
                zh=f"{kind.label.zh}：缺少列“{column}”。", en=f"{kind.label.en}: column {column} is missing."
            )
            yield Fault(Place(name, 1), what, may)


def _geojson_entries(text: str, name: str, _kind: Kind) -> Iterator[Entry | Fault]:
    try:
        for line, feature in features(text):
            about = feature if isinstance(feature, dict) else {}
            yield (), {**(about.get("properties") or {}), "geometry": about.get("geometry")}, {(): line}
    except ValueError as error:
        what = Text(
            zh=f"不是 GeoJSON 要素集（{error}）。", en=f"This is not a GeoJSON feature collection: {error}."
        )
        yield Fault(Place(name, getattr(error, "lineno", 1)), what)


def _typed(kind: Kind, name: str, prefix: Keys, data: Any, lines: dict[Keys, int]) -> Declared[Any] | Fault:
    try:
        value = msgspec.convert(data, kind.struct, strict=not name.endswith(".csv"))
    except msgspec.ValidationError as error:
        keys, what, allowed = mistake(data, kind.struct, error)
        stub = Declared(kind.name, "", None, name, lines, prefix)
        code = data.get("code") if isinstance(data, dict) else None
        whose = Text(
            zh=kind.label.zh + (f"“{code}”" if isinstance(code, str) else ""),
            en=kind.label.en + (f" {code}" if isinstance(code, str) else ""),
        )
        at = ".".join(str(key) for key in keys)
        path = Text(zh=f"{at}：", en=f"{at}: ") if at else Text(zh="")
        return Fault(
            stub.at(*keys),
            Text(zh=f"{whose.zh}：{path.zh}{what.zh}。", en=f"{whose.en}: {path.en}{what.en}."),
            allowed,
        )
    return Declared(kind.name, kind.code(value), value, name, lines, prefix)
