"""The gateway over real HTTP: what is repeated, how often, what becomes of each answer, and what is told."""

import socket
import threading
import traceback

import pytest
import requests

from kpi_rules.errors import (
    ClientUnavailableError,
    MissingRangeError,
    RefusedError,
    RetryableError,
    TabloError,
)
from sheets_emulator.serving.faults import Strike
from sheets_emulator.serving.quota import Quota
from sheets_sync.google.credentials import load_credentials
from sheets_sync.google.drive import Drive
from sheets_sync.google.gateway import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, Gateway, RetryPolicy
from sheets_sync.ports import FOLDER_TYPE, SPREADSHEET_TYPE, Sought
from tests.contract.client_life import HEAD, STRANGER, copy_of
from tests.telling import remedy_of, what_of

ADD = [{"addSheet": {"properties": {"title": "Новый"}}}]
SECRET = "4815162342"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """An emulator with accounts and nothing else, for the whole module."""
    base = tmp_path_factory.getbasetemp()
    with copy_of("empty", base, tmp_path_factory.mktemp("gateway")) as life:
        yield life


@pytest.fixture
def life(served):
    served.sleeps.clear()
    yield served
    served.strike()


@pytest.fixture
def gateway(life):
    return life.services.creator.gateway


@pytest.fixture
def file_id(life):
    return life.services.creator.drive.create("Проба", SPREADSHEET_TYPE).id


def gateway_of(life, retry=None, before_call=None, email=HEAD):
    key = life.emulator.folder / "keys"
    life.as_person(email)
    [path] = [path for path in key.iterdir() if email.partition("@")[0] in path.name]
    policy = retry or RetryPolicy(sleep=life.sleeps.append)
    return Gateway(load_credentials(path), life.emulator.url, policy, before_call)


def titles(gateway, file_id):
    sheets = gateway.describe(file_id, "sheets(properties(title))")["sheets"]
    return [sheet["properties"]["title"] for sheet in sheets]


def test_a_passing_fault_is_overcome_and_each_attempt_is_counted(life, gateway, file_id):
    life.strike(Strike(kind="error_before", method="GET", path="/v4/", times=3))
    before = gateway.calls.reads
    assert gateway.read(file_id, ["A1"])[0].rows == []
    assert gateway.calls.reads - before == 4
    assert len(life.sleeps) == 3


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_the_attempts_are_bounded(life, gateway, file_id, status):
    life.strike(Strike(kind="error_before", path="/v4/", times=100, status=status))
    before = gateway.calls.reads
    with pytest.raises(RetryableError):
        gateway.read(file_id, ["A1"])
    assert gateway.calls.reads - before == RetryPolicy().attempts == 6
    assert len(life.sleeps) == 5


def test_waits_grow_with_full_jitter_and_have_a_limit(life, file_id):
    """Wait k lies between 0 and min(40, 1 · 2^(k−1)); twenty storms never wait alike."""
    gateway = gateway_of(life, RetryPolicy(attempts=9, sleep=life.sleeps.append))
    storms = []
    for _ in range(20):
        life.sleeps.clear()
        life.strike(Strike(kind="error_before", path="/v4/", times=100))
        with pytest.raises(RetryableError):
            gateway.read(file_id, ["A1"])
        storms.append(tuple(life.sleeps))
    limits = [1, 2, 4, 8, 16, 32, 40, 40]
    assert all(0 <= wait <= limit for storm in storms for wait, limit in zip(storm, limits, strict=True))
    assert len(set(storms)) == 20
    for position, limit in enumerate(limits):
        waited = [storm[position] for storm in storms]
        assert max(waited) > limit / 2 > min(waited), "a wait is spread over its whole range"


def test_the_wait_that_google_asks_for_is_kept(life, gateway, file_id):
    life.strike(quota=Quota(reads_per_user=0, retry_after_seconds=7))
    with pytest.raises(RetryableError) as failed:
        gateway.read(file_id, ["A1"])
    assert life.sleeps == [7.0] * 5
    assert failed.value.carried_out is False
    assert failed.value.retry_after_seconds == 7


def test_an_exaggerated_wait_is_cut_to_the_limit(life, gateway, file_id):
    life.strike(quota=Quota(reads_per_user=0, retry_after_seconds=86_400))
    with pytest.raises(RetryableError):
        gateway.read(file_id, ["A1"])
    assert life.sleeps == [40.0] * 5


def test_drives_quota_answers_403_and_is_waited_for_too(life, gateway):
    life.strike(quota=Quota(drive_per_user=0))
    with pytest.raises(RetryableError) as failed:
        life.services.creator.drive.find(Sought({"no": "such"}))
    assert failed.value.carried_out is False
    assert len(life.sleeps) == 5


