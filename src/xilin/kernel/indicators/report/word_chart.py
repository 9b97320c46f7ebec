"""Bars in a Word document as a chart of Office's own: its words take the reader's fonts, and its figures can be opened and changed."""

from typing import Any

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Cm
from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.chart.xlsx import CategoryWorkbookWriter
from pptx.chart.xmlwriter import ChartXmlWriter
from pptx.enum.chart import XL_CHART_TYPE

from xilin.kernel.indicators.report.chart import Chart

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WIDTH, ROW, FRAME = Cm(15), Cm(0.72), Cm(1.6)
COLOUR = "0B5C7A"
INLINE = f"""<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="{DRAWING}" xmlns:r="{RELATIONS}">
<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent/><wp:docPr/><wp:cNvGraphicFramePr/>
<a:graphic><a:graphicData uri="{CHART}"><c:chart xmlns:c="{CHART}"/></a:graphicData></a:graphic></wp:inline></w:drawing>"""


def place(word: Any, chart: Chart) -> None:
    """Add a chart in a paragraph of its own, its title above and its values at the bars."""
    package = word.part.package
    number = 1 + sum("/charts/chart" in str(part.partname) for part in package.iter_parts())
    data = CategoryChartData()
    data.categories = [bar.name for bar in chart.bars]
    data.add_series(f"{chart.title}, {chart.unit}", [bar.value for bar in chart.bars])
    sheet = Part(
        PackURI(f"/word/embeddings/Microsoft_Excel_Sheet{number}.xlsx"),
        CONTENT_TYPE.SML_SHEET,
        CategoryWorkbookWriter(data).xlsx_blob,
        package,
    )
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), CONTENT_TYPE.DML_CHART, b"", package)
    part._blob = _drawn(data, part.relate_to(sheet, RELATIONSHIP_TYPE.PACKAGE))
    drawing = parse_xml(INLINE)
    (extent,) = drawing.xpath(".//wp:extent")
    extent.set("cx", str(int(WIDTH)))
    extent.set("cy", str(int(FRAME + ROW * len(chart.bars))))
    (about,) = drawing.xpath(".//wp:docPr")
    about.set("id", str(1000 + number))
    about.set("name", f"Chart {number}")
    about.set("descr", "; ".join(f"{bar.name} {bar.shown}" for bar in chart.bars))
    (held,) = drawing.xpath(".//*[local-name() = 'chart']")
    held.set(f"{{{RELATIONS}}}id", word.part.relate_to(part, RELATIONSHIP_TYPE.CHART))
    word.add_paragraph().add_run()._r.append(drawing)


def _drawn(data: CategoryChartData, sheet: str) -> bytes:
    """The chart's XML: first name on top, one colour, values written, no legend."""
    root = etree.fromstring(ChartXmlWriter(XL_CHART_TYPE.BAR_CLUSTERED, data).xml.encode())
    space = {"c": CHART}

    def made(inside: str) -> Any:
        return etree.fromstring(
            f'<x xmlns:c="{CHART}" xmlns:a="{DRAWING}" xmlns:r="{RELATIONS}">{inside}</x>'
        )[0]

    (series,) = root.xpath(".//c:ser", namespaces=space)
    (text,) = series.xpath("c:tx", namespaces=space)
    text.addnext(made(f'<c:spPr><a:solidFill><a:srgbClr val="{COLOUR}"/></a:solidFill></c:spPr>'))
    for scaling in root.xpath(".//c:catAx/c:scaling", namespaces=space):
        for orientation in scaling.xpath("c:orientation", namespaces=space):
            scaling.remove(orientation)
        scaling.append(made('<c:orientation val="maxMin"/>'))
    (categories,) = series.xpath("c:cat", namespaces=space)
    said = "".join(f'<c:{one} val="{int(one == "showVal")}"/>' for one in SHOWN)
    categories.addprevious(
        made(f'<c:dLbls><c:numFmt formatCode="#,##0.##" sourceLinked="0"/>{said}</c:dLbls>')
    )
    root.append(made(f'<c:externalData r:id="{sheet}"><c:autoUpdate val="0"/></c:externalData>'))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


SHOWN = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")
