"""Which formulas pull from outside: by the functions they call, not by the words they hold."""

import pytest

from sheets_sync.reading.outside_formulas import OutsideFormula, outside_formulas, outside_functions


@pytest.mark.parametrize(
    ("formula", "names"),
    [
        ('=IMPORTRANGE("1abc";"Лист1!A1")', ["IMPORTRANGE"]),
        ('=QUERY(importrange("1abc";"A:B");"select Col1")', ["IMPORTRANGE"]),
        ("=IFERROR(ImportXML(A1;B1);ImportData(C1))", ["IMPORTXML", "IMPORTDATA"]),
        ('=IMPORTHTML (A1;"table";1)', ["IMPORTHTML"]),
        ("=IMPORTFEED(A1)+IMPORTFEED(A2)", ["IMPORTFEED"]),
        ('=IMAGE("https://x/?"&A1)', ["IMAGE"]),
        ('=GOOGLEFINANCE("CURRENCY:USDKZT")', ["GOOGLEFINANCE"]),
        ('="не IMPORTRANGE( а слова"', []),
        ('="кавычка "" и IMPORTRANGE("', []),
        ("='IMPORTRANGE('!A1", []),
        ("=MYIMPORTRANGE(A1)", []),
        ("=IMPORTRANGE", []),
        ("=SUM(A1:A9)", []),
        ("", []),
    ],
)
def test_the_functions_of_a_formula_that_pull_from_outside(formula, names):
    assert outside_functions(formula) == names


def test_they_are_found_on_every_tab_with_their_address():
    description = {
        "sheets": [
            {
                "properties": {"title": "Сделки"},
                "data": [{"rowData": [{}, {"values": [{}, cell("=SUM(A1)")]}]}],
            },
            {
                "properties": {"title": "Мой лист"},
                "data": [
                    {"startRow": 4, "startColumn": 26, "rowData": [{"values": [cell("=IMPORTDATA(A1)")]}]}
                ],
            },
            {"properties": {"title": "Пусто"}},
        ]
    }
    assert list(outside_formulas(description)) == [OutsideFormula("Мой лист", "AA5", "IMPORTDATA")]


def cell(formula):
    return {"userEnteredValue": {"formulaValue": formula}}
