"""Where things stand in a file: lines of TOML tables, keys and array elements, and of GeoJSON features."""

import json
import re
from collections.abc import Iterator
from typing import Any

Keys = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_GAP = re.compile(r"[\s,]*")
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


def features(text: str) -> Iterator[tuple[int, Any]]:
    """The features of a GeoJSON collection, each with the line it begins on; ValueError where it is none.

    >>> list(features('{"type": "FeatureCollection", "features": [\\n{"a": 1}\\n]}'))
    [(2, {'a': 1})]
    """
    data = json.loads(text)
    if not isinstance(data, dict) or not isinstance(data.get("features"), list):
        raise ValueError("a FeatureCollection with a list of features is wanted")
    at = re.search(r'"features"\s*:\s*\[', text)
    position, line, decoder = 0, 1, json.JSONDecoder()
    following = at.end() if at else 0
    for feature in data["features"]:
        gap = _GAP.match(text, following)
        begin = gap.end() if gap else following
        line += text.count("\n", position, begin)
        position = begin
        try:
            _found, following = decoder.raw_decode(text, begin)
        except ValueError:  # "features" stood somewhere before, as a word: the line stays what it was
            following = begin
        yield line, feature


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
