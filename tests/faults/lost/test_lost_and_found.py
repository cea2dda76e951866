"""Lost, old and copied ledgers (behaviour §7a): nothing is taken over, shared anew, written or binned, and each refusal
names file and remedy. Every case is looked at over HTTP, by what lies at Google before and after.
"""

import shutil

import pytest

from kpi_rules.errors import RefusedError, TabloError
from ledger import MonthState, fingerprint
from operations.clients.deploy import deploy_client
from operations.months import closing
from operations.months.closing import close_due, close_month
from operations.months.opening import open_due, open_month
from operations.verifying.verifying import verify_client
from operations.world.marks import FilePart, marks_for, read_marks
from operations.world.telling import told
from sheets_sync.ports import FOLDER_TYPE, JSON_TYPE, SPREADSHEET_TYPE
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import at
from tests.contract.client_life import (
    DEPLOYED_AT,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    close_september,
    copy_of,
    fill_september,
    living,
    new_client,
)
from tests.faults.lost.other_ledgers import (
    DECEMBER_BEGINS_AT,
    NOVEMBER_BEGINS_AT,
    keep_ledger,
    machine,
    open_november,
    outside,
    play_to_november,
)

OTHERS = {
    "name": "Другая",
    "head_email": "rop@other.kz",
    "owner_email": "owner@other.kz",
    "accountant_email": "buh@other.kz",
    "manager_emails": (),
}
RESTORE = "осстановите"


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """A client with three sealed months, and backups of its ledger from before the last and before the first close."""
    folder = tmp_path_factory.mktemp("year")
    (folder / "backups").mkdir()
    with copy_of("open", tmp_path_factory.getbasetemp(), folder / "home") as life:
        play_to_november(life, folder / "backups")
    return folder


@pytest.fixture
def sealed_year(year, tmp_path):
    shutil.copytree(year / "home", tmp_path / "home")
    shutil.copytree(year / "backups", tmp_path / "backups")
    with living(tmp_path / "home") as life:
        yield life


@pytest.fixture
def life(tmp_path_factory, tmp_path):
    """October is over and clean."""
    with copy_of("closed", tmp_path_factory.getbasetemp(), tmp_path / "home") as played:
        yield played


@pytest.fixture
def one_month(tmp_path_factory, tmp_path):
    """September is over and clean; nothing is sealed yet."""
    with copy_of("open", tmp_path_factory.getbasetemp(), tmp_path / "home") as played:
        yield played


def refused(code, act):
    with pytest.raises(RefusedError) as failed:
        act()
    assert failed.value.code == code, told(failed.value)
    sentence = told(failed.value)
    return f"{sentence.what} {sentence.remedy}"


# ---- a second installation
def test_a_second_installation_takes_nothing_over_under_a_known_short_name(life, tmp_path):
    before = outside(life)
    with machine(life, tmp_path / "second") as second:
        text = refused("files_of_others", lambda: deploy_client(new_client(**OTHERS), DEPLOYED_AT, second))
        assert "«Ведомость — Береке»" in text or "Ведомость — Береке" in text
        assert "другое короткое имя" in text
        assert second.ledger.clients() == []
    assert outside(life) == before
    assert verify_client(SLUG, life.services).intact


def test_a_lost_ledger_takes_nothing_over_either_whatever_the_people_are(life, tmp_path):
    before = outside(life)
    with machine(life, tmp_path / "empty") as empty:
        refused("files_of_others", lambda: deploy_client(new_client(), DEPLOYED_AT, empty))
    assert outside(life) == before


def test_another_short_name_has_files_of_its_own_and_leaves_the_first_alone(life, tmp_path):
    with machine(life, tmp_path / "second") as second:
        other = deploy_client(new_client(slug="bereke-2"), DEPLOYED_AT, second).client
    assert {other.workbook_id, other.payroll_id}.isdisjoint({life.workbook_id, life.payroll_id})
    assert other.id != life.client.id
    assert verify_client(SLUG, life.services).intact


