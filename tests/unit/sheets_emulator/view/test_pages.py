"""The pages over a hand-made API: whatever `spreadsheets.get` says is what a person sees."""

import asyncio
import re
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from sheets_emulator.book.colours import colour
from sheets_emulator.book.document import Document, Sheet
from sheets_emulator.cells.conditional_formats import ConditionalFormats
from sheets_emulator.store.records import AccountRecord
from sheets_emulator.view import routes
from sheets_emulator.view.entries import entry_text
from sheets_emulator.view.file_list import listing
from sheets_emulator.view.looks import declarations
from sheets_emulator.view.words import _EN, _KK, _RU, language_of, words

HOST = "http://emulator.test"
PROTECTED = "You are trying to edit a protected cell or object."
GREEN = {"red": 0.0, "green": 1.0}
RED = {"red": 1.0}


def grid(**more):
    return {"rowCount": 500, "columnCount": 3, **more}


def text_cell(text, **more):
    value = {"stringValue": text}
    return {"userEnteredValue": value, "effectiveValue": value, "formattedValue": text, **more}


def deals():
    status = {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "Новый"}]}}
    return {
        "properties": {"sheetId": 0, "title": "Сделки d'été", "gridProperties": grid(frozenRowCount=1)},
        "protectedRanges": [{"range": {"sheetId": 0, "endRowIndex": 1}}],
        "merges": [{"startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 1, "endColumnIndex": 3}],
        "rows": [
            {"values": [text_cell("№", note='«нота» & "кавычки"'), text_cell("Клиент")]},
            {
                "values": [
                    {
                        "userEnteredValue": {"numberValue": 5},
                        "effectiveValue": {"numberValue": 5},
                        "formattedValue": "5",
                    },
                    text_cell(
                        "<script>alert(1)</script>",
                        dataValidation=status,
                        effectiveFormat={"backgroundColor": GREEN},
                    ),
                    {
                        "effectiveValue": {"boolValue": True},
                        "dataValidation": {"condition": {"type": "BOOLEAN"}},
                    },
                ]
            },
        ],
    }


HIDDEN = {
    "properties": {"sheetId": 9, "title": "Тайный", "hidden": True, "gridProperties": grid()},
    "rows": [],
}


class Api:
    """Answers what the view asks for and keeps what it was asked."""

    def __init__(self):
        self.sheets = [deals(), HIDDEN]
        self.puts = []
        self.accounts = [
            AccountRecord(email=f"{name}@x.kz", display_name=name, kind="user", permission_id="1", secrets={})
            for name in ("anna", "reader", "stranger")
        ]
        self.document = Document({"locale": "ru_RU", "timeZone": "Asia/Almaty"})
        for known in self.sheets:
            self.document.sheets.append(Sheet(known["properties"]))
        self.document.sheets[0].grid.enter(1, 0, 5)

    def app(self):
        app = Starlette(
            routes=[
                Route("/v4/spreadsheets/{id}", self.get),
                Route("/v4/spreadsheets/{id}/values/{range:path}", self.put, methods=["PUT"]),
                Route("/drive/v3/files", self.files),
                Route("/drive/v3/files/{id}", self.about),
                *routes,
            ]
        )
        app.state.engine = SimpleNamespace(
            store=self, clock=lambda: datetime(2026, 10, 5, tzinfo=UTC), url=HOST
        )
        return app

    @contextmanager
    def reading(self):
        yield SimpleNamespace(accounts=lambda: self.accounts, document=lambda _: self.document)

    def get(self, request):
        if request.state.caller.email == "stranger@x.kz":
            return JSONResponse(
                {"error": {"code": 403, "message": "The caller does not have permission"}}, 403
            )
        wanted = re.match(r"'(.*)'!(\d+):(\d+)", request.query_params.get("ranges", ""))
        shown = []
        for known in self.sheets:
            sheet = {name: part for name, part in known.items() if name != "rows"}
            sheet["data"] = [{"columnMetadata": []}]
            if wanted:
                if wanted[1].replace("''", "'") != known["properties"]["title"]:
                    continue
                start, end = int(wanted[2]) - 1, int(wanted[3])
                sheet["data"] = [{"startRow": start, "rowData": known["rows"][start:end]}]
            shown.append(sheet)
        properties = {"title": "KPI <b>продаж</b>", "locale": "ru_RU", "timeZone": "Asia/Almaty"}
        return JSONResponse({"properties": properties, "sheets": shown})

    async def put(self, request):
        place, body = request.path_params["range"], await request.json()
        if place.endswith("!A1"):
            return JSONResponse({"error": {"code": 400, "message": PROTECTED}}, 400)
        self.puts.append(
            (request.state.caller.email, place, body["values"], request.query_params["valueInputOption"])
        )
        return JSONResponse({})

    def files(self, _):
        return JSONResponse(
            {
                "files": [
                    {
                        "id": "b1",
                        "name": "<i>Книга</i>",
                        "mimeType": "application/vnd.google-apps.spreadsheet",
                    }
                ]
            }
        )

    def about(self, request):
        may = request.state.caller.email == "anna@x.kz"
        return JSONResponse({"version": "7", "capabilities": {"canEdit": may}})


@pytest.fixture
def api():
    return Api()


class Client:
    """A browser without a page: keeps cookies, speaks Russian."""

    def __init__(self, app):
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url=HOST, headers={"Accept-Language": "ru"}
        )

    def get(self, path, **more):
        return asyncio.run(self._client.get(path, **more))

    def post(self, path, **content):
        return asyncio.run(self._client.post(path, **content))


@pytest.fixture
def client(api):
    return Client(api.app())


def post(client, path, **body):
    return client.post(path, json=body, headers={"Origin": HOST})


PAGE = "/spreadsheets/d/b1/edit"


def test_every_text_is_escaped_and_nothing_inline_may_run(client):
    page = client.get(PAGE)
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "KPI &lt;b&gt;продаж&lt;/b&gt;" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]+ (on\w+|style)=", page.text)
    assert "<i>Книга" not in client.get("/").text


