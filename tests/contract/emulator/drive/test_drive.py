"""Google's own Python client, and gspread, against the Drive of a running emulator."""

import io
import json
from datetime import UTC, datetime, timedelta
from importlib import resources

import gspread
import pytest
import requests
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceCredentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaInMemoryUpload, MediaIoBaseUpload
from openpyxl import load_workbook

from sheets_emulator.access.accounts import ensure_account, key_file
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.server import serve

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DESCRIPTION = "discovery_cache/documents/drive.v3.json"
TECH, HEAD, STRANGER = "tech@firm.kz", "head@firm.kz", "stranger@else.kz"
ROBOT = "robot@tablo.iam.gserviceaccount.com"


class RedirectedClient(gspread.HTTPClient):
    """gspread, unchanged but for the address."""

    address = ""

    def request(self, method, endpoint, *args, **kwargs):
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            endpoint = endpoint.replace(host, self.address)
        return super().request(method, endpoint, *args, **kwargs)


@pytest.fixture
def emulator(tmp_path):
    with serve(tmp_path / "data") as running:
        for email in (TECH, HEAD, STRANGER):
            ensure_account(running.engine.store, email)
        ensure_account(running.engine.store, ROBOT, kind="service")
        yield running


@pytest.fixture
def drive_of(emulator):
    """A Drive client for an account."""
    opened = []

    def connect(email):
        description = json.loads((resources.files("googleapiclient") / _DESCRIPTION).read_text())
        description |= {"rootUrl": emulator.url + "/", "baseUrl": emulator.url + "/drive/v3/"}
        token = issue_token(emulator.engine.store, email)
        client = build_from_document(
            description,
            credentials=Credentials(token),
            client_options={"api_endpoint": f"{emulator.url}/drive/v3/"},
        )
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()


@pytest.fixture
def http(emulator):
    """Plain HTTP as an account."""

    def call(email, method, path, **more):
        headers = {"Authorization": f"Bearer {issue_token(emulator.engine.store, email)}"} | more.pop(
            "headers", {}
        )
        with requests.Session() as session:
            return session.request(method, emulator.url + path, headers=headers, timeout=30, **more)

    return call


def new(drive, name="book", mime=SPREADSHEET, **more):
    body = {"name": name, "mimeType": mime} | more
    return drive.files().create(body=body, supportsAllDrives=True).execute()["id"]


def share(drive, file_id, email, role="writer", **more):
    body = {"type": "user", "role": role, "emailAddress": email}
    return (
        drive.permissions()
        .create(fileId=file_id, body=body, sendNotificationEmail=False, supportsAllDrives=True, **more)
        .execute()
    )


def names(drive, q="trashed = false", **more):
    found = drive.files().list(q=q, fields="files(name)", **more).execute()
    return {file["name"] for file in found["files"]}


def refusal(call):
    with pytest.raises(HttpError) as caught:
        call.execute()
    error = json.loads(caught.value.content)["error"]
    return error["code"], error["errors"][0]["reason"], error["message"]


# ---- files
def test_create_answers_with_googles_default_fields(drive_of):
    created = drive_of(TECH).files().create(body={"name": "План", "mimeType": SPREADSHEET}).execute()
    assert created == {"kind": "drive#file", "id": created["id"], "name": "План", "mimeType": SPREADSHEET}


def test_fields_choose_what_is_shown_and_a_broken_mask_is_refused(drive_of):
    drive = drive_of(TECH)
    book = new(drive)
    shown = drive.files().get(fileId=book, fields="id,owners(emailAddress),capabilities/canShare").execute()
    assert shown == {
        "id": book,
        "owners": [{"emailAddress": TECH}],
        "capabilities": {"canShare": True},
    }
    code, reason, _ = refusal(drive.files().get(fileId=book, fields="id,owners("))
    assert (code, reason) == (400, "invalidParameter")


def test_what_nobody_shared_does_not_exist_for_others(drive_of):
    book = new(drive_of(TECH))
    assert refusal(drive_of(STRANGER).files().get(fileId=book)) == (
        404,
        "notFound",
        f"File not found: {book}.",
    )


def test_no_token_and_a_wrong_token_are_refused_in_drives_form(emulator):
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        with requests.Session() as session:
            answer = session.get(emulator.url + "/drive/v3/files", headers=headers, timeout=30)
        assert answer.status_code == 401