def test_every_file_says_whose_it_is(life):
    drive, ledger, client = life.services.creator.drive, life.services.ledger, life.client
    ids = {
        client.workbook_id: FilePart.WORKBOOK,
        client.payroll_id: FilePart.PAYROLL,
        client.folder_id: FilePart.ARCHIVE_FOLDER,
        client.records_folder_id: FilePart.RECORDS_FOLDER,
        drive.file(client.workbook_id).parents[0]: FilePart.HOME,
    }
    for file_id, part in ids.items():
        assert read_marks(drive.file(file_id)) == marks_for(client, ledger.id, part)
    close_id = ledger.snapshot(SLUG, SEPTEMBER).close_id
    for step, part in (("archive", FilePart.MONTH_ARCHIVE), ("record", FilePart.SEALED_RECORD)):
        file = drive.file(ledger.step(SLUG, SEPTEMBER, step)["file_id"])
        assert read_marks(file) == marks_for(client, ledger.id, part, "2026-09", close_id)
    record = ledger.seals(SLUG)[0].record
    assert (record["client_id"], record["ledger_id"]) == (client.id, ledger.id)


# ---- a ledger older than the files
ACTS = {
    "by hand": lambda world, month, later: close_month(SLUG, month, later, world, "РОП"),
    "at night": lambda world, _month, later: close_due(SLUG, later, world),
    "opening": lambda world, month, later: open_month(SLUG, month.plus(1), later, world),
    "opening at night": lambda world, _month, later: open_due(SLUG, later, world),
}
AGES = {"one": (NOVEMBER, [3]), "three": (SEPTEMBER, [1, 2, 3])}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("age", AGES)
def test_a_ledger_older_than_the_files_writes_nothing_and_names_what_it_lacks(
    sealed_year, tmp_path, age, act
):
    life, (month, lacking) = sealed_year, AGES[age]
    later = at(9, 10, 12)
    life.enter(
        "asel@bereke.kz", "deals", [[100_000]], row=2, column=7
    )  # edited since: it would pay otherwise
    before = outside(life)
    with machine(life, tmp_path / "backups" / age) as old:
        assert old.ledger.month(SLUG, month).state is MonthState.OPEN
        text = refused("ledger_older_than_files", lambda: ACTS[act](old, month, later))
        assert len(old.ledger.seals(SLUG)) == 3 - len(lacking)
    for seal in life.services.ledger.seals(SLUG):
        assert (fingerprint(seal) in text) is (seal.number in lacking)
    assert RESTORE in text
    assert outside(life) == before
    assert len(life.services.ledger.seals(SLUG)) == 3
    assert not verify_client(SLUG, life.services).findings


def test_the_right_ledger_goes_on_after_the_old_one_was_refused(sealed_year, tmp_path):
    with machine(sealed_year, tmp_path / "backups" / "three") as old:
        refused("ledger_older_than_files", lambda: close_due(SLUG, at(9, 10, 12), old))
    assert (
        open_month(SLUG, NOVEMBER.plus(1), DECEMBER_BEGINS_AT, sealed_year.services).state is MonthState.OPEN
    )
    assert verify_client(SLUG, sealed_year.services).intact


class Stopped(BaseException):
    """The close is cut off here."""


def begin_only(life, monkeypatch):
    """Begin September's close, and cut it off right after its snapshot."""

    def stop(_run):
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(closing, "finish_close", stop)
        with pytest.raises(Stopped):
            close_september(life)


def test_the_sweeper_finishes_no_close_of_an_old_ledger_once_a_later_month_is_sealed(
    one_month, tmp_path, monkeypatch
):
    life = one_month
    begin_only(life, monkeypatch)
    old_home = keep_ledger(life, tmp_path / "old")
    play_on(life)
    before = outside(life)
    with machine(life, old_home) as old:
        [cut_off] = old.ledger.unfinished_closes(at(9, 10, 12))
        text = refused(
            "ledger_older_than_files",
            lambda: close_month(SLUG, cut_off.month, at(9, 10, 12), old, "Наблюдатель"),
        )
        assert "2026-10" in text
        assert old.ledger.seals(SLUG) == []
    assert outside(life) == before


