"""Readers see one moment, writers of one spreadsheet take turns and hold nobody else up."""

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sheets_emulator.book.defaults import new_document
from sheets_emulator.store.books import Books
from sheets_emulator.store.database import Store
from sheets_emulator.store.records import FileRecord

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
WAIT_SECONDS = 20


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
    with opened.transaction() as txn:
        for name in ("a", "b"):
            txn.put_file(FileRecord(name, name.upper(), "sheet", AT, AT, owner_email="o@firm.kz"))
            txn.put_document(name, new_document())
    yield opened
    opened.close()


def entering(name, value, row=0):
    """Work that puts a value into both corners of a spreadsheet and counts the file's version up."""

    def work(txn):
        file, document = txn.file(name), txn.document(name)
        document.sheets[0].grid.enter(row, 0, value)
        document.sheets[0].grid.enter(row + 600, 3, value)
        txn.put_document(name, document)
        txn.put_file(replace(file, version=file.version + 1))

    return work


def corners(txn, name):
    grid = txn.document(name).sheets[0].grid
    return grid.value(0, 0), grid.value(600, 3), txn.file(name).version


def test_a_reader_goes_on_seeing_its_moment_while_a_writer_ends(store):
    store.edit("a", entering("a", "before"))
    with store.reading() as txn:
        assert txn.file("a").version == 2
        store.edit("a", entering("a", "after"))
        assert corners(txn, "a") == ("before", "before", 2)
    with store.reading() as txn:
        assert corners(txn, "a") == ("after", "after", 3)


def test_a_book_that_a_reader_holds_is_not_changed_by_a_writer(store):
    store.edit("a", entering("a", "before"))
    with store.reading() as txn:
        held = txn.document("a")
    store.edit("a", entering("a", "after"))
    assert held.sheets[0].grid.value(0, 0) == "before"


def test_a_writer_at_work_holds_up_no_reader_and_no_other_writer(store):
    begun, let_go = threading.Event(), threading.Event()

    def slowly(txn):
        entering("a", "late")(txn)
        begun.set()
        assert let_go.wait(WAIT_SECONDS)

    with ThreadPoolExecutor(2) as people:
        slow = people.submit(store.edit, "a", slowly)
        assert begun.wait(WAIT_SECONDS)
        with store.reading() as txn:
            assert corners(txn, "a") == (None, None, 1)
        people.submit(store.edit, "b", entering("b", "soon")).result(WAIT_SECONDS)
        with store.transaction() as txn:  # Drive's writing, from this thread
            txn.put_setting("s", 1)
        assert not slow.done()
        let_go.set()
        slow.result(WAIT_SECONDS)
    with store.reading() as txn:
        assert (corners(txn, "a"), corners(txn, "b")) == (("late", "late", 2), ("soon", "soon", 2))


def test_writers_of_one_spreadsheet_lose_nothing(store):
    def count(txn):
        document = txn.document("a")
        grid = document.sheets[0].grid
        grid.enter(0, 0, (grid.value(0, 0) or 0) + 1)
        txn.put_document("a", document)

    with ThreadPoolExecutor(6) as people:
        for done in [people.submit(store.edit, "a", count) for _ in range(60)]:
            done.result(WAIT_SECONDS)
    with store.reading() as txn:
        assert txn.document("a").sheets[0].grid.value(0, 0) == 60


@pytest.mark.parametrize("meddling", [1, 2, 3])
def test_work_is_done_again_where_what_it_read_was_changed_beneath_it(store, meddling):
    tries = []

    def work(txn):
        file = txn.file("a")
        if len(tries) < meddling:
            with store.transaction() as other:
                other.put_file(replace(file, name=f"renamed {len(tries)}"))
        tries.append(file.name)
        entering("a", len(tries))(txn)

    store.edit("a", work)
    assert len(tries) == meddling + 1  # after three tries everybody else is held up
    with store.reading() as txn:
        assert corners(txn, "a") == (len(tries), len(tries), 2)
        assert txn.file("a").name == f"renamed {meddling - 1}"  # neither change is lost


def test_another_process_that_writes_the_same_spreadsheet_is_noticed(store):
    other, tries = Store(store.folder), []

    def work(txn):
        document = txn.document("a")
        if not tries:
            other.edit("a", entering("a", "theirs", row=1))
        tries.append(document.sheets[0].grid.value(1, 0))
        document.sheets[0].grid.enter(0, 0, "ours")
        txn.put_document("a", document)

    store.edit("a", work)
    other.close()
    assert tries == [None, "theirs"]
    with store.reading() as txn:
        grid = txn.document("a").sheets[0].grid
        assert (grid.value(0, 0), grid.value(1, 0)) == ("ours", "theirs")


