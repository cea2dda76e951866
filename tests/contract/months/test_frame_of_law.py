"""Pay terms that get worse at short notice are told by `kpi month open` and `kpi rules diff`; nothing is stopped.

The client of `client_life`: M01 has a salary of 187 301 ₸ from September on, October opens on the 1st.
"""

from datetime import date

import pytest

from operations.months.closing import close_month
from operations.months.opening import open_due, open_month
from operations.months.pay_terms import KIND, worse_pay
from tests.contract.client_acts import at, ready
from tests.contract.client_life import (
    HEAD,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    serial,
)

FREE_ROW = 2 + len(SALARIES)
OCTOBER_ON = serial(date(2026, 10, 1))


@pytest.fixture
def run(command, monkeypatch, opened):
    monkeypatch.setenv("KPI_HOME", str(opened.services.settings.home))

    def run_once(*arguments):
        code, out, err = command(*arguments, width=400)
        assert (code, err) == (0, "")
        return out

    return run_once


def lower_salary(life, base=150_000, code="M01"):
    life.enter(HEAD, "salaries", [[code, OCTOBER_ON, base, 203_417]], row=FREE_ROW)


def worse(life, now=OCTOBER_OPENED_AT, before=SEPTEMBER, month=OCTOBER):
    return worse_pay(SLUG, before, month, now, life.services)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (16, None),  # fifteen days before
        (17, "лишь за 14 дн. при сроке 15"),
        (30, "лишь за 1 дн. при сроке 15"),
    ],
)
def test_the_notice_counts_from_the_night_that_first_saw_the_row(opened, day, said):
    lower_salary(opened)
    open_due(SLUG, at(day, month=9), opened.services)
    open_due(SLUG, at(30, month=9), opened.services)
    told = worse(opened)
    assert len(told) == (said is not None)
    if said:
        assert told[0].startswith(
            f"Октябрь 2026. Асель Нурова: оклад — хуже, чем прежде, а до начала месяца это стало известно {said}"
        )
        assert "Трудовой кодекс РК, ст. 46" in told[0]
        assert "сверьте с юристом" in told[0]
    for note in opened.services.ledger.acknowledged(SLUG, KIND).values():
        assert "150" not in note.by


def test_what_a_client_configures_counts(opened):
    lower_salary(opened)
    open_due(SLUG, at(10, month=9), opened.services)
    assert worse(opened) == ()
    rows = opened.cells(opened.workbook_id, "Настройки")
    opened.enter(HEAD, "settings", [["Дней уведомления об изменении оплаты", 30]], row=len(rows) + 1)
    (told,) = worse(opened)
    assert "лишь за 21 дн. при сроке 30" in told


def test_a_raise_and_what_was_always_so_are_told_to_nobody(opened):
    lower_salary(opened, 200_000)
    assert worse(opened) == ()
    assert worse(opened, before=OCTOBER, month=NOVEMBER) == ()


def test_bands_that_pay_less_concern_everybody(opened):
    cells = opened.cells(opened.workbook_id, "Правила")
    place = cells[0].index("Ступень")
    rows = [[OCTOBER_ON, *row[place - 1 : place + 2]] for row in cells[1:] if len(row) > place and row[place]]
    for row in rows:
        row[1] = 0.85 if row[1] == 0.8 else row[1]
    last = 1 + max(index for index, row in enumerate(cells) if len(row) > place and row[place])
    opened.enter(HEAD, "rules", rows, row=last + 1, column=place - 2)
    (told,) = worse(opened)
    assert told.startswith(
        "Октябрь 2026. Асель Нурова, Марат Жумабаев, Гульнара Ким: доля переменной части по ступеням — хуже"
    )
    assert "стало это известно, когда месяц уже начался, при сроке 15 дн." in told


def test_a_salary_lowered_in_place_is_held_against_the_seal(opened):
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, opened.services)
    close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, opened.services, "РОП")
    opened.enter(HEAD, "salaries", [[150_000]], row=2, column=2)
    (told,) = worse(opened, now=OCTOBER_CLOSED_AT)
    assert told.startswith("Октябрь 2026. Асель Нурова: оклад — хуже")


def test_the_commands_say_it(opened, run, tmp_path):
    lower_salary(opened)
    out = run("month", "open", SLUG, "2026-10", "--as-of", "2026-10-01")
    assert "Октябрь 2026. Асель Нурова: оклад — хуже, чем прежде" in out
    out = run("rules", "diff", SLUG, "2026-09", "2026-10", "--as-of", "2026-10-01")
    assert "Различий нет." in out
    assert "Асель Нурова: оклад — хуже, чем прежде" in out
    draft = tmp_path / "draft.toml"
    run("rules", "export", SLUG, "2026-10", draft)
    draft.write_text(draft.read_text("utf-8").replace("from_percent = 80", "from_percent = 85"), "utf-8")
    out = run("rules", "diff", SLUG, "2026-10", "--rulebook", draft, "--as-of", "2026-10-20")
    assert "Ноябрь 2026. Асель Нурова, Марат Жумабаев, Гульнара Ким: доля переменной части" in out
    assert "лишь за 12 дн. при сроке 15" in out


def test_what_only_warns_in_the_payroll_book_is_shown_by_status_and_close(opened, run):
    opened.enter(HEAD, "salaries", [[80_000]], row=2, column=2)
    opened.enter(HEAD, "corrections", [["7", serial(date(2026, 8, 1)), "M02", 5_000, "за август"]])
    texts = opened.services.texts_of(SLUG)
    said = [texts.say(hint).replace("\N{NO-BREAK SPACE}", " ") for hint in ready(opened).hints]
    beginnings = (
        "«Оклады» E2: Строку изменили после того, как собственник поставил «Утверждено»",
        "«Корректировки» A2: Корректировка № 7 не утверждена",
        "«Оклады» C2: Асель Нурова: оклад ниже минимальной заработной платы при полной норме дней (85 000 ₸",
    )
    assert len(said) == len(beginnings)
    assert all(any(line.startswith(beginning) for line in said) for beginning in beginnings)
    out = run("month", "status", SLUG, "--as-of", "2026-10-02")
    assert "2026-09: «Оклады» C2: Асель Нурова: оклад ниже минимальной" in out
    out = run("month", "close", SLUG, "2026-09", "--yes", "--as-of", "2026-10-06T10:00")
    assert "«Оклады» C2: Асель Нурова: оклад ниже минимальной" in out
