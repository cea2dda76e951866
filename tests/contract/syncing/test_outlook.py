"""What a sync tells beside the scores: the checklist and signals over days, hints, and forecasts with their record."""

from datetime import date, datetime, timedelta

import pytest

from kpi_rules.time.periods import ALMATY
from operations.facts.held_months import sealed_past
from operations.months.closing import close_month
from operations.syncing.looking import client_proposal, client_signals
from operations.syncing.sync import sync_client
from tests.contract.client_life import (
    DEAL_ROW,
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SEPTEMBER,
    SLUG,
    serial,
)


def checklist(life):
    return [
        [cell for cell in row if cell not in ("", None)]
        for row in life.cells(life.workbook_id, "Чек-лист РОПа")
    ]


def block(life, title):
    """The rows of the checklist below a title, up to the next blank one."""
    rows = checklist(life)
    start = next((at for at, row in enumerate(rows) if row[:1] == [title]), None)
    if start is None:
        return []
    end = next((at for at in range(start + 1, len(rows)) if not rows[at]), len(rows))
    return rows[start + 1 : end]


def day(number, hour=12):
    return datetime(2026, 9, number, hour, tzinfo=ALMATY)


def lead(number, arrived, code="M01", comment=None):
    row = [number, serial(arrived), code, None, "Сайт", serial(arrived), "В работе"]
    return [*row, None, None, None, False, None, comment]


def test_a_deal_stands_still_until_anything_in_its_row_changes(life):
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    stale = dict(block(life, "Сдвинуть сделки с места"))
    # № 1 is sold; of 2 to 5 two arrived on the 8th and two on the 9th: on the 16th all have stood a week.
    assert stale["Асель Нурова"] == "Без движения 7 дней и больше: 4. Номера: 2, 3, 4, 5."
    life.enter(MANAGERS[0], "deals", [["перезвонить в пятницу"]], row=DEAL_ROW + 1, column=12)
    for at in (day(16, 14), day(22)):
        sync_client(SLUG, at, life.services)
        stale = dict(block(life, "Сдвинуть сделки с места"))
        assert stale["Асель Нурова"] == "Без движения 7 дней и больше: 3. Номера: 3, 4, 5."
    sync_client(SLUG, day(23), life.services)
    assert "4. Номера: 2, 3, 4, 5" in dict(block(life, "Сдвинуть сделки с места"))["Асель Нурова"]


def test_the_second_sync_of_a_day_writes_nothing(life):
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    life.enter(MANAGERS[0], "deals", [lead(11, datetime(2026, 9, 16, 9))], row=12)  # noqa: DTZ001 - as in a cell
    life.enter(MANAGERS[0], "deals", [[None] * 13], row=3)
    assert sync_client(SLUG, day(16, 14), life.services).requests
    assert sync_client(SLUG, day(16, 15), life.services).requests == 0


def test_a_removed_row_is_on_the_checklist_until_the_next_working_day_is_over(life):
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    life.enter(MANAGERS[0], "deals", [[None] * 13], row=3)
    for at, listed in ((day(16, 15), True), (day(17), True), (day(18), False)):
        sync_client(SLUG, at, life.services)
        found = block(life, "Выяснить, куда делись строки")
        assert found == ([["Асель Нурова", "Исчезло строк: 1. Какие: 2."]] if listed else [])


def test_who_entered_something_yesterday_is_not_asked_for(life):
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    life.enter(MANAGERS[0], "deals", [["думает"]], row=DEAL_ROW + 1, column=12)
    sync_client(SLUG, day(17), life.services)
    sync_client(SLUG, day(18), life.services)
    title = "Выяснить, почему нет записей"
    assert [row[0] for row in block(life, title)] == ["Марат Жумабаев"]