def play_on(life):
    (life.services.settings.home / "backups").mkdir()
    play_to_november(life, life.services.settings.home / "backups")


def test_the_same_close_finished_from_an_old_ledger_is_the_same_seal_and_no_second_file(
    one_month, tmp_path, monkeypatch
):
    """The copy was made in the middle of the close: what it finishes is that very close."""
    life = one_month
    begin_only(life, monkeypatch)
    old_home = keep_ledger(life, tmp_path / "old")
    closed = close_september(life)
    with machine(life, old_home) as old:
        text = refused(
            "another_copy_of_ledger", lambda: close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, old, "РОП")
        )
        assert RESTORE in text
    assert life.services.ledger.last_seal(SLUG).number == closed.seal_number
    assert verify_client(SLUG, life.services).intact


# ---- two copies of one ledger
def test_two_copies_of_a_ledger_meet_in_the_payroll_book_when_one_has_opened_a_month(life, tmp_path):
    with machine(life, keep_ledger(life, tmp_path / "copy")) as copy:
        open_november(life)
        before = outside(life)
        for act in (
            lambda: open_month(SLUG, NOVEMBER, NOVEMBER_BEGINS_AT, copy),
            lambda: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, copy, "РОП"),
            lambda: close_due(SLUG, at(9, 10, 11), copy),
        ):
            text = refused("another_copy_of_ledger", act)
            assert "Ведомость — Береке" in text
            assert RESTORE in text
        assert outside(life) == before
        assert copy.ledger.month(SLUG, NOVEMBER) is None
    assert close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП").seal_number == 2
    assert verify_client(SLUG, life.services).intact


def race(life, folder, month, closed_at, call):
    """Close a month from the ledger, and whole from its copy before that one's call; give how many calls there were."""
    calls, outcomes = 0, {}
    with machine(life, folder) as copy:

        def in_between(_kind):
            nonlocal calls
            calls += 1
            if calls == call:
                life.on_call = lambda _kind: None
                outcomes["copy"] = outcome(lambda: close_month(SLUG, month, closed_at, copy, "РОП"))
                life.on_call = in_between

        life.on_call = in_between
        outcomes["own"] = outcome(lambda: close_month(SLUG, month, closed_at, life.services, "РОП"))
        life.on_call = lambda _kind: None
        sealed = {
            name: [seal for seal in ledger.seals(SLUG) if seal.month == str(month)]
            for name, ledger in (("own", life.services.ledger), ("copy", copy.ledger))
        }
        winner = life.services if sealed["own"] else copy
        assert verify_client(SLUG, winner).intact, outcomes
    return calls, outcomes, sealed


def outcome(act):
    try:
        act()
    except TabloError as error:
        return error.code
    return "closed"


REFUSALS = {"another_copy_of_ledger", "ledger_older_than_files", "looks_like_a_closed_month"}


@pytest.mark.parametrize("call", [1, 9, 10, 11, 12, 13, 14, 18, 24, 30])
def test_of_two_copies_that_close_at_once_one_alone_seals(life, tmp_path, call):
    folder = keep_ledger(life, tmp_path / "copy")
    calls, outcomes, sealed = race(life, folder, OCTOBER, OCTOBER_CLOSED_AT, call)
    assert calls >= call
    assert sorted(map(len, sealed.values())) == [0, 1], outcomes
    assert outcomes.keys() == {"own", "copy"}
    assert sorted(outcome == "closed" for outcome in outcomes.values()) == [False, True]
    assert set(outcomes.values()) - {"closed"} <= REFUSALS
    [seal] = [*sealed["own"], *sealed["copy"]]
    printed = [cell for row in life.cells(life.payroll_id, "2026-10") for cell in row]
    assert any(fingerprint(seal) in str(cell) for cell in printed)


