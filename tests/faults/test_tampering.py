"""Whoever changes anything of a closed month, with whatever rights, is named by `verify`; nobody else is.

Two months are sealed, the second with a paid and a carried correction. The intruder has full rights on the
database and on the technical account, and in some tests the seal's key. A careful intruder also works out a
row's own digest anew.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kpi_rules.errors import IntegrityError
from kpi_rules.time.periods import CalendarOverride
from ledger import LedgerError, fingerprint, public_key_text, seal
from ledger.records import row_digest
from ledger.tables import APPEND_ONLY, metadata
from operations.access.checking import check_client
from operations.access.repairing import repair_client
from operations.clients.sharing import share_client
from operations.facts.calendars import override_days
from operations.months.closing import close_month
from operations.verifying.verifying import verify_client
from sheets_sync.google.answers import nothing_of
from sheets_sync.ports import SPREADSHEET_TYPE
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    copy_of,
    living,
    seal_september,
    serial,
)

FILES_URL = "https://www.googleapis.com/drive/v3/files"
NOTES = {"layout_notes", "repair_notes"}
"""What upgrades and repairs noted is behind no seal: each row tells by its digest alone."""
HELD_AGAINST_FILES = {"identity", "begun_clients", "turns"}
"""Ids and turns are held against the marks of the files before each write of a month."""
SEALED = [name for name in APPEND_ONLY if name not in NOTES | HELD_AGAINST_FILES | {"adoptions"}]
"""The tables that seals remember; the seals' own ids are tried below. Adoptions are signed by themselves:
tests/unit/ledger/lost, tests/faults/lost."""
COLUMNS = [(name, column.name) for name in SEALED for column in metadata.tables[name].columns]
WITH_DIGEST = [name for name in SEALED if "digest" in metadata.tables[name].c]


@pytest.fixture(scope="module")
def two_months(tmp_path_factory):
    """The folder of a client with September and October sealed."""
    home = tmp_path_factory.mktemp("tampering")
    with copy_of("open", tmp_path_factory.getbasetemp(), home) as life:
        order = CalendarOverride(date(2026, 10, 31), worked=False, weeks=(6,), source="Приказ № 5")
        override_days(SLUG, [order], life.services.ledger, SEPTEMBER_CLOSED_AT, "РОП")
        seal_september(life)
        rows = [
            ["1", "2026-09", "M01", 15_007, "Возврат отменён"],
            ["2", "2026-09", "M02", -250_013, "Двойная запись"],
        ]
        life.enter(HEAD, "corrections", rows)
        life.approve("corrections", 5, 2)
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
        assert life.services.ledger.paid_corrections(SLUG) == {"1", "2"}
    return home


@pytest.fixture
def life(two_months, tmp_path):
    shutil.copytree(two_months, tmp_path, dirs_exist_ok=True)
    with living(tmp_path) as life:
        yield life


@pytest.fixture(scope="module")
def shared(two_months, tmp_path_factory):
    """One life for the many edits of single cells of the ledger, each of them undone."""
    home = tmp_path_factory.mktemp("tampering-cells")
    shutil.copytree(two_months, home, dirs_exist_ok=True)
    with living(home) as life:
        yield life


@contextmanager
def ledger_file(life):
    """The ledger's file with all its guards switched off."""
    with closing(sqlite3.connect(life.services.settings.home / "ledger.sqlite")) as database:
        database.row_factory = sqlite3.Row
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for trigger in triggers:
            database.execute(f"DROP TRIGGER {trigger['name']}")
        yield database
        for trigger in triggers:
            database.execute(trigger["sql"])
        database.commit()


def codes(life):
    return [finding.code for finding in verify_client(SLUG, life.services).findings]


def test_an_untouched_client_raises_no_alarm(life):
    assert verify_client(SLUG, life.services).intact


