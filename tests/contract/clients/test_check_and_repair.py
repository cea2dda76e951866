"""What a look at a client's files tells, what a repair does and notes, and what only somebody else can mend."""

from dataclasses import replace

import pytest

from kpi_rules.errors import IntegrityError
from ledger.records import LedgerFault
from operations.access.checking import check_client
from operations.access.repairing import repair_client
from operations.clients.deploy import deploy_client
from operations.verifying.verifying import verify_client
from operations.world.local import SYSTEM_EMAIL
from sheets_sync.ports import FOLDER_TYPE
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import DEPLOYED_AT, HEAD, MANAGERS, OCTOBER_CLOSED_AT, SLUG, new_client
from tests.faults.seen.acts import ids

MANAGER, SHARED = MANAGERS[0], "shared"


def repaired(life, **how):
    return repair_client(SLUG, OCTOBER_CLOSED_AT, life.services, "консультант", **how)


def shared(life):
    life.services.creator.drive.grant(life.payroll_id, MANAGER, "reader")


def inside(life):
    """All cells that people entered, formulas as entered."""
    found = {}
    for book in ("workbook", "payroll"):
        file_id = life.workbook_id if book == "workbook" else life.payroll_id
        for tab in life.book(book).inputs():
            [read] = life.services.creator.gateway.read(file_id, [f"'{tab.title}'"], formulas=True)
            found[book, tab.key] = read.rows
    return found


def test_a_finding_names_file_account_and_role_with_what_was_set(sealed):
    shared(sealed)
    [finding] = check_client(SLUG, sealed.services).findings
    assert (finding.kind, finding.code) == ("access", "access_extra")
    assert (finding.place, finding.sealed, finding.present) == (
        "«Ведомость — Береке»",
        "",
        f"{MANAGER}: reader",
    )


def test_a_look_counts_every_file_and_folder_once(sealed):
    assert check_client(SLUG, sealed.services).files == len(ids(sealed))


def test_a_repair_notes_what_it_will_do_and_how_it_ended(sealed):
    shared(sealed)
    [done] = repaired(sealed).done
    begun, ended = sealed.services.ledger.repairs(SLUG)
    assert (begun.event, ended.event, ended.by) == ("begun", "done", "консультант")
    assert begun.what == ended.what == (f"access access_extra «Ведомость — Береке» {MANAGER}: reader",)
    assert done.code == "access_extra"
    assert repaired(sealed).done == ()
    assert len(sealed.services.ledger.repairs(SLUG)) == 2, "where nothing is wrong nothing is noted"


def test_a_repair_that_is_only_tried_writes_and_notes_nothing(sealed):
    shared(sealed)
    assert [each.code for each in repaired(sealed, dry_run=True).done] == ["access_extra"]
    assert [each.code for each in check_client(SLUG, sealed.services).findings] == ["access_extra"]
    assert sealed.services.ledger.repairs(SLUG) == []


def test_a_repair_writes_no_cell_that_people_entered(sealed):
    before = inside(sealed)
    gateway = sealed.services.creator.gateway
    change = {"properties": {"locale": "en_US", "timeZone": "Europe/Berlin"}, "fields": "locale,timeZone"}
    gone = [{"deleteSheet": {"sheetId": sheet_id("workbook", key)}} for key in ("scoreboard", "analysis")]
    gateway.apply(sealed.workbook_id, [{"updateSpreadsheetProperties": change}, *gone])
    codes = {each.code for each in repaired(sealed).done}
    assert codes == {"locale_changed", "time_zone_changed", "tab_gone"}
    assert inside(sealed) == before
    assert verify_client(SLUG, sealed.services).intact


def test_a_repair_that_is_cut_off_is_finished_by_the_next(sealed):
    shared(sealed)
    sealed.services.creator.drive.update(sealed.workbook_id, name="Другое")

    def die(kind):
        if len(sealed.services.ledger.repairs(SLUG)) == 3 and kind:
            raise KeyboardInterrupt

    sealed.on_call = die
    with pytest.raises(KeyboardInterrupt):
        repaired(sealed)
    sealed.on_call = lambda _kind: None
    assert [note.event for note in sealed.services.ledger.repairs(SLUG)] == ["begun", "done", "begun"]
    assert repaired(sealed).left == ()
    assert check_client(SLUG, sealed.services).findings == ()


def test_a_right_on_the_folder_around_all_is_named_everywhere_and_taken_off_where_it_stands(sealed):
    sealed.services.creator.drive.grant(ids(sealed)["home"], MANAGER, "reader")
    found = check_client(SLUG, sealed.services).findings
    assert [each.code for each in found if each.place == "«Tablo — Береке»"] == ["access_extra"]
    inherited = [each for each in found if each.code == "access_inherited"]
    assert {each.place for each in inherited} >= {"«Ведомость — Береке»", "«Печати KPI — Береке»"}
    assert all(f"← «Tablo — Береке» ({SYSTEM_EMAIL})" in each.present for each in inherited[:2])
    assert repaired(sealed).left == ()
    assert check_client(SLUG, sealed.services).findings == ()


