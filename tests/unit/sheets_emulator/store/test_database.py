"""What is stored survives, what fails leaves nothing."""

from datetime import UTC, datetime

import pytest

from sheets_emulator.book.defaults import new_document
from sheets_emulator.book.grid import BLOCK_ROWS, CellError
from sheets_emulator.store.database import Store
from sheets_emulator.store.records import FileRecord, PermissionRecord

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
    yield opened
    opened.close()


def again(store):
    """The same folder as another process would see it."""
    return Store(store.folder)


def test_records_come_back_as_they_were(store):
    file = FileRecord("f", "Имя", "text/plain", AT, AT, owner_email="a@b.kz", properties={"k": "v"})
    grant = PermissionRecord("p", "f", "user", "writer", email="c@d.kz")
    with store.transaction() as txn:
        txn.put_file(file)
        txn.put_permission(grant)
        txn.put_blob("f", b"\x00\xff")
    other = again(store)
    with other.transaction() as txn:
        assert txn.file("f") == file
        assert txn.permissions("f") == [grant]
        assert txn.blob("f") == b"\x00\xff"
        txn.delete_file("f")
        assert (txn.file("f"), txn.permissions("f"), txn.blob("f")) == (None, [], None)
    other.close()


def test_a_document_comes_back_cell_by_cell(store):
    document = new_document("ru_RU", "Asia/Almaty")
    grid = document.sheets[0].grid
    values = [1, 2.5, True, "=текст", None, "конец"]
    grid.writable(0).values = list(values)
    grid.enter(600, 2, CellError("#DIV/0!", "DIVIDE_BY_ZERO", "nothing"), "=1/0")
    grid.writable(3).set_style(1, document.styles.number({"note": "да"}))
    with store.transaction() as txn:
        txn.put_document("d", document)
    other = again(store)
    with other.transaction() as txn:
        back = txn.document("d")
    other.close()
    held = back.sheets[0].grid
    assert held.rows[0].values == values
    assert [type(v) for v in held.rows[0].values] == [type(v) for v in values]
    assert held.formula(600, 2) == "=1/0"
    error = held.value(600, 2)
    assert isinstance(error, CellError)
    assert (error, error.type, error.message) == ("#DIV/0!", "DIVIDE_BY_ZERO", "nothing")
    assert back.styles[held.style(3, 1)] == {"note": "да"}
    assert (back.locale, back.time_zone) == ("ru_RU", "Asia/Almaty")


def test_only_the_changed_block_of_rows_is_written(store):
    document = new_document()
    grid = document.sheets[0].grid
    for row in range(3 * BLOCK_ROWS):
        grid.enter(row, 0, row)
    with store.transaction() as txn:
        txn.put_document("d", document)
    with store.transaction() as txn:
        document = txn.document("d")
        document.sheets[0].grid.enter(BLOCK_ROWS + 1, 0, "changed")
        assert [number for number, _ in document.sheets[0].blocks(only_changed=True)] == [1]
        txn.put_document("d", document)


def test_rows_far_below_others_keep_their_place_though_what_is_between_was_never_stored(store):
    with store.transaction() as txn:
        txn.put_document("d", new_document())
    for row, value in ((3, "first"), (4 * BLOCK_ROWS + 7, "far below"), (BLOCK_ROWS + 1, "between")):
        with store.transaction() as txn:
            document = txn.document("d")
            document.sheets[0].grid.enter(row, 2, value)
            txn.put_document("d", document)
        other = again(store)
        with other.reading() as txn:
            held = txn.document("d").sheets[0].grid
            assert held.value(row, 2) == value
            assert held.value(3, 2) == "first"
            assert len(held.rows) == max(row + 1, 4 * BLOCK_ROWS + 8 if value != "first" else 0)
        other.close()


def test_rows_that_are_cut_off_are_gone_from_the_file_too(store):
    document = new_document()
    for row in range(900):
        document.sheets[0].grid.enter(row, 0, row)
    with store.transaction() as txn:
        txn.put_document("d", document)
    with store.transaction() as txn:
        document = txn.document("d")
        document.sheets[0].resize(10, 26)
        txn.put_document("d", document)
    other = again(store)
    with other.transaction() as txn:
        assert [row.values for row in txn.document("d").sheets[0].grid.rows] == [[i] for i in range(10)]
    other.close()


def test_a_transaction_that_fails_leaves_file_and_memory_as_they_were(store):
    with store.transaction() as txn:
        txn.put_document("d", new_document())

    def spoil():
        with store.transaction() as txn:
            document = txn.document("d")
            document.sheets[0].grid.enter(0, 0, "x")
            txn.put_document("d", document)
            txn.put_setting("s", 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spoil()
    with store.transaction() as txn:
        assert txn.document("d").sheets[0].grid.rows == []
        assert txn.setting("s") is None


def test_what_another_process_wrote_is_seen(store):
    with store.transaction() as txn:
        txn.put_document("d", new_document())
        txn.document("d")
    other = again(store)
    with other.transaction() as txn:
        document = txn.document("d")
        document.sheets[0].grid.enter(0, 0, "new")
        txn.put_document("d", document)
    other.close()
    with store.transaction() as txn:
        assert txn.document("d").sheets[0].grid.value(0, 0) == "new"


def test_changes_are_numbered_in_order(store):
    with store.transaction() as txn:
        for name in "abc":
            txn.append_change(name, "file", AT)
        first, *rest = txn.changes()
        assert [change.file_id for change in txn.changes(after=first.number)] == ["b", "c"]
        assert [change.number for change in rest] == [first.number + 1, first.number + 2]