# ---- the ledger, cell by cell
def other_value(table, column, value):
    """Another value of the same kind; of a record the smallest possible change."""
    if isinstance(value, int):
        return value + 10  # no number of another row
    if value is None:
        return "x"
    if column == "record":
        digit = next((char for char in value if char in "12345678"), None)
        return value.replace(digit, str(int(digit) + 1), 1) if digit else value[:-1] + ',"x":0}'
    if column == "kind":
        return {"plan": "rules"}.get(value, "plan")
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def restore(database, table, row, where):
    sets = ", ".join(f"{name} = ?" for name in row)
    database.execute(f"UPDATE {table} SET {sets} WHERE {where}", list(row.values()))  # noqa: S608  # our own names


def noticed(life):
    """What a verification says of a changed ledger; places and readers are not looked at for each cell."""
    try:
        return [finding.code for finding in verify_client(SLUG, life.services, around=False).findings]
    except LedgerError as error:  # a ledger that cannot be read any more says so in a sentence
        return [f"refused: {error}"]


@pytest.mark.slow
@pytest.mark.parametrize("careful", [False, True], ids=["plain", "with its digest"])
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_cell_of_an_append_only_table_changes_unnoticed(shared, table, column, careful):
    if careful and (table not in WITH_DIGEST or column == "digest"):
        return  # there is no digest to work out anew, or it is the cell itself
    key = [each.name for each in metadata.tables[table].primary_key]
    with ledger_file(shared) as database:
        rows = [dict(row) for row in database.execute(f"SELECT * FROM {table}").fetchall()]  # noqa: S608
    assert rows
    for row in rows:
        changed = {**row, column: other_value(table, column, row[column])}
        if careful:
            changed["digest"] = row_digest(table, {n: v for n, v in changed.items() if n != "digest"})
        where = " AND ".join(f"{name} = {changed[name]!r}" for name in key)
        back = " AND ".join(f"{name} = {row[name]!r}" for name in key)
        with ledger_file(shared) as database:
            restore(database, table, changed, back)
        found = noticed(shared)
        with ledger_file(shared) as database:
            restore(database, table, row, where)
        assert found, f"{table}.{column} of {[row[name] for name in key]} changed unnoticed"
    assert codes(shared) == []


@pytest.mark.slow
@pytest.mark.parametrize("table", SEALED)
def test_no_row_of_an_append_only_table_goes_unnoticed(shared, table):
    with ledger_file(shared) as database:
        rows = [dict(row) for row in database.execute(f"SELECT * FROM {table}").fetchall()]  # noqa: S608
    key = [each.name for each in metadata.tables[table].primary_key]
    for row in rows:
        where = " AND ".join(f"{name} = {row[name]!r}" for name in key)
        with ledger_file(shared) as database:
            database.execute(f"DELETE FROM {table} WHERE {where}")  # noqa: S608
        found = noticed(shared)
        with ledger_file(shared) as database:
            blanks = ", ".join("?" for _ in row)
            database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({blanks})", list(row.values()))  # noqa: S608
        assert found, f"the row {[row[name] for name in key]} of {table} went unnoticed"
    assert codes(shared) == []


def test_a_note_of_an_upgrade_that_was_changed_is_named(life):
    layout = life.client.layout
    life.services.ledger.note_layout(
        SLUG, "begun", layout, ["«Сделки»"], by="консультант", at=OCTOBER_CLOSED_AT
    )
    assert codes(life) == []
    with ledger_file(life) as database:
        database.execute("UPDATE layout_notes SET record = replace(record, 'консультант', 'никто')")
    assert codes(life) == ["ledger_changed"]


@pytest.mark.parametrize(("table", "column"), [("identity", "id"), ("clients", "id")])
def test_an_id_that_is_not_the_one_that_was_sealed_is_named(life, table, column):
    with ledger_file(life) as database:
        database.execute(f"UPDATE {table} SET {column} = ?", ("0" * 32,))  # noqa: S608 - our own names
    assert "ledger_changed" in codes(life)


def test_a_note_of_a_repair_that_was_changed_is_named(life):
    life.services.ledger.note_repair(SLUG, "done", ["access"], by="консультант", at=OCTOBER_CLOSED_AT)
    assert codes(life) == []
    with ledger_file(life) as database:
        database.execute("UPDATE repair_notes SET record = replace(record, 'консультант', 'никто')")
    assert codes(life) == ["ledger_changed"]


