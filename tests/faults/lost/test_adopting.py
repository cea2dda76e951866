"""A client taken in from its own files: an empty ledger, an old one, another hand's, over exchanged keys. Looked at over
HTTP, by what lies at Google before and after (behaviour §7a).
"""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kpi_rules.errors import NoSealKeyError
from kpi_rules.words.said import said
from ledger import MonthState, public_key_text
from ledger.records import canonical, row_digest
from ledger.seal_keys import read_key, write_key
from operations.months import closing as month_closing
from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.seals.keys import exchange_key
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from operations.world.local import SYSTEM_EMAIL, WORKER_EMAIL
from operations.world.marks import read_marks
from sheets_emulator.access.accounts import ensure_account
from sheets_sync.google.drive import FILES_URL
from sheets_sync.ports import Sought
from tests.contract.client_life import (
    ACCOUNTANT,
    HEAD,
    MANAGERS,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    OWNER,
    SEPTEMBER,
    SLUG,
    STRANGER,
    close_september,
    copy_of,
)
from tests.faults.lost.adopting import ADOPTED_AT, DECEMBER_BEGINS_AT, adopt, new_home, refused
from tests.faults.lost.other_ledgers import (
    KEY,
    LEDGER,
    keep_ledger,
    machine,
    open_november,
)


# ---- ledgers lost and old
def test_an_empty_ledger_gets_the_client_back_and_goes_on(life, tmp_path):
    was = life.client
    with machine(life, new_home(life, tmp_path / "new")) as new:
        adopted = adopt(new)
        assert adopted.months == (SEPTEMBER, OCTOBER, NOVEMBER)
        assert new.ledger.seals(SLUG) == life.services.ledger.seals(SLUG)
        is_now = new.ledger.client(SLUG)
        same = (
            "id",
            "name",
            "template",
            "language",
            "workbook_id",
            "payroll_id",
            "folder_id",
            "records_folder_id",
        )
        assert [getattr(is_now, name) for name in same] == [getattr(was, name) for name in same]
        assert (is_now.head_email, is_now.owner_email, is_now.accountant_email) == (HEAD, OWNER, ACCOUNTANT)
        assert set(is_now.managers) == set(MANAGERS)
        verified = verify_client(SLUG, new)
        assert verified.intact, verified.findings
        assert [adoption.seals for adoption in verified.adoptions] == [(1, 2, 3)]
        sync_client(SLUG, ADOPTED_AT, new)
        assert open_month(SLUG, NOVEMBER.plus(1), DECEMBER_BEGINS_AT, new).state is MonthState.OPEN
        assert verify_client(SLUG, new).intact
        assert adopt(new).adoption is None, "nothing is lacking any more"


def test_the_ledger_that_was_lost_can_write_nothing_when_it_comes_back(life, tmp_path):
    with machine(life, new_home(life, tmp_path / "new")) as new:
        adopt(new)
    text = refused(
        life,
        "files_of_another_ledger",
        lambda: open_month(SLUG, NOVEMBER.plus(1), DECEMBER_BEGINS_AT, life.services),
    )
    assert "kpi client adopt" in text


@pytest.mark.parametrize(
    ("age", "lacking"), [("one", (NOVEMBER,)), ("three", (SEPTEMBER, OCTOBER, NOVEMBER))]
)
def test_an_old_ledger_takes_from_the_files_what_it_lacks(life, tmp_path, age, lacking):
    with machine(life, tmp_path / "backups" / age) as old:
        assert adopt(old).months == lacking
        assert old.ledger.seals(SLUG) == life.services.ledger.seals(SLUG)
        verified = verify_client(SLUG, old)
        assert verified.intact, verified.findings
        assert open_month(SLUG, NOVEMBER.plus(1), DECEMBER_BEGINS_AT, old).state is MonthState.OPEN
    text = refused(
        life,
        "another_copy_of_ledger",
        lambda: open_month(SLUG, NOVEMBER.plus(1), DECEMBER_BEGINS_AT, life.services),
    )
    assert "kpi client adopt bereke" in text


