from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from sheets_emulator.access.permissions import effective, may_share, permission_id_of, rights, role_of
from sheets_emulator.store.database import Store
from sheets_emulator.store.records import (
    FOLDER_MIME,
    SPREADSHEET_MIME,
    AccountRecord,
    DriveRecord,
    FileRecord,
    PermissionRecord,
)

NOW = datetime(2026, 10, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Somebody:
    email: str


@pytest.fixture
def txn(tmp_path):
    store = Store(tmp_path)
    with store.transaction() as txn:
        yield txn
    store.close()


def add(txn, file_id, *, mime=SPREADSHEET_MIME, owner="tech@example.com", parents=(), drive=None, **more):
    record = FileRecord(
        id=file_id, name=file_id, mime_type=mime, created_at=NOW, modified_at=NOW,
        owner_email=None if drive else owner, drive_id=drive, parents=list(parents), **more,
    )  # fmt: skip
    txn.put_file(record)
    return record


def grant(txn, file_id, role, email=None, kind="user", **more):
    permission_id = permission_id_of(txn, kind, email or more.get("domain"))
    txn.put_permission(PermissionRecord(permission_id, file_id, kind, role, email, **more))


def test_the_owner_owns_and_a_stranger_sees_nothing(txn):
    book = add(txn, "book")
    assert role_of(txn, book, Somebody("Tech@Example.com")) == "owner"
    assert role_of(txn, book, Somebody("stranger@example.com")) is None
    assert role_of(txn, book, None) is None


def test_the_strongest_of_several_roles_counts(txn):
    add(txn, "folder", mime=FOLDER_MIME)
    book = add(txn, "book", parents=["folder"])
    grant(txn, "folder", "writer", "head@example.com")
    grant(txn, "book", "reader", "head@example.com")
    assert role_of(txn, book, Somebody("head@example.com")) == "writer"
    assert [(g.role, g.inherited_from) for g in effective(txn, book)] == [
        ("owner", None),
        ("writer", "folder"),
    ]


def test_a_grant_on_a_far_folder_reaches_down_even_through_a_cycle(txn):
    add(txn, "top", mime=FOLDER_MIME, parents=["inner"])
    add(txn, "inner", mime=FOLDER_MIME, parents=["top"])
    book = add(txn, "book", parents=["inner"])
    grant(txn, "top", "commenter", "a@example.com")
    assert role_of(txn, book, Somebody("a@example.com")) == "commenter"


def test_the_owner_of_the_folder_may_edit_what_others_put_there(txn):
    add(txn, "folder", mime=FOLDER_MIME, owner="boss@example.com")
    book = add(txn, "book", parents=["folder"])
    assert role_of(txn, book, Somebody("boss@example.com")) == "writer"


def test_a_link_for_anyone_opens_the_file_to_the_anonymous_too(txn):
    book = add(txn, "book")
    grant(txn, "book", "reader", kind="anyone")
    assert role_of(txn, book, None) == "reader"


def test_a_domain_and_a_group_are_reached_by_their_members_only(txn):
    book = add(txn, "book")
    txn.put_account(
        AccountRecord("team@example.com", "Team", "group", "77", extra={"members": ["A@else.kz"]})
    )
    grant(txn, "book", "writer", "team@example.com", kind="group")
    grant(txn, "book", "reader", kind="domain", domain="firm.kz")
    assert role_of(txn, book, Somebody("a@else.kz")) == "writer"
    assert role_of(txn, book, Somebody("x@firm.kz")) == "reader"
    assert role_of(txn, book, Somebody("x@notfirm.kz")) is None


def test_members_of_a_shared_drive_reach_its_files_and_nobody_owns_them(txn):
    txn.put_drive(DriveRecord("drive", "Clients", NOW))
    grant(txn, "drive", "organizer", "boss@example.com")
    grant(txn, "drive", "reader", "head@example.com")
    add(txn, "folder", mime=FOLDER_MIME, parents=["drive"], drive="drive")
    book = add(txn, "book", parents=["folder"], drive="drive")
    grant(txn, "book", "writer", "head@example.com")
    assert role_of(txn, book, Somebody("boss@example.com")) == "organizer"
    assert role_of(txn, book, Somebody("head@example.com")) == "writer"
    assert "owner" not in {g.role for g in effective(txn, book)}


def test_writers_share_in_my_drive_only_while_the_file_lets_them(txn):
    open_book, shut_book = add(txn, "a"), add(txn, "b", writers_can_share=False)
    assert [may_share(role, open_book) for role in ("owner", "writer", "commenter", None)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert [may_share(role, shut_book) for role in ("owner", "writer")] == [True, False]


def test_folders_of_a_drive_may_be_left_to_organizers(txn):
    drive = DriveRecord("d", "D", NOW, restrictions={"sharingFoldersRequiresOrganizerPermission": True})
    folder = add(txn, "folder", mime=FOLDER_MIME, drive="d")
    assert not may_share("fileOrganizer", folder, drive)
    assert may_share("organizer", folder, drive)
    assert may_share("writer", add(txn, "book", drive="d"), drive)


def test_a_writer_edits_and_renames_but_does_not_trash_delete_or_unlock_what_the_owner_locked(txn):
    lock = {"readOnly": True, "ownerRestricted": True, "type": "globalContentRestriction"}
    book = add(txn, "book")
    free = rights("writer", book)
    assert (free.can_edit, free.can_rename, free.can_trash, free.can_delete) == (True, True, False, False)
    book.content_restrictions = [lock]
    locked = rights("writer", book)
    assert (locked.can_edit, locked.can_rename, locked.can_comment) == (False, False, False)
    assert locked.can_share
    assert not locked.can_modify_content_restriction
    assert rights("owner", book).can_modify_content_restriction
    assert not rights("owner", book).can_edit


def test_readers_copy_and_download_unless_the_file_forbids_it(txn):
    assert rights("reader", add(txn, "a")).can_copy
    held = add(txn, "b", copy_requires_writer_permission=True)
    assert not rights("reader", held).can_copy
    assert not rights("commenter", held).can_download
    assert rights("writer", held).can_download


def test_in_a_shared_drive_only_the_organizer_deletes_for_good(txn):
    drive, book = DriveRecord("d", "D", NOW), add(txn, "book", drive="d")
    assert [rights(r, book, drive).can_trash for r in ("organizer", "fileOrganizer", "writer")] == [
        True, True, False,
    ]  # fmt: skip
    assert [rights(r, book, drive).can_delete for r in ("organizer", "fileOrganizer")] == [True, False]


def test_capabilities_carry_the_names_of_the_api(txn):
    capabilities = rights("reader", add(txn, "a")).as_json()
    assert capabilities["canDownload"] is True
    assert capabilities["canModifyOwnerContentRestriction"] is False
