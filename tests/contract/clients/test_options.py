"""Options on a client's files: asked for at the deploy or later, kept in the ledger and in the files' own marks."""

from datetime import date, datetime, timedelta

import pytest

from kpi_rules.errors import IntegrityError, RefusedError
from ledger import LayoutEvent
from operations.clients.deploy import deploy_client
from operations.clients.upgrading import plan_client, upgrade_client, upgrade_each
from operations.months.closing import close_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_sync.building.upgrading import StepKind
from sheets_sync.ports import LAYOUT_MARK, OPTIONS_MARK
from sheets_sync.schema.layout import sheet_id
from templates.loading import load, newest_layout, options_of
from tests.contract.client_life import (
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SLUG,
    new_client,
    serial,
)
from tests.telling import remedy_of, tells, what_of

NOW = OCTOBER_CLOSED_AT - timedelta(days=3)
ALL = ("payments", "shares", "measures", "conditions", "percents")
MARK = ",".join(sorted(ALL))
DEALS = sheet_id("workbook", "deals")


def entered(life, file_id):
    """The cells of the tabs that people fill, as they were entered, by title."""
    book = life.book("workbook" if file_id == life.workbook_id else "payroll")
    titles = [tab.title for tab in book.inputs()]
    read = life.services.creator.gateway.read(file_id, [f"'{title}'" for title in titles], formulas=True)
    return dict(zip(titles, (found.rows for found in read), strict=True))


def marks(life, file_id):
    properties = life.services.creator.drive.file(file_id).properties
    return {name: properties[name] for name in (LAYOUT_MARK, OPTIONS_MARK) if name in properties}


def titles(life, file_id):
    return [sheet["properties"]["title"] for sheet in life.sheets(file_id)]


def writes(life):
    return life.services.creator.gateway.calls.writes + life.services.worker.gateway.calls.writes


def upgraded(life, *options):
    return upgrade_client(SLUG, NOW, life.services, "консультант", options)


def guide(life, file_id, title="Инструкция"):
    return {row[0] for row in life.cells(file_id, title) if row}


# ---- at the deploy
@pytest.mark.parametrize(
    ("template", "language"),
    [("b2b", "ru"), ("b2b", "kk"), ("b2c", "en"), ("retail", "kk"), ("retail", "ru")],
)
def test_a_deploy_brings_all_that_was_asked_for_in_the_words_of_the_client(empty, template, language):
    asked = options_of(template)
    wanted = new_client(template=template, language=language, options=asked)
    deploy_client(wanted, DEPLOYED_AT, empty.services)
    assert empty.client.options == tuple(sorted(asked))
    layout = load(template, language, options=asked).layout
    for book, file_id in ((layout.workbook, empty.workbook_id), (layout.payroll, empty.payroll_id)):
        assert titles(empty, file_id) == [tab.title for tab in book.tabs]
        for tab in book.inputs():
            assert empty.cells(file_id, tab.title)[0] == [column.header for column in tab.columns]
        number = str(newest_layout(template))
        assert marks(empty, file_id) == {LAYOUT_MARK: number, OPTIONS_MARK: ",".join(sorted(asked))}
    texts = load(template, language, options=asked).texts
    told = {texts(f"tabs.guide.s1.{option}.what") for option in asked}
    assert told <= guide(empty, empty.workbook_id, texts("tab.guide"))
    assert not upgrade_client(SLUG, NOW, empty.services, "консультант").to_do
    outcome = sync_client(SLUG, DEPLOYED_AT, empty.services)
    brought = {tab.key for book in (layout.workbook, layout.payroll) for tab in book.tabs if tab.option}
    assert [each.code for each in outcome.problems if each.place.tab in brought] == []
    assert [each.code for each in outcome.problems if each.code.startswith(("header", "tab_"))] == []


def test_a_simple_client_has_no_mark_of_options_and_no_word_of_them(deployed):
    assert deployed.client.options == ()
    for file_id in (deployed.workbook_id, deployed.payroll_id):
        assert marks(deployed, file_id) == {LAYOUT_MARK: str(newest_layout("b2b"))}
    texts = load("b2b").texts
    words = {texts(f"tabs.guide.s1.{option}.what") for option in ALL}
    assert words & guide(deployed, deployed.workbook_id) == set()


def test_who_fills_what_an_option_brought(empty):
    deploy_client(new_client(options=ALL), DEPLOYED_AT, empty.services)
    manager = empty.as_person(MANAGERS[0]).gateway
    day = serial(date(2026, 10, 14))
    empty.enter(MANAGERS[0], "payments", [["1", day, 300_000]])
    empty.enter(HEAD, "measures", [[day, "M01", "Оценка звонка", 82]])
    empty.enter(HEAD, "percents", [[serial(OCTOBER.first_on), "M01", "выручка", 0, 0.02]])
    empty.approve("percents", 6, 1)
    for tab in ("measures", "rules"):
        with pytest.raises(RefusedError):
            empty.enter(MANAGERS[0], tab, [["x"]], row=30)
    with pytest.raises(RefusedError):
        empty.enter(HEAD, "percents", [[True]], column=6)
    assert manager.calls.writes == 0


