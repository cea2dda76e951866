"""files.list: the search, its order and pages, and a search that lags behind."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
import requests
from googleapiclient.errors import HttpError

from sheets_emulator.access.tokens import issue_token
from sheets_emulator.drive import listing
from sheets_emulator.serving.faults import Faults, install
from tests.contract.emulator.drive.plain_drive import (
    FOLDER,
    HEAD,
    STRANGER,
    TECH,
    names,
    new,
    refusal,
    share,
)


def test_app_properties_are_seen_and_found_by_their_account_alone(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    book = new(drive, appProperties={"client": "A", "month": "2026-10"})
    share(drive, book, HEAD)
    query = "appProperties has { key='month' and value='2026-10' }"
    assert names(drive, query) == {"book"}
    assert names(head, query) == set()
    assert head.files().get(fileId=book, fields="appProperties").execute() == {}
    changed = drive.files().update(
        fileId=book, body={"appProperties": {"client": None, "x": "1"}}, fields="appProperties"
    )
    assert changed.execute() == {"appProperties": {"month": "2026-10", "x": "1"}}


def test_looking_files_up_finds_what_looking_through_all_of_them_does(drive_of, monkeypatch):
    seed = random.randrange(10**6)
    print("seed", seed)  # noqa: T201  # a failing run can be repeated
    rng, drive, head = random.Random(seed), drive_of(TECH), drive_of(HEAD)
    folders = [new(drive, f"folder {number}", FOLDER) for number in range(2)]
    folders.append(new(drive, "within", FOLDER, parents=[folders[0]]))
    for number in range(25):
        more = {"parents": [rng.choice(folders)]} if number % 3 else {}
        marks = {"client": f"c{number % 4}", "part": rng.choice("ab")}
        name = rng.choice(["Отчёт", "отчёт", "book", "Book 2"])
        made = new(drive, name, "text/plain", appProperties=marks, properties={"k": rng.choice("xy")}, **more)
        if number % 4 == 0:
            share(drive, made, HEAD)
        if number % 5 == 0:
            drive.files().update(fileId=made, body={"trashed": True}).execute()
        if number % 6 == 0:
            drive.files().update(
                fileId=made, body={"name": "moved", "appProperties": {"part": None}}
            ).execute()
    terms = [
        *(f"'{one}' in parents" for one in (*folders, "root", "nowhere")),
        *(f"name = '{name}'" for name in ("ОТЧЁТ", "book", "moved", "none")),
        *(f"appProperties has {{ key='client' and value='c{number}' }}" for number in range(5)),
        *(f"appProperties has {{ key='part' and value='{part}' }}" for part in "ab"),
        "properties has { key='k' and value='x' }",
        "'me' in owners",
        f"'{TECH.upper()}' in owners",
        "sharedWithMe",
        "trashed = false",
    ]

    def query(depth):
        kind = rng.randrange(6) if depth else 0
        if kind < 2:
            return rng.choice(terms)
        if kind == 2:
            return f"not ({query(depth - 1)})"
        word = " and " if kind < 5 else " or "
        return "(" + word.join(query(depth - 1) for _ in range(2)) + ")"

    def found(one, client):
        answer = client.files().list(q=one, fields="files(id)", pageSize=1000).execute()
        return [file["id"] for file in answer["files"]]

    asked = [(query(3), client) for client in (drive, head) for _ in range(60)]
    looked_up = [found(*one) for one in asked]
    monkeypatch.setattr(listing, "_traits", lambda _call, _test: [])
    assert looked_up == [found(*one) for one in asked]
    assert len({len(one) for one in looked_up}) > 5


def test_a_wrong_query_is_an_invalid_value_at_q(drive_of):
    with pytest.raises(HttpError) as caught:
        drive_of(TECH).files().list(q="title = 'x'").execute()
    assert json.loads(caught.value.content)["error"]["errors"] == [
        {
            "message": "Invalid Value",
            "domain": "global",
            "reason": "invalid",
            "location": "q",
            "locationType": "parameter",
        }
    ]


def test_pages_follow_each_other_in_the_order_asked_for(drive_of):
    drive = drive_of(TECH)
    for name in ("b10", "a", "b2", "c"):
        new(drive, name)
    request = drive.files().list(pageSize=3, orderBy="name_natural desc", fields="nextPageToken,files(name)")
    found = []
    while request is not None:
        answer = request.execute()
        found.append([file["name"] for file in answer["files"]])
        request = drive.files().list_next(request, answer)
    assert found == [["c", "b10", "b2"], ["a"]]
    assert refusal(drive.files().list(pageSize=0))[0] == 400
    assert refusal(drive.files().list(pageToken="abc"))[0] == 400
    assert refusal(drive.files().list(orderBy="size"))[0] == 400


def test_a_link_opens_a_file_but_does_not_list_it(drive_of):
    drive, stranger = drive_of(TECH), drive_of(STRANGER)
    book = new(drive)
    drive.permissions().create(fileId=book, body={"type": "anyone", "role": "reader"}).execute()
    assert stranger.files().get(fileId=book, fields="id").execute() == {"id": book}
    assert names(stranger) == set()
    assert refusal(stranger.permissions().list(fileId=book))[:2] == (403, "insufficientFilePermissions")


def lag(emulator, seconds):
    install(emulator.engine, Faults(search_lag_seconds=seconds))


def test_a_lagging_search_misses_young_files_until_time_has_passed(emulator):
    at = [datetime(2026, 10, 5, 12, tzinfo=UTC)]
    token = issue_token(emulator.engine.store, TECH)
    emulator.engine.clock = lambda: at[0]
    headers = {"Authorization": f"Bearer {token}"}
    with requests.Session() as session:
        session.headers.update(headers)
        lag(emulator, 60)
        session.post(emulator.url + "/drive/v3/files", json={"name": "young"}, timeout=30)
        listed = session.get(emulator.url + "/drive/v3/files", timeout=30).json()["files"]
        at[0] += timedelta(seconds=61)
        later = session.get(emulator.url + "/drive/v3/files", timeout=30).json()["files"]
    assert listed == []
    assert [file["name"] for file in later] == ["young"]


def test_a_lagging_search_goes_by_old_names_and_places_for_a_while(emulator):
    at = [datetime(2026, 10, 5, 12, tzinfo=UTC)]
    headers = {"Authorization": f"Bearer {issue_token(emulator.engine.store, TECH)}"}
    emulator.engine.clock = lambda: at[0]
    files = emulator.url + "/drive/v3/files"
    with requests.Session() as session:
        session.headers.update(headers)
        lag(emulator, 60)
        book = session.post(files, json={"name": "old"}, timeout=30).json()["id"]

        def found(name):
            query = {"q": f"name = '{name}' and trashed = false", "fields": "files(name)"}
            return session.get(files, params=query, timeout=30).json()["files"]

        at[0] += timedelta(seconds=100)
        session.patch(f"{files}/{book}", json={"name": "middle"}, timeout=30)
        at[0] += timedelta(seconds=40)
        session.patch(f"{files}/{book}", json={"name": "new"}, timeout=30)
        assert (found("old"), found("middle"), found("new")) == ([{"name": "new"}], [], [])
        at[0] += timedelta(seconds=21)
        assert (found("old"), found("middle"), found("new")) == ([], [{"name": "new"}], [])
        session.patch(f"{files}/{book}", json={"trashed": True}, timeout=30)
        at[0] += timedelta(seconds=40)
        assert found("new") == [{"name": "new"}]
        at[0] += timedelta(seconds=21)
        assert found("new") == []
