"""`kpi month restore`: whatever became of a closed month's files, they are made anew from the seal (behaviour §7)."""

import sqlite3
import sys
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from cli import app
from cli.showing import output
from kpi_rules.errors import ClientUnavailableError, IntegrityError, RefusedError
from operations.access.checking import check_client
from operations.access.wanted import folders_around
from operations.months.closing import close_month
from operations.restoring.restoring import State, restore_month
from operations.seals import snapshots
from operations.verifying.verifying import verify_client
from sheets_sync.ports import Sought
from tests.contract.client_life import (
    ACCOUNTANT,
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OWNER,
    SEPTEMBER,
    SLUG,
)
from tests.faults.seen.acts import BOSS, deleted, ids, patched
from tests.faults.seen.closed_looks import PAID, SHOWN, on_archive, on_payroll

BY_NAME = {shown.what: shown for shown in SHOWN}
FILES = ("archive", "payroll", "record")


def restore(life, **options):
    return restore_month(SLUG, SEPTEMBER, OCTOBER_CLOSED_AT, life.services, "консультант", **options)


def withdrawn_folder(life):
    return folders_around(life.client, life.services)[1]


def present_archive(life):
    return life.services.ledger.close_file(SLUG, SEPTEMBER, "archive")


def states(restored):
    return dict(restored.states)


def record_overwritten(life, _who, place):
    url = f"https://www.googleapis.com/upload/drive/v3/files/{place}"
    gateway = life.services.creator.gateway
    gateway.send(
        "patch", url, "изменить", lambda _answer: None,
        params={"uploadType": "media"}, data=b"{}", headers={"Content-Type": "application/json"},
    )  # fmt: skip


def tab_deleted(life, _who, place):
    life.services.creator.gateway.apply(place, [{"deleteSheet": {"sheetId": PAID}}])


HAPPENED = {
    "archive spoilt: content": ("archive", on_archive(BY_NAME["a number typed over"]), State.SPOILT),
    "archive spoilt: look": ("archive", on_archive(BY_NAME["white on white"]), State.SPOILT),
    "archive binned": ("archive", patched(trashed=True), State.IN_BIN),
    "archive lost": ("archive", deleted, State.GONE),
    "payroll spoilt: content": ("payroll", on_payroll(BY_NAME["a number typed over"]), State.SPOILT),
    "payroll spoilt: look": (
        "payroll",
        on_payroll(BY_NAME["a sum painted over the number"]),
        State.SPOILT,
    ),
    "payroll binned": ("payroll", patched(trashed=True), State.IN_BIN),
    "payroll lost": ("payroll", tab_deleted, State.GONE),
    "record spoilt": ("record", record_overwritten, State.SPOILT),
    "record binned": ("record", patched(trashed=True), State.IN_BIN),
    "record lost": ("record", deleted, State.GONE),
}


@pytest.mark.parametrize("what", HAPPENED)
def test_each_file_is_made_anew_with_the_same_fingerprint(sealed, what):
    life = sealed
    file, act, state = HAPPENED[what]
    [before] = verify_client(SLUG, life.services).months
    act(life, BOSS, ids(life)[file])
    assert not verify_client(SLUG, life.services).intact
    whole = dict.fromkeys(FILES, State.WHOLE)

    told = restore(life, dry_run=True)
    assert states(told) == {**whole, file: state}
    assert not verify_client(SLUG, life.services).intact

    assert states(restore(life)) == {**whole, file: state}
    after = verify_client(SLUG, life.services)
    assert after.findings == ()
    assert after.intact
    assert [month.fingerprint for month in after.months] == [before.fingerprint]
    assert [note.event for note in life.services.ledger.repairs(SLUG)] == ["begun", "done"]

    assert restore(life).is_whole
    assert len(life.services.ledger.repairs(SLUG)) == 2