def test_an_unknown_option_is_one_clear_sentence_and_makes_nothing(empty):
    wanted = new_client(template="b2c", options=("payments",))
    with pytest.raises(RefusedError) as refused:
        deploy_client(wanted, DEPLOYED_AT, empty.services)
    assert what_of(refused) == "Возможности «payments» у шаблона «b2c» нет."
    assert remedy_of(refused) == "Есть: measures, percents."
    assert empty.services.ledger.clients() == []
    assert writes(empty) == 0


def test_a_deploy_that_was_cut_off_goes_on_with_the_same_options_and_no_others(empty):
    left = iter(range(14))

    def stop(_kind):
        if next(left, None) is None:
            raise IntegrityError("close_without_snapshot", month=OCTOBER)

    empty.on_call = stop
    with pytest.raises(IntegrityError):
        deploy_client(new_client(options=("shares",)), DEPLOYED_AT, empty.services)
    empty.on_call = lambda _kind: None
    for other in ((), ("shares", "payments")):
        with tells(RefusedError, "уже начато с другим «--with»: shares"):
            deploy_client(new_client(options=other), DEPLOYED_AT, empty.services)
    deploy_client(new_client(options=("shares",)), DEPLOYED_AT, empty.services)
    assert empty.client.options == ("shares",)
    assert "Второй менеджер" in empty.cells(empty.workbook_id, "Сделки")[0]


# ---- later
def test_a_dry_run_tells_what_an_option_brings_and_where(sealed):
    before = writes(sealed)
    plan = plan_client(SLUG, sealed.services, ALL)
    assert [
        (step.kind, step.tab, step.column, step.place) for file in plan.files for step in file.plan.steps
    ] == [
        (StepKind.COLUMN, "Сделки", "Второй менеджер", "N"),
        (StepKind.COLUMN, "Сделки", "Доля второго, %", "O"),
        (StepKind.TAB, "Оплаты", "", ""),
        (StepKind.TAB, "Показатели", "", ""),
        (StepKind.GUARD, "Правила", "Показатель", "E"),
        (StepKind.COLUMN, "Правила", "Только где", "P"),
        (StepKind.COLUMN, "Правила", "Как считать", "Q"),
        (StepKind.GUIDE, "Инструкция", "", ""),
        (StepKind.TAB, "Проценты", "", ""),
    ]
    assert plan.more_options == tuple(sorted(ALL))
    assert (writes(sealed), sealed.services.ledger.layout_notes(SLUG), sealed.client.options) == (
        before,
        [],
        (),
    )


def test_a_filled_client_gets_them_later_every_cell_kept_and_a_second_run_does_nothing(sealed):
    files = (sealed.workbook_id, sealed.payroll_id)
    before = {file_id: entered(sealed, file_id) for file_id in files}
    plain = sync_client(SLUG, NOW, sealed.services)
    upgraded(sealed, "shares", "payments")
    upgraded(sealed, "measures", "conditions", "percents", "shares")
    assert sealed.client.options == tuple(sorted(ALL))
    for file_id in files:
        assert marks(sealed, file_id)[OPTIONS_MARK] == MARK
        for title, rows in entered(sealed, file_id).items():
            known = before[file_id][title]
            assert [row[: len(old)] for row, old in zip(rows, known, strict=True)] == known
    notes = sealed.services.ledger.layout_notes(SLUG)
    assert [(note.event, note.options) for note in notes] == [
        (LayoutEvent.BEGUN, ("payments", "shares")),
        (LayoutEvent.DONE, ("payments", "shares")),
        (LayoutEvent.BEGUN, ("conditions", "measures", "percents")),
        (LayoutEvent.DONE, ("conditions", "measures", "percents")),
    ]
    again = writes(sealed)
    for asked in ((), ALL, ("payments",)):
        assert not upgraded(sealed, *asked).to_do
    assert (writes(sealed), len(sealed.services.ledger.layout_notes(SLUG))) == (again, 4)
    assert verify_client(SLUG, sealed.services).intact
    outcome = sync_client(SLUG, NOW, sealed.services)
    assert outcome.problems == plain.problems


