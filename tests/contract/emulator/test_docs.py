"""docs/emulator.md says what the code does, and its lines of set-up work."""

import re
from pathlib import Path

import pytest
import typer
from google.oauth2.service_account import Credentials

from cli.emulator.faults import app
from sheets_emulator.access.accounts import ensure_account, key_file
from sheets_emulator.coverage import drive_methods, request_kinds, rewritten, sheets_methods
from sheets_emulator.serving.faults import Faults
from sheets_emulator.serving.server import serve
from sheets_emulator.wire.schema import methods

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs/emulator.md").read_text(encoding="utf-8")
ROBOT = "robot@firm.iam.gserviceaccount.com"


def blocks(language, place=TEXT):
    return re.findall(rf"```{language}\n(.*?)```", place, re.DOTALL)


def section(title):
    """The text below a heading, up to the next one of any level."""
    return re.split(r"^#+ ", TEXT.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_the_tables_are_those_that_the_code_makes():
    assert rewritten(TEXT) == TEXT, "run `make docs`"


def test_all_methods_of_sheets_are_emulated_and_the_rest_is_counted_from_googles_own_list():
    assert len(sheets_methods()) == 17
    assert all(sheets_methods().values())
    assert len(request_kinds()) == 74
    assert {"files.list", "files.emptyTrash", "permissions.create", "drives.create"} <= {
        name.removeprefix("drive.") for name, emulated in drive_methods().items() if emulated
    }


def test_each_method_of_drive_that_is_not_emulated_is_refused_by_name(google):
    for name in (name for name, emulated in drive_methods().items() if not emulated):
        method = methods("drive_v3")[name]
        answer = google.call("owner", method["verb"], re.sub(r"\{\w+\}", "x", method["path"]))
        told = f"Method not found: {name} is not emulated."
        assert (answer.status_code, answer.json()["error"]["message"]) == (404, told)


def test_each_kind_of_request_that_is_not_emulated_is_refused_by_name(google):
    book = google.call("owner", "POST", "/v4/spreadsheets", json={}).json()["spreadsheetId"]
    for kind in (name for name, emulated in request_kinds().items() if not emulated):
        answer = google.call(
            "owner", "POST", f"/v4/spreadsheets/{book}:batchUpdate", json={"requests": [{kind: {}}]}
        )
        told = f"Invalid requests[0].{kind}: this kind of request is not emulated."
        assert (answer.status_code, answer.json()["error"]["message"]) == (400, told)


def test_a_server_in_a_thread_is_started_as_written(tmp_path):
    [block] = blocks("python", section("Start"))
    names = {"folder": tmp_path}
    exec(block, names)  # noqa: S102  # the document's own lines
    assert names["key"].is_file()


@pytest.fixture
def keys(tmp_path, monkeypatch):
    """(address, key file of a person, key file of a service account that owns files) of an emulator of its own."""
    # google-auth asks Google for regional boundaries in the background; tests ask nobody outside.
    monkeypatch.setattr(Credentials, "_maybe_start_regional_access_boundary_refresh", lambda *_: None)
    with serve(tmp_path / "data", settings={"service_account_quota": True}) as running:
        store = running.engine.store
        ensure_account(store, "owner@firm.kz")
        ensure_account(store, ROBOT, kind="service")
        yield running.url, key_file(store, "owner@firm.kz"), key_file(store, ROBOT)


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("client", ["gspread", "googleapiclient", "pygsheets"])
def test_the_lines_of_a_python_client_work(keys, client, kind):
    url, person, robot = keys
    credentials = blocks("python", section("Clients"))
    assert len(credentials) == 2
    [lines] = blocks("python", section(client))
    names = {"URL": url, "KEY": str((robot, person)[kind])}
    exec(credentials[kind], names)  # noqa: S102  # the document's own lines
    exec(lines, names)  # noqa: S102
    if client == "googleapiclient":
        made = names["sheets"].spreadsheets().create(body={"properties": {"title": "x"}}).execute()
        found = names["drive"].files().list(fields="files(id,name)").execute()["files"]
        assert found == [{"id": made["spreadsheetId"], "name": "x"}]
        names["sheets"].close()
        names["drive"].close()
        return
    book = names["client"].create("x")
    assert names["client"].open_by_key(book.id).title == "x"
    opened = names["client"]
    (opened.http_client.session if client == "gspread" else opened.sheet.service).close()
    if client == "pygsheets":
        opened.drive.service.close()


def test_the_lines_of_the_node_clients_are_those_that_its_tests_run():
    for title, script in (
        ("googleapis (Node)", "googleapis_day"),
        ("google-spreadsheet (Node)", "google_spreadsheet_day"),
    ):
        run = (ROOT / f"tests/contract/emulator/clients/npm/{script}.mjs").read_text(encoding="utf-8")
        for block in blocks("js", section(title)):
            assert [line for line in block.splitlines() if line not in run] == []


def test_the_options_of_faults_in_the_document_exist():
    known = {
        option
        for command in typer.main.get_command(app).commands.values()
        for parameter in command.params
        for option in parameter.opts
    }
    named = set(re.findall(r"--[a-z-]+", "\n".join(blocks("sh", section("Bad days")))))
    assert "--quota-reads" in named
    assert named - known == set()


def test_the_strike_of_the_document_is_a_plan():
    [block] = blocks("json", section("Bad days"))
    assert Faults.model_validate_json(block).strikes[0].status == 503
