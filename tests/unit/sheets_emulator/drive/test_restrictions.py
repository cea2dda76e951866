import pytest

from sheets_emulator.access.permissions import Rights
from sheets_emulator.drive.restrictions import changed
from sheets_emulator.wire.errors import ApiError

OWNER = Rights(can_modify_content_restriction=True, can_modify_owner_content_restriction=True)
WRITER = Rights(can_modify_content_restriction=True)
READER = Rights()
AT = "2026-10-05T12:00:00.000Z"
OWNERS_LOCK = [{"readOnly": True, "type": "globalContentRestriction", "ownerRestricted": True}]


def test_a_writer_locks_and_unlocks():
    locked = changed([], [{"readOnly": True, "reason": "Сверка"}], WRITER, "w@firm.kz", AT)
    assert locked == [
        {
            "readOnly": True,
            "type": "globalContentRestriction",
            "restrictingUser": "w@firm.kz",
            "restrictionTime": AT,
            "reason": "Сверка",
            "ownerRestricted": False,
        }
    ]
    assert changed(locked, [{"readOnly": False}], WRITER, "w@firm.kz", AT) == []


def test_the_owners_lock_is_the_owners_alone():
    for now, wanted in (
        ([], [{"readOnly": True, "ownerRestricted": True}]),
        (OWNERS_LOCK, [{"readOnly": False}]),
    ):
        with pytest.raises(ApiError) as caught:
            changed(now, wanted, WRITER, "w@firm.kz", AT)
        assert caught.value.code == 403
    assert changed(OWNERS_LOCK, [{"readOnly": False}], OWNER, "o@firm.kz", AT) == []


def test_a_reader_locks_nothing():
    with pytest.raises(ApiError):
        changed([], [{"readOnly": True}], READER, "r@firm.kz", AT)


def test_an_empty_list_changes_nothing():
    assert changed(OWNERS_LOCK, [], WRITER, "w@firm.kz", AT) == OWNERS_LOCK


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        ["x"],
        [{"readOnly": "yes"}],
        [{"readOnly": True}, {"readOnly": True}],
        [{"readOnly": False, "reason": "x"}],
        [{"readOnly": True, "type": "other"}],
        [{"readOnly": True, "nonsense": 1}],
    ],
)
def test_a_malformed_restriction_is_refused(wanted):
    with pytest.raises(ApiError) as caught:
        changed([], wanted, OWNER, "o@firm.kz", AT)
    assert caught.value.code == 400
