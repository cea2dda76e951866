"""Files of Drive through Google's own Python client: made, read, moved, trashed, deleted, copied."""

import json
from importlib import resources

import requests
from googleapiclient.http import MediaInMemoryUpload

from tests.contract.emulator.drive.plain_drive import (
    DESCRIPTION,
    FOLDER,
    HEAD,
    SPREADSHEET,
    STRANGER,
    TECH,
    names,
    new,
    refusal,
    share,
)


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
    description = json.loads((resources.files("googleapiclient") / DESCRIPTION).read_text())
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