@pytest.mark.parametrize("kind", ["error_after", "cut_after", "cut_middle"])
def test_a_write_that_may_have_been_carried_out_is_not_repeated(life, gateway, file_id, kind):
    life.strike(Strike(kind=kind, method="POST", path="batchUpdate"))
    with pytest.raises(RetryableError) as failed:
        gateway.apply(file_id, ADD, repeatable=False)
    assert failed.value.carried_out is None
    assert life.sleeps == []
    assert titles(gateway, file_id).count("Новый") == 1


@pytest.mark.parametrize("kind", ["error_after", "cut_after", "cut_before", "error_before", "cut_middle"])
def test_a_file_is_created_at_most_once_by_one_call(life, kind):
    drive = life.services.creator.drive
    life.strike(Strike(kind=kind, method="POST", path="/drive/v3/files"))
    with pytest.raises(RetryableError):
        drive.create("Папка", FOLDER_TYPE, marks={"kind": kind})
    life.strike()
    assert len(drive.find(Sought({"kind": kind}))) == (0 if kind.endswith("before") else 1)


@pytest.mark.parametrize("kind", ["error_after", "cut_after", "cut_before", "cut_middle"])
def test_a_repeatable_write_is_repeated_when_its_outcome_is_unknown(life, gateway, file_id, kind):
    life.strike(Strike(kind=kind, method="POST", path="batchUpdate"))
    request = {"updateSpreadsheetProperties": {"properties": {"title": "Дважды"}, "fields": "title"}}
    gateway.apply(file_id, [request])
    assert len(life.sleeps) == 1
    assert gateway.describe(file_id, "properties(title)")["properties"]["title"] == "Дважды"


def test_a_refused_write_is_repeated_even_when_it_may_not_be_done_twice(life, gateway, file_id):
    """429 says that nothing was done."""
    life.strike(Strike(kind="error_before", method="POST", path="batchUpdate", status=429, times=2))
    gateway.apply(file_id, ADD, repeatable=False)
    assert len(life.sleeps) == 2
    assert titles(gateway, file_id).count("Новый") == 1


def test_an_answer_in_drips_is_an_answer(life, gateway, file_id):
    life.strike(Strike(kind="drip", path="/v4/"), drip_pause_seconds=0)
    assert gateway.read(file_id, ["A1"])[0].rows == []
    assert life.sleeps == []


def test_an_empty_list_of_requests_sends_nothing(gateway, file_id):
    before = (gateway.calls.reads, gateway.calls.writes)
    assert gateway.apply(file_id, []) == []
    assert (gateway.calls.reads, gateway.calls.writes) == before


def test_before_call_hears_of_every_request_and_may_stop_it(life, file_id):
    heard = []
    gateway = gateway_of(life, before_call=heard.append)
    life.services.creator.drive.grant(file_id, HEAD, "writer")
    life.strike(Strike(kind="error_before", path="/v4/"))
    gateway.read(file_id, ["A1"])
    gateway.apply(file_id, ADD)
    assert heard == ["read", "read", "write"]
    assert (gateway.calls.reads, gateway.calls.writes) == (2, 1)

    def stopped(_kind):
        raise InterruptedError

    blocked = gateway_of(life, before_call=stopped)
    with pytest.raises(InterruptedError):
        blocked.apply(file_id, [{"addSheet": {"properties": {"title": "Никогда"}}}])
    assert "Никогда" not in titles(life.services.creator.gateway, file_id)


def test_values_come_raw_and_the_range_tells_the_grid(gateway, file_id):
    place = {"sheetId": titles_ids(gateway, file_id)[0], "rowIndex": 0, "columnIndex": 0}
    cells = [
        {
            "userEnteredValue": {"numberValue": 0.25},
            "userEnteredFormat": {"numberFormat": {"type": "PERCENT"}},
        },
        {"userEnteredValue": {"stringValue": "007"}},
        {"userEnteredValue": {"stringValue": "1,5"}},
        {"userEnteredValue": {"boolValue": True}},
        {
            "userEnteredValue": {"numberValue": 46_266},
            "userEnteredFormat": {"numberFormat": {"type": "DATE"}},
        },
    ]
    gateway.apply(
        file_id,
        [
            {
                "updateCells": {
                    "start": place,
                    "rows": [{"values": cells}],
                    "fields": "userEnteredValue,userEnteredFormat",
                }
            }
        ],
    )
    [title] = titles(gateway, file_id)
    [found] = gateway.read(file_id, [f"'{title}'"])
    assert found.rows == [[0.25, "007", "1,5", True, 46_266]]
    assert found.a1.endswith("!A1:Z1000")


def titles_ids(gateway, file_id):
    sheets = gateway.describe(file_id, "sheets(properties(sheetId))")["sheets"]
    return [sheet["properties"].get("sheetId", 0) for sheet in sheets]