def test_a_page_shows_notes_choices_checkboxes_merges_and_locks(client):
    page = client.get(PAGE).text
    assert 'data-note="«нота» &amp; &#34;кавычки&#34;"' in page
    assert 'data-options="[&#34;\\u041d\\u043e\\u0432\\u044b\\u0439&#34;]"' in page
    assert re.search(r'<input type="checkbox"[^>]* checked>', page)
    assert 'colspan="2"' in page
    first, second = re.findall(r'<tr data-row="[12]".*?</tr>', page, re.DOTALL)
    assert first.count("locked") == 2
    assert "locked" not in second
    assert "Тайный" not in page


def test_a_conditional_colour_is_that_of_the_effective_format(client):
    page = client.get(PAGE).text
    name = re.search(r"\.(x\w+)\{background-color:#00ff00\}", page)[1]
    assert [name in row for row in re.findall(r'<tr data-row="[123]".*?</tr>', page, re.DOTALL)] == [
        False,
        True,
        False,
    ]


def test_later_rows_come_in_windows(client):
    page = client.get(PAGE).text
    assert re.findall(r'data-start="(\d+)" data-end="(\d+)"', page) == [
        ("0", "200"),
        ("200", "400"),
        ("400", "500"),
    ]
    window = client.get("/spreadsheets/d/b1/rows?gid=0&start=400").json()
    assert re.findall(r'data-row="(\d+)"', window["html"])[::99] == ["401", "500"]
    assert window["shape"] in page


def test_a_saved_cell_goes_through_the_api_as_the_chosen_account(client, api):
    warned = [{"cell": "B2", "message": "выберите из списка: Новый"}]
    assert post(client, PAGE, gid=0, cell="B2", rows=[["1,5"]]).json() == {"saved": True, "warned": warned}
    assert api.puts == [("anna@x.kz", "'Сделки d''été'!B2", [["1,5"]], "USER_ENTERED")]