def test_a_month_closes_after_an_adoption_and_the_chain_goes_on(one_sealed, tmp_path):
    life = one_sealed
    with machine(life, new_home(life, tmp_path / "new")) as new:
        adopt(new)
        open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, new)
        assert close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, new, "РОП").seal_number == 2
        verified = verify_client(SLUG, new)
        assert verified.intact, verified.findings


def test_an_adoption_that_is_cut_off_anywhere_goes_on(one_sealed, tmp_path):
    life = one_sealed
    home = new_home(life, tmp_path / "new")
    life.services.creator.drive.grant(life.workbook_id, STRANGER, "writer")
    for call in range(1, 200):
        seen = 0

        def cut(_kind, call=call):
            nonlocal seen
            seen += 1
            if seen == call:
                raise KeyboardInterrupt

        life.on_call = cut
        try:
            with machine(life, home) as new:
                adopted = adopt(new)
        except KeyboardInterrupt:
            continue
        finally:
            life.on_call = lambda _kind: None
        assert adopted.client.id == life.client.id
        break
    with machine(life, home) as new:
        assert call > 10
        assert len(new.ledger.seals(SLUG)) == 1
        assert verify_client(SLUG, new).intact
        drive = new.creator.drive
        assert read_marks(drive.file(life.payroll_id)).ledger == new.ledger.id
        assert STRANGER not in {each.get("emailAddress") for each in drive.permissions(life.workbook_id)}
        assert open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, new).state is MonthState.OPEN


# ---- keys lost and others' keys
def test_without_any_key_the_printed_one_is_asked_for_and_months_close_after_the_key_is_exchanged(
    one_sealed, tmp_path
):
    life = one_sealed
    printed = life.services.ledger.seals(SLUG)[0].public_key
    with machine(life, new_home(life, tmp_path / "new", key=False)) as new:
        text = refused(life, "adopt_key_unknown", lambda: adopt(new))
        assert printed in text
        refused(life, "adopt_key_unknown", lambda: adopt(new, public_key="0" * 64))
        assert new.ledger.clients() == []
        adopted = adopt(new, public_key=printed.upper())
        assert "adopt.no_key" in [remark.key for remark in adopted.remarks]
        assert codes(new) == ["adoption_unsigned"], "nobody could sign it yet"
        open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, new)
        with pytest.raises(NoSealKeyError):
            close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, new, "РОП")
        exchange_key(new.ledger, new.settings.home, "ноутбук украден", OCTOBER_CLOSED_AT, lost=True)
        assert codes(new) == []
        assert close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, new, "РОП").seal_number == 2
        verified = verify_client(SLUG, new)
        assert verified.intact, verified.findings
        assert [one.reason for one in verified.lost_keys] == ["ноутбук украден"]


def codes(world):
    return [finding.code for finding in verify_client(SLUG, world).findings]


def test_a_key_that_comes_back_signs_what_was_adopted_without_it(one_sealed, tmp_path):
    life = one_sealed
    printed = life.services.ledger.seals(SLUG)[0].public_key
    with machine(life, new_home(life, tmp_path / "new", key=False)) as new:
        adopt(new, public_key=printed)
        assert codes(new) == ["adoption_unsigned"]
        write_key(life.services.seal_key, new.settings.home / KEY)
        assert adopt(new).adoption.signed
        verified = verify_client(SLUG, new)
        assert verified.intact, verified.findings
        assert [each.seals for each in verified.adoptions] == [(1,)], "told once"
        assert adopt(new).adoption is None


def test_a_forged_adoption_is_named_and_silences_nothing(one_sealed):
    """An intruder wants a change of the read-back to pass as what was adopted; the key is out of reach."""
    life = one_sealed
    rows = life.services.ledger.month_evidence(SLUG, str(SEPTEMBER))
    note = {"form": 1, "at": ADOPTED_AT.isoformat(), "by": "Дана", "from_ledger": "", "rows": {"1": rows}}
    values = {"client": SLUG, "number": 1, "record": canonical(note).decode()}
    with closing(sqlite3.connect(life.services.settings.home / LEDGER)) as database, database:
        row = (*values.values(), row_digest("adoptions", values))
        database.execute("INSERT INTO adoptions VALUES (?, ?, ?, ?)", row)
    assert codes(life.services) == ["adoption_unsigned"]


