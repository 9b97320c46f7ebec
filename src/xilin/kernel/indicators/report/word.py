"""The report as a Word document, in the type sizes of an official report."""

from datetime import UTC
from typing import Any

from docx import Document as Word
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from xilin.kernel.indicators.report.document import Document
from xilin.kernel.indicators.report.word_chart import place

# 三号 16 pt body, 小标宋 title of 22 pt and 28 pt leading: the habit of GB/T 9704-2012.
BODY_PT, TITLE_PT, LEADING_PT, TABLE_PT, FOOT_PT = 16, 22, 28, 10, 14
BODY_FONT, HEADING_FONT, TITLE_FONT = "仿宋", "黑体", "方正小标宋简体"
# Traditional Mongolian as Windows has it; Word takes it for characters of complex scripts, columns go from left to right.
MONGOLIAN_FONT = "Mongolian Baiti"


def to_docx(document: Document) -> Any:
    """The report as a python-docx document, ready to save."""
    word = Word()
    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    if document.vertical:
        _columns(section)
    _font(word.styles["Normal"], BODY_FONT, BODY_PT)
    about = word.core_properties
    about.title, about.author, about.comments = document.heading, document.region, document.as_of
    about.created = about.modified = document.at.astimezone(UTC).replace(tzinfo=None)
    _page_number(section.footer.paragraphs[0])
    title = word.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _font(title.add_run(document.heading), TITLE_FONT, TITLE_PT)
    told = f"{document.notice} {document.notice_original}" if document.notice else ""
    for line in (document.as_of, document.note, told):
        if line:
            under = word.add_paragraph()
            under.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _font(under.add_run(line), BODY_FONT, 12)
    for part in document.sections:
        _heading(word, f"{part.title}　{part.original}" if part.original else part.title)
        for spans in part.paragraphs:
            body = word.add_paragraph()
            body.paragraph_format.first_line_indent = Pt(BODY_PT * 2)
            body.paragraph_format.line_spacing = Pt(LEADING_PT)
            for span in spans:
                body.add_run(span.text)
                if span.note:
                    body.add_run(f"[{span.note}]").font.superscript = True
        for item in part.items:
            body = word.add_paragraph()
            beside = f"（{item.original}）" if item.original else ""
            body.add_run(f"{item.name}{beside}　{item.value} {item.unit}")
            body.add_run(f"[{item.note}]").font.superscript = True
        for chart in part.charts:
            place(word, chart)
    _tables(word, document)
    return word


def _tables(word: Any, document: Document) -> None:
    said = document.word
    _heading(word, said("figures"))
    _table(
        word,
        ["#", said("item"), said("now"), said("source"), said("data_as_of"), said("batches")],
        [
            [
                str(n.number),
                n.name,
                n.value,
                " · ".join(filter(None, (n.source, n.provider))),
                n.as_of,
                n.batches,
            ]
            for n in document.notes
        ],
        [1.0, 3.2, 3.2, 4.4, 2.2, 1.6],
    )
    _heading(word, document.beside)
    _table(
        word,
        [said("item"), said("then"), said("now"), said("change"), said("paragraph")],
        [[c.name, c.then, c.why_not or c.now, c.change, c.paragraph] for c in document.compared],
        [4.6, 2.6, 4.2, 2.6, 1.6],
    )
    if document.course:
        _heading(word, document.course.title)
        word.add_paragraph(document.course_of)
        place(word, document.course)
    _heading(word, said("contradictions"))
    for told in document.contradictions or [said("no_contradictions")]:
        word.add_paragraph(told).paragraph_format.line_spacing = Pt(LEADING_PT)


def _columns(section: Any) -> None:
    """Paper across, lines from top to bottom, columns from left to right."""
    section.page_width, section.page_height = section.page_height, section.page_width
    section.orientation = WD_ORIENT.LANDSCAPE
    properties = section._sectPr
    direction = properties.makeelement(qn("w:textDirection"), {qn("w:val"): "tbLrV"})
    grid = properties.find(qn("w:docGrid"))
    if grid is None:
        properties.append(direction)
    else:
        grid.addprevious(direction)


def _heading(word: Any, text: str) -> None:
    run = word.add_heading(level=1).add_run(text)
    _font(run, HEADING_FONT, BODY_PT)
    run.font.color.rgb = RGBColor(0, 0, 0)


def _table(word: Any, header: list[str], rows: list[list[str]], widths: list[float]) -> None:
    """A grid with a header that stands again on each page; widths in cm."""
    table = word.add_table(rows=1, cols=len(header), style="Table Grid")
    table.autofit = False
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    for cell, text in zip(table.rows[0].cells, header, strict=True):
        _font(cell.paragraphs[0].add_run(text), HEADING_FONT, TABLE_PT)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            _font(cell.paragraphs[0].add_run(text), BODY_FONT, TABLE_PT)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)


def _page_number(paragraph: Any) -> None:
    """— 1 — in the middle of the foot, counted by Word."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _font(paragraph.add_run("— "), BODY_FONT, FOOT_PT)
    field = paragraph._p.makeelement(qn("w:fldSimple"), {qn("w:instr"): "PAGE"})
    paragraph._p.append(field)
    _font(paragraph.add_run(" —"), BODY_FONT, FOOT_PT)


def _font(thing: Any, name: str, size: float) -> None:
    """Set a font for Latin and for East Asian characters alike."""
    thing.font.name, thing.font.size = name, Pt(size)
    properties = thing.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = properties.makeelement(qn("w:rFonts"), {})
        properties.append(fonts)
    fonts.set(qn("w:eastAsia"), name)
    fonts.set(qn("w:cs"), MONGOLIAN_FONT)
