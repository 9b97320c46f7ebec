"""`xilin words --league`: what a league folder says on public pages, and what of it is missing or unchecked in Mongolian.

A text has its Mongolian beside it in its declaration (`mn`, `mn_cyrl`) or in the folder's list of words (`words/*.csv`), one
row for all the places that say it. What is public is told by the kind of declaration and the field.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import msgspec
import typer

from xilin.kernel.standards.declarations import Word
from xilin.lib.declared import League, read
from xilin.lib.text import CYRILLIC, MONGOLIAN, Text

HAN = re.compile(r"[\u4e00-\u9fff]")
COLUMNS = Word.__struct_fields__
SCRIPTS = {MONGOLIAN: "mn", CYRILLIC: "mn_cyrl"}
STATUSES = {MONGOLIAN: "status", CYRILLIC: "status_cyrl"}
MORE = "words/more.csv"
# Fields of declarations that anybody reads; those of plain text are named here too. What only desks show (how masks are reasoned,
# anomalies, formulas), what quotes a law by its title, and names of places below the counties are left out.
PUBLIC = (
    "area.kind",
    "area.name",
    "catalogue_class.name",
    "code_list.entries.zh",
    "code_list.name",
    "dataflow.definition",
    "dataflow.dimension.name",
    "dataflow.figure.*",
    "dataflow.name",
    "dataflow.source",
    "deadline.name",
    "department.*",
    "element.definition",
    "element.name",
    "element.unit",
    "indicator.*",
    "league.*",
    "mask.name",
    "opening.name",
    "opening.summary",
    "page_section.*",
    "place_collection.*",
    "place_list.*",
    "problem_kind.*",
    "publisher.*",
    "purpose.name",
    "purpose.scenario",
    "regime.name",
    "registry.name",
    "registry.relation.*",
    "registry.summary",
    "report_text.title",
    "reported.*",
    "resource.classification",
    "resource.item.name",
    "resource.name",
    "resource.open_condition",
    "resource.share_condition",
    "resource.summary",
    "rule.name",
    "source.name",
    "source.system",
    "trace_product.name",
    "trace_product.net",
    "trace_region.name",
    "trace_rule.name",
    "trace_rule.said",
    "trace_spot.name",
)
# Plain text among them; of other fields only texts in languages are words.
PLAIN = (
    "area.kind",
    "area.name",
    "code_list.entries.zh",
    "element.unit",
    "resource.classification",
    "trace_spot.name",
)
NAMED_AREAS = ("league", "county")


class Told(NamedTuple):
    """Chinese words of a league's public pages, where they stand first, and the Mongolian they have there."""

    zh: str
    place: str
    own: Text


def told(league: League) -> dict[str, Told]:
    """The words a league folder says on public pages, each once; those that lack a Mongolian somewhere as lacking it."""
    found: dict[str, Told] = {}
    for kind in sorted({field.split(".")[0] for field in PUBLIC}):
        for declared in league.all(kind).values():
            if kind == "area" and declared.value.level not in NAMED_AREAS:
                continue
            for text in _texts(declared.value, kind):
                one = found.setdefault(text.zh, Told(text.zh, str(declared.at()), text))
                if (one.own.mn and not text.mn) or (one.own.mn_cyrl and not text.mn_cyrl):
                    found[text.zh] = Told(text.zh, str(declared.at()), text)
    return found


def listed(league: League) -> dict[str, Word]:
    """The folder's own list of words, by their Chinese."""
    return {one.value.zh: one.value for one in league.all("word").values()}


def missing(league: League, language: str) -> dict[str, str]:
    """Words of public pages that have no Mongolian in a script, with their places."""
    script, known = SCRIPTS[language], listed(league)
    return {
        zh: one.place
        for zh, one in told(league).items()
        if not getattr(one.own, script) and not (zh in known and getattr(known[zh], script))
    }


def unused(league: League) -> dict[str, str]:
    """Listed words that no text of the folder says any more, with their places."""
    known = {text for kind in league.kinds() for one in league.all(kind).values() for text in said(one.value)}
    return {zh: str(one.at()) for one in league.all("word").values() if (zh := one.value.zh) not in known}


def fill(folder: Path, rows: Iterable[Word]) -> int:
    """Take filled rows into the folder's list: in their file where one has them, else in `words/more.csv`; how many."""
    wanted = {one.zh: one for one in rows if one.mn or one.mn_cyrl}
    left = dict(wanted)
    for path in sorted(folder.glob("words/*.csv")):
        held = read_rows(path)
        if wanted.keys() & {one.zh for one in held}:
            write_rows(path, [left.pop(one.zh, one) for one in held])
    if left:
        path = folder / MORE
        path.parent.mkdir(exist_ok=True)
        write_rows(path, [*(read_rows(path) if path.exists() else []), *left.values()])
    return len(wanted)


def read_rows(path: Path) -> list[Word]:
    """The rows of a list: of commas, or of tabs where its name says so."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = csv.DictReader(text, delimiter="\t" if path.suffix == ".tsv" else ",")
        return [msgspec.convert({key: value for key, value in row.items() if value}, Word) for row in rows]


def write_rows(path: Path, rows: Iterable[Word]) -> None:
    """Write a list as the folder keeps it."""
    path.write_text(_rows(rows, ","), encoding="utf-8")


def words_of_league(folder: Path, language: str, state: str, *, blank: bool, filled: Path | None) -> None:
    """List what a league folder lacks or nobody has confirmed, write rows to fill in, or take filled ones in."""
    if filled is not None:
        typer.echo(f"{folder}: {fill(folder, read_rows(filled))}")
        return
    league = _league(folder)
    lacking, known = missing(league, language), listed(league)
    if state == "unchecked":
        for word in known.values():
            if getattr(word, STATUSES[language]) not in "AB" and (
                told_so := getattr(word, SCRIPTS[language])
            ):
                typer.echo(f"{getattr(word, STATUSES[language])}\t{told_so}\t{word.zh}")
    elif blank:
        typer.echo(_rows((known.get(zh) or Word(zh=zh) for zh in lacking), "\t"), nl=False)
    else:
        for zh, place in lacking.items():
            typer.echo(f"{place}\t{zh}")
    typer.echo(f"{folder.name} {language}: {len(lacking)} missing; {len(known)} listed", err=True)
    if lacking:
        raise typer.Exit(1)


def _league(folder: Path) -> League:
    from xilin.config.language import language
    from xilin.config.start import django
    from xilin.kernel.standards.declarations import KINDS

    django(database=False)
    league, faults = read(folder, KINDS)
    if faults:
        typer.echo("\n".join(fault.of(language()) for fault in faults), err=True)
        raise typer.Exit(1)
    return league


def _rows(rows: Iterable[Word], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(one, name) for name in COLUMNS] for one in rows)
    return text.getvalue()


def _texts(value: object, path: str) -> Iterator[Text]:
    """The public words of a declaration."""
    if isinstance(value, Text):
        if HAN.search(value.zh) and any(fnmatch(path, field) for field in PUBLIC):
            yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _texts(one, path)
    elif isinstance(value, str) and path in PLAIN and HAN.search(value):
        yield Text(zh=value)


def said(value: object) -> Iterator[str]:
    """Every text of a declaration, but not of a row of the list."""
    if isinstance(value, Word):
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from said(getattr(value, name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from said(one)
    elif isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from said(one)