# ---- what each answer becomes
def test_a_closed_file_is_an_unavailable_client(life, file_id):
    with pytest.raises(ClientUnavailableError):
        life.as_person(STRANGER).gateway.read(file_id, ["A1"])
    assert life.sleeps == []


def test_a_file_that_is_gone_is_an_unavailable_client(life, gateway):
    with pytest.raises(ClientUnavailableError):
        gateway.read("1" + "x" * 43, ["A1"])
    with pytest.raises(ClientUnavailableError):
        life.services.creator.drive.file("1" + "y" * 43)


def test_a_tab_that_is_gone_is_a_missing_range(gateway, file_id):
    with pytest.raises(MissingRangeError):
        gateway.read(file_id, ["'Нет такого'"])


def test_an_impossible_request_is_refused_at_once(life, gateway, file_id):
    with pytest.raises(RefusedError):
        gateway.apply(file_id, [{"deleteSheet": {"sheetId": 99}}])
    assert life.sleeps == []


def test_an_account_without_room_is_told_to_use_a_shared_drive(life):
    life.emulator.engine.settings["service_account_quota"] = False
    with pytest.raises(RefusedError) as refused:
        life.services.worker.drive.create("Файл робота", SPREADSHEET_TYPE)
    assert "нет места" in what_of(refused)
    assert "KPI_GOOGLE_CREATOR" in remedy_of(refused)


def test_a_revoked_key_is_said_to_be_refused(life, tmp_path):
    key = tmp_path / "key.json"
    secret = "1//revoked-refresh-token"
    key.write_text(
        '{"type": "authorized_user", "client_id": "nobody", "client_secret": "nothing", '
        f'"refresh_token": "{secret}", "token_uri": "{life.emulator.url}/token"}}'
    )
    gateway = Gateway(load_credentials(key), life.emulator.url, RetryPolicy(sleep=life.sleeps.append))
    with pytest.raises(ClientUnavailableError) as refused:
        gateway.read("1" + "x" * 43, ["A1"])
    assert "ключ" in what_of(refused)
    assert secret not in str(refused.value)
    assert life.sleeps == []


def test_a_server_that_does_not_listen_is_a_passing_fault_of_which_nothing_was_carried_out(life):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    life.as_person(HEAD)
    [key] = [path for path in (life.emulator.folder / "keys").iterdir() if "rop" in path.name]
    gateway = Gateway(load_credentials(key), address, RetryPolicy(attempts=2, sleep=life.sleeps.append))
    with pytest.raises(RetryableError):
        gateway.read("1" + "x" * 43, ["A1"])
    assert len(life.sleeps) == 1


def test_no_message_of_googles_and_no_cell_comes_into_an_error_or_a_log(life, gateway, file_id, caplog):
    caplog.set_level("DEBUG")
    errors = []

    def fail(act):
        with pytest.raises(TabloError) as failed:
            act()
        errors.append("".join(traceback.format_exception(failed.value)) + str(vars(failed.value)))

    fail(lambda: gateway.read(file_id, [f"'{SECRET}'"]))
    value = {"userEnteredValue": {"stringValue": SECRET, "formulaValue": SECRET}}
    start = {"sheetId": 77, "rowIndex": 0, "columnIndex": 0}
    write = {"updateCells": {"start": start, "rows": [{"values": [value]}], "fields": "userEnteredValue"}}
    fail(lambda: gateway.apply(file_id, [write]))
    fail(lambda: gateway.apply(file_id, [{"addSheet": {"properties": {"title": SECRET, "no": SECRET}}}]))
    fail(lambda: life.services.creator.drive.file(SECRET))
    life.strike(Strike(kind="error_before", path="/v4/", times=99))
    fail(lambda: gateway.read(file_id, [f"'{SECRET}'"]))
    life.strike(Strike(kind="cut_after", path="/v4/", times=99))
    fail(lambda: gateway.apply(file_id, [write]))
    told = "\n".join(errors)
    for word in (SECRET, "Unable to parse", "Invalid", "currently unavailable", "requests[0]"):
        assert word not in told
    ours = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("sheets_sync")
    )
    assert "attempt" in ours
    assert SECRET not in ours


# ---- time-outs and addresses
def test_every_call_carries_both_time_outs(life, gateway, file_id, monkeypatch):
    given = []
    send = requests.Session.send

    def watched(session, request, **options):
        given.append((request.url, options.get("timeout")))
        return send(session, request, **options)

    monkeypatch.setattr(requests.Session, "send", watched)
    gateway.read(file_id, ["A1"])
    life.services.creator.drive.file(file_id)
    assert [timeout for _, timeout in given] == [(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)] * 2


