"""The report as a document: what it says, before anyone decides how it looks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from xilin.kernel.indicators.declarations import Indicator, Reported, ReportText, placeholders
from xilin.kernel.indicators.queries import Figure, by_county, latest, reported, sections
from xilin.kernel.indicators.report.chart import Bar, Chart
from xilin.kernel.standards.queries import current_version, declared
from xilin.lib.text import Text
from xilin.web.languages import telling

# Language tags (BCP 47) of the languages whose codes differ from them in case.
TAGS = {"zh-hans": "zh-Hans", "mn-mong": "mn-Mong", "mn-cyrl": "mn-Cyrl"}
WORDS = {
    "title": Text(
        zh="大数据发展现状",
        en="State of data development",
        mn="ᠶᠡᠬᠡ ᠲᠣᠭ᠎ᠠ ᠪᠠᠷᠢᠮᠲᠠ ᠶᠢᠨ ᠬᠥᠭᠵᠢᠯᠲᠡ ᠶᠢᠨ ᠪᠠᠢᠳᠠᠯ",
        mn_cyrl="Их өгөгдлийн хөгжлийн байдал",
    ),
    "figures": Text(
        zh="数据来源",
        en="Sources of the figures",
        mn="ᠲᠣᠭ᠎ᠠ ᠪᠠᠷᠢᠮᠲᠠ ᠶᠢᠨ ᠡᠬᠢ ᠰᠤᠷᠪᠤᠯᠵᠢ",
        mn_cyrl="Тоо баримтын эх сурвалж",
    ),
    "comparison": Text(
        zh="与历史报告对照",
        en="Beside the earlier report",
        mn="ᠡᠮᠦᠨᠡᠬᠢ ᠢᠯᠡᠳᠬᠡᠯ ᠲᠡᠢ ᠬᠠᠷᠢᠴᠠᠭᠤᠯᠤᠯᠲᠠ",
        mn_cyrl="Өмнөх илтгэлтэй харьцуулалт",
    ),
    "contradictions": Text(
        zh="历史报告数字自相矛盾之处",
        en="Where the earlier report disagrees with itself",
        mn="ᠡᠮᠦᠨᠡᠬᠢ ᠢᠯᠡᠳᠬᠡᠯ ᠦᠨ ᠵᠥᠷᠢᠴᠡᠯᠳᠦᠭᠡᠨ",
        mn_cyrl="Өмнөх илтгэлийн зөрчил",
    ),
    "no_contradictions": Text(zh="未发现。", en="None found.", mn="ᠦᠭᠡᠢ᠃", mn_cyrl="Байхгүй."),
    "item": Text(zh="指标", en="Figure", mn="ᠦᠵᠡᠭᠦᠯᠦᠯᠲᠡ", mn_cyrl="Үзүүлэлт"),
    "then": Text(zh="当时", en="Then", mn="ᠲᠡᠷᠡ ᠴᠠᠭ", mn_cyrl="Тэр үед"),
    "now": Text(zh="现在", en="Now", mn="ᠣᠳᠣ", mn_cyrl="Одоо"),
    "change": Text(zh="变化", en="Change", mn="ᠬᠤᠪᠢᠷᠠᠯᠲᠠ", mn_cyrl="Өөрчлөлт"),
    "paragraph": Text(zh="段落", en="Paragraph", mn="ᠵᠦᠢᠯ", mn_cyrl="Зүйл"),
    "no_data": Text(zh="暂无数据", en="no data yet", mn="ᠲᠣᠭ᠎ᠠ ᠪᠠᠷᠢᠮᠲᠠ ᠦᠭᠡᠢ", mn_cyrl="тоо баримт алга"),
    "as_of": Text(
        zh="编制于 {at}；盟市目录第 {version} 版。",
        en="Written {at}; version {version} of the league folder.",
        mn="ᠢᠯᠡᠳᠬᠡᠯ ᠦᠨ ᠴᠠᠭ᠄ {at}᠂ ᠭᠠᠷᠴᠠᠭ {version}",
        mn_cyrl="Илтгэлийн цаг: {at}; гарчиг {version}",
    ),
    "data_as_of": Text(zh="数据日期", en="Data as of", mn="ᠡᠳᠦᠷ ᠰᠠᠷ᠎ᠠ", mn_cyrl="Огноо"),
    "source": Text(zh="来源", en="Source", mn="ᠡᠬᠢ ᠰᠤᠷᠪᠤᠯᠵᠢ", mn_cyrl="Эх сурвалж"),
    "points": Text(zh="{change} 个百分点", en="{change} points", mn="{change} ᠬᠤᠪᠢ", mn_cyrl="{change} хувь"),
    "registry": Text(
        zh="基础库：{name}",
        en="Base registry: {name}",
        mn="ᠰᠠᠭᠤᠷᠢ ᠬᠥᠮᠦᠷᠭᠡ᠄ {name}",
        mn_cyrl="Суурь бүртгэл: {name}",
    ),
    "ratio": Text(
        zh="{numerator} ÷ {denominator}",
        en="{numerator} / {denominator}",
        mn="{numerator} ÷ {denominator}",
        mn_cyrl="{numerator} ÷ {denominator}",
    ),
    "brackets": Text(zh="（{text}）", en=" ({text})", mn="（{text}）", mn_cyrl=" ({text})"),
    "areas": Text(
        zh="行政区划表",
        en="Table of areas",
        mn="ᠵᠠᠰᠠᠭ ᠵᠠᠬᠢᠷᠭᠠᠨ ᠤ ᠬᠤᠪᠢᠶᠠᠷᠢ",
        mn_cyrl="Засаг захиргааны хуваарь",
    ),
    "batches": Text(zh="批次", en="Batches", mn="ᠤᠳᠠᠭ᠎ᠠ", mn_cyrl="Багц"),
    "computed": Text(zh="计算时间", en="Computed", mn="ᠪᠣᠳᠣᠭᠰᠠᠨ ᠴᠠᠭ", mn_cyrl="Тооцсон цаг"),
    "by_county": Text(
        zh="{name}（按旗县市区）",
        en="{name} by county",
        mn="{name}（ᠬᠣᠰᠢᠭᠤ ᠬᠣᠲᠠ ᠪᠠᠷ）",
        mn_cyrl="{name} (хошуу, хотоор)",
    ),
    "course": Text(
        zh="现在为当时的百分之几",
        en="Now, as a share of then",
        mn="ᠣᠳᠣ ᠪᠠ ᠲᠡᠷᠡ ᠴᠠᠭ ᠤᠨ ᠬᠤᠪᠢ",
        mn_cyrl="Одоо ба тэр үеийн хувь",
    ),
    "course_of": Text(
        zh="以{report}的数字为 100%。",
        en="100 % is what the {report} printed.",
        mn="{report} = 100%",
        mn_cyrl="{report} = 100%",
    ),
    "unchecked": Text(
        zh="蒙古文词语未经母语读者审核，以中文为准；正文叙述只有中文。",
        en="No native reader has checked the Mongolian words; the Chinese holds. Sentences are in Chinese alone.",
        mn="ᠮᠣᠩᠭᠣᠯ ᠦᠭᠡ ᠪᠠᠢᠴᠠᠭᠠᠭᠰᠠᠨ ᠦᠭᠡᠢ᠂ ᠬᠢᠲᠠᠳ ᠦᠭᠡ ᠶᠢ ᠦᠵᠡᠭᠡᠷᠡᠢ᠃",
        mn_cyrl="Монгол үгийг шалгаагүй; хятад бичвэрийг баримтална.",
    ),
    "disagrees": Text(
        zh="原文“{printed}”（{paragraph}）。按其分子分母计算：{numerator} ÷ {denominator} = {computed}，相差 {gap}。",
        en="It prints “{printed}” ({paragraph}). From its own figures: {numerator} / {denominator} = {computed}, a gap of {gap}.",
        mn="“{printed}”（{paragraph}）᠄ {numerator} ÷ {denominator} = {computed}᠂ {gap}",
        mn_cyrl="“{printed}” ({paragraph}): {numerator} ÷ {denominator} = {computed}, зөрүү {gap}",
    ),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a paragraph; with a note number where it is a live figure."""

    text: str
    note: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """A figure with its name: what a section says where no sentence is written in the language."""

    name: str
    original: str
    value: str
    unit: str
    note: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its text in the language, or its figures as a list; `original` is its Chinese title if another is shown."""

    title: str
    original: str
    paragraphs: list[list[Span]]
    items: list[Item]
    charts: list[Chart]


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
    sections: list[Section] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    earlier: str = ""
    compared: list[Compared] = field(default_factory=list)
    course: Chart | None = None
    contradictions: list[str] = field(default_factory=list)

    @property
    def notice(self) -> str:
        """What one who reads Mongolian must know first; nothing in other languages."""
        return self.word("unchecked") if self.language.startswith("mn") else ""

    @property
    def notice_original(self) -> str:
        """The same in Chinese."""
        return WORDS["unchecked"].zh

    @property
    def course_of(self) -> str:
        """What the shares are shares of."""
        return self.word("course_of").format(report=self.earlier)

    @property
    def vertical(self) -> bool:
        """Whether it is written in columns from left to right (mn-Mong)."""
        return self.tag == "mn-Mong"

    @property
    def tag(self) -> str:
        """Its language as HTML has it."""
        return TAGS.get(self.language, self.language)

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
    """Put the report together from the latest figures; declared words by the league's list too."""
    with telling(language):
        return _build(language, at, note)


