"""Charts: what their description and the cells come to, and the picture made of it."""

import re
from xml.etree import ElementTree as ET

import pytest

from sheets_emulator.book.document import Document, Sheet
from sheets_emulator.view.axes import scale_of, shortened
from sheets_emulator.view.charts import charts_of
from sheets_emulator.view.drawing import drawn

ROWS = [
    ["Месяц", "Выручка", "План"],
    ["Январь", 40, 50],
    ["<b>Февраль", 20, 50],
    ["Март", None, 60],
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def document():
    made = Document({"locale": "ru_RU", "timeZone": "Asia/Almaty"})
    made.sheets.append(
        Sheet(
            {"sheetId": 7, "title": "Лист", "gridProperties": {"rowCount": 10, "columnCount": 5}},
        )
    )
    for row, values in enumerate(ROWS):
        for column, value in enumerate(values):
            made.sheets[0].grid.enter(row, column, value)
    money = made.styles.number(
        {"userEnteredFormat": {"numberFormat": {"type": "NUMBER", "pattern": '0" ₸"'}}}
    )
    made.sheets[0].grid.writable(1).set_style(1, money)
    return made


def column(index):
    cells = {"sheetId": 7, "startRowIndex": 0, "endRowIndex": 4}
    return {"sourceRange": {"sources": [{**cells, "startColumnIndex": index, "endColumnIndex": index + 1}]}}


def basic(kind, **more):
    series = [{"series": column(1)}, {"series": column(2)}]
    described = {
        "chartType": kind,
        "headerCount": 1,
        "domains": [{"domain": column(0)}],
        "series": series,
        **more,
    }
    return {"spec": {"title": "По месяцам", "basicChart": described}}


def read(chart, document):
    return next(charts_of([chart], document))[1]


def elements(chart, name):
    return [one.attrib for one in ET.fromstring(drawn(chart, "—")).iter(SVG + name)]  # noqa: S314  # our own


def test_labels_names_and_values_come_from_the_cells(document):
    chart = read(basic("COLUMN"), document)
    assert chart.labels == ["Январь", "<b>Февраль", "Март"]
    assert [(one.name, one.values) for one in chart.series] == [
        ("Выручка", [40.0, 20.0, None]),
        ("План", [50.0, 50.0, 60.0]),
    ]
    assert chart.shown(20) == "20 ₸"


def test_hidden_rows_are_left_out(document):
    document.sheets[0].row_properties[2] = {"hiddenByFilter": True}
    assert read(basic("LINE"), document).labels == ["Январь", "Март"]


def test_without_a_header_count_a_text_above_the_numbers_is_the_header(document):
    described = basic("LINE")
    del described["spec"]["basicChart"]["headerCount"]
    assert read(described, document).series[1].name == "План"


def test_columns_are_as_high_as_their_values(document):
    bars = [a for a in elements(read(basic("COLUMN"), document), "rect") if "rx" not in a][1:]
    heights = [float(bar["height"]) for bar in bars]
    # Five bars (one blank); 0…60 by 10: each height in proportion to 40, 20, 50, 50, 60.
    assert [height / heights[0] * 40 for height in heights] == pytest.approx([40, 20, 50, 50, 60], abs=0.1)


def test_bars_lie_and_are_as_long_as_their_values(document):
    bars = [a for a in elements(read(basic("BAR"), document), "rect") if "rx" not in a][1:]
    lengths = [float(bar["width"]) for bar in bars]
    assert [length / lengths[0] * 40 for length in lengths] == pytest.approx([40, 20, 50, 50, 60], abs=0.1)


def test_stacked_columns_stand_on_each_other(document):
    bars = list(elements(read(basic("COLUMN", stackedType="STACKED"), document), "rect"))
    bars = [a for a in bars if "rx" not in a][1:]
    lower, upper = bars[0], bars[3]
    assert float(upper["y"]) + float(upper["height"]) == pytest.approx(float(lower["y"]), abs=0.11)
    assert upper["x"] == lower["x"]


def test_a_line_breaks_where_a_value_is_missing(document):
    document.sheets[0].grid.enter(2, 1, None)
    document.sheets[0].grid.enter(3, 1, 30)
    lines = elements(read(basic("LINE"), document), "polyline")
    assert [len(line["points"].split()) for line in lines] == [1, 1, 3]


def test_an_area_is_filled(document):
    assert len(elements(read(basic("AREA"), document), "polygon")) == 2


def test_a_pies_slices_share_the_circle(document):
    pie = {"spec": {"pieChart": {"domain": column(0), "series": column(2), "pieHole": 0.5}}}
    text = drawn(read(pie, document), "—")
    # 50, 50 and 60 of 160
    assert re.findall(r">(\d+%)<", text) == ["31%", "31%", "38%"]
    assert text.count("<path") == 3


def test_texts_are_escaped(document):
    text = drawn(read(basic("COLUMN"), document), "—")
    assert "<b>" not in text
    assert "&lt;b&gt;Фев" in text


def test_a_kind_that_is_not_drawn_says_so(document):
    chart = read(basic("SCATTER"), document)
    assert ">kept, not drawn<" in drawn(chart, "kept, not drawn")


def test_a_chart_over_a_tab_that_is_gone_is_empty(document):
    document.sheets.clear()
    chart = read(basic("COLUMN"), document)
    assert [one.values for one in chart.series] == [[], []]
    assert drawn(chart, "—").startswith("<svg")


@pytest.mark.parametrize(
    ("values", "with_zero", "ticks"),
    [
        ([3, 47], True, [0, 10, 20, 30, 40, 50]),
        ([0.12, 0.9], True, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        ([-200, 1200], True, [-500, 0, 500, 1000, 1500]),
        ([101, 109], False, [100, 102, 104, 106, 108, 110]),
        ([], True, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        ([5, 5], False, [5, 6, 7, 8, 9, 10]),
    ],
)
def test_ticks_are_round_and_enclose_the_values(values, with_zero, ticks):
    assert scale_of(values, with_zero=with_zero).ticks == ticks


def test_long_words_end_in_an_ellipsis():
    assert shortened("Алматы", 12, 100) == "Алматы"
    # 40 pixels hold five letters of 6.72: four and the ellipsis
    assert shortened("Усть-Каменогорск", 12, 40) == "Усть…"
