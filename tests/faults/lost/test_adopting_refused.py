"""What is amiss when a client is to be taken in from the files: one sentence each, and nothing was written anywhere."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import MonthState, seal
from ledger.seals import export_seal
from operations.adopting.adopt import Asked, adopt_client
from operations.adopting.people import People
from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.seals.keys import exchange_key
from operations.verifying.verifying import verify_client
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import (
    ACCOUNTANT,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SLUG,
    STRANGER,
)
from tests.faults.lost.adopting import ADOPTED_AT, adopt, new_home, refused
from tests.faults.lost.other_ledgers import (
    KEY,
    NOVEMBER_BEGINS_AT,
    keep_ledger,
    machine,
)


def records(life):
    drive, ledger = life.services.creator.drive, life.services.ledger
    return [
        drive.file(ledger.step(SLUG, month, "record")["file_id"]) for month in (SEPTEMBER, OCTOBER, NOVEMBER)
    ]


def test_a_gap_in_the_chain_is_named(life, tmp_path):
    drive, record = life.services.creator.drive, records(life)[1]
    drive.trash(record.id)
    with machine(life, new_home(life, tmp_path / "new")) as new:
        assert record.name in refused(life, "adopt_in_bin", lambda: adopt(new))
        drive.update(record.id, properties={"tablo_client": "nobody's"})  # as good as gone for good
        assert "№ 2" in refused(life, "adopt_gap", lambda: adopt(new))


def test_a_forged_record_is_named(life, tmp_path):
    drive, last = life.services.creator.drive, life.services.ledger.seals(SLUG)[-1]
    forged = export_seal(replace(last, record_text=last.record_text.replace("Асель", "Эсель")))
    put = drive.upload_json("2026-11 печать № 3 подмена", forged, [life.client.records_folder_id], {})
    with machine(life, new_home(life, tmp_path / "new")) as new:
        assert put.name in refused(life, "adopt_forged", lambda: adopt(new))
        drive.trash(put.id)
        other = Ed25519PrivateKey.generate()
        by_other = seal(last.record, 3, life.services.ledger.seals(SLUG)[1], other)
        put = drive.upload_json("чужой ключ", export_seal(by_other), [life.client.records_folder_id], {})
        assert put.name in refused(life, "adopt_forged", lambda: adopt(new))
        drive.trash(put.id)
        put = drive.upload_json("не запись", b"{}", [life.client.records_folder_id], {})
        assert put.name in refused(life, "adopt_forged", lambda: adopt(new))


def test_two_chains_of_one_client_are_named_by_their_fingerprints(life, tmp_path):
    ledger, drive = life.services.ledger, life.services.creator.drive
    second, third = ledger.seals(SLUG)[1:]
    other = seal({**third.record, "closed_by": "кто-то"}, 3, second, life.services.seal_key)
    drive.upload_json("2026-11 печать № 3", export_seal(other), [life.client.records_folder_id], {})
    with machine(life, new_home(life, tmp_path / "new")) as new:
        assert "№ 3" in refused(life, "adopt_two_chains", lambda: adopt(new))


@pytest.mark.parametrize("part", ["workbook_id", "payroll_id", "folder_id", "records_folder_id"])
def test_a_file_in_the_bin_is_named_and_once_it_is_back_the_client_is_adopted(one_sealed, tmp_path, part):
    life = one_sealed
    drive, file_id = life.services.creator.drive, getattr(life.client, part)
    name = drive.file(file_id).name
    drive.trash(file_id)
    with machine(life, new_home(life, tmp_path / "new")) as new:
        assert name in refused(life, "adopt_in_bin", lambda: adopt(new))
        drive.update(file_id, trashed=False)
        assert adopt(new).months == (SEPTEMBER,)


def test_nothing_is_adopted_under_a_name_that_nobody_has(one_sealed, tmp_path):
    life = one_sealed
    with machine(life, new_home(life, tmp_path / "new")) as new:
        told = refused(
            life, "adopt_no_records", lambda: adopt_client("nobody", Asked(), "Дана", NOVEMBER_BEGINS_AT, new)
        )
        assert "kpi client upgrade" in told, "marks of 0.1.0 are hidden from another project of Google"


def test_the_archive_that_is_missing_is_told_and_missed_by_verification(one_sealed, tmp_path):
    life = one_sealed
    life.services.creator.drive.trash(life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"])
    with machine(life, new_home(life, tmp_path / "new")) as new:
        assert "adopt.archive_missing" in [remark.key for remark in adopt(new).remarks]
        assert [finding.code for finding in verify_client(SLUG, new).findings] == ["archive_gone"]
        tab = {"sheetId": sheet_id("payroll", str(SEPTEMBER)), "rowIndex": 4, "columnIndex": 1}
        cell = {"values": [{"userEnteredValue": {"stringValue": "подмена"}}]}
        change = {"updateCells": {"start": tab, "rows": [cell], "fields": "userEnteredValue"}}
        new.creator.gateway.apply(life.payroll_id, [change])
        codes = {finding.code for finding in verify_client(SLUG, new).findings}
        assert codes == {"archive_gone", "payroll_cell"}


def test_files_of_two_clients_under_one_name_and_one_is_chosen(life, tmp_path):
    """Two installations of before ids gave one short name to two clients: one is adopted, the other's files stay."""
    drive, last = life.services.creator.drive, life.services.ledger.seals(SLUG)[0]
    other = seal({**last.record, "client_id": "f" * 32}, 1, None, life.services.seal_key)
    drive.upload_json("2026-09 печать № 1", export_seal(other), [life.client.records_folder_id], {})
    with machine(life, new_home(life, tmp_path / "new")) as new:
        text = refused(life, "adopt_two_clients", lambda: adopt(new))
        assert life.client.id in text
        assert adopt(new, client_id=life.client.id).months == (SEPTEMBER, OCTOBER, NOVEMBER)


