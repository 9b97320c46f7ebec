"""The report as a document: what it says, before anyone decides how it looks."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from xilin.kernel.indicators.declarations import Reported
from xilin.kernel.indicators.queries import Figure, latest, reported, sections
from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.text import Text

WORDS = {
    "title": Text(zh="大数据发展现状", en="State of data development"),
    "figures": Text(zh="数据来源", en="Sources of the figures"),
    "comparison": Text(zh="与历史报告对照", en="Beside the earlier report"),
    "contradictions": Text(
        zh="历史报告数字自相矛盾之处", en="Where the earlier report disagrees with itself"
    ),
    "no_contradictions": Text(zh="未发现。", en="None found."),
    "item": Text(zh="指标", en="Figure"),
    "then": Text(zh="当时", en="Then"),
    "now": Text(zh="现在", en="Now"),
    "change": Text(zh="变化", en="Change"),
    "paragraph": Text(zh="段落", en="Paragraph"),
    "no_data": Text(zh="暂无数据", en="no data yet"),
    "as_of": Text(
        zh="编制于 {at}；盟市目录第 {version} 版。",
        en="Written {at}; version {version} of the league folder.",
    ),
    "data_as_of": Text(zh="数据日期", en="Data as of"),
    "source": Text(zh="来源", en="Source"),
    "points": Text(zh="{change} 个百分点", en="{change} points"),
    "registry": Text(zh="基础库：{name}", en="Base registry: {name}"),
    "ratio": Text(zh="{numerator} ÷ {denominator}", en="{numerator} / {denominator}"),
    "brackets": Text(zh="（{text}）", en=" ({text})"),
    "areas": Text(zh="行政区划表", en="Table of areas"),
    "batches": Text(zh="批次", en="Batches"),
    "computed": Text(zh="计算时间", en="Computed"),
    "disagrees": Text(
        zh="原文“{printed}”（{paragraph}）。按其分子分母计算：{numerator} ÷ {denominator} = {computed}，相差 {gap}。",
        en="It prints “{printed}” ({paragraph}). From its own figures: {numerator} / {denominator} = {computed}, a gap of {gap}.",
    ),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a paragraph; with a note number where it is a live figure."""

    text: str
    note: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """Where a figure comes from; `as_of` is the day its newest data was collected, linked or declared."""

    number: int
    name: str
    value: str
    source: str
    provider: str
    computed: str
    batches: str
    as_of: str = "—"


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure then and now; `why_not` where the hub's data does not give it."""

    name: str
    then: str
    now: str
    change: str
    paragraph: str
    why_not: str = ""


@dataclass
class Document:
    """The report, whole."""

    language: str
    title: str
    region: str
    as_of: str
    note: str
    at: datetime
    sections: list[tuple[str, list[list[Span]]]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    earlier: str = ""
    compared: list[Compared] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)

    def word(self, key: str) -> str:
        """One of the report's fixed words in its language."""
        return WORDS[key].of(self.language)

    @property
    def heading(self) -> str:
        """The whole title: whose state this is."""
        between = " · " if self.language.startswith("en") else ""
        return f"{self.region}{between if self.region else ''}{self.title}"

    @property
    def beside(self) -> str:
        """The heading of the comparison, with the earlier report's name."""
        name = WORDS["brackets"].filled({"text": self.earlier}).of(self.language) if self.earlier else ""
        return self.word("comparison") + name


def build(language: str, at: datetime, note: str = "") -> Document:
    """Put the report together from the latest figures."""
    league = next(iter(declared("league").values()), None)
    version = current_version()
    local = timezone.localtime(at)
    document = Document(
        language=language,
        title=WORDS["title"].of(language),
        region=league.name.of(language) if league else "",
        as_of=WORDS["as_of"]
        .filled({"at": f"{local:%Y-%m-%d %H:%M}", "version": version.number if version else 0})
        .of(language),
        note=note,
        at=at,
    )
    writer = _Writer(document, latest())
    for section in sections():
        body = section.body.of(language).strip()
        paragraphs = [writer.paragraph(text) for text in re.split(r"\n\s*\n", body)]
        document.sections.append((section.title.of(language), paragraphs))
    earlier = reported()
    document.earlier = earlier[0].report.of(language) if earlier else ""
    document.compared = [writer.compare(figure) for figure in earlier]
    document.contradictions = [told for figure in earlier if (told := contradiction(figure, language))]
    return document