def test_a_month_with_options_closes_with_what_was_entered_and_verifies(sealed):
    upgraded(sealed, *ALL)
    day = serial(date(2026, 10, 14))
    arrived = serial(datetime(2026, 10, 5, 10))  # noqa: DTZ001 - a cell has no zone
    deal = ["1300", arrived, "M01", "Клиент", "Сайт", arrived + 1 / 96, "Сделка", 900_000, 500_000]
    sealed.enter(MANAGERS[0], "deals", [deal], row=1300)
    sealed.enter(MANAGERS[0], "payments", [["1300", day, 300_000, None, "аванс"]])
    sealed.enter(MANAGERS[0], "deals", [["M02", 0.3]], row=13, column=13)
    sync_client(SLUG, NOW, sealed.services)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    snapshot = sealed.services.ledger.snapshot(SLUG, OCTOBER).record
    assert snapshot["options"] == sorted(ALL)
    archive = sealed.services.ledger.step(SLUG, OCTOBER, "archive")["file_id"]
    assert {"Оплаты", "Показатели"} <= set(titles(sealed, archive))
    assert "Проценты" not in titles(sealed, archive)
    assert sealed.cells(archive, "Оплаты")[1] == ["1300", day, 300_000, "", "аванс"]
    assert sealed.cells(archive, "Сделки")[0][-2:] == ["Второй менеджер", "Доля второго, %"]
    assert verify_client(SLUG, sealed.services).intact


def test_a_value_that_no_rule_counts_is_named_and_stops_no_close(sealed):
    upgraded(sealed, *ALL)
    sealed.enter(HEAD, "measures", [[serial(date(2026, 10, 14)), "M01", "Оценка звонка", 82]])
    told = sync_client(SLUG, OCTOBER_CLOSED_AT, sealed.services).problems
    assert [(each.blocks, each.place.row) for each in told if each.code == "value_of_no_rule"] == [(False, 2)]
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    assert verify_client(SLUG, sealed.services).intact


def test_a_month_closed_without_options_has_no_word_of_them_and_stays_intact_after(sealed):
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    assert "options" not in sealed.services.ledger.snapshot(SLUG, OCTOBER).record
    upgraded(sealed, *ALL)
    assert verify_client(SLUG, sealed.services).intact


def test_a_tab_of_the_clients_own_with_that_title_is_in_the_way_by_name(sealed):
    add = {"addSheet": {"properties": {"sheetId": 77, "title": "Показатели"}}}
    sealed.as_person(HEAD).gateway.apply(sealed.workbook_id, [add])
    before = titles(sealed, sealed.workbook_id)
    with tells(RefusedError, "уже есть чужой лист «Показатели»"):
        upgraded(sealed, "measures")
    assert (titles(sealed, sealed.workbook_id), sealed.client.options) == (before, ())
    sync_client(SLUG, NOW, sealed.services)


def test_an_unknown_option_of_one_of_many_clients_stops_no_other(sealed):
    wanted = new_client(slug="shop", name="Лавка", template="retail")
    deploy_client(wanted, DEPLOYED_AT, sealed.services)
    tries = list(
        upgrade_each([SLUG, "shop"], NOW, sealed.services, "консультант", dry_run=False, options=["payments"])
    )
    assert [each.failed for each in tries] == [False, True]
    assert tries[1].error.code == "option_unknown"
    options = [sealed.services.ledger.client(slug).options for slug in (SLUG, "shop")]
    assert options == [("payments",), ()]


def test_files_that_know_more_than_an_old_ledger_stop_a_close_until_an_upgrade_looks(sealed):
    upgraded(sealed, *ALL)
    sealed.services.ledger.update_client(SLUG, options=())
    with tells(
        RefusedError, "нет в журнале: conditions, measures, payments, percents, shares.*kpi client upgrade"
    ):
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    assert sealed.services.ledger.snapshot(SLUG, OCTOBER) is None
    upgraded(sealed)
    assert sealed.client.options == tuple(sorted(ALL))
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")


def test_a_mark_or_a_ledger_with_an_option_of_a_newer_program_is_named(sealed):
    drive = sealed.services.creator.drive
    drive.update(sealed.payroll_id, properties={OPTIONS_MARK: "bonus"})
    for door in (
        lambda: upgraded(sealed),
        lambda: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП"),
    ):
        with tells(RefusedError, "не знает: «bonus».*Обновите программу"):
            door()
    sealed.services.ledger.update_client(SLUG, options=("bonus",))
    with tells(RefusedError, "не знает: «bonus»"):
        sync_client(SLUG, NOW, sealed.services)


@pytest.mark.parametrize("call", [6, 10, 12, 14, 16])
def test_an_upgrade_that_was_cut_off_goes_on_with_the_same_options(sealed, call):
    left = iter(range(call))

    def stop(_kind):
        if next(left, None) is None:
            raise IntegrityError("close_without_snapshot", month=OCTOBER)

    sealed.on_call = stop
    with pytest.raises(IntegrityError):
        upgraded(sealed, *ALL)
    sealed.on_call = lambda _kind: None
    begun = sealed.services.ledger.layout_notes(SLUG)
    upgraded(sealed, *(() if begun else ALL))
    assert sealed.client.options == tuple(sorted(ALL))
    assert titles(sealed, sealed.workbook_id).count("Оплаты") == 1
    headers = sealed.cells(sealed.workbook_id, "Сделки")[0]
    assert (headers.count("Второй менеджер"), headers.count("Доля второго, %")) == (1, 1)
    again = writes(sealed)
    assert not upgraded(sealed, *ALL).to_do
    assert writes(sealed) == again