def test_the_spoilt_one_is_kept_where_nobody_but_the_owner_sees_it(sealed):
    life = sealed
    spoilt = present_archive(life)
    on_archive(BY_NAME["a number typed over"])(life, BOSS, spoilt)
    on_payroll(BY_NAME["a note on a sum"])(life, BOSS, life.payroll_id)
    restore(life)

    assert present_archive(life) != spoilt
    drive, folder_id = life.services.creator.drive, withdrawn_folder(life)
    folder = drive.file(folder_id)
    assert folder.name == "Изъято"
    assert drive.file(spoilt).parents == (folder_id,)
    aside = drive.find(Sought(parent=folder_id))
    assert len(aside) == 2
    for file in aside:
        assert life.as_person(OWNER).drive.file(file.id).name == file.name
        for person in (*MANAGERS, HEAD, ACCOUNTANT):
            with pytest.raises(ClientUnavailableError):
                life.as_person(person).drive.file(file.id)
    for person in (*MANAGERS, HEAD, OWNER, ACCOUNTANT):
        assert life.as_person(person).drive.file(present_archive(life)).read_only
    assert check_client(SLUG, life.services).findings == ()


def test_a_restored_client_closes_on(sealed):
    life = sealed
    deleted(life, BOSS, ids(life)["archive"])
    on_payroll(BY_NAME["merged cells"])(life, BOSS, life.payroll_id)
    restore(life)
    restored = present_archive(life)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    assert not life.services.creator.drive.file(restored).trashed
    assert verify_client(SLUG, life.services).intact


def test_all_at_once(sealed):
    life = sealed
    files = ids(life)
    deleted(life, BOSS, files["archive"])
    deleted(life, BOSS, files["record"])
    tab_deleted(life, BOSS, files["payroll"])
    assert states(restore(life)) == dict.fromkeys(FILES, State.GONE)
    assert verify_client(SLUG, life.services).intact


def test_what_a_later_program_draws_otherwise_holds_the_attested_cells_and_is_signed(sealed, monkeypatch):
    life, drawn = sealed, snapshots.payroll_tab
    before = life.cells(life.payroll_id, "2026-09")

    def drawn_later(*given, **named):
        tab = drawn(*given, **named)
        [title, *others], *rows = tab.wanted.rows
        wanted = replace(tab.wanted, rows=((replace(title, value="По-новому"), *others), *rows))
        return replace(tab, color="#aa0000", wanted=wanted)

    tab_deleted(life, BOSS, life.payroll_id)
    monkeypatch.setattr(snapshots, "payroll_tab", drawn_later)
    restore(life)
    assert life.cells(life.payroll_id, "2026-09") == before
    step = life.services.ledger.restored_steps(SLUG, SEPTEMBER, "payroll")[-1]
    assert "#aa0000" in str(step["looks"])
    assert verify_client(SLUG, life.services).intact
    on_payroll(BY_NAME["another colour of the tab"])(life, BOSS, life.payroll_id)
    [finding] = verify_client(SLUG, life.services).findings
    assert (finding.code, finding.sealed) == ("look_tab_color_style", "#aa0000")


def test_the_command_says_what_it_met_and_what_it_did(sealed, monkeypatch, capsys):
    life = sealed
    deleted(life, BOSS, ids(life)["record"])
    monkeypatch.setenv("KPI_HOME", str(life.services.settings.home))

    def said(*options):
        monkeypatch.setattr(sys, "argv", ["kpi", "month", "restore", SLUG, "2026-09", *options])
        monkeypatch.setattr(output, "console", output.Console(width=200))
        with suppress(SystemExit):
            app.main()
        return capsys.readouterr().out

    assert "Запись с печатью: нет на месте" in said("--dry-run")
    assert not verify_client(SLUG, life.services).intact
    assert "отпечаток прежний" in said("--by", "Ержан")
    assert verify_client(SLUG, life.services).intact
    assert life.services.ledger.repairs(SLUG)[-1].by == "Ержан"
    assert "восстанавливать нечего" in said()


def test_a_month_without_a_seal_is_refused(sealed):
    with pytest.raises(RefusedError) as refused:
        restore_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "консультант")
    assert refused.value.code == "restore_not_sealed"


def test_nothing_is_made_from_a_seal_that_does_not_hold(sealed):
    """Somebody has rewritten the sealed record in the ledger's file."""
    life = sealed
    deleted(life, BOSS, ids(life)["archive"])
    with closing(sqlite3.connect(life.services.settings.home / "ledger.sqlite")) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for [name] in triggers:
            database.execute(f"DROP TRIGGER {name}")
        changed = database.execute("UPDATE seals SET record = replace(record, '84000000', '94000000')")
        assert changed.rowcount == 1
        database.commit()
    with pytest.raises(IntegrityError) as refused:
        restore(life)
    assert refused.value.code == "restore_seal_broken"
    assert life.services.ledger.repairs(SLUG) == []
