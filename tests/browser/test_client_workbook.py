"""A deployed client's workbook in headless Chromium: what each person sees and may do."""

import re

import pytest
from playwright.sync_api import expect

from operations.syncing.sync import sync_client
from tests.contract.client_life import DEAL_ROW, HEAD, MANAGERS, MID_SEPTEMBER_AT, SLUG

pytestmark = pytest.mark.browser

MANAGER = MANAGERS[0]


@pytest.fixture
def life(opened):
    """September is open and filled in, and synced in its middle."""
    sync_client(SLUG, MID_SEPTEMBER_AT, opened.services)
    return opened


@pytest.fixture
def page(watched, life):
    with watched(life.emulator) as shown:
        yield shown


def cell(page, address):
    column, row = re.fullmatch(r"([A-Z]+)(\d+)", address).groups()
    return page.locator(f'#app:not([aria-busy]) tr[data-row="{row}"] td[data-col="{column}"]')


def as_account(page, email):
    if page.input_value("#account") != email:
        with page.expect_navigation():
            page.select_option("#account", email)


def open_tab(page, life, email, title):
    page.goto(life.emulator.url)
    as_account(page, email)
    page.get_by_role("link", name="KPI продаж — Береке").click()
    page.get_by_role("navigation").get_by_role("link", name=title).click()
    expect(page.locator(".tabs [aria-current]")).to_contain_text(title)


def type_into(page, address, text):
    cell(page, address).dblclick()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_the_scorecard_is_read_and_locked_for_everybody(page, life):
    open_tab(page, life, HEAD, "Табло")
    expect(page.get_by_text("Сентябрь 2026").first).to_be_visible()
    expect(page.get_by_text("Асель Нурова").first).to_be_visible()
    expect(page.locator(".badge")).to_have_text("лист защищён")
    cell(page, "B2").dblclick()
    expect(page.get_by_role("alert")).to_have_text("Защищено: этот аккаунт не может менять эту ячейку")


def test_a_manager_edits_a_deal_of_the_shared_workbook(page, life):
    open_tab(page, life, MANAGER, "Сделки")
    type_into(page, f"H{DEAL_ROW}", "850000,5")
    expect(page.locator("#state")).to_have_text("Сохранено")
    expect(cell(page, f"H{DEAL_ROW}")).to_have_text(re.compile(r"^850\s001\s₸$"))
    assert life.cells(life.workbook_id, "Сделки")[DEAL_ROW - 1][7] == 850000.5


def test_the_plan_refuses_a_manager_in_clear_words_and_takes_the_heads_entry(page, life):
    open_tab(page, life, MANAGER, "План")
    before = life.cells(life.workbook_id, "План")
    expect(page.locator(".badge")).to_have_text("лист защищён")
    type_into(page, "C2", "1")
    expect(page.get_by_role("alert")).to_have_text("Защищено: этот аккаунт не может менять эту ячейку")
    assert life.cells(life.workbook_id, "План") == before
    as_account(page, HEAD)
    expect(page.locator(".badge")).to_have_count(0)
    type_into(page, "C2", "1100000")
    expect(page.locator("#state")).to_have_text("Сохранено")
    assert life.cells(life.workbook_id, "План")[1][2] == 1_100_000


def test_a_manager_sees_no_payroll_book(page, life):
    page.goto(life.emulator.url)
    as_account(page, MANAGER)
    expect(page.get_by_role("link", name="KPI продаж — Береке")).to_be_visible()
    expect(page.get_by_text("Ведомость")).to_have_count(0)
    page.goto(f"{life.emulator.url}/spreadsheets/d/{life.payroll_id}/edit")
    expect(page.get_by_role("heading", name="Нет доступа")).to_be_visible()


def test_the_open_page_follows_a_sync(page, life):
    open_tab(page, life, HEAD, "Табло")
    revenue = page.locator("tr", has_text="Выручка к плану месяца").first.locator("td").nth(1)
    # M01's 840 000 and M02's 700 000
    expect(revenue).to_have_text(re.compile(r"^1\s540\s000\s₸$"))
    life.enter(MANAGER, "deals", [[940_000]], DEAL_ROW, 7)
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    expect(revenue).to_have_text(re.compile(r"^1\s640\s000\s₸$"))
