"""A client whose files are Kazakh or English, from deploy to verification; figures as in `client_life`."""

import re
import sys
from dataclasses import replace
from datetime import datetime

import pytest
from babel.dates import get_month_names

from cli import app as kpi
from kpi_rules.errors import TabloError
from kpi_rules.time.periods import ALMATY
from kpi_rules.words.texts import Texts
from operations.clients.deploy import deploy_client
from operations.letters.sending import send_due_letters, send_overdue_letters
from operations.months.closing import close_due, close_month
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from operations.world.services import Services
from operations.world.telling import told
from sheets_sync.ports import Sought
from templates import loading
from tests.contract.client_life import (
    DEAL_ROW,
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    OCTOBER,
    OCTOBER_OPENED_AT,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_OPENED_AT,
    SLUG,
    TOTALS,
    close_september,
    deal_rows,
    mark_rows,
    new_client,
    plan_rows,
    salary_rows,
    staff_rows,
)

OUTPUTS = ("scoreboard", "analysis", "funnel", "checklist", "problems")
CYRILLIC_DATA = re.compile(r"Асель Нурова|Марат Жумабаев|Гульнара Ким|Береке|Сайт|ТОО «Жетісу»")
LANGUAGE_ROW = 6
"""«Язык» on «Настройки»: below hours, payday and days of late entry."""


def words_of(language):
    """The words of Russian dropdowns in another language: «Сделка» → «Мәміле»."""
    russian, own = loading.texts("ru").phrases, loading.texts(language).phrases
    return {russian[key]: own[key] for key in russian if key.startswith("choice.")}


def translated(rows, language):
    words = words_of(language)
    return [[words.get(cell, cell) if isinstance(cell, str) else cell for cell in row] for row in rows]


def fill(life, language):
    deploy_client(new_client(language=language), DEPLOYED_AT, life.services)
    life.enter(HEAD, "staff", translated(staff_rows(), language))
    life.enter(HEAD, "plan", [*plan_rows(SEPTEMBER), *plan_rows(OCTOBER)])
    life.enter(HEAD, "salaries", salary_rows())
    life.approve("salaries", 4, len(SALARIES))
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, life.services)
    life.enter(MANAGERS[0], "deals", translated(deal_rows(SEPTEMBER), language))
    life.enter(HEAD, "discipline", translated(mark_rows(SEPTEMBER), language))


@pytest.fixture(params=["kk", "en"])
def life(empty, request):
    """A client whose September is open and filled in, in that language."""
    fill(empty, request.param)
    empty.language = request.param
    empty.template = loading.load("b2b", request.param)
    return empty


def texts_on(life, titles):
    """All texts that stand on some tabs of the workbook."""
    cells = [cell for title in titles for row in life.cells(life.workbook_id, title) for cell in row]
    return [cell for cell in cells if isinstance(cell, str) and cell]


def output_texts(life):
    return texts_on(life, [life.template.layout.workbook.tab(key).title for key in OUTPUTS])


def test_tabs_headers_dropdowns_and_guide_are_in_the_language_of_the_deploy(life):
    for book, file_id in (("workbook", life.workbook_id), ("payroll", life.payroll_id)):
        layout = getattr(life.template.layout, book)
        titles = [sheet["properties"]["title"] for sheet in life.sheets(file_id)]
        assert titles == [tab.title for tab in layout.tabs]
        for tab in layout.inputs():
            assert life.cells(file_id, tab.title)[0] == [column.header for column in tab.columns]
    book = life.template.layout.workbook
    validations = [
        value["userEnteredValue"]
        for sheet in life.sheets(life.workbook_id, "properties,data(rowData(values(dataValidation)))")
        if sheet["properties"]["title"] == book.tab("deals").title
        for row in sheet["data"][0].get("rowData", [])[1:3]
        for cell in row.get("values", [])
        for value in cell.get("dataValidation", {}).get("condition", {}).get("values", [])
        if "userEnteredValue" in value
    ]
    assert set(book.tab("deals").column("status").choices.values()) <= set(validations)
    guide = " ".join(texts_on(life, [book.tab("guide").title]))
    assert life.template.texts("tabs.guide.s1.l5.how") in guide
    assert life.template.texts("choice.language." + life.language) in texts_on(
        life, [book.tab("settings").title]
    )
    properties = life.services.creator.gateway.describe(life.workbook_id, "properties(title,locale)")
    assert properties["properties"]["locale"] == {"kk": "ru_RU", "en": "en_GB"}[life.language]
    assert properties["properties"]["title"] == book.title.format(client="Береке")


def test_a_sync_speaks_the_language_and_writes_nothing_the_second_time(life):
    outcome = sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    assert [problem for problem in outcome.problems if problem.blocks] == []
    said = output_texts(life)
    assert life.template.texts("tabs.scoreboard.summary") in said
    if life.language == "en":
        assert [text for text in said if re.search("[А-Яа-яЁё]", CYRILLIC_DATA.sub("", text))] == []
    else:
        russian = loading.texts("ru").phrases
        own = set(life.template.texts.phrases.values())
        left = {phrase for key, phrase in russian.items() if phrase not in own and "{" not in phrase}
        assert [text for text in said if text in left] == []
    assert sync_client(SLUG, MID_SEPTEMBER_AT, life.services).requests == 0