def test_signals_stand_by_name_for_the_head_alone(life):
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    sync_client(SLUG, day(29), life.services)
    # On the last day M01 enters six leads of the 10th, all answered in the same minute, with one comment;
    # his deal of the 14th, paid in September, is paid in October now.
    arrived = datetime(2026, 9, 10, 10)  # noqa: DTZ001 - as in a cell
    leads = [
        lead(20 + more, arrived + timedelta(minutes=more), comment="не берёт трубку") for more in range(6)
    ]
    life.enter(MANAGERS[0], "deals", leads, row=12)
    life.enter(MANAGERS[0], "deals", [[serial(date(2026, 10, 1))]], row=DEAL_ROW, column=9)
    sync_client(SLUG, day(30), life.services)
    shown = block(life, "На что взглянуть, сентябрь 2026 (в оценку не входит)")
    by_count = [
        "Внесено через несколько дней после события: 6.",
        "Внесено разом в последний рабочий день месяца: 6.",
        "Первый ответ в ту же минуту, что и лид: 6. Не вписано ли время задним числом?",
        "Дата оплаты переехала в другой месяц: 1.",
        "Строк с одинаковым комментарием: 6.",
    ]
    assert sorted(row[1] for row in shown if row[0] == "Вся команда") == sorted(by_count)
    assert [row[0] for row in shown if row[0] in {"Асель Нурова", "не берёт трубку"}] == []
    found = client_signals(SLUG, SEPTEMBER, day(30, 18), life.services).results.signals
    by_name = {(signal.kind, signal.code): signal.params["count"] for signal in found}
    assert {key: count for key, count in by_name.items() if key[0] != "uneven_leads"} == {
        ("entered_late", "M01"): "6",
        ("entered_on_last_day", "M01"): "6",
        ("instant_answers", "M01"): "6",
        ("payment_moved", "M01"): "1",
        ("same_comments", "M01"): "6",
    }
    scores = [
        employee.score for employee in sync_client(SLUG, day(30, 18), life.services).results[0].employees
    ]
    assert scores == [
        employee.score
        for employee in client_signals(SLUG, SEPTEMBER, day(30, 18), life.services).results.employees
    ]


def test_looking_at_signals_writes_nothing(life):
    calls = life.services.worker.gateway.calls
    before = calls.writes, calls.reads
    client_signals(SLUG, OCTOBER, day(30), life.services)
    assert (calls.writes, calls.reads - before[1]) == (before[0], 1)


def test_the_funnel_s_norms_are_those_of_the_sealed_months(sealed):
    at = datetime(2026, 10, 20, 12, tzinfo=ALMATY)
    before = sync_client(SLUG, at, sealed.services).results[0]
    # Two deals of ten leads in September, all answered; the closed month's rows are removed then.
    assert [str(row.norm_fraction) for row in before.funnel[:3]] == ["None", "1", "1/5"]
    sealed.enter(MANAGERS[0], "deals", [[None] * 13] * 10)
    after = sync_client(SLUG, at, sealed.services).results[0]
    assert [row.norm_fraction for row in after.funnel] == [row.norm_fraction for row in before.funnel]
    assert after.forecast == before.forecast
    assert before.forecast[0].expected_tiyn > 0


def test_a_sealed_month_hands_on_the_history_that_it_was_closed_with(sealed):
    assert list(sealed_past(sealed.services.ledger, SLUG).months) == [SEPTEMBER]
    sealed.enter(MANAGERS[0], "deals", [[None] * 13] * 10)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    past = sealed_past(sealed.services.ledger, SLUG).months
    assert sorted(past) == [SEPTEMBER, OCTOBER]
    assert sum(tiyn for _, _, tiyn in past[SEPTEMBER].revenue) == 1_540_000_00


PROPOSED = "Предложение для плана на ноябрь 2026"


def at_november(number):
    return datetime(2026, 11, number, 12, tzinfo=ALMATY)


def test_a_plan_is_proposed_to_those_who_have_none_until_it_is_entered(sealed):
    sync_client(SLUG, datetime(2026, 10, 20, 12, tzinfo=ALMATY), sealed.services)
    assert block(sealed, PROPOSED) == []  # September is the only month that is over
    # October's deal brings 1 040 000 ₸ in place of 840 000.
    sealed.enter(MANAGERS[0], "deals", [[1_040_000]], row=DEAL_ROW + 10, column=7)
    sync_client(SLUG, at_november(10), sealed.services)
    asel, marat, how = block(sealed, PROPOSED)
    said = (
        "Выручка — 940 000 ₸ (960 000 ₸); поступило лидов — 5; конверсия в сделку — 20 %; "
        "средний чек — 940 000 ₸ (960 000 ₸); скорость обработки, мин — 10."
    )
    assert [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in asel] == ["Асель Нурова", said]
    assert marat[0] == "Марат Жумабаев"
    assert how[0].startswith("Первое число — медиана")
    assert sealed.cells(sealed.workbook_id, "План")[5:] == []
    rows = [[serial(date(2026, 11, 1)), "M01", 900_000, 0.25, 1_000_000, 5, 15]]
    sealed.enter(HEAD, "plan", rows, row=6)
    sync_client(SLUG, at_november(11), sealed.services)
    assert [row[0] for row in block(sealed, PROPOSED)[:-1]] == ["Марат Жумабаев"]
    sync_client(SLUG, at_november(20), sealed.services)
    assert block(sealed, PROPOSED) == []
    assert len(block(sealed, PROPOSED.replace("ноябрь", "декабрь"))) == 3


