"""Charts in exports: native ones in XLSX, read back by openpyxl, and drawings in PDF, read out of its pages."""

import io
import re
import zlib
from base64 import a85decode

import pytest
from openpyxl import load_workbook

from sheets_emulator.book.defaults import new_document
from sheets_emulator.book.document import Sheet
from sheets_emulator.exchange.exports import export, of_tab

ROWS = [["Месяц", "Выручка", "Конверсия"], ["Апрель", 40, 0.2], ["Май", 20, 0.3], ["Июнь", 60, 0.25]]


def column(index, top=0, bottom=4):
    cells = {"sheetId": 0, "startRowIndex": top, "endRowIndex": bottom}
    return {"sourceRange": {"sources": [{**cells, "startColumnIndex": index, "endColumnIndex": index + 1}]}}


def basic(kind, *series, **more):
    domains = [{"domain": column(0)}]
    return {"basicChart": {"chartType": kind, "headerCount": 1, "domains": domains, "series": series, **more}}


def document(*specs):
    """A tab `Продажи 'Юг' 1` with the rows above and a chart of each spec."""
    made = new_document("ru_RU")
    sheet = made.sheets[0]
    sheet.properties["title"] = "Продажи 'Юг' 1"
    for r, row in enumerate(ROWS):
        for c, value in enumerate(row):
            sheet.grid.enter(r, c, value)
    for number, spec in enumerate(specs):
        overlay = {
            "anchorCell": {"sheetId": 0, "rowIndex": 5, "columnIndex": 2},
            "offsetXPixels": 7,
            "offsetYPixels": 3,
            "widthPixels": 480,
            "heightPixels": 300,
        }
        sheet.objects["charts"].append(
            {"chartId": number + 1, "spec": spec, "position": {"overlayPosition": overlay}}
        )
    return made


def in_excel(*specs):
    book = load_workbook(io.BytesIO(export(document(*specs), "xlsx", "x")))
    return book.worksheets[0]._charts  # openpyxl has no public way to them


def said(title):
    return "".join(run.t for part in title.tx.rich.p for run in part.r or [])


def test_columns_name_their_cells_titles_and_place():
    spec = basic(
        "COLUMN",
        {"series": column(1), "color": {"red": 1}},
        legendPosition="BOTTOM_LEGEND",
        axis=[
            {
                "position": "LEFT_AXIS",
                "title": "тенге",
                "viewWindowOptions": {"viewWindowMin": 0, "viewWindowMax": 90},
            },
            {"position": "BOTTOM_AXIS", "title": "месяц"},
        ],
    )
    (chart,) = in_excel({"title": "Выручка", "subtitle": "по месяцам", **spec})
    (series,) = chart.series
    assert (chart.type, chart.grouping, said(chart.title)) == ("col", "clustered", "Выручкапо месяцам")
    assert series.tx.strRef.f == "'Продажи ''Юг'' 1'!$B$1:$B$1"
    assert series.val.numRef.f == "'Продажи ''Юг'' 1'!$B$2:$B$4"
    assert series.cat.strRef.f == "'Продажи ''Юг'' 1'!$A$2:$A$4"
    assert series.graphicalProperties.solidFill.srgbClr == "ff0000"
    assert (said(chart.y_axis.title), said(chart.x_axis.title), chart.legend.position) == (
        "тенге",
        "месяц",
        "b",
    )
    assert (chart.title.overlay, chart.y_axis.title.overlay, chart.y_axis.numFmt.sourceLinked) == (
        False,
        False,
        True,
    )
    assert (chart.y_axis.scaling.min, chart.y_axis.scaling.max) == (0, 90)
    corner = chart.anchor._from
    # 9525 of Excel's units are a pixel
    assert (corner.row, corner.col, corner.colOff, corner.rowOff) == (5, 2, 7 * 9525, 3 * 9525)
    assert (chart.anchor.ext.width, chart.anchor.ext.height) == (480 * 9525, 300 * 9525)


@pytest.mark.parametrize(
    ("kind", "stacked", "name", "grouping"),
    [
        ("COLUMN", "STACKED", "BarChart", "stacked"),
        ("BAR", "PERCENT_STACKED", "BarChart", "percentStacked"),
        ("AREA", "STACKED", "AreaChart", "stacked"),
        ("STEPPED_AREA", "", "AreaChart", "standard"),
        ("LINE", "", "LineChart", "standard"),
    ],
)
def test_kinds_and_stacks(kind, stacked, name, grouping):
    (chart,) = in_excel(basic(kind, {"series": column(1)}, {"series": column(2)}, stackedType=stacked))
    assert (type(chart).__name__, chart.grouping, len(chart.series)) == (name, grouping, 2)
    if name == "BarChart":
        assert (chart.type, chart.overlap) == ("bar" if kind == "BAR" else "col", 100)


def test_a_combination_has_its_second_axis_at_the_right():
    (chart,) = in_excel(
        basic(
            "COMBO",
            {"series": column(1), "type": "COLUMN", "targetAxis": "LEFT_AXIS"},
            {"series": column(2), "type": "LINE", "targetAxis": "RIGHT_AXIS"},
            axis=[{"position": "RIGHT_AXIS", "title": "доля"}],
        )
    )
    bars, line = chart._charts
    assert (type(bars).__name__, type(line).__name__) == ("BarChart", "LineChart")
    assert line.series[0].val.numRef.f.endswith("$C$2:$C$4")
    assert bars.y_axis.axId != line.y_axis.axId
    assert (said(line.y_axis.title), line.y_axis.crosses) == ("доля", "max")