THIEF = "thief@x.kz"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("head_email", THIEF),
        ("owner_email", THIEF),
        ("accountant_email", THIEF),
        ("managers", json.dumps([*MANAGERS, THIEF])),
    ],
)
def test_an_account_that_no_command_has_entered_is_named_and_granted_nothing(life, column, value):
    """Past the ledger into the client's row: check and verify name the account, a repair refuses, no file is opened."""
    with ledger_file(life) as database:
        database.execute(f"UPDATE clients SET {column} = ?", (value,))  # noqa: S608 - our own names
    named = [(f.kind, f.code, f.place) for f in check_client(SLUG, life.services).findings]
    assert named == [("access", "people_not_entered", column)]
    [finding] = verify_client(SLUG, life.services).findings
    assert (finding.code, finding.place, THIEF in finding.present) == ("people_not_entered", column, True)
    life.services.creator.drive.grant(life.payroll_id, MANAGERS[0], "reader")
    with pytest.raises(IntegrityError):
        repair_client(SLUG, OCTOBER_CLOSED_AT, life.services, "консультант")
    assert life.services.ledger.repairs(SLUG) == []
    share_client(life.client, life.services)
    drive = life.services.creator.drive
    files = (life.workbook_id, life.payroll_id, life.client.folder_id, life.client.records_folder_id)
    assert THIEF not in {each.get("emailAddress") for file in files for each in drive.permissions(str(file))}


# ---- the chain
def seal_rows(database):
    rows = database.execute("SELECT * FROM seals ORDER BY number").fetchall()
    return {row["number"]: dict(row) for row in rows}


def month_cut_off(database, month, *, states=True):
    """Take everything of a month out of the ledger, as if it had never been."""
    last = database.execute("SELECT number FROM seals WHERE month = ?", (month,)).fetchone()["number"]
    database.execute("DELETE FROM paid_corrections WHERE seal_number = ?", (last,))
    tables = ["seals", "snapshots", "steps", "frozen", "leases"] + ["months"] * states
    for table in tables:
        database.execute(f"DELETE FROM {table} WHERE month = ?", (month,))  # noqa: S608


def test_the_last_month_cut_off_is_named_by_what_its_close_left_behind(life):
    mark = fingerprint(life.services.ledger.seals(SLUG)[1])
    with ledger_file(life) as database:
        month_cut_off(database, "2026-10")
    [finding] = verify_client(SLUG, life.services).findings
    assert (finding.month, finding.code) == ("2026-10", "cut_off")
    assert finding.sealed == f"№ 2 {mark}; «2026-10 KPI — Береке»; «2026-10»"


@pytest.mark.parametrize("left", ["seal", "archive", "payroll"])
def test_each_single_trace_of_a_month_cut_off_is_enough(life, left):
    drive, ledger = life.services.creator.drive, life.services.ledger
    gone = {
        "seal": ledger.step(SLUG, OCTOBER, "record")["file_id"],
        "archive": ledger.step(SLUG, OCTOBER, "archive")["file_id"],
    }
    with ledger_file(life) as database:
        month_cut_off(database, "2026-10")
    for part, file_id in gone.items():
        if part != left:
            life.services.creator.gateway.send("delete", f"{FILES_URL}/{file_id}", "удалить", nothing_of)
    if left != "payroll":
        tab = {"deleteSheet": {"sheetId": sheet_id("payroll", "2026-10")}}
        life.services.creator.gateway.apply(life.payroll_id, [tab])
    assert codes(life) == ["cut_off"]
    assert drive.file(life.payroll_id)


def test_all_months_cut_off_are_named_too(life):
    with ledger_file(life) as database:
        month_cut_off(database, "2026-10")
        month_cut_off(database, "2026-09")
    assert codes(life) == ["cut_off", "cut_off"]