def test_both_of_googles_hosts_are_redirected_and_nothing_else(life, gateway, file_id, monkeypatch):
    seen = []
    connect = socket.create_connection

    def watched(address, *args, **kwargs):
        seen.append(address)
        return connect(address, *args, **kwargs)

    monkeypatch.setattr("urllib3.util.connection.socket.getaddrinfo", local_only(seen))
    fresh = gateway_of(life, RetryPolicy(attempts=1))
    life.services.creator.drive.grant(file_id, HEAD, "reader")
    fresh.read(file_id, ["A1"])
    assert Drive(fresh).my_email()
    assert set(seen) == {"127.0.0.1"}


def local_only(seen):
    look_up = socket.getaddrinfo

    def found(host, *args, **kwargs):
        seen.append(host)
        assert host == "127.0.0.1", f"{host} was asked for"
        return look_up(host, *args, **kwargs)

    return found


def test_the_environments_proxy_is_not_used_for_a_local_address(life, file_id, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    life.services.creator.drive.grant(file_id, HEAD, "reader")
    gateway = gateway_of(life, RetryPolicy(attempts=1))
    assert gateway.read(file_id, ["A1"])[0].rows == []


def test_one_gateway_serves_several_threads(gateway, file_id):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(gateway.read(file_id, ["A1"])[0].rows)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[]] * 4


# ---- Drive
def test_files_are_found_by_marks_with_quotes_and_backslashes(life):
    drive = life.services.creator.drive
    marks = {"client": "o'neill \\ co"}
    made = drive.create("Кавычки", FOLDER_TYPE, marks=marks)
    assert [file.id for file in drive.find(Sought(marks))] == [made.id]
    assert drive.find(Sought({"client": "o"})) == []


def test_marks_are_seen_by_a_successors_credential_and_those_of_0_1_0_are_not(life):
    drive = life.services.creator.drive
    made = drive.create("Чужая", FOLDER_TYPE, marks={"tablo_client": "bereke"})
    drive.update(made.id, appProperties={"tablo_client": "bereke"})
    drive.grant(made.id, HEAD, "writer")
    other = gateway_of(life).send(
        "get",
        f"https://www.googleapis.com/drive/v3/files/{made.id}",
        "найти",
        lambda answer: answer,
        params={"fields": "name,properties,appProperties"},
    )
    assert other.json() == {"name": "Чужая", "properties": {"tablo_client": "bereke"}}


def test_files_are_found_by_any_of_several_things_sought_and_by_their_folder(life):
    drive = life.services.creator.drive
    folder = drive.create("Папка", FOLDER_TYPE, marks={"kind": "folder"})
    inside = drive.create("Внутри", FOLDER_TYPE, [folder.id], {"kind": "a"})
    outside = drive.create("Снаружи", FOLDER_TYPE, marks={"kind": "a"})
    first = drive.create("Первая", FOLDER_TYPE)
    drive.update(first.id, appProperties={"old": "yes"})

    def found(*sought):
        return [file.id for file in drive.find(*sought)]

    assert found(Sought({"kind": "a"})) == [inside.id, outside.id]
    assert found(Sought({"kind": "a"}, parent=folder.id)) == [inside.id]
    assert found(Sought(parent=folder.id), Sought(app_marks={"old": "yes"})) == [inside.id, first.id]
    drive.trash(inside.id)
    assert found(Sought({"kind": "a"}), Sought({"kind": "folder"})) == [folder.id, outside.id]


def test_lists_longer_than_a_page_are_read_to_their_end(life, monkeypatch):
    drive = life.services.creator.drive
    made = [drive.create(f"Файл {n}", FOLDER_TYPE, marks={"many": "yes"}).id for n in range(5)]
    sent = []
    send = drive._gateway.send

    def small_pages(method, url, doing, answer, **options):
        if method.upper() == "GET":
            options["params"] = {**options["params"], "pageSize": "2"}
        sent.append(options["params"].get("pageToken"))
        return send(method, url, doing, answer, **options)

    monkeypatch.setattr(drive._gateway, "send", small_pages)
    assert {file.id for file in drive.find(Sought({"many": "yes"}))} == set(made)
    assert len(sent) == 3
    for email in (HEAD, STRANGER):
        drive.grant(made[0], email, "reader")
    sent.clear()
    assert {item["emailAddress"] for item in drive.permissions(made[0])} >= {HEAD, STRANGER}
    assert len(sent) == 2


def test_a_json_file_comes_back_byte_for_byte(life):
    drive = life.services.creator.drive
    content = '{"печать": "№ 1", "--tablo": "\r\n--tablo-5f0c2f6e"}'.encode()
    made = drive.upload_json("Печать.json", content, (), {"kind": "json"})
    assert drive.download(made.id) == content


def test_granting_twice_leaves_one_permission(life, file_id):
    drive = life.services.creator.drive
    for _ in range(2):
        drive.grant(file_id, HEAD, "reader")
    assert [item["role"] for item in drive.permissions(file_id) if item["emailAddress"] == HEAD] == ["reader"]