def _build(language: str, at: datetime, note: str) -> Document:
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
    document.sections = [writer.section(section) for section in sections()]
    earlier = reported()
    document.earlier = earlier[0].report.of(language) if earlier else ""
    document.compared = [writer.compare(figure) for figure in earlier]
    document.course = writer.course(earlier)
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
        self.areas = {code: area for code, area in declared("area").items() if area.level == "county"}

    def section(self, section: ReportText) -> Section:
        """A section whole: sentences if the language has them, else its figures by name."""
        language = self.document.language
        title, body = section.title.of(language), section.body.of(language).strip()
        told = body != section.body.zh.strip() or language.startswith("zh")
        paragraphs = [self.paragraph(text) for text in re.split(r"\n\s*\n", body)] if told else []
        codes = dict.fromkeys(code for code, _form in placeholders(section.body.zh))
        items = [] if told else [self.item(code) for code in codes]
        charts = [chart for code in section.chart if (chart := self.chart(code)).bars]
        return Section(title, self.original(section.title, title), paragraphs, items, charts)

    def original(self, words: Text, said: str) -> str:
        """The Chinese that stands beside Mongolian words, which nobody has checked; nothing in other languages."""
        return words.zh if self.document.language.startswith("mn") and said != words.zh else ""

    def item(self, code: str) -> Item:
        """A figure with its name and unit."""
        figure, language = self.figures[code], self.document.language
        name = figure.indicator.name
        said = name.of(language)
        value = self.document.word("no_data") if figure.value is None else self.written(figure)
        return Item(
            said, self.original(name, said), value, figure.indicator.unit.of(language), self.number(code)
        )

    def chart(self, code: str) -> Chart:
        """A figure by county, the largest first; areas that are declared no more have no bar."""
        figure, language = self.figures[code], self.document.language
        values = sorted(by_county(code).items(), key=lambda pair: (-pair[1], pair[0]))
        bars = tuple(
            Bar(self.area(area), value, shown(figure.indicator, value))
            for area, value in values
            if area in self.areas
        )
        return Chart(
            self.document.word("by_county").format(name=figure.indicator.name.of(language)),
            figure.indicator.unit.of(language),
            bars,
            self.number(code),
        )

    def area(self, code: str) -> str:
        """An area's name."""
        one = self.areas[code]
        return Text(zh=one.name, en=one.name_en, mn=one.name_mn).of(self.document.language)

    def course(self, earlier: Sequence[Reported]) -> Chart | None:
        """The live figures as percentages of the earlier report's, in its order; of shares there is none."""
        found = []
        for then in earlier:
            figure = self.figures.get(then.indicator)
            if figure and figure.value is not None and then.value and figure.indicator.unit.zh != "%":
                share = figure.value / then.value * 100
                found.append(Bar(then.name.of(self.document.language), share, f"{share:,.1f}%"))
        return Chart(self.document.word("course"), "%", tuple(found)) if found else None

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
        return self.written(figure)

    def written(self, figure: Figure) -> str:
        """A figure's value with its decimals and separators."""
        return "—" if figure.value is None else shown(figure.indicator, figure.value)

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


def shown(indicator: Indicator, value: float) -> str:
    """A value of an indicator with its decimals and thousands separators."""
    return f"{value:,.{indicator.decimals}f}"


def _moment(at: datetime | None, form: str) -> str:
    return f"{timezone.localtime(at):{form}}" if at else "—"
