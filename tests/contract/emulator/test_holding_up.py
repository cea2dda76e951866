"""Nobody waits for another's work: readers, writers of other files and exports go on beside it, each of one moment."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import pytest

from sheets_emulator.drive import files
from sheets_emulator.exchange import apart
from sheets_emulator.requests import batch

WAIT_SECONDS = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Held:
    """A function that waits in its midst until it is let go."""

    def __init__(self, inner):
        self.inner, self.begun, self.let_go = inner, threading.Event(), threading.Event()

    def __call__(self, *given, **more):
        self.begun.set()
        assert self.let_go.wait(WAIT_SECONDS)
        return self.inner(*given, **more)


@pytest.fixture
def people():
    with ThreadPoolExecutor(4) as found:
        yield found


def new_book(google, rows=(("x",),)):
    made = google.call("owner", "POST", "/v4/spreadsheets", json={}).json()["spreadsheetId"]
    place = f"/v4/spreadsheets/{made}/values/A1?valueInputOption=USER_ENTERED"
    google.call("owner", "PUT", place, json={"values": list(rows)}).raise_for_status()
    return made


def cell(google, book, place="A1"):
    path = f"/v4/spreadsheets/{book}/values/{place}"
    return google.call("owner", "GET", path).json().get("values", [[None]])[0][0]


def put(google, book, place, value):
    path = f"/v4/spreadsheets/{book}/values/{place}?valueInputOption=RAW"
    google.call("owner", "PUT", path, json={"values": [[value]]}).raise_for_status()


def batch_update(google, book, *requests):
    path = f"/v4/spreadsheets/{book}:batchUpdate"
    return google.call("owner", "POST", path, json={"requests": list(requests)})


def entered(row, column, number):
    start = {"sheetId": 0, "rowIndex": row, "columnIndex": column}
    value = {"values": [{"userEnteredValue": {"numberValue": number}}]}
    return {"updateCells": {"start": start, "rows": [value], "fields": "userEnteredValue"}}


def exported(google, book, kind, **more):
    query = {"format": kind} | more
    answer = google.call("owner", "GET", f"/spreadsheets/d/{book}/export", params=query)
    assert answer.ok, answer.text
    return answer.content


def test_a_batch_at_work_is_not_seen_and_holds_up_nobody_but_its_own_files_writers(
    google, people, monkeypatch
):
    busy, other = new_book(google), new_book(google)
    held = Held(batch.EMULATED["addSheet"])
    monkeypatch.setitem(batch.EMULATED, "addSheet", held)
    added = {"addSheet": {"properties": {"title": "New"}}}
    slow = people.submit(batch_update, google, busy, entered(0, 0, 5), added, entered(1, 0, 6))
    assert held.begun.wait(WAIT_SECONDS)
    assert (cell(google, busy), cell(google, busy, "A2")) == ("x", None)
    assert exported(google, busy, "csv") == b"x"
    waiting = people.submit(put, google, busy, "B1", "behind")
    put(google, other, "A1", "soon")
    renamed = google.call("owner", "PATCH", f"/drive/v3/files/{busy}", json={"name": "Renamed"})
    renamed.raise_for_status()
    assert cell(google, other) == "soon"
    assert not slow.done()
    assert not waiting.done()
    held.let_go.set()
    assert slow.result(WAIT_SECONDS).ok
    waiting.result(WAIT_SECONDS)
    assert [cell(google, busy, place) for place in ("A1", "A2", "B1")] == ["5", "6", "behind"]
    assert google.call("owner", "GET", f"/drive/v3/files/{busy}").json()["name"] == "Renamed"


def test_however_many_wait_for_one_file_others_are_written(google, monkeypatch):
    busy, other = new_book(google), new_book(google)
    held = Held(batch.EMULATED["addSheet"])
    monkeypatch.setitem(batch.EMULATED, "addSheet", held)
    with ThreadPoolExecutor(61) as crowd:
        slow = crowd.submit(batch_update, google, busy, {"addSheet": {"properties": {"title": "New"}}})
        assert held.begun.wait(WAIT_SECONDS)
        waiting = [crowd.submit(put, google, busy, f"B{row}", row) for row in range(1, 61)]
        put(google, other, "A1", "soon")
        assert cell(google, other) == "soon"
        assert not any(one.done() for one in waiting)
        held.let_go.set()
        assert slow.result(WAIT_SECONDS).ok
        for one in waiting:
            one.result(WAIT_SECONDS)
    assert cell(google, busy, "B60") == "60"


def test_a_batch_whose_writer_loses_the_right_meanwhile_is_refused(google, people, monkeypatch):
    book = new_book(google)
    share = {"type": "user", "role": "writer", "emailAddress": google.accounts["manager"]}
    grants = f"/drive/v3/files/{book}/permissions"
    grant = google.call("owner", "POST", grants, json=share).json()["id"]
    held = Held(batch.EMULATED["addSheet"])
    monkeypatch.setitem(batch.EMULATED, "addSheet", held)
    body = {"requests": [{"addSheet": {"properties": {"title": "New"}}}]}
    slow = people.submit(google.call, "manager", "POST", f"/v4/spreadsheets/{book}:batchUpdate", json=body)
    assert held.begun.wait(WAIT_SECONDS)
    assert google.call("owner", "DELETE", f"{grants}/{grant}").status_code == 204
    held.let_go.set()
    assert slow.result(WAIT_SECONDS).status_code == 403
    tabs = google.call("owner", "GET", f"/v4/spreadsheets/{book}").json()["sheets"]
    assert [tab["properties"]["title"] for tab in tabs] == ["Sheet1"]


def test_a_large_export_at_work_holds_up_nobody(google, people, monkeypatch):
    book, other = new_book(google, [("row", "x" * 100)] * 4000), new_book(google)
    held = Held(apart.made_apart)
    monkeypatch.setattr(files, "made_apart", held)
    slow = people.submit(exported, google, book, "csv")
    assert held.begun.wait(WAIT_SECONDS)
    put(google, book, "A1", "later")
    put(google, other, "A1", "soon")
    assert (cell(google, book), cell(google, other)) == ("later", "soon")
    assert exported(google, other, "csv") == b"soon"
    assert not slow.done()
    held.let_go.set()
    assert slow.result(WAIT_SECONDS).startswith(b"row,")  # as it was when the export began
    assert exported(google, book, "csv").startswith(b"later,")


def test_a_table_that_is_being_read_in_holds_up_no_writer(google, people, monkeypatch):
    other = new_book(google)
    held = Held(files.imported)
    monkeypatch.setattr(files, "imported", held)
    mark = "part"
    metadata = '{"name": "Table", "mimeType": "application/vnd.google-apps.spreadsheet"}'
    parts = [("application/json", metadata), ("text/csv", "a,b\r\n1,2")]
    body = "".join(f"--{mark}\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    headers = {"Content-Type": f"multipart/related; boundary={mark}"}
    path = "/upload/drive/v3/files?uploadType=multipart"
    slow = people.submit(google.call, "owner", "POST", path, data=f"{body}--{mark}--", headers=headers)
    assert held.begun.wait(WAIT_SECONDS)
    put(google, other, "A1", "soon")
    assert not slow.done()
    held.let_go.set()
    made = slow.result(WAIT_SECONDS).json()["id"]
    assert cell(google, made, "B2") == "2"
    listed = google.call("owner", "GET", "/drive/v3/files", params={"q": "name = 'table'"}).json()["files"]
    assert [one["id"] for one in listed] == [made]


@pytest.mark.parametrize("filling", ["", "x" * 100], ids=["small", "large"])
def test_an_export_amid_writes_is_of_one_moment(google, people, filling):
    book = new_book(google, [(None, None, filling)] * 4000)
    batch_update(google, book, entered(0, 0, 0), entered(3999, 1, 0)).raise_for_status()
    over = threading.Event()

    def write():
        number = 0
        while not over.is_set():
            number += 1
            batch_update(google, book, entered(0, 0, number), entered(3999, 1, number)).raise_for_status()
        return number

    writer = people.submit(write)
    try:
        found = []
        for _ in range(4):
            rows = exported(google, book, "csv").decode().split("\r\n")
            found.append((rows[0].split(",")[0], rows[3999].split(",")[1]))
    finally:
        over.set()
    assert all(first == last for first, last in found), found
    assert writer.result(WAIT_SECONDS) > 1


def test_an_export_by_a_process_of_its_own_is_the_same(google, monkeypatch):
    rows = [["a", "=1+1", "1.5"], ["b", "=DATE(2026;11;2)", "=SUM(C1:C1)"], ["=c", "=1/0", "да"]]
    book = new_book(google, rows)
    second = batch_update(google, book, {"addSheet": {"properties": {"title": "Two"}}}).json()["replies"][0]
    gid = second["addSheet"]["properties"]["sheetId"]
    put(google, book, "Two!A1", "only here")

    def everything():
        sheets = openpyxl.load_workbook(io.BytesIO(exported(google, book, "xlsx")), data_only=True).worksheets
        return (
            [[cell.value for cell in row] for sheet in sheets for row in sheet.iter_rows()],
            [exported(google, book, kind, gid=gid) for kind in ("csv", "tsv")],
            [exported(google, book, kind, gid=0) for kind in ("csv", "tsv")],
            len(exported(google, book, "pdf", size="A5", gid=0)),
        )

    within = everything()
    monkeypatch.setattr(files, "LARGE_BYTES", -1)
    assert everything() == within
    assert within[1] == [b"only here"] * 2
    unknown = google.call("owner", "GET", f"/spreadsheets/d/{book}/export?format=csv&gid=77")
    assert unknown.status_code == 400


def test_an_export_whose_process_breaks_down_is_an_answer_too(google, monkeypatch, caplog):
    book = new_book(google)
    monkeypatch.setattr(files, "LARGE_BYTES", -1)
    monkeypatch.setattr(apart, "_COMMAND", ("-c", "raise SystemExit(3)"))
    answer = google.call("owner", "GET", f"/drive/v3/files/{book}/export", params={"mimeType": XLSX})
    assert (answer.status_code, answer.json()["error"]["status"]) == (500, "INTERNAL")
    assert "ended with 3" in caplog.text
    assert cell(google, book) == "x"