def test_a_broken_cell_is_told_in_the_language(life):
    life.enter(MANAGERS[0], "deals", [["сто тысяч"]], row=2, column=7)
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    told = texts_on(life, [life.template.layout.workbook.tab("problems").title])
    assert {
        "kk": "«сто тысяч» — сан емес.",
        "en": "“сто тысяч” is not a number.",
    }[life.language] in told


def test_the_month_closes_on_the_same_figures_and_verifies(life):
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    closed = close_september(life)
    texts = life.template.texts
    _, headers, *rows = life.cells(life.payroll_id, str(SEPTEMBER))
    assert headers[0] == texts("tabs.payroll.column.period")
    total = headers.index(texts("tabs.payroll.column.total"))
    assert {row[1]: row[total] for row in rows if SALARIES.keys() & {*row[1:2]}} == TOTALS
    archive = [sheet["properties"]["title"] for sheet in life.sheets(closed.archive_id)]
    assert texts("tabs.archive.seal_tab") in archive
    assert life.template.layout.workbook.tab("deals").title in archive
    [seal] = life.services.ledger.seals(SLUG)
    assert (seal.record["language"], seal.record["inputs"]["settings"]["language"]) == (life.language,) * 2
    found = verify_client(SLUG, life.services)
    assert found.intact
    assert found.months[0].late == ()


def test_neither_another_setting_nor_other_words_of_a_later_program_alarm_verify(life, monkeypatch):
    close_september(life)
    life.enter(HEAD, "settings", [["русский"]], row=LANGUAGE_ROW, column=1)
    assert verify_client(SLUG, life.services).intact
    worded = Services.template

    def reworded(services, name, language, said_in=""):
        template = worded(services, name, language, said_in)
        phrases = {
            key: phrase if key.startswith(("tab.", "header.", "choice.")) else f"{phrase}!"
            for key, phrase in template.texts.phrases.items()
        }
        return replace(template, texts=Texts(template.texts.language, phrases))

    monkeypatch.setattr(Services, "template", reworded)
    assert verify_client(SLUG, life.services).intact


def test_the_setting_changes_the_sentences_and_never_the_names_of_tabs(life):
    """A Kazakh or English workbook read by somebody who prefers Russian."""
    life.enter(HEAD, "settings", [["русский"]], row=LANGUAGE_ROW, column=1)
    life.enter(HEAD, "staff", [[None] * 7], row=4)
    life.enter(HEAD, "plan", [[None]], row=2, column=2)
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    said = output_texts(life)
    assert "Коротко по сотрудникам" in said
    role = life.template.layout.workbook.tab("staff").column("role").choices["head"]
    assert f"Впишите руководителя с ролью «{role}»." in said
    staff = life.template.layout.workbook.tab("staff").title
    assert f"На листе «{staff}» нет РОПа: карточки руководителя не будет." in said
    titles = [sheet["properties"]["title"] for sheet in life.sheets(life.workbook_id)]
    assert titles == [tab.title for tab in life.template.layout.workbook.tabs]
    assert sync_client(SLUG, MID_SEPTEMBER_AT, life.services).requests == 0


def test_a_russian_workbook_speaks_kazakh_when_the_setting_says_so(opened):
    opened.enter(HEAD, "settings", [["қазақша"]], row=LANGUAGE_ROW, column=1)
    sync_client(SLUG, MID_SEPTEMBER_AT, opened.services)
    said = texts_on(opened, ["Табло"])
    assert "Қызметкерлер: қысқаша" in said
    assert "2026 ж. қыркүйек" in said
    close_september(opened)
    [title, *_], headers, *_ = opened.cells(opened.payroll_id, str(SEPTEMBER))
    assert title == "Есеп айырысу ведомосы: 2026 ж. қыркүйек — Береке"
    assert headers[2] == "Аты-жөні"
    assert verify_client(SLUG, opened.services).intact


WORD = re.compile(r"[^\W\d_]{3,}")


def vocabulary(language):
    """All words that the product has in a language: its sentences, its months."""
    said = [*loading.sentences(language, "b2b").values(), *loading.sentences(language, "b2c").values()]
    months = [
        name
        for kind in ("format", "stand-alone")
        for name in get_month_names("wide", kind, language).values()
    ]
    return {word for text in (*said, *months) for word in WORD.findall(text.casefold())}


def foreign_words(texts, language):
    """The words that belong to another language of the product and not to this one; data of the client aside."""
    own = vocabulary(language)
    others = {word for other in ("ru", "kk", "en") if other != language for word in vocabulary(other)} - own
    return {
        word
        for text in texts
        for word in WORD.findall(CYRILLIC_DATA.sub("", text).casefold())
        if word in others
    }


def letters(life):
    """The words of the letters that Google sent."""
    with life.emulator.engine.store.transaction() as txn:
        return [letter["message"] for letter in txn.setting("notifications") or []]


