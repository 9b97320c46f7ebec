"""The status report: every figure with its source and date, in HTML and DOCX, beside the earlier report's."""

import re
import zipfile
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import docx
import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from shop_league import collected, linked
from xilin.kernel.indicators import report
from xilin.kernel.indicators.actions import compute
from xilin.kernel.indicators.declarations import REPORT_TEXT, REPORTED, Reported, placeholders
from xilin.kernel.indicators.report.document import contradiction
from xilin.kernel.standards.declarations import KINDS, Name
from xilin.lib.declared import read

LEAGUE = Path(__file__).parents[3] / "leagues" / "xilingol"
AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)  # the 21st, 02:30 in Shanghai
TOWN, OTHER = "990101001000", "990102001000"
# What chapter one of the survey report of 2016 prints.
PRINTED = {
    "155M", "20M", "100M", "519个", "117.91万", "45个", "180个", "17个部门", "26个成员单位", "156所", "200多个", "95万",
    "37个", "10个", "242个", "五个环节", "7413户", "161万只", "107192户", "90591户", "84.53%", "383户", "19个",
}  # fmt: skip


def written(spans):
    """A paragraph as text, its notes in brackets."""
    return "".join(span.text + (f"[{span.note}]" if span.note else "") for span in spans)


class Page(HTMLParser):
    """The cells of a page's tables, row by row, its addresses and its text."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.ids, self.links, self.loads, self.text = [], set(), [], [], ""
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids.add(found.get("id"))
        if tag == "a":
            self.links.append(found["href"])
        if tag in ("script", "link", "img") or "src" in found:
            self.loads.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data):
        self.text += data
        if self.inside:
            self.rows[-1][-1] += data.strip() and f"{data.strip()} "


@pytest.fixture
def figures(league, con):
    """120,000 shops would be slow: 40 and 30 filings, linked to 35 organisations."""
    shops = collected("shops", 3, [TOWN] * 30 + [OTHER] * 10)
    filings = collected("filings", 5, [TOWN] * 30)
    linked(7, [TOWN] * 35, [shops.pk, filings.pk])
    compute(con, at=AT)
    return {"shops": str(shops.pk), "both": f"{shops.pk}, {filings.pk}", "filings": str(filings.pk)}


def test_every_live_figure_has_a_numbered_note_with_source_owner_date_and_batches(figures):
    document = report.build("zh-hans", AT)

    assert [
        (n.number, n.name, n.value, n.source, n.provider, n.as_of, n.batches) for n in document.notes
    ] == [
        (1, "旗县", "2 个", "行政区划表", "", "2026-09-24", "—"),
        (2, "市场主体", "40 户", "市场主体登记", "小盟市场监督管理局", "2026-11-03", figures["shops"]),
        (3, "信用备案", "30 户", "信用信息备案", "小盟民政局", "2026-11-05", figures["filings"]),
        (4, "备案率", "75.00 %", "信用备案 ÷ 市场主体", "", "2026-11-03", figures["both"]),
        (5, "法人单位数", "35 个", "基础库：法人单位", "", "2026-11-05", figures["both"]),
        (6, "无数据", "— 户", "市场主体登记信息", "小盟市场监督管理局", "—", "—"),
    ]
    assert {note.computed for note in document.notes} == {"2026-11-21 02:30", "—"}


def test_the_text_is_filled_section_by_section_in_order_with_a_mark_at_each_figure(figures):
    document = report.build("zh-hans", AT)

    said = [(part.title, [written(spans) for spans in part.paragraphs]) for part in document.sections]
    assert said == [
        ("（一）区划", ["旗县 2[1] 个。"]),
        (
            "（二）经济运行",
            [
                "市场主体 40[2] 户，备案 30[3] 户，备案率 75.00[4]%；法人单位 35[5] 个。",
                "尚无数据的是 暂无数据[6] 户；市场主体再说一遍：0万[2] 户。",
            ],
        ),
    ]


def test_the_page_is_whole_in_itself_and_its_marks_lead_to_their_notes(figures):
    page = Page(report.to_html(report.build("zh-hans", AT, note="演示数据，按 1% 规模生成。")))

    assert page.loads == []
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= page.ids
    assert "演示数据，按 1% 规模生成。" in page.text
    cells = [[cell.strip() for cell in row] for row in page.rows]
    shops = f"市场主体登记 小盟市场监督管理局|2026-11-03|{figures['shops']}"
    assert ["2", "市场主体", "40 户", *shops.split("|")] in cells
    assert ["备案率", "84.53%", "75.00", "-9.53 个百分点", "一（四）"] in cells
    assert ["专网带宽", "155M", "未编目。", "一（一）"] in cells


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_word_file_opens_again_and_holds_the_same(figures, tmp_path, language):
    document = report.build(language, AT)
    html, word, *_pdf = report.write(tmp_path / "out", language, AT)

    read_back = docx.Document(str(word))

    paragraphs = [paragraph.text for paragraph in read_back.paragraphs]
    assert paragraphs[0] == document.heading
    for part in document.sections:
        for spans in part.paragraphs:
            assert written(spans) in paragraphs
    assert document.contradictions[0] in paragraphs
    notes, compared = [
        [[cell.text for cell in row.cells] for row in table.rows] for table in read_back.tables
    ]
    source = {n.number: " · ".join(filter(None, (n.source, n.provider))) for n in document.notes}
    assert notes[1:] == [
        [str(n.number), n.name, n.value, source[n.number], n.as_of, n.batches] for n in document.notes
    ]
    assert [row[0] for row in compared[1:]] == [one.name for one in document.compared]
    assert read_back.core_properties.title == document.heading
    assert html.name == f"status-2026-11-21-{language[:2]}.html"
    assert html.read_text(encoding="utf-8") == report.to_html(document)


def test_bars_are_drawn_by_county_and_beside_the_earlier_report(figures):
    document = report.build("zh-hans", AT)

    (chart,) = document.sections[1].charts
    assert (chart.title, chart.unit) == ("市场主体（按旗县市区）", "户")
    assert [(bar.name, bar.value, bar.shown) for bar in chart.bars] == [
        ("甲旗", 30.0, "30"),
        ("乙旗", 10.0, "10"),
    ]
    assert chart.lines[0].width == pytest.approx(3 * chart.lines[1].width, abs=0.2)
    assert chart.note in {note.number for note in document.notes}
    assert [(bar.name, bar.shown) for bar in document.course.bars] == [
        ("市场主体", f"{40 / 107192 * 100:,.1f}%")
    ]
    assert report.to_html(document).count("<svg") == 2


def test_the_word_files_charts_hold_their_figures_and_a_sheet_to_change_them(figures, tmp_path):
    _html, word, *_pdf = report.write(tmp_path / "out", "zh-hans", AT)

    with zipfile.ZipFile(word) as packed:
        names = sorted(name for name in packed.namelist() if "chart" in name or "embed" in name)
        charts = [etree.fromstring(packed.read(name)) for name in names if re.search(r"chart\d+\.xml$", name)]
        sheets = [packed.read(name) for name in names if name.endswith(".xlsx")]
    spaces = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
    values = [[point.text for point in chart.iterfind(".//c:val//c:v", spaces)] for chart in charts]
    assert ["30.0", "10.0"] in values or ["30", "10"] in values
    assert len(sheets) == len(charts) == 2
    assert all(load(sheet) for sheet in sheets)


def load(sheet):
    """The rows of a workbook."""
    return CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()


def test_in_mongolian_figures_are_told_by_name_in_columns_with_the_chinese_beside(figures):
    document = report.build("mn-mong", AT)
    text = report.to_html(document)

    assert '<html lang="mn-Mong">' in text
    assert "vertical-lr" in text
    assert [part.paragraphs for part in document.sections] == [[], []]
    (section,) = document.sections[1:]
    assert [(item.value, item.note) for item in section.items][:3] == [("40", 2), ("30", 3), ("75.00", 4)]
    assert "中文为准" in text
    direction = report.to_docx(document).sections[0]._sectPr.xpath("w:textDirection/@w:val")
    assert direction == ["tbLrV"]


@pytest.mark.skipif(not report.printer(), reason="no Chromium on this machine")
@pytest.mark.parametrize(("language", "across"), [("zh-hans", False), ("mn-mong", True)])
def test_the_pdf_is_a4_and_across_for_columns(figures, language, across):
    made = report.to_pdf(report.build(language, AT))

    assert made.startswith(b"%PDF-")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made)
    assert boxes
    for width, height in boxes:
        assert sorted(round(float(side)) for side in (width, height)) == [595, 842]
        assert (float(width) > float(height)) is across


def test_without_a_chromium_the_other_files_are_written_and_the_refusal_says_what_to_do(
    figures, tmp_path, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert [path.suffix for path in report.write(tmp_path / "out", "zh-hans", AT)] == [".html", ".docx"]
    with pytest.raises(report.NoPrinter) as refused:
        report.to_pdf(report.build("zh-hans", AT))
    assert "chromium" in refused.value.advice
    assert report.newest(tmp_path / "out", "zh-hans") is None


def test_in_english_nothing_chinese_is_left_but_names_of_paragraphs(figures):
    page = Page(report.to_html(report.build("en", AT)))

    assert re.findall(r"[\u4e00-\u9fff]+", re.sub("一（[一四]）|155M|107192户|[甲乙]旗", "", page.text)) == []
    assert "75.00 %" in page.text
    assert "-9.53 points" in page.text


def test_where_the_earlier_report_disagrees_with_itself_is_told_with_its_figures(figures):
    (told,) = report.build("zh-hans", AT).contradictions
    (english,) = report.build("en", AT).contradictions

    for said in (told, english):
        for part in ("84.53%", "90,591", "107,192", "84.51", "0.02"):
            assert part in said
    assert told.startswith("备案率：")
    assert english.startswith("Rate of filing: ")


def reported(**more):
    facts = {"value": 84.53, "decimals": 2, "numerator": 90591, "denominator": 107192, "scale": 100} | more
    return Reported(
        code="it", name=Name(zh="备案率", en="Rate"), printed="84.53%", report=Name(zh="报告"),
        as_of=date(2016, 10, 31), paragraph="一", **facts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "contradicts"),
    [
        ({}, True),
        ({"value": 84.51}, False),
        ({"value": 84.5, "decimals": 1}, False),  # right to the digit it printed
        ({"value": 84.5128, "decimals": 4}, False),
        ({"value": 85, "decimals": 0}, False),
        ({"value": 84, "decimals": 0}, True),
        ({"numerator": None, "denominator": None}, False),
        ({"denominator": 0}, False),
    ],
)
def test_a_contradiction_counts_beyond_the_digits_printed(more, contradicts):
    assert bool(contradiction(reported(**more), "zh-hans")) is contradicts


def test_a_report_before_the_first_figures_says_so_and_is_still_whole(league):
    document = report.build("zh-hans", AT)

    assert "暂无数据" in report.to_html(document)
    assert [row.now for row in document.compared] == ["暂无数据", "暂无数据", "—"]
    assert report.to_docx(document).paragraphs


@pytest.mark.django_db
def test_a_hub_where_nothing_is_declared_gives_an_empty_report():
    document = report.build("en", AT)

    assert document.heading == "State of data development"
    assert "None found." in report.to_html(document)


def test_the_leagues_report_names_every_figure_the_survey_printed_and_compares_or_says_why_not():
    league, _strangers = read(LEAGUE, [REPORTED])
    figures = [declared.value for declared in league.all("reported").values()]

    assert {figure.printed for figure in figures} == PRINTED
    assert len(figures) == len(PRINTED)
    for figure in figures:
        assert bool(figure.indicator) != bool(figure.why_not.zh), figure.code
    assert [one.code for one in figures if contradiction(one, "zh-hans")] == ["credit_rate_2016"]


def test_the_leagues_text_says_in_both_languages_every_figure_that_is_compared():
    league, _strangers = read(LEAGUE, [REPORTED, REPORT_TEXT])
    compared = {d.value.indicator for d in league.all("reported").values()} - {""}
    bodies = [declared.value.body for declared in league.all("report_text").values()]

    for language in ("zh", "en"):
        said = {code for body in bodies for code, _form in placeholders(getattr(body, language))}
        assert compared <= said
    assert len(bodies) == 5


def test_every_indicator_of_the_league_is_sound():
    league, faults = read(LEAGUE, KINDS)

    assert [fault.of("en") for fault in faults] == []
    assert len(league.all("indicator")) >= 30