def test_a_chart_holds_what_its_cells_say_now_for_readers_that_do_not_look_there():
    (chart,) = in_excel({"hiddenDimensionStrategy": "SHOW_ALL", **basic("LINE", {"series": column(2)})})
    (series,) = chart.series
    assert [(point.idx, float(point.v)) for point in series.val.numRef.numCache.pt] == [
        (0, 0.2),
        (1, 0.3),
        (2, 0.25),
    ]
    assert series.val.numRef.numCache.formatCode == "General"
    assert [point.v for point in series.cat.strRef.strCache.pt] == ["Апрель", "Май", "Июнь"]
    assert not chart.visible_cells_only


def test_pies_rings_and_points():
    pie = {"domain": column(0), "series": column(1), "legendPosition": "NO_LEGEND"}
    points = basic("SCATTER", {"series": column(2)})
    points["basicChart"]["domains"] = [{"domain": column(1)}]
    round_one, ring, scattered = in_excel({"pieChart": pie}, {"pieChart": {**pie, "pieHole": 0.4}}, points)
    assert (type(round_one).__name__, round_one.legend, len(round_one.series[0].dPt)) == ("PieChart", None, 3)
    assert round_one.series[0].val.numRef.f.endswith("$B$2:$B$4")
    assert (type(ring).__name__, ring.holeSize) == ("DoughnutChart", 40)
    assert scattered.series[0].xVal.numRef.f.endswith("$B$2:$B$4")
    assert scattered.series[0].yVal.numRef.f.endswith("$C$2:$C$4")


def test_a_scorecard_is_a_bar_that_says_its_cell():
    (card,) = in_excel({"title": "Июнь", "scorecardChart": {"keyValueData": column(1, 3, 4)}})
    assert card.series[0].val.numRef.f.endswith("$B$4:$B$4")
    label = card.series[0].dLbls
    assert (label.showVal, label.txPr.p[0].pPr.defRPr.sz) == (True, 2800)  # hundredths of a point
    assert (card.x_axis.delete, card.y_axis.delete, said(card.title)) == (True, True, "Июнь")


def test_several_ranges_are_one_row_of_values():
    first, second = column(1, 0, 2)["sourceRange"]["sources"], column(1, 2, 4)["sourceRange"]["sources"]
    (chart,) = in_excel(basic("LINE", {"series": {"sourceRange": {"sources": [*first, *second]}}}))
    tab = "'Продажи ''Юг'' 1'!"
    assert chart.series[0].val.numRef.f == f"({tab}$B$2:$B$2,{tab}$B$3:$B$4)"


def test_what_is_not_drawn_stays_away_and_the_cells_stay():
    made = export(document({"candlestickChart": {}}), "xlsx", "x")
    sheet = load_workbook(io.BytesIO(made)).worksheets[0]
    assert (sheet._charts, sheet["B2"].value) == ([], 40)


def contents(pdf):
    """The drawing operators of all pages."""
    streams = re.findall(rb"/ASCII85Decode /FlateDecode[^>]*>>\s*stream\r?\n(.*?)~>endstream", pdf, re.DOTALL)
    return b"\n".join(zlib.decompress(a85decode(one)) for one in streams)


def test_a_pdf_holds_the_charts_as_drawings_with_their_texts():
    spec = {"title": "Выручка", **basic("COLUMN", {"series": column(1), "color": {"red": 1}})}
    drawn, bare = contents(export(document(spec), "pdf", "x")), contents(export(document(), "pdf", "x"))
    red = re.compile(rb"1 0 0 rg\b")
    assert red.search(drawn)
    assert not red.search(bare)
    assert drawn.count(b" re ") - bare.count(b" re ") >= 3  # a rectangle for each column
    assert drawn.count(b"Tj") > bare.count(b"Tj")


def test_a_chart_in_a_pdf_follows_its_cells():
    made = document({"title": "Выручка", **basic("COLUMN", {"series": column(1)})})
    before = contents(export(made, "pdf", "x"))
    made.sheets[0].grid.enter(1, 1, 10)
    assert contents(export(made, "pdf", "x")) != before


def test_a_tab_alone_still_draws_what_other_tabs_hold():
    made = document()
    board = Sheet({"sheetId": 5, "title": "Табло", "gridProperties": {"rowCount": 9, "columnCount": 9}})
    spec = basic("COLUMN", {"series": column(1), "color": {"red": 1}})
    board.objects["charts"].append({"chartId": 1, "spec": spec, "position": {}})
    made.sheets.append(board)
    alone = of_tab(made, 5)
    drawn = contents(export(alone, "pdf", "x"))
    assert drawn.count(b"1 0 0 rg") >= 3  # a red column for each value of the other tab
    assert [page.title for page in load_workbook(io.BytesIO(export(alone, "xlsx", "x"))).worksheets] == [
        "Табло"
    ]


def test_a_tab_that_has_only_charts_is_printed():
    made = document({"title": "Доли", "pieChart": {"domain": column(0), "series": column(1)}})
    made.sheets[0].grid.rows.clear()
    assert b"Tj" in contents(export(made, "pdf", "x"))
