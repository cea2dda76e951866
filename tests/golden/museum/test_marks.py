"""Clients of every release say whose they are once they are upgraded; until then they are known by the ledger's ids."""

import json
from contextlib import closing

from ledger import open_ledger
from tests.faults.store_looks import emulator_store, files_kept

MARKS = ("tablo_ledger", "tablo_client_id", "tablo_client", "tablo_part", "tablo_month", "tablo_close")


def kept(home):
    with closing(emulator_store(home)) as db:
        return {file["id"]: file for file in files_kept(db)}


def own_marks(file):
    return {key: value for key, value in file["properties"].items() if key in MARKS}


def wanted_marks(home):
    """By file id, what each file that the ledger knows must say."""
    wanted = {}
    with open_ledger(folder=home) as ledger:
        for client in ledger.clients():
            whose = dict(zip(MARKS, (ledger.id, client.id, client.slug), strict=False))
            for part, file_id in (
                ("workbook", client.workbook_id),
                ("payroll", client.payroll_id),
                ("archive-folder", client.folder_id),
                ("records-folder", client.records_folder_id),
            ):
                wanted[file_id] = {**whose, "tablo_part": part}
            for seal in ledger.seals(client.slug):
                [record] = [each for each in ledger.months(client.slug) if str(each.month) == seal.month]
                close_id = ledger.snapshot(client.slug, record.month).close_id
                for step, part in (("archive", "month-archive"), ("record", "sealed-record")):
                    file_id = ledger.step(client.slug, record.month, step)["file_id"]
                    of_month = {"tablo_part": part, "tablo_month": seal.month, "tablo_close": close_id}
                    wanted[file_id] = {**whose, **of_month}
    return wanted


def test_an_upgrade_marks_every_file_and_leaves_archives_locked_as_they_were(piece, home, kpi):
    before, wanted = kept(home), wanted_marks(home)
    assert not any(own_marks(file) for file in before.values())
    assert "отметки, чьи это файлы" in kpi("client", "upgrade", "--all", "--dry-run")
    assert not any(own_marks(file) for file in kept(home).values())
    kpi("client", "upgrade", "--all")
    after = kept(home)
    assert after.keys() == before.keys()
    assert {file_id: own_marks(after[file_id]) for file_id in wanted} == wanted
    homes = [file for file_id, file in after.items() if file_id not in wanted and own_marks(file)]
    assert sorted(
        (file["properties"]["tablo_client"], file["properties"]["tablo_part"]) for file in homes
    ) == [(slug, "home") for slug in sorted(piece.clients)]
    locks = {file_id: json.dumps(_lock(file)) for file_id, file in before.items()}
    assert {file_id: json.dumps(_lock(file)) for file_id, file in after.items()} == locks
    assert sum(lock != "[]" for lock in locks.values()) == sum(
        len(c["closed"]) for c in piece.clients.values()
    )
    assert kpi("client", "upgrade", "--all").count("делать нечего") == len(piece.clients)
    assert kpi("verify").count("целы") == sum(len(c["closed"]) for c in piece.clients.values())


def _lock(file):
    return [
        {key: value for key, value in lock.items() if key in {"readOnly", "ownerRestricted", "reason"}}
        for lock in file["content_restrictions"]
    ]