def test_a_ledger_with_another_client_of_that_name_takes_nothing(life, tmp_path):
    with machine(life, new_home(life, tmp_path / "new")) as new:
        other = replace(life.client, id="e" * 32, payroll_id="another", workbook_id="another")
        new.ledger.add_client(other)
        refused(life, "adopt_slug_taken", lambda: adopt(new))
        assert new.ledger.client(SLUG) == other


def test_a_ledger_with_another_chain_is_told_so(one_sealed, tmp_path):
    life = one_sealed
    mine = life.services.ledger.seals(SLUG)[0]
    with machine(life, new_home(life, tmp_path / "chain")) as new:
        adopt(new)
    other = seal({**mine.record, "closed_by": "кто-то"}, 1, None, life.services.seal_key)
    record = life.services.ledger.step(SLUG, SEPTEMBER, "record")["file_id"]
    drive = life.services.creator.drive
    drive.update(record, properties={"tablo_client": "nobody's"}, trashed=True)
    drive.upload_json("2026-09 печать № 1", export_seal(other), [life.client.records_folder_id], {})
    with machine(life, tmp_path / "chain") as new:
        refused(life, "adopt_other_chain", lambda: adopt(new))
        assert new.ledger.seals(SLUG) == [mine]


def test_a_seal_by_a_key_that_this_ledger_has_replaced_is_refused(one_sealed, tmp_path):
    """Restored from before the close, and the key exchanged too early: whose the later seal is, a person must say."""
    life = one_sealed
    folder = keep_ledger(life, tmp_path / "old")
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    with machine(life, folder) as old:
        exchange_key(old.ledger, folder, "ноутбук украден", OCTOBER_CLOSED_AT)
        assert "kpi key rotate" in refused(life, "adopt_after_hand_over", lambda: adopt(old))
        assert len(old.ledger.seals(SLUG)) == 1
        assert verify_client(SLUG, old).chain[0].code == "cut_off"


def test_a_hand_over_to_a_new_key_is_refused_before_the_key_is_made(one_sealed, tmp_path):
    life = one_sealed
    printed = life.services.ledger.seals(SLUG)[0].public_key
    with machine(life, new_home(life, tmp_path / "new", key=False)) as new:
        own = life.services.seal_key
        refused(life, "key_reason_blank", lambda: adopt(new, public_key=printed, old_key=own))
        other = Ed25519PrivateKey.generate()
        refused(
            life, "key_is_another", lambda: adopt(new, public_key=printed, reason="сменился", old_key=other)
        )
        assert new.ledger.pinned_keys() == []
        assert not (tmp_path / "new" / KEY).exists()


def test_a_role_that_the_permissions_do_not_tell_is_asked_for(one_sealed, tmp_path):
    life = one_sealed
    drive = life.services.creator.drive
    for file_id in (life.payroll_id, life.client.folder_id, life.client.records_folder_id):
        [held] = [each for each in drive.permissions(file_id) if each.get("emailAddress") == ACCOUNTANT]
        drive.revoke(file_id, held["id"])
    with machine(life, new_home(life, tmp_path / "new")) as new:
        assert "--accountant" in refused(life, "adopt_people_unsure", lambda: adopt(new))
        adopted = adopt(new, people=People(accountant=ACCOUNTANT))
        assert adopted.client.accountant_email == ACCOUNTANT
        assert ACCOUNTANT in {each.get("emailAddress") for each in drive.permissions(life.payroll_id)}


def test_whoever_else_could_open_the_files_is_taken_off(one_sealed, tmp_path):
    life = one_sealed
    drive = life.services.creator.drive
    drive.grant(life.workbook_id, STRANGER, "writer")
    with machine(life, new_home(life, tmp_path / "new")) as new:
        adopted = adopt(new)
        assert STRANGER not in adopted.client.managers
        assert STRANGER not in {each.get("emailAddress") for each in drive.permissions(life.workbook_id)}


def test_a_ledger_that_has_begun_the_close_otherwise_is_told_so(one_sealed, tmp_path):
    """An old copy closed the month itself, as far as its snapshot, before anybody asked the outside (an old release)."""
    life = one_sealed
    with machine(life, new_home(life, tmp_path / "old")) as old:
        old.ledger.add_client(life.client)
        for state in (MonthState.OPEN, MonthState.REVIEW):
            old.ledger.set_month_state(SLUG, SEPTEMBER, state, at=ADOPTED_AT)
        lease = old.ledger.lease(SLUG, SEPTEMBER, "old", ADOPTED_AT, timedelta(minutes=5))
        old.ledger.put_snapshot(SLUG, SEPTEMBER, {"form": 1}, lease)
        refused(life, "adopt_close_begun", lambda: adopt(old))
        assert old.ledger.seals(SLUG) == []
        assert old.ledger.month(SLUG, SEPTEMBER).state is MonthState.REVIEW