def test_rename_move_describe_and_star(drive_of):
    drive = drive_of(TECH)
    folder, book = new(drive, "folder", FOLDER), new(drive)
    root = drive.files().get(fileId=book, fields="parents").execute()["parents"][0]
    moved = (
        drive.files()
        .update(
            fileId=book,
            body={"name": "Новое имя", "starred": True},
            addParents=folder,
            removeParents=root,
            fields="name,parents,starred",
        )
        .execute()
    )
    assert moved == {"name": "Новое имя", "starred": True, "parents": [folder]}
    assert names(drive, f"'{folder}' in parents") == {"Новое имя"}
    assert names(drive, "'root' in parents") == {"folder"}


def test_a_file_lies_in_one_folder_and_no_folder_lies_in_itself(drive_of):
    drive = drive_of(TECH)
    outer = new(drive, "outer", FOLDER)
    inner = new(drive, "inner", FOLDER, parents=[outer])
    assert refusal(drive.files().update(fileId=inner, addParents="root"))[1] == "cannotAddParent"
    assert refusal(drive.files().update(fileId=outer, addParents=inner, removeParents="root"))[0] == 400
    assert refusal(drive.files().create(body={"parents": [new(drive)]}))[1] == "parentNotAFolder"


def test_the_trash_hides_only_from_others_and_is_emptied_for_good(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    folder = new(drive, "folder", FOLDER)
    book = new(drive, "inside", parents=[folder])
    share(drive, book, HEAD)
    assert (
        refusal(head.files().update(fileId=book, body={"trashed": True}))[1] == "insufficientFilePermissions"
    )
    drive.files().update(fileId=folder, body={"trashed": True}).execute()
    assert names(drive, "trashed = true") == {"folder", "inside"}
    assert names(head, "") == set()
    drive.files().emptyTrash().execute()
    assert refusal(drive.files().get(fileId=book))[0] == 404


def test_deleting_is_the_owners_matter(drive_of):
    drive = drive_of(TECH)
    book = new(drive)
    share(drive, book, HEAD)
    assert refusal(drive_of(HEAD).files().delete(fileId=book))[:2] == (403, "insufficientFilePermissions")
    assert drive.files().delete(fileId=book).execute() == ""
    assert refusal(drive.files().get(fileId=book))[0] == 404


def test_generated_ids_make_a_creation_safe_to_repeat(drive_of):
    drive = drive_of(TECH)
    file_id = drive.files().generateIds(count=1).execute()["ids"][0]
    body = {"id": file_id, "name": "seal.json", "mimeType": "application/json"}
    assert drive.files().create(body=body).execute()["id"] == file_id
    assert refusal(drive.files().create(body=body))[:2] == (409, "fileIdInUse")
    assert refusal(drive.files().create(body=body | {"id": "made-up"}))[0] == 400


def test_fields_of_google_and_wrong_types_are_refused(drive_of):
    drive = drive_of(TECH)
    book = new(drive)
    assert refusal(drive.files().update(fileId=book, body={"owners": []}))[:2] == (403, "fieldNotWritable")
    assert refusal(drive.files().update(fileId=book, body={"name": 5}))[0] == 400
    assert refusal(drive.files().update(fileId=book, body={"parents": ["x"]}))[1] == "fieldNotWritable"


def test_a_body_that_is_no_json_is_a_parse_error(http):
    answer = http(TECH, "POST", "/drive/v3/files", data=b"{nonsense")
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "parseError"


HOSTILE = [
    ("POST", "/drive/v3/files", {"mimeType": "text/plain\r\nX: y"}),
    ("POST", "/drive/v3/files", {"mimeType": "текст"}),
    ("POST", "/drive/v3/files", {"appProperties": {"k": 5}}),
    ("POST", "/drive/v3/files", {"appProperties": {"k": "x" * 124}}),
    ("POST", "/drive/v3/files", {"createdTime": "yesterday"}),
    ("POST", "/drive/v3/files", {"parents": [5]}),
    ("POST", "/drive/v3/files", {"parents": "../../etc"}),
    ("POST", "/drive/v3/files", {"contentRestrictions": [5]}),
    ("POST", "/drive/v3/files/root/permissions", {"type": "user", "role": ["reader"]}),
    ("POST", "/drive/v3/files/root/permissions", {"type": ["user"], "role": "reader"}),
    ("POST", "/drive/v3/files/root/permissions", {"type": "anyone", "role": "reader"}),
    ("PATCH", "/drive/v3/files/root", {"name": "x"}),
    ("DELETE", "/drive/v3/files/root", None),
    ("GET", "/drive/v3/files/..%2F..%2Fetc", None),
    ("GET", "/drive/v3/files?q=" + "(" * 3000, None),
    ("GET", "/drive/v3/files?pageSize=999999999999999999999", None),
    ("GET", "/drive/v3/changes?pageToken=%D9%A3", None),
    ("POST", "/upload/drive/v3/files?uploadType=multipart", {}),
    ("POST", "/upload/drive/v3/files?uploadType=carrier-pigeon", {}),
    ("PUT", "/upload/drive/v3/files?uploadType=resumable&upload_id=x", {}),
    ("POST", "/drive/v3/drives?requestId=1", {"name": []}),
]


def test_hostile_requests_get_googles_error_form_and_never_a_500(http):
    answers = [(case, http(TECH, case[0], case[1], json=case[2])) for case in HOSTILE]
    assert [case for case, answer in answers if not 400 <= answer.status_code < 500] == []
    for _, answer in answers:
        error = answer.json()["error"]
        assert error["code"] == answer.status_code
        assert error["message"]


def test_every_field_has_the_name_and_type_of_googles_own_document(drive_of):
    description = json.loads((resources.files("googleapiclient") / _DESCRIPTION).read_text())
    drive = drive_of(TECH)
    shared = drive.drives().create(requestId="r1", body={"name": "D"}, fields="*").execute()
    everywhere = {"supportsAllDrives": True, "fields": "*"}
    plain = (
        drive.files()
        .create(body={"name": "x.txt"}, media_body=MediaInMemoryUpload(b"x"), fields="*")
        .execute()
    )
    lock = {"readOnly": True, "reason": "x"}
    book = new(
        drive, starred=True, properties={"a": "b"}, appProperties={"c": "d"}, contentRestrictions=[lock]
    )
    inside = new(drive, parents=[shared["id"]])
    grant = share(drive, book, HEAD, fields="*")
    found = [
        ("Drive", shared),
        ("File", plain),
        ("File", drive.files().get(fileId=book, fields="*").execute()),
        ("File", drive.files().get(fileId=inside, **everywhere).execute()),
        ("File", drive.files().get(fileId="root", fields="*").execute()),
        ("FileList", drive.files().list(fields="*").execute()),
        ("Permission", grant),
        ("PermissionList", drive.permissions().list(fileId=inside, **everywhere).execute()),
        (
            "ChangeList",
            drive.changes().list(pageToken="1", includeItemsFromAllDrives=True, **everywhere).execute(),
        ),
        ("About", drive.about().get(fields="*").execute()),
        ("GeneratedIds", drive.files().generateIds().execute()),
        ("RevisionList", drive.revisions().list(fileId=book, fields="*").execute()),
        ("CommentList", drive.comments().list(fileId=book, fields="*").execute()),
    ]
    for name, resource in found:
        assert list(violations(description["schemas"], {"$ref": name}, resource, name)) == []


def violations(schemas, schema, value, path):
    """Where a JSON value differs in name or type from a schema of a discovery document."""
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    kinds = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict, "number": float}
    if not isinstance(value, kinds[schema["type"]]):
        yield f"{path}: {value!r} is no {schema['type']}"
    elif isinstance(value, list):
        for item in value:
            yield from violations(schemas, schema["items"], item, f"{path}[]")
    elif isinstance(value, dict):
        for name, item in value.items():
            below = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            if below is None:
                yield f"{path}.{name} is unknown"
            else:
                yield from violations(schemas, below, item, f"{path}.{name}")


