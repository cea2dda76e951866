import pytest

from sheets_sync.schema.access import (
    AccessChange,
    Accounts,
    FileKind,
    Grant,
    Step,
    difference,
    editors_of,
    file_settings,
    head_and_owner,
    wanted_permissions,
)
from sheets_sync.schema.layout import Editors

ACCOUNTS = Accounts(
    system=("robot@tablo.kz",),
    managers=("Dana@firma.kz", "arman@firma.kz"),
    heads=("rop@firma.kz",),
    accountants=("buh@firma.kz",),
    owners=("boss@firma.kz",),
)
EXPECTED = {
    FileKind.WORKBOOK: {"dana": "writer", "arman": "writer", "rop": "writer", "boss": "reader"},
    FileKind.PAYROLL: {"rop": "writer", "boss": "writer", "buh": "reader"},
    FileKind.ARCHIVE: dict.fromkeys(["dana", "arman", "rop", "buh", "boss"], "reader"),
    FileKind.SEALED_RECORDS: dict.fromkeys(["rop", "buh", "boss"], "reader"),
    FileKind.WITHDRAWN: {"boss": "reader"},
}


@pytest.mark.parametrize("kind", list(FileKind))
def test_each_file_is_open_to_exactly_the_roles_of_the_table(kind):
    granted = {grant.email.split("@")[0]: grant.role for grant in wanted_permissions(kind, ACCOUNTS)}
    assert granted == EXPECTED[kind] | {"robot": "writer"}


def test_with_two_roles_the_stronger_one_counts():
    accounts = Accounts(system=(), heads=("a@x.kz",), owners=("A@x.kz ",))
    assert wanted_permissions(FileKind.WORKBOOK, accounts) == (Grant("a@x.kz", "writer"),)
    assert head_and_owner(accounts) == ("a@x.kz",)
    assert head_and_owner(ACCOUNTS) == ()


def test_nobody_shares_on_and_only_archives_are_closed_to_copying():
    assert all(file_settings(kind)["writersCanShare"] is False for kind in FileKind)
    closed = {kind for kind in FileKind if file_settings(kind)["copyRequiresWriterPermission"]}
    assert closed == {FileKind.ARCHIVE}


def permission(number, role, email=None, kind="user", **more):
    return {
        "id": str(number),
        "type": kind,
        "role": role,
        **({"emailAddress": email} if email else {}),
        **more,
    }


def test_an_untouched_file_needs_no_change():
    present = [permission(1, "owner", "robot@tablo.kz"), permission(2, "writer", "ROP@firma.kz")]
    assert difference(present, [Grant("rop@firma.kz", "writer"), Grant("robot@tablo.kz", "writer")]) == []


def test_missing_people_are_granted_weaker_ones_changed_and_strangers_revoked():
    present = [
        permission(1, "owner", "robot@tablo.kz"),
        permission(2, "reader", "rop@firma.kz"),
        permission(3, "writer", "gone@firma.kz"),
        permission(4, "reader", kind="anyone"),
        permission(5, "reader", kind="domain", domain="firma.kz"),
    ]
    wanted = [Grant("rop@firma.kz", "writer"), Grant("boss@firma.kz", "reader")]
    assert difference(present, wanted) == [
        AccessChange(Step.CHANGE, "rop@firma.kz", "writer", "2"),
        AccessChange(Step.REVOKE, "gone@firma.kz", "writer", "3"),
        AccessChange(Step.REVOKE, "anyone", "reader", "4"),
        AccessChange(Step.REVOKE, "firma.kz", "reader", "5"),
        AccessChange(Step.GRANT, "boss@firma.kz", "reader"),
    ]


def test_too_strong_a_role_is_taken_down():
    present = [permission(1, "writer", "buh@firma.kz")]
    assert difference(present, [Grant("buh@firma.kz", "reader")]) == [
        AccessChange(Step.CHANGE, "buh@firma.kz", "reader", "1")
    ]


def test_a_group_with_the_address_of_a_person_is_no_person():
    present = [permission(1, "reader", "buh@firma.kz", kind="group")]
    assert difference(present, [Grant("buh@firma.kz", "reader")]) == [
        AccessChange(Step.REVOKE, "buh@firma.kz", "reader", "1"),
        AccessChange(Step.GRANT, "buh@firma.kz", "reader"),
    ]


def test_what_a_folder_gives_is_reported_because_the_file_cannot_take_it_away():
    inherited = {"permissionDetails": [{"inherited": True}]}
    present = [
        permission(1, "writer", "dana@firma.kz", **inherited),
        permission(2, "reader", "rop@firma.kz", **inherited),
        permission(3, "organizer", "boss@firma.kz", **inherited),
    ]
    assert difference(present, [Grant("rop@firma.kz", "writer")]) == [
        AccessChange(Step.INHERITED, "dana@firma.kz", "writer", "1"),
        AccessChange(Step.GRANT, "rop@firma.kz", "writer"),
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_an_account_that_stands_there_of_itself_and_by_a_folder_is_counted_once(order):
    inherited = {"permissionDetails": [{"inherited": True}]}
    present = [
        permission(1, "writer", "rop@firma.kz"),
        permission(2, "reader", "rop@firma.kz", **inherited),
        permission(3, "reader", "buh@firma.kz"),
        permission(4, "reader", "buh@firma.kz", **inherited),
    ]
    wanted = [Grant("rop@firma.kz", "writer"), Grant("buh@firma.kz", "reader")]
    assert difference(present[::order], wanted) == []


def test_protected_ranges_always_leave_the_system_in():
    assert editors_of(Editors.STAFF, ACCOUNTS) is None
    assert editors_of(Editors.HEAD, ACCOUNTS) == ("robot@tablo.kz", "rop@firma.kz")
    assert editors_of(Editors.OWNER, ACCOUNTS) == ("robot@tablo.kz", "boss@firma.kz")
    assert editors_of(Editors.SYSTEM, ACCOUNTS) == ("robot@tablo.kz",)