def test_work_that_fails_leaves_file_and_memory_as_they_were(store):
    def fail(txn):
        entering("a", "never")(txn)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.edit("a", fail)
    for opened in (store, Store(store.folder)):
        with opened.reading() as txn:
            assert corners(txn, "a") == (None, None, 1)
        if opened is not store:
            opened.close()
    store.edit("a", entering("a", "next"))  # nothing is left locked
    with store.reading() as txn:
        assert corners(txn, "a") == ("next", "next", 2)


def test_what_only_reads_cannot_write(store):
    with store.reading() as txn, pytest.raises(sqlite3.OperationalError, match="readonly"):
        txn.put_setting("s", 1)


def test_a_copy_is_what_is_stored_and_goes_its_own_way(store):
    store.edit("a", entering("a", "first"))
    with store.transaction() as txn:
        txn.put_file(FileRecord("c", "C", "sheet", AT, AT))
        txn.copy_document("a", "c", lambda document: document.properties.update(locale="kk_KZ"))
    store.edit("a", entering("a", "second"))
    with store.reading() as txn:
        copied = txn.document("c")
        assert (copied.locale, txn.document("a").locale) == ("kk_KZ", "en_US")
        assert corners(txn, "c") == ("first", "first", 1)
    with store.reading() as txn, pytest.raises(KeyError):
        txn.document("none")
    with store.transaction() as txn, pytest.raises(KeyError):
        txn.copy_document("none", "d", lambda _: None)


def test_books_used_last_are_kept_and_an_older_content_is_none():
    books = Books(most_cells=100_000, most_books=2)
    first, second, third = new_document(), new_document(), new_document()
    books.put("1", 10, first)
    books.put("2", 20, second)
    assert books.get("1", 10) is first
    assert books.get("1", 11) is None
    books.put("3", 30, third)
    assert [books.get("1", 10), books.get("2", 20), books.get("3", 30)] == [first, None, third]
    large = new_document()
    large.sheets[0].grid.enter(9_999, 0, "x")  # 10,000 rows of 26 columns
    books.put("4", 40, large)
    assert [books.get("1", 10), books.get("3", 30), books.get("4", 40)] == [None, None, large]


def test_files_are_looked_up_by_what_they_are_called_where_they_lie_and_what_they_bear(store):
    marks = {"appPropertiesOf": {"robot@firm.kz": {"client": "c1"}}}
    file = FileRecord("f", "Отчёт", "text/plain", AT, AT, parents=["p"], properties={"k": "v"}, extra=marks)
    with store.transaction() as txn:
        txn.put_file(file)
        for number in range(40):
            txn.put_file(FileRecord(f"many{number}", "Отчёт", "text/plain", AT, AT, owner_email="x@firm.kz"))

        def ids(*traits):
            return [one.id for one in txn.files_with(traits)]

        assert ids(("parent", "p")) == ["f"]
        assert ids(("name", "отчёт"), ("appProperty", json.dumps(["robot@firm.kz", "client", "c1"]))) == ["f"]
        assert ids(("property", json.dumps(["k", "v"]))) == ["f"]
        assert len(ids(("name", "отчёт"))) == 41
        assert len(ids()) == 43
        assert ids(("parent", "elsewhere")) == []
        txn.put_file(replace(file, parents=["q"], name="Other"))
        assert (ids(("parent", "p")), ids(("parent", "q")), ids(("name", "other"))) == ([], ["f"], ["f"])
        txn.delete_file("f")
        assert ids(("parent", "q")) == []


def test_a_folder_of_an_older_program_is_read_and_looked_up(tmp_path):
    old = sqlite3.connect(tmp_path / "emulator.db")
    old.executescript(
        "CREATE TABLE files (id TEXT PRIMARY KEY, data TEXT NOT NULL);"
        "CREATE TABLE documents (file_id TEXT PRIMARY KEY, meta BLOB NOT NULL);"
    )
    record = FileRecord("a", "Старый", "sheet", AT, AT, parents=["p"])
    old.execute("INSERT INTO files VALUES (?, ?)", ("a", json.dumps(record.as_json())))
    meta = json.dumps(new_document("ru_RU").meta())
    old.execute("INSERT INTO documents VALUES (?, ?)", ("a", meta.encode()))
    old.commit()
    old.close()
    for version in (1, 2):  # a second start finds everything done
        store = Store(tmp_path)
        with store.reading() as txn:
            assert list(txn.files_with([("parent", "p")])) == [replace(record, version=version)]
            assert txn.document("a").locale == "ru_RU"
        store.edit("a", entering("a", "new"))
        store.close()