# ---- copy
def test_a_copy_keeps_protections_without_editors_and_nobody_elses_access(drive_of, emulator):
    drive = drive_of(TECH)
    folder = new(drive, "folder", FOLDER)
    book = new(drive, "Книга", parents=[folder], appProperties={"month": "2026-10"})
    share(drive, book, HEAD)
    with emulator.engine.store.transaction() as txn:
        document = txn.document(book)
        document.sheets[0].objects["protectedRanges"] = [
            {"protectedRangeId": 1, "range": {"sheetId": 0}, "editors": {"users": [HEAD, TECH]}}
        ]
        txn.put_document(book, document)
    twin = (
        drive.files()
        .copy(fileId=book, fields="id,name,parents,appProperties,permissions(emailAddress)")
        .execute()
    )
    assert twin == {
        "id": twin["id"],
        "name": "Copy of Книга",
        "parents": [folder],
        "permissions": [{"emailAddress": TECH}],
    }
    with emulator.engine.store.transaction() as txn:
        assert txn.document(twin["id"]).sheets[0].objects["protectedRanges"] == [
            {"protectedRangeId": 1, "range": {"sheetId": 0}}
        ]
        assert "editors" in txn.document(book).sheets[0].objects["protectedRanges"][0]


def test_readers_cannot_copy_or_export_what_requires_a_writer(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    book = new(drive, copyRequiresWriterPermission=True)
    share(drive, book, HEAD, "reader")
    assert refusal(head.files().copy(fileId=book))[:2] == (403, "cannotCopyFile")
    assert refusal(head.files().export(fileId=book, mimeType="text/csv"))[:2] == (403, "cannotExportFile")
    assert drive.files().export(fileId=book, mimeType="text/csv").execute() == b""


# ---- search
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


# ---- sharing
def test_permissions_are_listed_changed_and_taken_back(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    book = new(drive)
    made = share(drive, book, HEAD, "reader")
    assert made == {"kind": "drive#permission", "id": made["id"], "type": "user", "role": "reader"}
    listed = drive.permissions().list(fileId=book, fields="permissions(emailAddress,role)").execute()
    assert listed["permissions"] == [
        {"emailAddress": TECH, "role": "owner"},
        {"emailAddress": HEAD, "role": "reader"},
    ]
    drive.permissions().update(fileId=book, permissionId=made["id"], body={"role": "writer"}).execute()
    assert head.files().update(fileId=book, body={"name": "x"}).execute()["name"] == "x"
    drive.permissions().delete(fileId=book, permissionId=made["id"]).execute()
    assert refusal(head.files().get(fileId=book))[0] == 404
    assert refusal(drive.permissions().delete(fileId=book, permissionId=made["id"]))[0] == 404


def test_sharing_again_with_a_weaker_role_narrows_nothing(drive_of):
    drive = drive_of(TECH)
    book = new(drive)
    share(drive, book, HEAD, "writer")
    assert share(drive, book, HEAD, "reader")["role"] == "writer"


def test_writers_do_not_share_when_the_owner_forbids_it(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    book = new(drive, writersCanShare=False)
    share(drive, book, HEAD)
    body = {"type": "user", "role": "reader", "emailAddress": STRANGER}
    assert refusal(head.permissions().create(fileId=book, body=body))[:2] == (
        403,
        "insufficientFilePermissions",
    )
    assert refusal(head.files().update(fileId=book, body={"writersCanShare": True}))[0] == 403
    drive.files().update(fileId=book, body={"writersCanShare": True}).execute()
    assert head.permissions().create(fileId=book, body=body).execute()["role"] == "reader"


def test_ownership_moves_only_when_asked_for_by_the_owner_and_within_a_domain(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    book = new(drive)
    body = {"type": "user", "role": "owner", "emailAddress": HEAD}
    assert refusal(drive.permissions().create(fileId=book, body=body)) == (
        403,
        "forbidden",
        "The transferOwnership parameter must be enabled when the permission role is 'owner'.",
    )
    outside = body | {"emailAddress": STRANGER}
    assert refusal(drive.permissions().create(fileId=book, body=outside, transferOwnership=True))[1] == (
        "consentRequiredForOwnershipTransfer"
    )
    drive.permissions().create(fileId=book, body=body, transferOwnership=True).execute()
    assert head.files().get(fileId=book, fields="ownedByMe").execute() == {"ownedByMe": True}
    assert drive.files().get(fileId=book, fields="ownedByMe,capabilities(canEdit)").execute() == {
        "ownedByMe": False,
        "capabilities": {"canEdit": True},
    }


def test_incomplete_grants_are_refused_with_the_field_that_is_missing(drive_of):
    drive = drive_of(TECH)
    book = new(drive)
    for body in (
        {"role": "reader"},
        {"type": "user", "emailAddress": HEAD},
        {"type": "user", "role": "reader"},
        {"type": "anyone", "role": "reader", "emailAddress": HEAD},
        {"type": "user", "role": "king", "emailAddress": HEAD},
        {"type": "user", "role": "reader", "emailAddress": "no address"},
    ):
        assert refusal(drive.permissions().create(fileId=book, body=body))[0] == 400
    organizer = {"type": "user", "role": "organizer", "emailAddress": HEAD}
    assert refusal(drive.permissions().create(fileId=book, body=organizer))[0] == 403


def test_letters_are_sent_unless_they_are_declined(drive_of, emulator):
    drive = drive_of(TECH)
    book = new(drive)
    share(drive, book, HEAD)
    drive.permissions().create(
        fileId=book, body={"type": "user", "role": "reader", "emailAddress": STRANGER}, emailMessage="Привет"
    ).execute()
    with emulator.engine.store.transaction() as txn:
        assert txn.setting("notifications") == [
            {"to": STRANGER, "fileId": book, "role": "reader", "message": "Привет"}
        ]


# ---- content restrictions
def test_a_locked_file_is_shared_and_moved_but_not_renamed_by_anyone(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    book = new(drive)
    share(drive, book, HEAD)
    lock = {"contentRestrictions": [{"readOnly": True, "ownerRestricted": True, "reason": "Месяц закрыт"}]}
    locked = drive.files().update(fileId=book, body=lock, fields="contentRestrictions,capabilities").execute()
    assert locked["contentRestrictions"][0]["reason"] == "Месяц закрыт"
    assert locked["contentRestrictions"][0]["restrictingUser"]["emailAddress"] == TECH
    assert locked["capabilities"]["canEdit"] is False
    assert refusal(drive.files().update(fileId=book, body={"name": "x"}))[0] == 403
    assert refusal(drive.comments().create(fileId=book, body={"content": "x"}, fields="id"))[0] == 403
    folder = new(drive, "folder", FOLDER)
    drive.files().update(fileId=book, addParents=folder, removeParents="root").execute()
    share(drive, book, STRANGER, "reader")
    unlock = {"contentRestrictions": [{"readOnly": False}]}
    assert refusal(head.files().update(fileId=book, body=unlock))[:2] == (403, "insufficientFilePermissions")
    drive.files().update(fileId=book, body=unlock).execute()
    assert drive.files().update(fileId=book, body={"name": "x"}).execute()["name"] == "x"


# ---- service accounts and shared drives
def test_a_service_account_owns_no_files_but_fills_a_shared_drive(drive_of):
    robot, drive = drive_of(ROBOT), drive_of(TECH)
    body = {"name": "x", "mimeType": SPREADSHEET}
    assert refusal(robot.files().create(body=body)) == (
        403,
        "storageQuotaExceeded",
        "The user's Drive storage quota has been exceeded.",
    )
    folder = new(drive, "folder", FOLDER)
    share(drive, folder, ROBOT)
    assert refusal(robot.files().create(body=body | {"parents": [folder]}))[1] == "storageQuotaExceeded"
    assert refusal(robot.files().copy(fileId=new(drive, parents=[folder])))[1] == "storageQuotaExceeded"
    assert new(robot, "a folder takes no storage", FOLDER)
    shared = drive.drives().create(requestId="r1", body={"name": "Клиенты"}).execute()["id"]
    share(drive, shared, ROBOT, "fileOrganizer")
    created = robot.files().create(
        body=body | {"parents": [shared]}, supportsAllDrives=True, fields="driveId,parents,owners"
    )
    assert created.execute() == {"driveId": shared, "parents": [shared]}


def test_a_setting_gives_service_accounts_their_old_quota_back(tmp_path):
    with serve(tmp_path, settings={"service_account_quota": True}) as running:
        ensure_account(running.engine.store, ROBOT, kind="service")
        headers = {"Authorization": f"Bearer {issue_token(running.engine.store, ROBOT)}"}
        with requests.Session() as session:
            answer = session.post(running.url + "/drive/v3/files", headers=headers, json={}, timeout=30)
        assert answer.status_code == 200


def test_a_shared_drive_is_invisible_to_clients_that_do_not_know_it(drive_of):
    drive = drive_of(TECH)
    shared = drive.drives().create(requestId="r1", body={"name": "Клиенты"}).execute()["id"]
    assert refusal(drive.drives().create(requestId="r1", body={"name": "again"}))[0] == 409
    book = new(drive, "Книга", parents=[shared])
    assert refusal(drive.files().get(fileId=book))[0] == 404
    assert names(drive) == set()
    both = {"supportsAllDrives": True, "includeItemsFromAllDrives": True}
    assert names(drive, **both) == {"Книга"}
    assert names(drive, corpora="drive", driveId=shared, **both) == {"Книга"}
    assert refusal(drive.files().list(corpora="drive", **both))[0] == 403
    assert refusal(drive.drives().delete(driveId=shared))[1] == "cannotDeleteResourceWithChildren"
    drive.files().delete(fileId=book, supportsAllDrives=True).execute()
    drive.drives().delete(driveId=shared).execute()
    assert drive.drives().list().execute() == {"kind": "drive#driveList", "drives": []}


def test_inherited_access_in_a_shared_drive_only_widens(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    shared = drive.drives().create(requestId="r1", body={"name": "Клиенты"}).execute()["id"]
    member = share(drive, shared, HEAD, "reader")["id"]
    book = new(drive, parents=[shared])
    assert refusal(drive.permissions().delete(fileId=book, permissionId=member, supportsAllDrives=True))[
        1
    ] == ("cannotModifyInheritedPermission")
    drive.permissions().update(
        fileId=book, permissionId=member, body={"role": "writer"}, supportsAllDrives=True
    ).execute()
    head.files().update(fileId=book, body={"name": "x"}, supportsAllDrives=True).execute()
    drive.drives().update(driveId=shared, body={"restrictions": {"driveMembersOnly": True}}).execute()
    body = {"type": "user", "role": "reader", "emailAddress": STRANGER}
    assert refusal(drive.permissions().create(fileId=book, body=body, supportsAllDrives=True))[0] == 403
    assert refusal(head.drives().update(driveId=shared, body={"name": "x"}))[0] == 403


# ---- content
def test_a_plain_file_is_uploaded_downloaded_and_replaced_byte_for_byte(drive_of):
    drive = drive_of(TECH)
    content = bytes(range(256)) + b"\r\n\r\n--x\r\n\n\xff\r\n"
    media = MediaInMemoryUpload(content, mimetype="application/octet-stream")
    made = (
        drive.files()
        .create(body={"name": "печать.bin"}, media_body=media, fields="id,size,md5Checksum")
        .execute()
    )
    assert made["size"] == str(len(content))
    assert drive.files().get_media(fileId=made["id"]).execute() == content
    second = MediaInMemoryUpload(b'{"a": 1}', mimetype="application/json")
    drive.files().update(fileId=made["id"], media_body=second).execute()
    assert drive.files().get_media(fileId=made["id"]).execute() == b'{"a": 1}'


def test_a_resumable_upload_comes_in_pieces(drive_of):
    drive = drive_of(TECH)
    content = bytes(range(256)) * 3000
    media = MediaIoBaseUpload(
        io.BytesIO(content), mimetype="application/x-seal", chunksize=256 * 1024, resumable=True
    )
    request = drive.files().create(body={"name": "большой"}, media_body=media, fields="id,name,mimeType,size")
    status, made = request.next_chunk()
    assert (status.resumable_progress, made) == (256 * 1024, None)
    while made is None:
        _, made = request.next_chunk()
    assert (made["name"], made["mimeType"], made["size"]) == ("большой", "application/x-seal", "768000")
    assert drive.files().get_media(fileId=made["id"]).execute() == content
    again = MediaIoBaseUpload(io.BytesIO(b"kurz"), mimetype="text/plain", resumable=True)
    drive.files().update(fileId=made["id"], media_body=again).execute()
    assert drive.files().get_media(fileId=made["id"]).execute() == b"kurz"


def test_an_upload_is_its_starters_alone_and_its_pieces_follow_each_other(http):
    path = "/upload/drive/v3/files?uploadType=resumable"
    location = http(TECH, "POST", path, json={"name": "x"}).headers["Location"]
    path = location[location.index("/upload") :]
    first = {"Content-Range": "bytes 0-2/6"}
    assert http(STRANGER, "PUT", path, data=b"abc", headers=first).status_code == 404
    assert http(TECH, "PUT", path, data=b"abc", headers=first).status_code == 308
    assert http(TECH, "PUT", path, data=b"abc", headers=first).status_code == 400
    asked = http(TECH, "PUT", path, data=b"", headers={"Content-Range": "bytes */6"})
    assert (asked.status_code, asked.headers["Range"]) == (308, "bytes=0-2")
    assert http(TECH, "PUT", path, data=b"def", headers={"Content-Range": "bytes 3-5/6"}).status_code == 200
    assert http(TECH, "PUT", path, data=b"def", headers={"Content-Range": "bytes 3-5/6"}).status_code == 404


def test_a_spreadsheet_has_no_bytes_and_a_plain_file_no_export(drive_of):
    drive = drive_of(TECH)
    book, plain = new(drive), new(drive, "x.txt", "text/plain")
    assert refusal(drive.files().get_media(fileId=book)) == (
        403,
        "fileNotDownloadable",
        "Only files with binary content can be downloaded. Use Export with Docs Editors files.",
    )
    assert refusal(drive.files().export(fileId=plain, mimeType="text/csv"))[:2] == (403, "fileNotExportable")
    assert refusal(drive.files().export(fileId=book, mimeType="image/png"))[0] == 400


def test_an_uploaded_table_becomes_a_spreadsheet_and_is_exported_again(drive_of):
    drive = drive_of(TECH)
    table = 'Имя,Сумма\r\n"Иванов, И.",5\r\n,=B2*2\r\n'.encode()
    media = MediaIoBaseUpload(io.BytesIO(table), mimetype="text/csv")
    book = drive.files().create(body={"name": "t", "mimeType": SPREADSHEET}, media_body=media).execute()["id"]
    csv = drive.files().export(fileId=book, mimeType="text/csv").execute()
    assert csv.decode() == 'Имя,Сумма\r\n"Иванов, И.",5\r\n,10'
    tsv = drive.files().export(fileId=book, mimeType="text/tab-separated-values").execute()
    assert tsv.decode() == "Имя\tСумма\r\nИванов, И.\t5\r\n\t10"
    xlsx = load_workbook(io.BytesIO(drive.files().export(fileId=book, mimeType=XLSX).execute()))
    assert [[cell.value for cell in row] for row in xlsx["t"].iter_rows()] == [
        ["Имя", "Сумма"],
        ["Иванов, И.", 5],
        [None, "=B2*2"],
    ]
    assert drive.files().export(fileId=book, mimeType="application/pdf").execute()[:5] == b"%PDF-"


# ---- changes, about, comments, revisions
def test_changes_since_a_token_name_each_file_once(drive_of):
    drive, head = drive_of(TECH), drive_of(HEAD)
    before = new(drive, "before")
    token = drive.changes().getStartPageToken().execute()["startPageToken"]
    after = new(drive, "after")
    drive.files().update(fileId=after, body={"name": "renamed"}).execute()
    drive.files().delete(fileId=before).execute()
    answer = drive.changes().list(pageToken=token).execute()
    assert [(c["fileId"], c["removed"], c.get("file", {}).get("name")) for c in answer["changes"]] == [
        (after, False, "renamed"),
        (before, True, None),
    ]
    assert drive.changes().list(pageToken=answer["newStartPageToken"]).execute()["changes"] == []
    assert all(change["removed"] for change in head.changes().list(pageToken=token).execute()["changes"])


def test_about_needs_fields_and_tells_of_missing_storage(drive_of):
    assert refusal(drive_of(TECH).about().get()) == (
        400,
        "required",
        "The 'fields' parameter is required for this method.",
    )
    about = drive_of(ROBOT).about().get(fields="user(emailAddress),storageQuota(limit)").execute()
    assert about == {"user": {"emailAddress": ROBOT}, "storageQuota": {"limit": "0"}}


def test_comments_and_the_one_revision(drive_of):
    drive = drive_of(TECH)
    book = new(drive)
    assert drive.comments().list(fileId=book, fields="comments").execute() == {"comments": []}
    drive.comments().create(fileId=book, body={"content": "<b>"}, fields="id").execute()
    listed = drive.comments().list(fileId=book, fields="comments(content,htmlContent)").execute()
    assert listed == {"comments": [{"content": "<b>", "htmlContent": "&lt;b&gt;"}]}
    assert len(drive.revisions().list(fileId=book).execute()["revisions"]) == 1


# ---- the bad day as Drive's clients see it
def test_a_lagging_search_misses_young_files_until_time_has_passed(emulator):
    at = [datetime(2026, 10, 5, 12, tzinfo=UTC)]
    token = issue_token(emulator.engine.store, TECH)
    emulator.engine.clock = lambda: at[0]
    headers = {"Authorization": f"Bearer {token}"}
    with requests.Session() as session:
        session.headers.update(headers)
        session.post(emulator.url + "/admin/faults", json={"searchLagSeconds": 60}, timeout=30)
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
        session.post(emulator.url + "/admin/faults", json={"searchLagSeconds": 60}, timeout=30)
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


# ---- gspread
@pytest.fixture
def sheets(emulator):
    """gspread with the key file of a person, as the emulator writes it."""

    def connect(email):
        RedirectedClient.address = emulator.url
        path = key_file(emulator.engine.store, email, f"{emulator.url}/token")
        key = json.loads(path.read_text())
        if key["type"] == "service_account":
            scopes = ["https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive"]
            credentials = ServiceCredentials.from_service_account_info(key, scopes=scopes)
        else:  # google-auth's own reader of such files always asks Google's address for tokens
            names_kept = ("refresh_token", "client_id", "client_secret", "token_uri")
            credentials = Credentials(None, **{name: key[name] for name in names_kept})
        return gspread.Client(credentials, http_client=RedirectedClient)

    return connect


def test_gspread_lists_copies_exports_shares_and_deletes(sheets, drive_of):
    client = sheets(TECH)
    book = new(drive_of(TECH), "Книга")
    assert [file["name"] for file in client.list_spreadsheet_files()] == ["Книга"]
    client.insert_permission(book, HEAD, perm_type="user", role="reader", notify=False)
    assert {p["emailAddress"]: p["role"] for p in client.list_permissions(book)} == {
        TECH: "owner",
        HEAD: "reader",
    }
    grant = next(p["id"] for p in client.list_permissions(book) if p["role"] == "reader")
    client.remove_permission(book, grant)
    assert client.export(book, gspread.utils.ExportFormat.CSV) == b""
    client.del_spreadsheet(book)
    assert client.list_spreadsheet_files() == []


def test_gspread_creates_copies_and_finds_its_spreadsheets_again(sheets):
    client = sheets(TECH)
    book = client.create("Книга")
    book.sheet1.update([["a", 1], ["b", 2.5]])
    twin = client.copy(book.id, title="Копия", copy_comments=True)
    assert twin.sheet1.get_all_values() == [["a", "1"], ["b", "2.5"]]
    assert {found.title for found in client.openall()} == {"Книга", "Копия"}
    assert client.export(book.id, gspread.utils.ExportFormat.CSV) == b"a,1\r\nb,2.5"
    assert client.open("Копия").id == twin.id
    assert datetime.fromisoformat(book.get_lastUpdateTime()).tzinfo is not None
    # gspread hands the owner's grant on too, which Google refuses in the same words.
    with pytest.raises(gspread.exceptions.APIError, match="transferOwnership parameter must be enabled"):
        client.copy(book.id, copy_permissions=True)


def test_gspread_works_within_a_folder(sheets, drive_of):
    client, folder = sheets(TECH), new(drive_of(TECH), "Папка", FOLDER)
    book = client.create("Внутри", folder_id=folder)
    client.create("Снаружи")
    assert [file["id"] for file in client.list_spreadsheet_files(folder_id=folder)] == [book.id]
    assert [file["id"] for file in client.list_spreadsheet_files(title="Внутри")] == [book.id]


def test_an_edit_through_sheets_is_a_change_of_the_file(sheets, drive_of):
    book = sheets(TECH).create("Книга")
    drive = drive_of(TECH)
    token = drive.changes().getStartPageToken().execute()["startPageToken"]
    before = drive.files().get(fileId=book.id, fields="version").execute()["version"]
    book.sheet1.update([["a"]])
    assert [c["fileId"] for c in drive.changes().list(pageToken=token).execute()["changes"]] == [book.id]
    assert int(drive.files().get(fileId=book.id, fields="version").execute()["version"]) > int(before)


def test_a_spreadsheet_made_through_sheets_lies_in_my_drive(drive_of, http):
    book = http(TECH, "POST", "/v4/spreadsheets", json={"properties": {"title": "x"}}).json()["spreadsheetId"]
    drive = drive_of(TECH)
    root = drive.files().get(fileId="root", fields="id").execute()["id"]
    assert drive.files().get(fileId=book, fields="parents").execute() == {"parents": [root]}
    assert names(drive, "'root' in parents") == {"x"}


def test_gspread_imports_a_table_into_a_renamed_tab_with_a_new_id(sheets, drive_of, emulator):
    book = new(drive_of(TECH), "Отчёт")
    sheets(TECH).import_csv(book, "a,1\nb,2026-10-05\n")
    with emulator.engine.store.transaction() as txn:
        (tab,) = txn.document(book).sheets
        assert tab.title == "Отчёт"
        assert tab.sheet_id != 0
        assert tab.grid.rows[0].values == ["a", 1]
        assert tab.grid.rows[1].values == ["b", 46300]


def test_gspread_as_a_service_account_cannot_create(sheets):
    with pytest.raises(gspread.exceptions.APIError, match="storage quota"):
        sheets(ROBOT).http_client.request(
            "post", "https://www.googleapis.com/drive/v3/files", json={"name": "x", "mimeType": SPREADSHEET}
        )