def test_a_right_from_a_foreign_folder_is_named_with_who_can_take_it_off(sealed):
    """The head has a folder, to which the technical account may add; the client's folder is dragged into it."""
    head = sealed.as_person(HEAD).drive
    folder = head.create("Отдел продаж", FOLDER_TYPE)
    head.grant(folder.id, SYSTEM_EMAIL, "writer")
    head.grant(folder.id, MANAGER, "reader")
    drive, home = sealed.services.creator.drive, ids(sealed)["home"]
    drive.move(home, folder.id, drive.file(home).parents)
    found = repaired(sealed).left
    [at_payroll] = [
        each for each in found if each.place == "«Ведомость — Береке»" and MANAGER in each.present
    ]
    assert at_payroll.code == "access_inherited"
    [at_home] = [each for each in found if each.place == "«Tablo — Береке»" and MANAGER in each.present]
    assert at_home.present == f"{MANAGER}: reader ← «Отдел продаж» ({HEAD})"


def in_shared_drive(life):
    """Another client, deployed into a shared drive; gives the drive's id."""
    made = []
    url = "https://www.googleapis.com/drive/v3/drives"
    life.services.creator.gateway.send(
        "post", url, "создать диск", lambda answer: made.append(answer.json()["id"]),
        params={"requestId": "r1"}, json={"name": "Клиенты"},
    )  # fmt: skip
    life.services.settings = replace(life.services.settings, parent_folder=made[0])
    deploy_client(new_client(slug=SHARED, name="ТОО «Диск»"), DEPLOYED_AT, life.services)
    return made[0]


def test_in_a_shared_drive_an_untouched_client_raises_no_alarm_and_is_mended_like_any_other(empty):
    in_shared_drive(empty)
    assert check_client(SHARED, empty.services).findings == ()
    drive, client = empty.services.creator.drive, empty.services.ledger.client(SHARED)
    drive.grant(str(client.payroll_id), MANAGER, "reader")
    drive.update(str(client.payroll_id), trashed=True)
    result = repair_client(SHARED, OCTOBER_CLOSED_AT, empty.services, "консультант")
    assert [each.code for each in result.done] == ["in_bin", "access_extra"]
    assert check_client(SHARED, empty.services).findings == ()


def test_a_member_of_the_shared_drive_is_named_with_the_organizer_who_alone_can_mend_it(empty):
    shared_drive = in_shared_drive(empty)
    empty.services.creator.drive.grant(shared_drive, MANAGER, "reader")
    empty.services.creator.drive.grant(shared_drive, HEAD, "fileOrganizer")
    result = repair_client(SHARED, OCTOBER_CLOSED_AT, empty.services, "консультант")
    assert result.done == ()
    at_payroll = [each for each in result.left if "Ведомость" in each.place]
    assert {each.code for each in at_payroll} == {"access_inherited"}
    [manager] = [each.present for each in at_payroll if MANAGER in each.present]
    assert manager.startswith(f"{MANAGER}: reader ← «")
    assert manager.endswith(f"({SYSTEM_EMAIL})")
    assert [each for each in at_payroll if f"{HEAD}: fileOrganizer" in each.present]


def test_where_the_ledger_was_changed_nothing_is_repaired(sealed, monkeypatch):
    shared(sealed)
    fault = LedgerFault("steps", "1", "name", "archive", "payroll")
    monkeypatch.setattr(sealed.services.ledger, "check", lambda _slug: [fault])
    with pytest.raises(IntegrityError):
        repaired(sealed)
    codes = [each.code for each in check_client(SLUG, sealed.services).findings]
    assert codes == ["ledger_changed", "access_extra"]


# ---- the commands
def test_the_commands_name_what_is_wrong_mend_it_and_end_with_1_while_it_is(sealed, command, monkeypatch):
    monkeypatch.setenv("KPI_HOME", str(sealed.services.settings.home))
    assert command("client", "check", SLUG)[0] == 0
    shared(sealed)
    code, out, _ = command("client", "check", SLUG, width=220)
    assert code == 1
    assert "лишний доступ" in out
    assert f"{MANAGER}: reader" in out
    code, out, _ = command("client", "repair", SLUG, "--dry-run", width=220)
    assert code == 0
    assert "Ничего не записано" in out
    code, out, _ = command("client", "repair", SLUG, width=220)
    assert code == 0
    assert "исправлено" in out
    code, out, _ = command("client", "repair", SLUG, width=220)
    assert (code, "исправлять нечего" in out) == (0, True)
    assert command("client", "check")[0] == 0