def test_a_close_that_was_cut_off_before_its_seal_is_no_tampering(sealed):
    """Snapshot, archive and payroll tab are there, the seal is not: the next run finishes it."""

    ledger = sealed.services.ledger

    def die_after_the_archive(_kind):
        if ledger.step(SLUG, OCTOBER, "archive"):
            raise KeyboardInterrupt

    sealed.on_call = die_after_the_archive
    with pytest.raises(KeyboardInterrupt):
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    sealed.on_call = lambda _kind: None
    assert sealed.services.ledger.snapshot(SLUG, OCTOBER)
    assert verify_client(SLUG, sealed.services).intact


@pytest.mark.parametrize("number", [1, 2])
def test_a_seal_taken_out_is_named(life, number):
    with ledger_file(life) as database:
        database.execute("DELETE FROM seals WHERE number = ?", (number,))
    found = codes(life)
    assert "ledger_changed" in found
    assert ("chain_number" in found) is (number == 1)


def test_two_seals_in_each_others_place_are_named(life):
    with ledger_file(life) as database:
        first, second = seal_rows(database).values()
        restore(database, "seals", {"number": 77, "month": "x"}, "number = 1")
        restore(database, "seals", {**first, "number": 2}, "number = 2")
        restore(database, "seals", {**second, "number": 1}, "number = 77")
    assert {"chain_digest", "chain_previous"} <= set(codes(life))


def resealed(life, key, change):
    """Both seals made anew by somebody's key over changed records: a chain that is whole in itself."""
    last, rows = None, {}
    for old in life.services.ledger.seals(SLUG):
        record = json.loads(old.record_text)
        change(record)
        last = seal(record, old.number, last, key)
        rows[old.number] = last
    return rows


def write_seals(life, rows):
    with ledger_file(life) as database:
        for number, made in rows.items():
            values = {
                "previous": made.previous, "record": made.record_text, "digest": made.digest,
                "public_key": made.public_key, "signature": made.signature,
            }  # fmt: skip
            restore(database, "seals", values, f"number = {number}")


def raised_score(record):
    record["results"]["employees"][0]["score_percent"] = 99


def test_a_seal_signed_anew_with_another_key_is_named(life):
    write_seals(life, resealed(life, Ed25519PrivateKey.generate(), lambda _record: None))
    assert {"chain_other_key", "record_file_differs"} <= set(codes(life))


def test_a_whole_chain_signed_anew_with_a_new_key_file_is_named_by_the_printed_fingerprints(life):
    """The intruder exchanged the key too: what he cannot exchange unseen are the files that people have."""
    key, old = Ed25519PrivateKey.generate(), life.services.ledger.pinned_keys()[0].public_key
    write_seals(life, resealed(life, key, raised_score))
    with ledger_file(life) as database:
        [(record,)] = database.execute("SELECT record FROM seal_keys").fetchall()
        values = {"number": 1, "record": record.replace(old, public_key_text(key))}
        restore(database, "seal_keys", {**values, "digest": row_digest("seal_keys", values)}, "number = 1")
    found = codes(life)
    assert "chain_other_key" not in found
    assert "record_file_differs" in found
    assert "steps_not_attested" in found
    assert "recount_differs" in found


def test_even_the_holder_of_the_key_does_not_rewrite_a_month_unseen(life):
    """With the true key over a changed record: the sealed record beside the payroll book says otherwise."""
    write_seals(life, resealed(life, life.services.seal_key, lambda record: record.update(closed_by="никто")))
    assert {"record_file_differs", "snapshot_differs"} <= set(codes(life))


# ---- files, rules
@pytest.mark.parametrize("column", ["workbook_id", "payroll_id", "folder_id", "records_folder_id"])
def test_a_file_of_the_client_replaced_by_a_copy_is_named_with_both_ids(life, column):
    drive, ledger = life.services.creator.drive, life.services.ledger
    old = getattr(life.client, column)
    marks = {"tablo_client": SLUG, "tablo_part": "workbook"}
    if column in {"workbook_id", "payroll_id"}:
        new = drive.copy(old, "Копия", [], marks).id
    else:
        new = drive.create("Копия", "application/vnd.google-apps.folder", [], marks).id
    ledger.update_client(SLUG, **{column: new})
    findings = verify_client(SLUG, life.services).findings
    assert ("file_replaced", "«Копия»", old, new) in [
        (f.code, f.place, f.sealed, f.present) for f in findings
    ]