def test_what_a_strict_rule_refuses_is_not_written(client, api):
    rule = api.sheets[0]["rows"][1]["values"][1]["dataValidation"]
    rule.update(strict=True, inputMessage="Только новые")
    answer = post(client, PAGE, gid=0, cell="A2", rows=[["5", "Старый"]])
    refused = [{"cell": "B2", "message": "Только новые"}]
    assert (answer.status_code, answer.json()) == (422, {"message": "Только новые", "refused": refused})
    assert not api.puts
    assert post(client, PAGE, gid=0, cell="A2", rows=[["5", "Новый"]]).json() == {"saved": True, "warned": []}


def test_a_value_that_is_not_what_its_column_wants_is_marked(client, api):
    assert 'data-wrong="выберите из списка: Новый" aria-invalid="true"' in client.get(PAGE).text
    api.sheets[0]["rows"][1]["values"][1] |= text_cell("Новый")
    assert "data-wrong" not in client.get(PAGE).text


def test_the_apis_refusal_is_told_in_its_own_words(client):
    answer = post(client, PAGE, gid=0, cell="A1", rows=[["x"]])
    assert (answer.status_code, answer.json()) == (400, {"message": PROTECTED})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"gid": 0, "cell": "A1:B2", "rows": [["x"]]},
        {"gid": "x", "cell": "A1", "rows": []},
        {"gid": 0, "cell": "A1", "rows": 5},
    ],
)
def test_a_malformed_save_is_refused(client, body):
    assert post(client, PAGE, **body).status_code == 400


def choose(client, email, back="/"):
    form = {"account": email, "back": back}
    return client.post("/view/account", data=form, headers={"Origin": HOST})


def test_the_chosen_account_is_remembered(client):
    answer = choose(client, "reader@x.kz", PAGE)
    assert answer.headers["location"] == PAGE
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    page = client.get(PAGE).text
    assert "Только просмотр" in page
    assert page.count("aria-readonly") == 2 + 199 * 3
    choose(client, "stranger@x.kz")
    refused = client.get(PAGE)
    assert refused.status_code == 403
    assert "The caller does not have permission" in refused.text


@pytest.mark.parametrize("back", ["//evil.test", "https://evil.test", "/\\evil.test"])
def test_the_way_back_stays_on_this_site(client, back):
    assert choose(client, "anna@x.kz", back).headers["location"] == "/"


def test_without_accounts_the_list_says_what_to_do(client, api):
    api.accounts = []
    assert "Аккаунтов пока нет" in client.get("/").text
    assert client.get("/view/secrets.py").status_code == 404


def test_all_languages_have_the_same_texts():
    assert set(_RU) == set(_EN) == set(_KK)
    asked = ("ru-RU,en;q=0.5", "kk-KZ,en;q=0.5,ru;q=0.7", "uz,en;q=0.5,ru;q=0.7", "de", "")
    assert [language_of(header) for header in asked] == ["ru", "kk", "ru", "en", "en"]


def test_a_cell_format_becomes_css():
    look = {
        "backgroundColor": {"red": 1, "green": 0.5},
        "textFormat": {"bold": True, "fontFamily": 'x";}body{', "fontSize": 12},
        "wrapStrategy": "WRAP",
        "borders": {"top": {"style": "SOLID_MEDIUM", "color": RED}},
    }
    assert declarations(look, "number") == (
        "background-color:#ff8000;font-weight:700;font-size:12pt;text-align:right;"
        "white-space:pre-wrap;overflow-wrap:anywhere;border-top:2px solid #ff0000"
    )
    assert colour({"themeColor": "ACCENT1"}) == "#4285f4"


@pytest.mark.parametrize(
    ("entered", "number_format", "expected"),
    [
        ({"stringValue": "007"}, None, "'007"),
        ({"stringValue": "слово"}, None, "слово"),
        ({"formulaValue": "=A1"}, None, "=A1"),
        ({"numberValue": 1.5}, None, "1,5"),
        ({"numberValue": 0.125}, {"type": "PERCENT"}, "12,5%"),
        ({"numberValue": 46296}, {"type": "DATE", "pattern": "mmmm"}, "01.10.2026"),
        ({"numberValue": 46296.5}, {"type": "DATE", "pattern": "dd.mm.yyyy"}, "01.10.2026 12:00:00"),
        ({"boolValue": True}, None, "ИСТИНА"),
        ({}, None, ""),
    ],
)
def test_the_editor_starts_with_what_a_person_would_type(entered, number_format, expected):
    cell = {"userEnteredValue": entered, "effectiveFormat": {"numberFormat": number_format}}
    assert entry_text(cell, "ru_RU") == expected


