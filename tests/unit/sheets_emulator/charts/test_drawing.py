"""Charts: what their description and the cells come to, and the picture made of it."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from sheets_emulator.book.document import Document, Sheet
from sheets_emulator.charts.axes import scale_of, shortened, text_width
from sheets_emulator.charts.drawing import drawn
from sheets_emulator.charts.marks import Words
from sheets_emulator.charts.reading import charts_of
from sheets_emulator.charts.svg import svg

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


def picture(chart, not_drawn="—"):
    return svg(drawn(chart, not_drawn))


def elements(chart, name):
    return [one.attrib for one in ET.fromstring(picture(chart)).iter(SVG + name)]  # noqa: S314  # our own


def test_labels_names_and_values_come_from_the_cells(document):
    chart = read(basic("COLUMN"), document)
    assert chart.labels == ["Январь", "<b>Февраль", "Март"]
    assert [(one.name, one.values) for one in chart.series] == [
        ("Выручка", [40.0, 20.0, None]),
        ("План", [50.0, 50.0, 60.0]),
    ]
    assert chart.axes["LEFT"].shown(20) == "20 ₸"


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


def test_a_line_passes_over_missing_values_where_it_is_asked_to(document):
    document.sheets[0].grid.enter(2, 1, None)
    document.sheets[0].grid.enter(3, 1, 30)
    lines = elements(read(basic("LINE", interpolateNulls=True), document), "line")
    joined = [line for line in lines if line["stroke"] == "#4285f4"]
    assert len(joined) == 1  # one stroke from the first value to the third


def combined(**more):
    """Columns on the left axis, 0 to 50; a line on the right one, which is given as 0 to 100."""
    described = basic(
        "COMBO",
        axis=[
            {
                "position": "RIGHT_AXIS",
                "title": "План",
                "viewWindowOptions": {"viewWindowMin": 0, "viewWindowMax": 100},
            },
            {"position": "LEFT_AXIS", "title": "Факт"},
        ],
        **more,
    )
    described["spec"]["basicChart"]["series"] = [
        {"series": column(1), "type": "COLUMN", "targetAxis": "LEFT_AXIS"},
        {
            "series": column(2),
            "type": "LINE",
            "targetAxis": "RIGHT_AXIS",
            "lineStyle": {"type": "MEDIUM_DASHED", "width": 4},
        },
    ]
    return described


def test_two_axes_measure_each_their_own_series(document):
    chart = read(combined(), document)
    bars = [a for a in elements(chart, "rect") if "rx" not in a][1:]
    line = next(a for a in elements(chart, "polyline"))
    bottom = float(bars[0]["y"]) + float(bars[0]["height"])
    field = float(bars[0]["height"])  # the left axis ends at 40, the first value
    heights = [bottom - float(point.split(",")[1]) for point in line["points"].split()]
    assert float(bars[1]["height"]) == pytest.approx(field / 2, abs=0.1)
    assert heights == pytest.approx([field * 0.5, field * 0.5, field * 0.6], abs=0.2)  # 50, 50, 60 of 100
    assert (line["stroke-dasharray"], line["stroke-width"]) == ("4 4", "4")
    text = picture(chart)
    assert ">План<" in text
    assert ">Факт<" in text
    assert ">100<" in text
    assert ">40 ₸<" in text


def test_only_series_of_a_kind_on_an_axis_stand_on_each_other(document):
    chart = read(combined(stackedType="STACKED"), document)
    line = next(a for a in elements(chart, "polyline"))
    alone = next(a for a in elements(read(combined(), document), "polyline"))
    assert line["points"] == alone["points"]


def test_stacks_carry_their_sums_where_asked(document):
    chart = read(basic("COLUMN", stackedType="STACKED", totalDataLabel={"type": "DATA"}), document)
    # 40 + 50, 20 + 50, 60, in the format of the first number of the first series
    assert re.findall(r'font-weight="700" text-anchor="middle">([^<]+)<', picture(chart)) == [
        "90 ₸",
        "70 ₸",
        "60 ₸",
    ]


def test_percent_stacks_fill_the_field(document):
    chart = read(basic("AREA", stackedType="PERCENT_STACKED"), document)
    assert ">100%<" in picture(chart)
    upper = elements(chart, "polygon")[1]["points"].split()[:3]
    assert len({point.split(",")[1] for point in upper}) == 1  # all at 100 %


def test_a_stepped_area_has_a_stair_for_each_value(document):
    # 3 values (the first series has 2): two corners each above, two each below
    assert [len(a["points"].split()) for a in elements(read(basic("STEPPED_AREA"), document), "polygon")] == [
        8,
        12,
    ]


def test_points_lie_where_both_numbers_say(document):
    described = basic("SCATTER")
    described["spec"]["basicChart"]["domains"] = [{"domain": column(1)}]
    described["spec"]["basicChart"]["series"] = [{"series": column(2)}]
    circles = elements(read(described, document), "circle")
    # x 40 and 20 (the third is blank), y both 50: the point of 20 lies to the left of that of 40
    assert len(circles) == 2
    assert float(circles[1]["cx"]) < float(circles[0]["cx"])
    assert circles[0]["cy"] == circles[1]["cy"]


def test_values_stand_beside_their_marks_and_single_ones_have_their_own_colour(document):
    described = basic("COLUMN")
    described["spec"]["basicChart"]["series"] = [
        {
            "series": column(1),
            "dataLabel": {"type": "DATA"},
            "styleOverrides": [{"index": 1, "colorStyle": {"rgbColor": {"red": 1}}}],
        }
    ]
    chart = read(described, document)
    bars = [a for a in elements(chart, "rect") if "rx" not in a][1:]
    assert [bar["fill"] for bar in bars] == ["#4285f4", "#ff0000"]
    assert re.findall(r'font-size="11"[^>]*>([^<]+)<', picture(chart)) == ["40 ₸", "20 ₸"]


def card(**more):
    one = {"sheetId": 7, "startRowIndex": 1, "endRowIndex": 2, "startColumnIndex": 1, "endColumnIndex": 2}
    key = {"sourceRange": {"sources": [one]}}
    plan = {"sourceRange": {"sources": [{**one, "startColumnIndex": 2, "endColumnIndex": 3}]}}
    described = {"keyValueData": key, "baselineValueData": plan, **more}
    return {"spec": {"title": "Выручка", "scorecardChart": described}}


def test_a_scorecard_shows_its_cell_large_and_how_it_compares(document):
    below = read(card(baselineValueFormat={"description": "к плану"}), document)
    text = picture(below)
    assert re.search(r'font-size="72"[^>]*>40 ₸<', text)
    assert re.search(r'fill="#c5221f"[^>]*>10 ₸ к плану<', text)  # 40 of 50
    corners = [tuple(map(float, one.split(","))) for one in elements(below, "polygon")[0]["points"].split()]
    assert corners[0][1] == corners[1][1] < corners[2][1]  # it points down
    percent = {"comparisonType": "PERCENTAGE_DIFFERENCE", "negativeColor": {"blue": 1}}
    text = picture(read(card(baselineValueFormat=percent), document))
    assert re.search(r'fill="#0000ff"[^>]*>20%<', text)


def test_a_scorecard_of_several_cells_is_what_its_aggregate_says(document):
    described = card(
        aggregateType="SUM", numberFormatSource="CUSTOM", customFormatOptions={"suffix": " всего"}
    )
    described["spec"]["scorecardChart"]["keyValueData"] = column(2)
    del described["spec"]["scorecardChart"]["baselineValueData"]
    assert read(described, document).key == "160 всего"  # 50 + 50 + 60
    described["spec"]["scorecardChart"].update(aggregateType="AVERAGE", scaleFactor=10)
    assert read(described, document).key == "5,333333333 всего"


def test_a_chart_follows_its_cells(document):
    before = read(card(), document).key
    document.sheets[0].grid.enter(1, 1, 77)
    assert (before, read(card(), document).key) == ("40 ₸", "77 ₸")


def test_hidden_rows_show_where_the_chart_wants_them(document):
    document.sheets[0].row_properties[2] = {"hiddenByUser": True}
    described = basic("LINE")
    described["spec"]["hiddenDimensionStrategy"] = "SHOW_ALL"
    assert read(described, document).labels == ["Январь", "<b>Февраль", "Март"]


def test_a_pie_may_carry_its_labels_outside(document):
    pie = {
        "spec": {"pieChart": {"domain": column(0), "series": column(2), "legendPosition": "LABELED_LEGEND"}}
    }
    assert re.findall(r">([^<]+ \d+%)<", picture(read(pie, document)))[0] == "Январь 31%"


def test_an_area_is_filled(document):
    assert len(elements(read(basic("AREA"), document), "polygon")) == 2


def test_a_pies_slices_share_the_circle(document):
    pie = {"spec": {"pieChart": {"domain": column(0), "series": column(2), "pieHole": 0.5}}}
    text = picture(read(pie, document))
    # 50, 50 and 60 of 160
    assert re.findall(r">(\d+%)<", text) == ["31%", "31%", "38%"]
    assert text.count("<path") == 3


def test_texts_are_escaped(document):
    text = picture(read(basic("COLUMN"), document))
    assert "<b>" not in text
    assert "&lt;b&gt;Фев" in text


@pytest.mark.parametrize(("kind", "width"), [("SCATTER", 600), ("SCATTER", 200), ("BAR", 600), ("BAR", 150)])
def test_numbers_along_the_bottom_stay_within_the_picture_and_beside_each_other(document, kind, width):
    for row in (1, 2, 3):
        document.sheets[0].grid.enter(row, 1, 1_000_000 * row)
    described = basic(kind)
    described["spec"]["basicChart"]["domains"] = [{"domain": column(1 if kind == "SCATTER" else 0)}]
    described["position"] = {"overlayPosition": {"widthPixels": width, "heightPixels": 300}}
    told = [one for one in drawn(read(described, document), "").marks if isinstance(one, Words)]
    lowest = max(one.y for one in told if "000000" in one.text)
    ends = [
        (one.x - text_width(one.text, one.size) / 2, one.x + text_width(one.text, one.size) / 2)
        for one in told
        if one.y == lowest and "000000" in one.text
    ]
    assert 1 <= len(ends) <= 6
    assert ends[-1][1] <= width
    assert all(former[1] < later[0] for former, later in pairwise(ends))


def test_the_sentence_of_a_kind_that_is_not_drawn_has_the_lines_it_needs(document):
    described = {"spec": {"histogramChart": {}}, "position": {"overlayPosition": {"widthPixels": 200}}}
    lines = drawn(read(described, document), "This kind of chart is kept, but it is not drawn here").marks
    assert [line.text for line in lines] == ["This kind of chart is", "kept, but it is not", "drawn here"]
    assert [line.y - lines[0].y for line in lines] == [0, 16, 32]


def test_a_kind_that_is_not_drawn_says_so(document):
    chart = read({"spec": {"title": "Курс", "candlestickChart": {}}}, document)
    assert ">kept, not drawn<" in picture(chart, "kept, not drawn")


def test_a_chart_over_a_tab_that_is_gone_is_empty(document):
    document.sheets.clear()
    chart = read(basic("COLUMN"), document)
    assert [one.values for one in chart.series] == [[], []]
    assert picture(chart).startswith("<svg")


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


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (10, None, [10, 20, 30, 40, 50]),
        (None, 45, [0, 10, 20, 30, 40, 45]),
        (50, 20, [0, 10, 20, 30, 40, 50]),  # nothing lies between
        (47, 47, [0, 10, 20, 30, 40, 50]),
    ],
)
def test_given_ends_hold_where_something_lies_between(low, high, ticks):
    assert scale_of([3, 47], with_zero=True, low=low, high=high).ticks == ticks


def test_the_largest_numbers_have_a_scale():
    ticks = scale_of([-1.7e308, 1.7e308], with_zero=True).ticks
    assert 3 <= len(ticks) <= 12
    assert ticks[0] < 0 < ticks[-1]


def test_numbers_beyond_all_bounds_leave_a_scorecard_standing(document):
    document.sheets[0].grid.enter(1, 1, 1.7e308)
    document.sheets[0].grid.enter(1, 2, 1e-300)
    percent = {"comparisonType": "PERCENTAGE_DIFFERENCE", "description": "к плану"}
    huge = read(card(baselineValueFormat=percent, scaleFactor=1e-10), document)
    assert huge.baseline == "к плану"
    assert picture(huge).startswith("<svg")


def test_long_words_end_in_an_ellipsis():
    assert shortened("Алматы", 12, 100) == "Алматы"
    # 40 pixels hold five letters of 6.72: four and the ellipsis
    assert shortened("Усть-Каменогорск", 12, 40) == "Усть…"