def test_a_proposal_takes_sealed_months_as_they_were_sealed(sealed):
    sealed.enter(MANAGERS[0], "deals", [[None] * 13] * 10)
    found = client_proposal(SLUG, NOVEMBER, at_november(10), sealed.services)
    assert found.proposal.history == (SEPTEMBER, OCTOBER)
    revenue = {hint.code: hint.median for hint in found.proposal.hints if hint.measure == "revenue"}
    assert revenue == {"M01": 840_000_00, "M02": 700_000_00}
    assert found.names["M01"] == "Асель Нурова"


def test_a_new_client_s_pasted_history_is_enough_for_a_proposal(life):
    # Two months before the first open one, typed in as rows: 100 000 and 200 000 ₸.
    rows = []
    for number, (month, amount) in enumerate(((7, 100_000), (8, 200_000)), start=50):
        paid = serial(date(2026, month, 20))
        arrived = datetime(2026, month, 6, 10)  # noqa: DTZ001 - as in a cell
        rows.append([*lead(number, arrived)[:6], "Сделка", amount, None, paid])
    life.enter(MANAGERS[0], "deals", rows, row=12)
    found = client_proposal(SLUG, SEPTEMBER, day(10), life.services).proposal
    hint = next(hint for hint in found.hints if (hint.code, hint.measure) == ("M01", "revenue"))
    assert (len(found.history), hint.months) == (2, 2)
    assert (hint.median, hint.ambitious) == (150_000_00, 160_000_00)


@pytest.fixture
def run(command, monkeypatch):
    """Run one command line on a client's home: exit code, what was printed, what was complained."""

    def run_once(life, *arguments):
        monkeypatch.setenv("KPI_HOME", str(life.services.settings.home))
        return command(*arguments, width=100)

    return run_once


def test_the_command_tells_signals_by_name(life, run):
    code, out, err = run(life, "signals", SLUG, "2026-09", "--as-of", "2026-09-16T12:00")
    assert (code, err) == (0, "")
    assert "Береке — сентябрь 2026: ничего необычного не замечено." in out
    arrived = datetime(2026, 9, 15, 10)  # noqa: DTZ001 - as in a cell
    rows = [lead(20 + more, arrived + timedelta(minutes=more), "M02") for more in range(5)]
    life.enter(MANAGERS[1], "deals", rows, row=12)
    code, out, err = run(life, "signals", SLUG, "--as-of", "2026-09-16T12:00")
    assert (code, err) == (0, "")
    assert "На что взглянуть: Береке — сентябрь 2026" in out
    assert "Марат Жумабаев Ответ в ту же минуту, что и лид, в строках: 5." in " ".join(out.split())
    assert run(life, "signals", SLUG, "2026-13")[0] == 1


def test_the_command_proposes_a_plan_or_says_why_it_cannot(sealed, run):
    code, out, _ = run(sealed, "month", "hints", SLUG, "2026-11", "--as-of", "2026-10-20")
    assert (code, "нужны хотя бы два законченных месяца" in out) == (0, True)
    code, out, _ = run(sealed, "month", "hints", SLUG, "2026-11", "--as-of", "2026-11-10")
    assert code == 0
    assert "Береке — предложение для плана на ноябрь 2026" in out
    assert "Асель Нурова Выручка 2 840 000 ₸ 840 000 ₸" in " ".join(out.split())
    assert "По месяцам: сентябрь 2026, октябрь 2026. План ставит РОП, сам он не появится." in out
