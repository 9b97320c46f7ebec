"""What `xilin plan` and `xilin apply` print: faults with their place, differences field by field."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text as Line

from xilin.kernel.standards.actions import Change
from xilin.kernel.standards.declarations import KINDS
from xilin.kernel.standards.models import LeagueVersion
from xilin.lib.declared import Fault
from xilin.lib.text import Text

MOST_ADDED, MOST_FIELDS, WIDTH = 12, 12, 60
SIGNS = {"add": ("+", "green"), "change": ("~", "yellow"), "remove": ("-", "red")}
NOTHING = Text(
    zh="没有差异：数据库与盟市目录一致。", en="No difference: the database says what the league folder says."
)
SUMMARY = Text(
    zh="新增 {add} 项，修改 {change} 项，移除 {remove} 项。",
    en="{add} to add, {change} to change, {remove} to remove.",
)
APPLIED = Text(
    zh="已生效：第 {number} 版；新增 {add} 项，修改 {change} 项，移除 {remove} 项。",
    en="In force: version {number}; {add} added, {change} changed, {remove} removed.",
)
NOT_YET = Text(
    zh="尚未改动数据库；执行 xilin apply 生效。",
    en="The database is untouched; xilin apply carries this out.",
)
FAULTS = Text(
    zh="共 {count} 处错误；数据库未作任何改动。改正后重试。",
    en="Faults: {count}; the database is untouched. Mend them and try again.",
)
MORE = Text(zh="… 另有 {count} 项", en="… and {count} more")


def fault_lines(faults: Iterable[Fault], language: str) -> list[Line]:
    """Each fault as one line, `file:line: what. Allowed: …`, and the count."""
    lines = []
    for fault in faults:
        line = Line(fault.of(language))
        line.stylize("bold", 0, len(str(fault.place)))
        lines.append(line)
    return [*lines, Line(FAULTS.filled({"count": len(lines)}).of(language), "red")]


def plan_lines(
    changes: Sequence[Change], language: str, *, version: LeagueVersion | None = None
) -> list[Line]:
    """A plan as lines, kind by kind in the order it is carried out; with `version`, what was carried out."""
    if not changes:
        return [Line(NOTHING.of(language), "green")]
    lines = []
    for kind in KINDS:
        ours = [change for change in changes if change.kind == kind.name]
        if ours:
            lines.append(Line(f"{kind.label.of(language)} ({kind.name})", "bold"))
            lines += _kind_lines(ours, language)
    verbs = Counter(change.verb for change in changes)
    facts = {"add": verbs["add"], "change": verbs["change"], "remove": verbs["remove"]}
    if version is None:
        return [*lines, Line(SUMMARY.filled(facts).of(language), "bold"), Line(NOT_YET.of(language), "dim")]
    said = APPLIED.filled({**facts, "number": version.number})
    return [*lines, Line(said.of(language), "bold green")]


def print_faults(faults: Iterable[Fault], language: str) -> None:
    """Print faults on the error output, plain where it isn't a terminal."""
    _print(Console(stderr=True), fault_lines(faults, language))


def print_plan(changes: Sequence[Change], language: str, *, version: LeagueVersion | None = None) -> None:
    """Print a plan, or what an apply carried out."""
    _print(Console(), plan_lines(changes, language, version=version))


def _print(console: Console, lines: Iterable[Line]) -> None:
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False)


def _kind_lines(changes: list[Change], language: str) -> list[Line]:
    added = [change for change in changes if change.verb == "add"]
    lines = [_head(change) for change in added[:MOST_ADDED]]
    if len(added) > MOST_ADDED:
        more = MORE.filled({"count": len(added) - MOST_ADDED}).of(language)
        lines.append(Line(f"  + {more}", SIGNS["add"][1]))
    for change in changes:
        if change.verb != "add":
            lines += [_head(change), *_fields(change, language)]
    return lines


def _head(change: Change) -> Line:
    sign, colour = SIGNS[change.verb]
    line = Line(f"  {sign} {change.code}", colour)
    return line.append(f"  {change.file}:{change.line}", "dim")


def _fields(change: Change, language: str) -> list[Line]:
    if change.after is None:
        return []
    found = list(differences(msgspec.to_builtins(change.before), msgspec.to_builtins(change.after)))
    lines = [Line(f"      {said}") for said in found[:MOST_FIELDS]]
    if len(found) > MOST_FIELDS:
        lines.append(Line("      " + MORE.filled({"count": len(found) - MOST_FIELDS}).of(language)))
    return lines


def differences(before: Any, after: Any, path: str = "") -> Iterable[str]:
    """What differs between two plain values: `name.zh: 旧 -> 新`, and the members that left or joined a list."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        left = [item for item in before if item not in after]
        joined = [item for item in after if item not in before]
        yield from (f"{path}: - {_short(item)}" for item in left)
        yield from (f"{path}: + {_short(item)}" for item in joined)
        if not left and not joined:
            yield f"{path}: {_short(before)} -> {_short(after)}"
    else:
        yield f"{path}: {_short(before)} -> {_short(after)}"


def _short(value: Any) -> str:
    if value is None:
        return "∅"
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