SEPTEMBER_NAMED = {"kk": "2026 ж. қыркүйек", "en": "September 2026"}
DEADLINE = {"kk": "07.10.2026", "en": "7 October 2026"}


def test_the_words_of_another_language_are_told_apart():
    assert foreign_words(["The deal of September, Береке"], "en") == set()
    assert "никого" in foreign_words(["On the tab «Staff» никого нет"], "en")
    assert "никого" in foreign_words(["«Қызметкерлер» парағында никого нет"], "kk")
    assert "қыркүйек" in foreign_words(["на қыркүйек"], "ru")


def test_the_letter_about_an_overdue_month_speaks_one_language_throughout(life):
    life.enter(HEAD, "staff", [[None] * 7] * 3, row=2)  # nobody: the very problem that was told in Russian
    at = datetime(2026, 10, 8, 0, 30, tzinfo=ALMATY)
    check = close_due(SLUG, at, life.services)
    assert [note.state for note in send_overdue_letters(SLUG, check.hindered, at, life.services)] == [
        "sent"
    ] * 2
    staff = life.template.layout.workbook.tab("staff").title
    for words in letters(life):
        assert SEPTEMBER_NAMED[life.language] in words
        assert DEADLINE[life.language] in words
        assert staff in words
        assert foreign_words([words], life.language) == set()


def test_refusals_are_told_in_the_language_of_whoever_reads_them(life):
    """What a panel or a letter will tell the head: months by their names, tabs as they stand in his file."""

    def told_of(act):
        with pytest.raises(TabloError) as refused:
            act()
        return told(refused.value, life.language)

    october = told_of(lambda: open_month(SLUG, OCTOBER.plus(1), SEPTEMBER_OPENED_AT, life.services))
    early = told_of(lambda: close_month(SLUG, SEPTEMBER, MID_SEPTEMBER_AT, life.services, "head"))
    life.enter(MANAGERS[0], "deals", [["сто"]], row=DEAL_ROW, column=7)
    hindered = told_of(lambda: close_september(life))
    life.enter(HEAD, "rules", [[None] * 8] * 40, row=2)
    unruled = told_of(lambda: open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services))
    said = [text for one in (october, early, hindered, unruled) for text in (one.what, one.remedy)]
    assert foreign_words([text.replace("«сто»", "") for text in said], life.language) - {"сто"} == set()
    assert SEPTEMBER_NAMED[life.language] in early.what
    assert life.template.layout.workbook.tab("rules").title in unruled.what
    assert life.template.layout.payroll.tab("decisions").title in hindered.remedy


def test_seal_letters_archive_and_payroll_speak_one_language_and_name_the_month(life):
    life.enter(HEAD, "corrections", [["1", "2026-08", "M01", 1000, "—"]])
    life.approve("corrections", 5, 1)
    closed = close_september(life)
    assert [note.state for note in send_due_letters(SLUG, life.services)] == ["sent"] * 2
    archive = life.cells(closed.archive_id, life.template.texts("tabs.archive.seal_tab"))
    pay = life.cells(life.payroll_id, str(SEPTEMBER))
    printed = [cell for row in (*archive, *pay) for cell in row if isinstance(cell, str)]
    assert foreign_words([*printed, *letters(life)], life.language) == set()
    for words in (letters(life)[0], archive[0][0], pay[0][0]):
        assert SEPTEMBER_NAMED[life.language] in words
    assert any({"kk": "2026 ж. тамыз", "en": "August 2026"}[life.language] in text for text in printed)


ISO = re.compile(r"\b20\d\d-\d\d\b")
POINTED = re.compile(r"\b\d\d\.\d\d\.20\d\d\b")


def test_no_page_says_a_month_or_a_day_as_machines_do(life):
    """Problems of days, months and vanished rows, beside the checklist's own days."""
    life.enter(MANAGERS[0], "deals", [["2026-09-30 10:00"]], row=DEAL_ROW, column=1)
    life.enter(HEAD, "plan", [[None]], row=2, column=2)
    life.enter(HEAD, "discipline", [[None] * 9], row=3)
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    said = output_texts(life)
    quoted = [re.sub("[«“][^»”]*[»”]", "", text) for text in said]
    assert [text for text in quoted if ISO.search(text)] == []
    if life.language == "en":
        assert [text for text in quoted if POINTED.search(text)] == []
    assert foreign_words(said, life.language) == set()


def test_an_unknown_language_is_refused_before_anything_is_made(empty, monkeypatch, capsys):
    monkeypatch.setenv("KPI_HOME", str(empty.services.settings.home))
    people = ("--head", HEAD, "--owner", "o@bereke.kz", "--accountant", "b@bereke.kz")
    monkeypatch.setattr(
        sys, "argv", ["kpi", "client", "add", "Береке", "--slug", SLUG, *people, "--language", "de"]
    )
    with pytest.raises(SystemExit) as ended:
        kpi.main()
    assert ended.value.code == 1
    assert "Языка «de» нет." in capsys.readouterr().err
    assert empty.services.creator.drive.find(Sought({"tablo_client": SLUG})) == []
