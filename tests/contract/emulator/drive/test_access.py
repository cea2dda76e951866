"""Who has access: grants, owners, locks, service accounts, shared drives."""

import requests

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.server import serve
from tests.contract.emulator.drive.plain_drive import (
    FOLDER,
    HEAD,
    ROBOT,
    SPREADSHEET,
    STRANGER,
    TECH,
    names,
    new,
    refusal,
    share,
)


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