def contradiction(figure: Reported, language: str) -> str:
    """What a reported figure's own parts say against it, or nothing.

    The gap counts only beyond the digits that were printed.
    """
    if figure.numerator is None or not figure.denominator:
        return ""
    computed = figure.numerator / figure.denominator * figure.scale
    if round(computed, figure.decimals) == round(figure.value, figure.decimals):
        return ""
    facts = {
        "printed": figure.printed,
        "paragraph": figure.paragraph,
        "numerator": f"{figure.numerator:,.0f}",
        "denominator": f"{figure.denominator:,.0f}",
        "computed": f"{computed:,.{figure.decimals}f}",
        "gap": f"{abs(figure.value - computed):.{figure.decimals}f}",
    }
    said = WORDS["disagrees"].filled(facts).of(language)
    return f"{figure.name.of(language)}{': ' if language.startswith('en') else '：'}{said}"


class _Writer:
    """Turns text with placeholders into spans, numbering each figure once."""

    def __init__(self, document: Document, figures: dict[str, Figure]) -> None:
        self.document = document
        self.figures = figures
        self.numbers: dict[str, int] = {}
        self.resources = declared("resource")
        self.departments = declared("department")
        self.registries = declared("registry")

    def paragraph(self, text: str) -> list[Span]:
        """The spans of one paragraph."""
        spans = []
        for piece in re.split(r"(\{[a-z][a-z0-9_:]*\})", " ".join(text.split("\n"))):
            if piece.startswith("{"):
                code, _, form = piece[1:-1].partition(":")
                spans.append(Span(self.shown(code, form), self.number(code)))
            elif piece:
                spans.append(Span(piece))
        return spans

    def shown(self, code: str, form: str) -> str:
        """A figure as the text asks for it: `wan` is ten thousands in Chinese."""
        figure = self.figures[code]
        if figure.value is None:
            return self.document.word("no_data")
        if form == "wan" and not self.document.language.startswith("en"):
            return f"{figure.value / 10_000:,.2f}".rstrip("0").rstrip(".") + "万"
        return figure.shown()

    def number(self, code: str) -> int:
        """The note of a figure, made at its first use."""
        if code not in self.numbers:
            self.numbers[code] = len(self.numbers) + 1
            self.document.notes.append(self.note(code))
        return self.numbers[code]

    def note(self, code: str) -> Note:
        """The note of a figure."""
        figure, language = self.figures[code], self.document.language
        source, provider = self.source(figure)
        unit = figure.indicator.unit.of(language)
        return Note(
            self.numbers[code],
            figure.indicator.name.of(language),
            f"{figure.shown()} {unit}".strip(),
            source,
            provider,
            _moment(figure.computed_at, "%Y-%m-%d %H:%M"),
            ", ".join(map(str, figure.batches)) or "—",
            _moment(figure.as_of, "%Y-%m-%d"),
        )

    def source(self, figure: Figure) -> tuple[str, str]:
        """The name of what a figure is computed from, and whose it is."""
        language = self.document.language
        if resource := self.resources.get(figure.resource):
            department = self.departments.get(resource.provider)
            return resource.name.of(language), department.name.of(language) if department else ""
        if registry := self.registries.get(figure.indicator.registry):
            return WORDS["registry"].filled({"name": registry.name.of(language)}).of(language), ""
        if figure.indicator.formula == "areas":
            return self.document.word("areas"), ""
        parts = {
            name: self.figures[getattr(figure.indicator, name)].indicator.name.of(language)
            for name in ("numerator", "denominator")
        }
        return WORDS["ratio"].filled(parts).of(language), ""

    def compare(self, then: Reported) -> Compared:
        """A reported figure beside the live one."""
        language = self.document.language
        name = then.name.of(language)
        figure = self.figures.get(then.indicator)
        if figure is None:
            return Compared(name, then.printed, "—", "—", then.paragraph, then.why_not.of(language))
        if figure.value is None:
            return Compared(name, then.printed, self.document.word("no_data"), "—", then.paragraph)
        return Compared(name, then.printed, figure.shown(), self.change(figure, then), then.paragraph)

    def change(self, figure: Figure, then: Reported) -> str:
        """How much a figure has changed: in percent, or, being in percent itself, in points."""
        value = figure.value or 0
        if figure.indicator.unit.zh == "%":
            return WORDS["points"].filled({"change": f"{value - then.value:+.2f}"}).of(self.document.language)
        return f"{(value / then.value - 1) * 100:+.2f}%" if then.value else "—"


def _moment(at: datetime | None, form: str) -> str:
    return f"{timezone.localtime(at):{form}}" if at else "—"