def test_a_row_behind_an_adopted_month_that_was_changed_is_named(one_sealed, tmp_path):
    """What the archive held at the adoption is as well guarded as what a close reads back."""
    life = one_sealed
    with machine(life, new_home(life, tmp_path / "new")) as new:
        adopt(new)
    with closing(sqlite3.connect(tmp_path / "new" / LEDGER)) as database, database:
        database.row_factory = sqlite3.Row
        database.execute("DROP TRIGGER steps_no_update")
        where = "WHERE client = ? AND name = 'read_back'"
        [row] = map(dict, database.execute(f"SELECT * FROM steps {where}", (SLUG,)))  # noqa: S608 - our own words
        row["record"] = row["record"].replace("Береке", "Берике", 1)
        digest = row_digest("steps", {name: value for name, value in row.items() if name != "digest"})
        database.execute(f"UPDATE steps SET record = ?, digest = ? {where}", (row["record"], digest, SLUG))  # noqa: S608
    with machine(life, tmp_path / "new") as new:
        assert {"ledger_changed", "archive_cell"} <= set(codes(new))


@pytest.mark.parametrize("handed", [True, False])
def test_a_consultant_with_a_key_of_their_own_takes_over(one_sealed, tmp_path, handed):
    life = one_sealed
    home = new_home(life, tmp_path / "theirs", key=False)
    write_key(Ed25519PrivateKey.generate(), home / KEY)
    own = public_key_text(read_key(home / KEY))
    printed = life.services.ledger.seals(SLUG)[0].public_key
    old_key = life.services.seal_key if handed else None
    with machine(life, home) as theirs:
        theirs.ledger.pin_first_key(own, ADOPTED_AT)
        text = refused(life, "adopt_other_key", lambda: adopt(theirs, public_key=printed))
        assert "--old-key" in text
        other = Ed25519PrivateKey.generate()
        refused(
            life,
            "key_is_another",
            lambda: adopt(theirs, public_key=printed, reason="сменился", old_key=other),
        )
        adopt(theirs, public_key=printed, reason="сменился консультант", old_key=old_key)
        assert verify_client(SLUG, theirs).intact
        open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, theirs)
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, theirs, "РОП")
        first, second = theirs.ledger.seals(SLUG)
        assert (first.public_key, second.public_key) == (printed, own)
        verified = verify_client(SLUG, theirs)
        assert verified.intact, verified.findings
        assert bool(verified.lost_keys) is not handed


class Stopped(BaseException):
    """The close is cut off here."""


def test_a_backup_from_the_middle_of_a_close_takes_the_rest_of_that_very_close(
    tmp_path_factory, tmp_path, monkeypatch
):
    def stop(_run):
        raise Stopped

    with copy_of("open", tmp_path_factory.getbasetemp(), tmp_path / "home") as life:
        with monkeypatch.context() as patch:
            patch.setattr(month_closing, "finish_close", stop)
            with pytest.raises(Stopped):
                close_september(life)
        folder = keep_ledger(life, tmp_path / "old")
        close_september(life)
        with machine(life, folder) as old:
            assert adopt(old).months == (SEPTEMBER,)
            verified = verify_client(SLUG, old)
            assert verified.intact, verified.findings
            assert old.ledger.unfinished_closes(ADOPTED_AT) == []


def rotated(life):
    """October is sealed by a second key, to which September's has handed the chain over."""
    exchange_key(life.services.ledger, life.services.settings.home, "смена", OCTOBER_CLOSED_AT)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    first, second = life.services.ledger.seals(SLUG)
    assert first.public_key != second.public_key
    return first.public_key, second.public_key