def test_a_workbook_that_lacks_the_mark_of_the_deploy_is_named(life):
    life.services.creator.drive.update(
        life.workbook_id, properties={"tablo_client_id": None, "tablo_client": None}
    )
    assert codes(life) == ["file_replaced"]


def test_an_archive_replaced_by_another_file_is_named(life):
    drive, gateway = life.services.creator.drive, life.services.creator.gateway
    sealed = life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
    forged = drive.create(
        "2026-09 KPI — Береке", SPREADSHEET_TYPE, [life.client.folder_id], drive.file(sealed).properties
    )
    gateway.send("delete", f"{FILES_URL}/{sealed}", "удалить", nothing_of)
    assert codes(life) == ["archive_gone", "double"]
    with ledger_file(life) as database:
        row = dict(
            database.execute("SELECT * FROM steps WHERE month = '2026-09' AND name = 'archive'").fetchone()
        )
        row["record"] = json.dumps({"file_id": forged.id}, separators=(",", ":"))
        row["digest"] = row_digest("steps", {name: row[name] for name in row if name != "digest"})
        restore(database, "steps", row, "month = '2026-09' AND name = 'archive'")
    found = [(f.code, f.place) for f in verify_client(SLUG, life.services).findings]
    assert ("ledger_changed", "steps 2026-09 archive record") in found
    assert "archive_cell" in {code for code, _ in found}


def test_a_changed_rulebook_file_is_named_and_what_it_says_now(life, monkeypatch):
    template = life.services.template("b2b", "ru")
    first, *others = template.rulebook.kpis
    changed = replace(template.rulebook, kpis=(replace(first, cap_fraction=first.cap_fraction * 2), *others))
    monkeypatch.setattr(
        type(life.services), "template_of", lambda *_: replace(template, rulebook=changed), raising=True
    )
    [finding] = verify_client(SLUG, life.services).findings
    assert (finding.code, finding.place) == ("rulebook_file_changed", "b2b/rulebook.toml")
    assert "100" in finding.present
    assert "200" in finding.present


def test_a_new_version_of_the_rulebook_file_is_no_alarm(life, monkeypatch):
    template = life.services.template("b2b", "ru")
    first, *others = template.rulebook.kpis
    newer = replace(
        template.rulebook,
        from_month=OCTOBER.plus(1),
        kpis=(replace(first, cap_fraction=first.cap_fraction * 2), *others),
    )
    monkeypatch.setattr(type(life.services), "template_of", lambda *_: replace(template, rulebook=newer))
    assert verify_client(SLUG, life.services).intact


def test_rules_of_a_closed_month_changed_on_their_tab_are_named(life):
    """«Правила», weights of the first two KPIs: 40 → 50 and 20 → 10."""
    life.enter(HEAD, "rules", [[0.5], [0.1]], row=2, column=6)
    found = [(f.month, f.code, f.place) for f in verify_client(SLUG, life.services).findings]
    assert found == [("2026-09", "rules_changed", "«Правила»"), ("2026-10", "rules_changed", "«Правила»")]


def test_rules_put_in_for_a_closed_month_are_named_and_those_of_a_later_one_are_not(life):
    """The same cards and bands once more, below: first from November on, then from October, which is closed."""
    rows = life.cells(life.workbook_id, "Правила")
    starts = [column for column, header in enumerate(rows[0]) if header == "Действуют с"]
    for month, named in ((NOVEMBER, []), (OCTOBER, ["2026-10"])):
        added = [
            [
                serial(month.first_on) if column in starts and cell else None if cell == "" else cell
                for column, cell in enumerate(row)
            ]
            for row in rows[1:]
        ]
        life.enter(HEAD, "rules", added, row=len(rows) + 1)
        found = verify_client(SLUG, life.services).findings
        assert [(f.month, f.code) for f in found] == [(of, "rules_changed") for of in named]
