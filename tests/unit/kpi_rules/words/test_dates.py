"""Months, days and moments in the form of each language, by themselves and within problems."""

from datetime import date, datetime

import pytest

from kpi_rules.problems import Place, blocking, warning
from kpi_rules.time.periods import Month
from kpi_rules.words.dates import date_text, moment_text, month_name
from kpi_rules.words.said import said
from kpi_rules.words.texts import Texts
from templates.loading import texts

OCTOBER = Month(2026, 10)
MORNING = datetime(2026, 10, 5, 9, 5)  # noqa: DTZ001 - local time of the client


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("ru", ["октябрь 2026", "Октябрь 2026", "октября 2026", "2026-10"]),
        ("kk", ["2026 ж. қазан", "2026 ж. қазан", "2026 ж. қазан", "2026-10"]),
        ("en", ["October 2026", "October 2026", "October 2026", "2026-10"]),
    ],
)
def test_a_sentence_bends_a_month_as_it_needs_it(language, forms):
    words = Texts(language, {"x": "{month}|{month:title}|{month:genitive}|{month:iso}"})
    assert words("x", month=OCTOBER).split("|") == forms


def test_every_month_has_its_name_in_each_language():
    for language, first, fifth in (
        ("ru", "январь", "май"),
        ("kk", "қаңтар", "мамыр"),
        ("en", "January", "May"),
    ):
        names = [month_name(Month(2026, number), language) for number in range(1, 13)]
        assert len(set(names)) == 12
        assert first in names[0]
        assert fifth in names[4]


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("ru", "05.10.2026", "05.10.2026 09:05"),
        ("kk", "05.10.2026", "05.10.2026 09:05"),
        ("en", "5 October 2026", "5 October 2026, 09:05"),
    ],
)
def test_days_and_moments_follow_the_language(language, day, moment):
    assert date_text(date(2026, 10, 5), language) == day
    assert moment_text(MORNING, language) == moment
    words = Texts(language, {"x": "{day}; {moment}; {inner}", "y": "«{day}»"})
    inner = said("y", day=date(2026, 10, 5))
    given = {"day": date(2026, 10, 5), "moment": MORNING, "inner": inner}
    assert words("x", **given) == f"{day}; {moment}; «{day}»"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "ru",
            [
                "За 05.10.2026 два отчёта одного менеджера: непонятно, какой верный.",
                "Дата 31.12.2026 ещё не наступила.",
                "Строка «05.10.2026 M01» листа «Отчёты» исчезла: 06.10.2026 её уже нет.",
                (
                    "Строка «17» (05.09.2026) внесена или изменена, когда сентябрь 2026 уже закрыли:"
                    " в итог месяца она не войдёт."
                ),
                "На листе «Оклады» две строки на одно начало: M01 · октябрь 2026.",
                "Корректировка № 4 выплачена за август 2026 и потом изменена или удалена. Выплата не меняется.",
            ],
        ),
        (
            "kk",
            [
                "05.10.2026 күніне бір менеджердің екі есебі бар: қайсысы дұрыс екені түсініксіз.",
                "31.12.2026 күні әлі келген жоқ.",
                "«Отчёты» парағындағы «05.10.2026 M01» жолы жоғалған: 06.10.2026 ол енді жоқ еді.",
                (
                    "«17» жолы (05.09.2026) 2026 ж. қыркүйек айы жабылғаннан кейін енгізілген немесе өзгертілген:"
                    " ол айдың қорытындысына енді кірмейді."
                ),
                "«Айлықақылар» парағында екі жол бірдей басталады: M01 · 2026 ж. қазан.",
                "№ 4 түзету 2026 ж. тамыз айы үшін төленген, кейін өзгертілген немесе жойылған. Төлем өзгермейді.",
            ],
        ),
        (
            "en",
            [
                "There are two reports of one manager for 5 October 2026: it is unclear which one is right.",
                "The date 31 December 2026 has not come yet.",
                "Row “5 October 2026 M01” of the tab “Отчёты” has vanished: on 6 October 2026 it was no longer there.",
                (
                    "Row “17” (5 September 2026) was entered or changed after September 2026 had closed:"
                    " it can not count there any more."
                ),
                "On the tab “Salaries” two rows begin alike: M01 · October 2026.",
                "Correction No. 4 was paid for August 2026 and then changed or deleted. The payment does not change.",
            ],
        ),
    ],
)
def test_problems_keep_plain_months_and_days_and_say_them_in_the_language(language, told):
    """Their params are part of records and never change; the sentence does."""
    problems = [
        blocking("report_twice", Place("reports", 3, "on"), date="05.10.2026"),
        warning("date_in_future", Place("deals", 3, "paid_on"), value="31.12.2026"),
        warning("row_vanished", Place("reports"), key="2026-10-05 M01", tab="Отчёты", when="06.10.2026"),
        warning("row_of_closed_month", Place("deals"), key="17", value="05.09.2026", closed="2026-09"),
        blocking("salary_twice", Place("salaries", 4), value="M01 · 2026-10", month=OCTOBER),
        warning("paid_correction_changed", Place("corrections", 2), number="4", paid="2026-08"),
    ]
    assert [texts(language).what(problem) for problem in problems] == told


@pytest.mark.parametrize(
    ("value", "is_own"), [("05.10.2026", True), ("№ 5", False), ("2026-10-05 M01", False)]
)
def test_what_somebody_typed_is_quoted_as_it_is(value, is_own):
    unknown = blocking("employee_unknown", Place("deals", 2, "code"), value=value)
    assert f"“{value}”" in texts("en").what(unknown)
    read = warning("date_as_text", Place("deals", 2, "paid_on"), value=value, read="05.10.2026")
    assert f"“{value}”" in texts("en").what(read)
    future = warning("date_in_future", Place("deals", 2, "paid_on"), value=value)
    assert (value in texts("en").what(future)) is not is_own
