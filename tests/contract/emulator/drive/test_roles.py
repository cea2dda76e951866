"""Each role against each action, in My Drive and in a shared drive: taken, or refused in Google's words.

Source of who may what: Drive API guides 'Roles and permissions' and 'Shared drives', Sheets' own refusals.
"""

import pytest

from sheets_emulator.access.accounts import ensure_account

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
INSUFFICIENT = (
    403,
    "insufficientFilePermissions",
    "The user does not have sufficient permissions for this file.",
)
NOT_COPIED = (403, "cannotCopyFile", "This file cannot be copied by the user.")
NOT_EXPORTED = (403, "cannotExportFile", "This file cannot be exported by the user.")
NO_PERMISSION = (403, "PERMISSION_DENIED", "The caller does not have permission")
UNKNOWN = (404, "notFound", "File not found: ID.")
GRANT = {"type": "user", "role": "reader", "emailAddress": "new@firm.kz"}
LOCK = {"contentRestrictions": [{"readOnly": True}]}
# Action → verb, path, body, the refusal, the roles of My Drive and of a shared drive that may.
MINE, DRIVES = (
    ("reader", "commenter", "writer", "owner"),
    ("reader", "commenter", "writer", "fileOrganizer", "organizer"),
)
ACTIONS = {
    "see": ("GET", "/drive/v3/files/ID", None, INSUFFICIENT, MINE, DRIVES),
    "read": ("GET", "/v4/spreadsheets/ID/values/A1", None, NO_PERMISSION, MINE, DRIVES),
    "export": ("GET", "/drive/v3/files/ID/export?mimeType=text/csv", None, NOT_EXPORTED, MINE, DRIVES),
    "comment": (
        "POST", "/drive/v3/files/ID/comments?fields=id", {"content": "?"}, INSUFFICIENT, MINE[1:], DRIVES[1:]
    ),
    "write": (
        "PUT", "/v4/spreadsheets/ID/values/A1?valueInputOption=RAW", {"values": [[1]]}, NO_PERMISSION, MINE[2:], DRIVES[2:]
    ),
    "batch": ("POST", "/v4/spreadsheets/ID:batchUpdate", {"requests": [{"addSheet": {}}]}, NO_PERMISSION, MINE[2:], DRIVES[2:]),
    "rename": ("PATCH", "/drive/v3/files/ID", {"name": "Новое"}, INSUFFICIENT, MINE[2:], DRIVES[2:]),
    "revisions": ("GET", "/drive/v3/files/ID/revisions", None, INSUFFICIENT, MINE[2:], DRIVES[2:]),
    "list grants": ("GET", "/drive/v3/files/ID/permissions", None, INSUFFICIENT, MINE[2:], DRIVES[2:]),
    "share": ("POST", "/drive/v3/files/ID/permissions", GRANT, INSUFFICIENT, MINE[2:], DRIVES[2:]),
    "forbid copies": (
        "PATCH", "/drive/v3/files/ID", {"copyRequiresWriterPermission": True}, INSUFFICIENT, MINE[2:], DRIVES[2:]
    ),
    "lock": ("PATCH", "/drive/v3/files/ID", LOCK, INSUFFICIENT, MINE[2:], DRIVES[2:]),
    "trash": ("PATCH", "/drive/v3/files/ID", {"trashed": True}, INSUFFICIENT, MINE[3:], DRIVES[3:]),
    "delete": ("DELETE", "/drive/v3/files/ID", None, INSUFFICIENT, MINE[3:], DRIVES[4:]),
}  # fmt: skip


@pytest.fixture
def shared(google):
    """Makes a spreadsheet on which an account has a role; (its id, the account's key in `google.accounts`)."""
    drives = {}

    def make(role, *, in_drive):
        email = google.accounts[role] = f"{role}-{google.accounts['owner'].partition('-')[2]}"
        ensure_account(google.emulator.engine.store, email)
        body = {"name": "Книга", "mimeType": SPREADSHEET}
        grant = {"type": "user", "role": role, "emailAddress": email}
        if in_drive:
            if role not in drives:
                query = f"/drive/v3/drives?requestId={google.accounts['owner']}{role}"
                drives[role] = google.call("owner", "POST", query, json={"name": "Продажи"}).json()["id"]
                path = f"/drive/v3/files/{drives[role]}/permissions?supportsAllDrives=true"
                google.call("owner", "POST", path, json=grant).raise_for_status()
            body["parents"] = [drives[role]]
        book = google.call("owner", "POST", "/drive/v3/files?supportsAllDrives=true", json=body).json()["id"]
        if not in_drive and role != "owner":
            google.call("owner", "POST", f"/drive/v3/files/{book}/permissions", json=grant).raise_for_status()
        return book

    return make