@pytest.mark.parametrize("by_first", [True, False])
def test_a_chain_of_two_keys_is_followed_from_either(one_sealed, tmp_path, by_first):
    life = one_sealed
    first, second = rotated(life)
    with machine(life, new_home(life, tmp_path / "new")) as new:
        adopt(new, public_key=first if by_first else second)
        assert [key.public_key for key in new.ledger.pinned_keys()] == [first, second]
        verified = verify_client(SLUG, new)
        assert verified.intact, verified.findings
        assert not verified.lost_keys
        open_november(replace(life, services=new))
        assert verify_client(SLUG, new).intact


def test_a_ledger_of_before_the_rotation_learns_of_the_new_key_from_the_files(one_sealed, tmp_path):
    life = one_sealed
    old_home = keep_ledger(life, tmp_path / "old")
    first, second = rotated(life)
    shutil.copy2(life.services.settings.home / KEY, old_home / KEY)  # its copy was imported, or is there
    with machine(life, old_home) as old:
        assert [key.public_key for key in old.ledger.pinned_keys()] == [first]
        assert adopt(old).months == (OCTOBER,)
        assert [key.public_key for key in old.ledger.pinned_keys()] == [first, second]
        verified = verify_client(SLUG, old)
        assert verified.intact, verified.findings
        assert public_key_text(old.seal_key) == second


def test_two_clients_of_one_ledger_come_back_one_after_the_other_over_a_rotation(one_sealed, tmp_path):
    """The second one's hand-over is pinned with it: the key is there already."""
    life = one_sealed
    rotated(life)
    with machine(life, new_home(life, tmp_path / "new")) as new:
        second = public_key_text(life.services.seal_key)
        new.ledger.pin_first_key(second, ADOPTED_AT)
        adopt(new)
        assert [str(key.how) for key in new.ledger.pinned_keys()] == ["first", "adopted"]
        verified = verify_client(SLUG, new)
        assert verified.intact, verified.findings
        assert public_key_text(new.seal_key) == second


def give_away(life, email):
    """The one who leaves makes another account the owner of every file of the client, and a writer no more."""
    creator = life.services.creator
    for file in creator.drive.find(Sought({"tablo_client_id": life.client.id})):
        creator.gateway.send(
            "post",
            f"{FILES_URL}/{file.id}/permissions",
            said("doing.open_file"),
            _whatever,
            params={"transferOwnership": "true", "sendNotificationEmail": "true", "fields": "id"},
            json={"type": "user", "role": "owner", "emailAddress": email},
        )


def _whatever(answer):
    return answer.json()


def test_the_technical_accounts_of_another_consultant_take_over_and_those_of_the_one_who_left_are_out(
    one_sealed, tmp_path
):
    life = one_sealed
    for email, kind in (("dana@tablo.local", "user"), ("robot@tablo.local", "service")):
        ensure_account(life.emulator.engine.store, email, kind=kind)
    give_away(life, "dana@tablo.local")
    theirs = {"creator": life.as_person("dana@tablo.local"), "worker": life.as_person("robot@tablo.local")}
    with machine(life, new_home(life, tmp_path / "theirs")) as machine_of_theirs:
        world = replace(machine_of_theirs, **theirs)
        adopted = adopt(world).client
        assert (adopted.head_email, adopted.owner_email) == (HEAD, OWNER)
        assert set(adopted.managers) == set(MANAGERS)
        verified = verify_client(SLUG, world)
        assert verified.intact, verified.findings
        for file_id in (
            adopted.workbook_id,
            adopted.payroll_id,
            adopted.folder_id,
            adopted.records_folder_id,
        ):
            may = {each["emailAddress"] for each in theirs["creator"].drive.permissions(file_id)}
            assert may.isdisjoint({SYSTEM_EMAIL, WORKER_EMAIL})
            assert {"dana@tablo.local", "robot@tablo.local"} <= may
        open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, world)
        sync_client(SLUG, OCTOBER_CLOSED_AT, world)