def rule(kind, *values, paint=GREEN):
    condition = {"type": kind, "values": [{"userEnteredValue": v} for v in values]}
    return {"ranges": [{}], "booleanRule": {"condition": condition, "format": {"backgroundColor": paint}}}


def painted(rules, value, shown=""):
    formats = ConditionalFormats(rules, "ru_RU", date(2026, 10, 5), lambda *_: None, lambda _: [0, 10, 40])
    return formats.over(0, 0, value, shown)


@pytest.mark.parametrize(
    ("made", "value", "holds"),
    [
        (rule("NUMBER_GREATER", "0,5"), 0.6, True),
        (rule("NUMBER_GREATER", "0,5"), 0.5, False),
        (rule("NUMBER_GREATER", "0"), None, False),
        (rule("NUMBER_BETWEEN", "80", "70"), 75, True),
        (rule("NUMBER_NOT_BETWEEN", "70", "80"), 75, False),
        (rule("TEXT_CONTAINS", "ДА"), "неудача", True),
        (rule("TEXT_EQ", "да"), "нет", False),
        (rule("BLANK"), None, True),
        (rule("NOT_BLANK"), 0, True),
        (rule("DATE_BEFORE", "05.10.2026"), 46299.9, True),
        (rule("DATE_EQ", "05.10.2026"), 46300.5, True),
        (rule("DATE_AFTER", "05.10.2026"), 46300.5, False),
    ],
)
def test_conditions_hold_as_in_google_sheets(made, value, holds):
    assert bool(painted([made], value, str(value))) is holds


def test_the_first_rule_that_holds_wins():
    both = [rule("NUMBER_GREATER", "1", paint=RED), rule("NUMBER_GREATER", "0")]
    assert painted(both, 2)["backgroundColor"] == RED
    assert painted(both, 1)["backgroundColor"] == GREEN


@pytest.mark.parametrize(
    ("low", "high", "value", "red"),
    [
        ({"type": "NUMBER", "value": "0"}, {"type": "NUMBER", "value": "10"}, 5, 0.5),
        ({"type": "NUMBER", "value": "0"}, {"type": "NUMBER", "value": "10"}, 99, 1),
        ({"type": "MIN"}, {"type": "MAX"}, 10, 0.25),
        ({"type": "PERCENT", "value": "50"}, {"type": "MAX"}, 30, 0.5),  # from 20 to 40
        ({"type": "PERCENTILE", "value": "50"}, {"type": "MAX"}, 25, 0.5),  # from 10 to 40
    ],
)
def test_a_gradient_mixes_the_colours_of_its_ends(low, high, value, red):
    ends = {"minpoint": {**low, "color": {}}, "maxpoint": {**high, "color": RED}}
    mixed = painted([{"ranges": [{}], "gradientRule": ends}], value)["backgroundColor"]
    assert mixed == {"red": red, "green": 0, "blue": 0}


def test_files_stand_below_their_folders():
    folder = "application/vnd.google-apps.folder"
    files = [
        {
            "id": "s",
            "name": "Ведомость",
            "parents": ["f"],
            "permissions": [{"type": "anyone", "role": "reader"}],
        },
        {"id": "a", "name": "Архив", "parents": ["unseen"]},
        {"id": "f", "name": "Клиент", "mimeType": folder, "parents": ["root"]},
        {"id": "x", "name": "Петля", "mimeType": folder, "parents": ["x"]},
    ]
    lines = listing(files, words("ru"))
    assert [(line.name, line.depth) for line in lines] == [
        ("Клиент", 0),
        ("Ведомость", 1),
        ("Петля", 0),
        ("Архив", 0),
    ]
    assert lines[1].sharing == "все, у кого есть ссылка: читатель"
