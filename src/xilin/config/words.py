"""`xilin words`: what public pages say, and what of it is missing or unchecked in a language.

What is public is told by place: every template and module of the parts below, but not those of desks. What a page says
that stands elsewhere (a state's name in a model) is found by the tests, which read every public page.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer

PACKAGE = Path(__file__).parents[1]
ZH = "zh_Hans"
LOCALES = {"mn-mong": "mn_Mong", "mn-cyrl": "mn_Cyrl"}
PUBLIC = (
    "lib/errors.py",
    "web/*",
    "apps/portal/*",
    "apps/problems/*",
    "apps/trace/consumer/*",
    "apps/trace/templates/consumer/*",
    "kernel/accounts/errors.py",
    "kernel/accounts/forms.py",
    "kernel/catalog/queries/*",
    "kernel/economy/errors.py",
    "kernel/indicators/report/*",
    "kernel/opening/errors.py",
    "kernel/places/errors.py",
    "kernel/places/api/*",
    "kernel/places/templates/*",
    "kernel/registry/queries.py",
    "kernel/standards/errors.py",
)
# Desks, and what only desks show.
NOT_PUBLIC = (
    "*/desk/*",
    "web/desk.py",
    "web/templates/web/desk.html",
    "web/templates/web/gallery*",
    "web/gallery*",
    "apps/portal/dispute_forms.py",
    "apps/portal/forms.py",
    "apps/portal/queries/compiling.py",
    "apps/portal/queries/disputing.py",
    "apps/portal/queries/found.py",
    "apps/portal/queries/golden.py",
    "apps/portal/queries/holding.py",
    "apps/portal/queries/joint.py",
    "apps/portal/queries/model.py",
    "apps/portal/queries/raw_rows.py",
    "apps/portal/queries/reviewing.py",
    "apps/portal/queries/trying.py",
    "apps/portal/tables/decisions.py",
    "apps/portal/tables/deliveries.py",
    "apps/portal/tables/duties.py",
    "apps/portal/tables/exchange.py",
    "apps/portal/tables/holding.py",
    "apps/portal/tables/quality.py",
    "apps/portal/templates/portal/_fit.html",
    "apps/portal/templates/portal/cells/grant_resource.html",
    "apps/portal/templates/portal/cells/grant_until.html",
    "apps/portal/templates/portal/cells/held_row.html",
    "apps/portal/templates/portal/cells/newest_batches.html",
    "apps/portal/templates/portal/cells/question_state.html",
    "apps/portal/templates/portal/cells/withdraw_mend.html",
    "apps/problems/desk*",
    "apps/problems/models.py",
    "apps/problems/templates/problems/desk*",
    "apps/trace/templates/consumer/mongolian/*",
)
KEYWORDS: dict[str, Any] = {
    "gettext": None,
    "gettext_lazy": None,
    "_": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
# How well a translation is attested: see docs/guide/pages.md.
LETTERS = "ABCDUP"
CHECKED = "AB"


class Word(NamedTuple):
    """A translation, how well it is attested ("" where the catalogue does not say), and the Chinese that is meant."""

    said: str
    status: str
    meant: str
    place: str


@lru_cache
def said() -> dict[str, str]:
    """The message ids of public templates and modules, each with the place that says it first."""
    found: dict[str, str] = {}
    for path in sorted([*PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.py")]):
        name = path.relative_to(PACKAGE).as_posix()
        if _public(name):
            for message in extracted(path):
                found.setdefault(message, name)
    return found


def extracted(path: Path) -> Iterator[str]:
    """The message ids of a template or a module; of a plural its first."""
    from babel.messages.extract import extract
    from django.utils.translation.template import templatize

    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    for _line, message, *_rest in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
        yield str(message) if isinstance(message, str) else str(message[0])


@lru_cache
def catalogue(language: str) -> dict[str, Word]:
    """The translations of every part into a language (a locale such as `mn_Mong`)."""
    from babel.messages.pofile import read_po

    found: dict[str, Word] = {}
    for path in sorted(PACKAGE.rglob(f"locale/{language}/LC_MESSAGES/django.po")):
        with path.open("rb") as text:
            for message in read_po(text):
                if not message.id or not message.string or not any(message.string):
                    continue
                first = message.id if isinstance(message.id, str) else message.id[0]
                string = message.string if isinstance(message.string, str) else message.string[0]
                letter, meant = _status(message.auto_comments)
                place = path.relative_to(PACKAGE).as_posix()
                found.setdefault(first, Word(string, letter, meant, place))
    return found


def missing(language: str) -> dict[str, str]:
    """Message ids of public pages that a language lacks, with their places."""
    known = catalogue(LOCALES[language])
    return {message: place for message, place in said().items() if message not in known}


def unchecked(language: str) -> dict[str, Word]:
    """Translations of a language that have no second source and no official one."""
    return {one: word for one, word in catalogue(LOCALES[language]).items() if word.status not in CHECKED}


def words(
    language: Annotated[str, typer.Option(help="mn-mong or mn-cyrl.")] = "mn-mong",
    state: Annotated[
        Literal["missing", "unchecked"], typer.Option(help="What to list: missing or unchecked.")
    ] = "missing",
    blank: Annotated[
        bool,
        typer.Option("--blank", help="Write what is missing as entries of a catalogue, to be filled in."),
    ] = False,
    place: Annotated[str, typer.Option(help="Only words of places that begin so, such as apps/portal.")] = "",
    league: Annotated[
        Path | None, typer.Option(help="A league folder: its words instead of the pages' own.")
    ] = None,
    fill: Annotated[
        Path | None,
        typer.Option(help="With --league: take in rows that --blank wrote and somebody filled in."),
    ] = None,
) -> None:
    """List the words of public pages that a language lacks, or that nobody has confirmed; exit 1 where some are missing."""
    if language not in LOCALES:
        raise typer.BadParameter(", ".join(LOCALES))
    if league is not None:
        from xilin.config.league_words import words_of_league

        words_of_league(league, language, state, blank=blank, filled=fill)
        return
    chinese = catalogue(ZH)
    lacking = {one: where for one, where in missing(language).items() if where.startswith(place)}
    if state == "unchecked":
        for message, word in unchecked(language).items():
            if word.place.startswith(place):
                typer.echo(f"{word.status or '?'}\t{word.said}\t{word.meant or message}\t{word.place}")
    elif blank:
        typer.echo("\n".join(_blank(one, where, chinese) for one, where in lacking.items()))
    else:
        for message, where in lacking.items():
            told = chinese[message].said if message in chinese else ""
            typer.echo(f"{where}\t{message!r}\t{told}")
    _sum_up(language, lacking, place)


def _sum_up(language: str, lacking: Mapping[str, str], place: str) -> None:
    known = catalogue(LOCALES[language])
    letters = Counter(word.status or "?" for word in known.values() if word.place.startswith(place))
    told = ", ".join(f"{letter} {n}" for letter, n in sorted(letters.items()))
    typer.echo(f"{language}: {len(lacking)} missing; {told}", err=True)
    if lacking:
        raise typer.Exit(1)


def _blank(message: str, where: str, chinese: Mapping[str, Word]) -> str:
    meant = chinese[message].said if message in chinese else ""
    lines = [f"#. status: P {meant}".rstrip(), f"#: {where}"]
    if re.search(r"%\(\w+\)[sd]", message):
        lines.append("#, python-format")
    return "\n".join([*lines, f"msgid {_quoted(message)}", 'msgstr ""', ""])


def _quoted(text: str) -> str:
    from babel.messages.pofile import escape

    return str(escape(text))


def _status(comments: list[str]) -> tuple[str, str]:
    for comment in comments:
        if comment.startswith("status: "):
            letter, _, meant = comment.removeprefix("status: ").partition(" ")
            return letter, meant
    return "", ""


def _public(name: str) -> bool:
    return any(fnmatch(name, one) for one in PUBLIC) and not any(fnmatch(name, one) for one in NOT_PUBLIC)