# ---- what only looks like a closed month
def test_a_tab_that_looks_like_a_closed_month_is_named_and_once_it_is_renamed_the_month_closes(life):
    gateway, payroll_id = life.services.creator.gateway, life.payroll_id
    gateway.apply(payroll_id, [{"addSheet": {"properties": {"sheetId": 77, "title": "2026-10"}}}])
    before = outside(life)
    text = refused(
        "looks_like_a_closed_month",
        lambda: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП"),
    )
    assert "«2026-10»" in text
    assert outside(life) == before
    assert life.services.ledger.snapshot(SLUG, OCTOBER) is None
    rename = {"properties": {"sheetId": 77, "title": "Октябрь, черновик"}, "fields": "title"}
    gateway.apply(payroll_id, [{"updateSheetProperties": rename}])
    assert close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП").seal_number == 2


def test_a_tab_at_the_place_of_the_month_is_named_whatever_its_title(life):
    tab = {"sheetId": sheet_id("payroll", "2026-10"), "title": "Просто лист"}
    life.services.creator.gateway.apply(life.payroll_id, [{"addSheet": {"properties": tab}}])
    text = refused(
        "looks_like_a_closed_month",
        lambda: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП"),
    )
    assert "«Просто лист»" in text


@pytest.mark.parametrize("kind", [SPREADSHEET_TYPE, JSON_TYPE])
def test_a_file_in_the_clients_folders_that_looks_like_a_closed_month_is_named(life, kind):
    drive, client = life.services.creator.drive, life.client
    folder = client.folder_id if kind == SPREADSHEET_TYPE else client.records_folder_id
    if kind == SPREADSHEET_TYPE:
        put = drive.create("2026-10 KPI — Береке", kind, [folder])
    else:
        put = drive.upload_json("2026-10 печать № 2", b'{"format":"tablo-seal-1"}', [folder], {})
    text = refused(
        "looks_like_a_closed_month",
        lambda: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП"),
    )
    assert f"«{put.name}»" in text
    drive.trash(put.id)
    assert close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП").seal_number == 2


def test_a_file_of_no_month_and_one_of_an_earlier_month_stop_nothing(life):
    drive, client = life.services.creator.drive, life.client
    drive.create("Порядок премирования", SPREADSHEET_TYPE, [client.folder_id])
    drive.create("2026-07 до Табло", SPREADSHEET_TYPE, [client.folder_id])
    assert close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП").seal_number == 2


@pytest.mark.parametrize(("beside", "named"), [(False, []), (True, ["double"])])
def test_a_copy_that_somebody_made_bears_the_same_marks_and_is_left_alone(life, beside, named):
    """Elsewhere it is whoever's made it; in the client's own folders it is named as a double, and binned by nobody."""
    drive = life.services.creator.drive
    archive = life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
    parents = drive.file(life.workbook_id).parents if beside else [drive.create("Личное", FOLDER_TYPE).id]
    copy = drive.copy(archive, "Копия архива", parents, {})
    assert read_marks(copy) == read_marks(drive.file(archive))
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    assert not drive.file(copy.id).trashed
    assert [finding.code for finding in verify_client(SLUG, life.services).findings] == named


def test_files_marked_by_another_ledger_are_not_written(life):
    drive = life.services.creator.drive
    drive.update(life.payroll_id, properties={"tablo_ledger": "0" * 32})
    before = outside(life)
    for act in (
        lambda: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП"),
        lambda: open_month(SLUG, NOVEMBER, NOVEMBER_BEGINS_AT, life.services),
    ):
        assert "Ведомость — Береке" in refused("files_of_another_ledger", act)
    assert outside(life) == before


def test_a_shadow_month_that_two_copies_close_at_once_is_sealed_by_one_alone(tmp_path_factory, tmp_path):
    """It has no payroll tab: the turn and the sealed record tell. 11 and 12: before and after the turn is written."""
    for call in (10, 11, 12, 13, 20):
        folder = tmp_path / str(call)
        with copy_of("deployed", tmp_path_factory.getbasetemp(), folder) as life:
            life.services.ledger.update_client(SLUG, extra={**life.client.extra, "shadow": True})
            fill_september(life)
            copy = keep_ledger(life, folder / "copy")
            _, outcomes, sealed = race(life, copy, SEPTEMBER, SEPTEMBER_CLOSED_AT, call)
            assert sorted(map(len, sealed.values())) == [0, 1], (call, outcomes)