def attempt(google, role, book, action):
    """None where it was taken, else (status, reason, message)."""
    verb, path, body = ACTIONS[action][:3]
    path = path.replace("ID", book)
    if path.startswith("/drive/"):
        path += ("&" if "?" in path else "?") + "supportsAllDrives=true"
        if any(word in path for word in ("/export", "/comments", "/revisions")):
            path = path.removesuffix("supportsAllDrives=true").rstrip("?&")
    answer = google.call(role, verb, path, **({} if body is None else {"json": body}))
    if answer.ok:
        return None
    error = answer.json()["error"]
    reason = error["errors"][0]["reason"] if "errors" in error else error["status"]
    return error["code"], reason, error["message"].replace(book, "ID")


@pytest.mark.parametrize("role", MINE)
def test_a_role_in_my_drive_may_what_google_lets_it(google, shared, role):
    found = {action: attempt(google, role, shared(role, in_drive=False), action) for action in ACTIONS}
    assert found == {
        name: None if role in mine else refusal for name, (*_, refusal, mine, _) in ACTIONS.items()
    }


@pytest.mark.parametrize("role", DRIVES)
def test_a_role_in_a_shared_drive_may_what_google_lets_it(google, shared, role):
    found = {action: attempt(google, role, shared(role, in_drive=True), action) for action in ACTIONS}
    assert found == {
        name: None if role in drives else refusal for name, (*_, refusal, _, drives) in ACTIONS.items()
    }


@pytest.mark.parametrize("in_drive", [False, True])
def test_to_a_stranger_a_file_is_not_there(google, shared, in_drive):
    book = shared("organizer" if in_drive else "owner", in_drive=in_drive)
    found = {action: attempt(google, "manager", book, action) for action in ACTIONS}
    sheets = {"read": NO_PERMISSION, "write": NO_PERMISSION, "batch": NO_PERMISSION}
    assert found == {action: sheets.get(action, UNKNOWN) for action in ACTIONS}


def test_a_reader_of_what_may_not_be_copied_neither_copies_nor_exports(google, shared):
    book = shared("reader", in_drive=False)
    google.call("owner", "PATCH", f"/drive/v3/files/{book}", json={"copyRequiresWriterPermission": True})
    assert attempt(google, "reader", book, "export") == NOT_EXPORTED
    answer = google.call("reader", "POST", f"/drive/v3/files/{book}/copy", json={})
    error = answer.json()["error"]
    assert (error["code"], error["errors"][0]["reason"], error["message"]) == NOT_COPIED


def test_a_locked_file_is_changed_by_nobody_and_unlocked_by_writers_unless_the_owner_locked_it(
    google, shared
):
    book = shared("writer", in_drive=False)
    google.call("owner", "PATCH", f"/drive/v3/files/{book}", json=LOCK).raise_for_status()
    for role in ("writer", "owner"):
        assert attempt(google, role, book, "write") is not None
        assert attempt(google, role, book, "rename") == INSUFFICIENT
    free = {"contentRestrictions": [{"readOnly": False}]}
    assert google.call("writer", "PATCH", f"/drive/v3/files/{book}", json=free).ok
    own = {"contentRestrictions": [{"readOnly": True, "ownerRestricted": True}]}
    google.call("owner", "PATCH", f"/drive/v3/files/{book}", json=own).raise_for_status()
    assert google.call("writer", "PATCH", f"/drive/v3/files/{book}", json=free).status_code == 403
    assert google.call("owner", "PATCH", f"/drive/v3/files/{book}", json=free).ok
    assert attempt(google, "writer", book, "write") is None
