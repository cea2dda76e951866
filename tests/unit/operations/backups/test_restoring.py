"""Backups made and restored: ledger and keys as they were, nothing of a newer state lost, nothing done by halves."""

import json
import sqlite3
import stat
from contextlib import closing
from types import SimpleNamespace

import pytest

from kpi_rules.errors import NewerFormError, RefusedError
from ledger import open_ledger, public_key_text
from ledger.seal_keys import KEY_FILE, read_key, write_key
from operations.backups import making, nightly, restoring
from operations.backups.envelope import SealedFile, SealedWriter
from operations.backups.making import make_backup
from operations.backups.nightly import KEPT, nightly_backup, outdated
from operations.backups.restoring import restore_backup
from operations.world.settings import RunSettings
from operations.world.telling import told, working_texts
from tests.unit.ledger.builders import KEY, NOW, OCTOBER, OTHER_KEY, PUBLIC, SEPTEMBER, a_client, close
from tests.unit.ledger.postgres_server import fresh_database

PHRASE = "четыре слова подряд"


@pytest.fixture
def home(tmp_path):
    """The data folder of a ledger with one closed month, and its key."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    write_key(KEY, folder / KEY_FILE)
    with open_ledger(folder=folder) as book:
        book.add_client(a_client())
        close(book, SEPTEMBER)
    return folder


@pytest.fixture
def settings(home):
    return RunSettings(home, parent_folder="folder-of-clients")


def back_up(settings, path, phrase=PHRASE):
    with open_ledger(settings.ledger_url, folder=settings.home) as book:
        return make_backup(book, settings, path, phrase, NOW)


@pytest.fixture
def backup(settings, tmp_path):
    return back_up(settings, tmp_path / "a.backup").path


def refused(code, path, settings, phrase=PHRASE):
    """It is refused in words with a remedy, and the data folder is as it was."""
    before = state_of(settings.home)
    with pytest.raises(RefusedError) as failed:
        restore_backup(path, phrase, settings, NOW)
    assert failed.value.code == code
    assert told(failed.value).remedy
    assert state_of(settings.home) == before


def state_of(folder):
    keys = {path.name: path.read_bytes() for path in folder.glob("*.pem")}
    names = {path.name for path in folder.glob("*") if not path.name.endswith(("-wal", "-shm"))}
    return keys, names, lines_of(folder) if (folder / "ledger.sqlite").exists() else []


def lines_of(folder, url=None):
    lines = []
    with open_ledger(url, folder=folder) as book:
        book.dump(lines.append)
    return sorted(lines)


def test_a_backup_goes_into_an_empty_folder_with_its_key_and_says_what_to_set(home, backup, tmp_path):
    new = RunSettings(tmp_path / "new")
    restored = restore_backup(backup, PHRASE, new, NOW)
    assert lines_of(new.home) == lines_of(home)
    assert public_key_text(read_key(new.home / KEY_FILE)) == PUBLIC
    assert restored.clients == ("acme",)
    assert (restored.kept, restored.has_key, restored.broken) == (None, True, ())
    assert restored.settings == {"KPI_DRIVE_FOLDER": "folder-of-clients"}
    assert stat.S_IMODE((new.home / "ledger.sqlite").stat().st_mode) == 0o600
    assert not [path for path in new.home.iterdir() if path.name.startswith(".")]
    with open_ledger(folder=new.home) as book:
        assert close(book, OCTOBER).number == 2


def test_the_file_is_for_its_owner_alone_and_shows_nothing(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    content = backup.read_bytes()
    assert not [word for word in (b"acme", b"PRIVATE", PUBLIC.encode()) if word in content]


@pytest.mark.postgres
def test_a_backup_of_one_database_goes_into_the_other_and_back(home, backup, tmp_path):
    server = RunSettings(tmp_path / "server", ledger_url=fresh_database())
    restore_backup(backup, PHRASE, server, NOW)
    assert lines_of(None, server.ledger_url) == lines_of(home)
    again = RunSettings(tmp_path / "again")
    restore_backup(back_up(server, tmp_path / "b.backup").path, PHRASE, again, NOW)
    assert lines_of(again.home) == lines_of(home)
    refused("restore_not_empty", backup, server)


def test_an_older_state_of_the_same_ledger_is_replaced_and_kept_aside(settings, home, backup, tmp_path):
    older = tmp_path / "older"
    restore_backup(backup, PHRASE, RunSettings(older), NOW)
    with open_ledger(folder=home) as book:
        close(book, OCTOBER)
    restored = restore_backup(back_up(settings, tmp_path / "b.backup").path, PHRASE, RunSettings(older), NOW)
    assert lines_of(older) == lines_of(home)
    with open_ledger(f"sqlite:///{restored.kept}") as kept:
        assert [seal.month for seal in kept.seals("acme")] == [str(SEPTEMBER)]


def test_a_ledger_that_knows_more_is_not_replaced(settings, home, backup):
    with open_ledger(folder=home) as book:
        book.take_turn("acme", str(book.turns("acme")[-1]), at=NOW)
    refused("restore_older", backup, settings)
    with open_ledger(folder=home) as book:
        close(book, OCTOBER)
        book.add_client(a_client("beta"))
    refused("restore_older", backup, settings)


def test_another_ledger_is_not_replaced(backup, tmp_path):
    other = RunSettings(tmp_path / "other")
    with open_ledger(folder=other.home) as book:
        book.add_client(a_client("beta"))
    refused("restore_other_ledger", backup, other)


def test_an_unused_ledger_is_replaced(home, backup, tmp_path):
    unused = RunSettings(tmp_path / "unused")
    with open_ledger(folder=unused.home):
        pass
    assert restore_backup(backup, PHRASE, unused, NOW).kept is None
    assert lines_of(unused.home) == lines_of(home)


def test_a_ledger_that_is_open_elsewhere_is_not_replaced(settings, home, backup):
    with closing(sqlite3.connect(home / "ledger.sqlite")) as other:
        other.execute("SELECT count(*) FROM clients").fetchone()
        refused("ledger_in_use", backup, settings)
    assert restore_backup(backup, PHRASE, settings, NOW).kept is not None


def test_another_key_that_lies_there_is_kept_under_its_own_name(backup, tmp_path):
    new = RunSettings(tmp_path / "new")
    new.make_home()
    write_key(OTHER_KEY, new.home / KEY_FILE)
    restore_backup(backup, PHRASE, new, NOW)
    assert public_key_text(read_key(new.home / KEY_FILE)) == PUBLIC
    other = public_key_text(OTHER_KEY)
    assert public_key_text(read_key(new.home / f"seal-key.{other[:16]}.pem")) == other


def test_a_key_of_the_environment_is_in_the_backup(settings, home, tmp_path, monkeypatch):
    (home / KEY_FILE).unlink()
    monkeypatch.setenv("KPI_SEAL_KEY", bytes(range(32)).hex())
    path = back_up(settings, tmp_path / "b.backup").path
    monkeypatch.delenv("KPI_SEAL_KEY")
    new = RunSettings(tmp_path / "new")
    assert restore_backup(path, PHRASE, new, NOW).has_key
    assert public_key_text(read_key(new.home / KEY_FILE)) == PUBLIC


def test_bad_files_and_phrases_change_nothing(settings, backup, tmp_path):
    refused("backup_not_opened", backup, settings, "другая фраза")
    whole = backup.read_bytes()
    spoilt = tmp_path / "spoilt"
    for content, code in (
        (whole[:-1], "backup_cut_short"),
        (whole[:-9] + b"x" + whole[-8:], "backup_damaged"),
        (b"PK\x03\x04", "no_backup"),
    ):
        spoilt.write_bytes(content)
        refused(code, spoilt, settings)
    refused("file_unreadable", tmp_path / "nowhere", settings)


def rewritten(backup, path, change):
    with path.open("wb") as file:
        writer = SealedWriter(file, PHRASE)
        for line in change(list(SealedFile(backup, PHRASE).lines())):
            writer.write(line)
        writer.finish()
    return path


def test_a_backup_that_lacks_a_row_or_is_of_a_newer_program_is_told(settings, backup, tmp_path):
    lacking = rewritten(
        backup, tmp_path / "b", lambda lines: [each for each in lines if b'["seals"' not in each]
    )
    refused("backup_damaged", lacking, settings)
    for at, part, value in ((0, "tablo_backup", 2), (1, "schema", "9999"), (1, "tablo_ledger", 2)):

        def newer(lines, at=at, part=part, value=value):
            lines[at] = json.dumps({**json.loads(lines[at]), part: value}).encode() + b"\n"
            return lines

        path = rewritten(backup, tmp_path / f"{part}.backup", newer)
        with pytest.raises(NewerFormError):
            restore_backup(path, PHRASE, RunSettings(tmp_path / "new"), NOW)
        with open_ledger(folder=tmp_path / "new") as book:
            assert not book.is_in_use


def test_a_restore_that_is_cut_off_leaves_the_old_state_or_the_new_one(home, backup, tmp_path, monkeypatch):
    for stage in ("restore_ledger", "_refuse_loss", "_restore_keys", "_exchange"):
        new = RunSettings(tmp_path / stage)

        def stop(*_given, **_named):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(restoring, stage, stop)
            with pytest.raises(KeyboardInterrupt):
                restore_backup(backup, PHRASE, new, NOW)
        assert not (new.home / "ledger.sqlite").exists()
        restore_backup(backup, PHRASE, new, NOW)
        assert lines_of(new.home) == lines_of(home)


def test_what_reads_otherwise_than_it_was_written_is_no_backup(settings, tmp_path, monkeypatch):
    def spoilt(draft, passphrase):
        draft.write_bytes(draft.read_bytes()[:-1])
        return SealedFile(draft, passphrase)

    monkeypatch.setattr(making, "SealedFile", spoilt)
    with pytest.raises(RefusedError):
        back_up(settings, tmp_path / "b.backup")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_nothing_is_overwritten_and_a_short_phrase_is_refused(settings, backup, tmp_path):
    before = backup.read_bytes()
    for path, phrase, code in (
        (backup, PHRASE, "file_exists"),
        (tmp_path / "b", "коротко", "passphrase_short"),
        (tmp_path / "no" / "folder", PHRASE, "file_unwritable"),
    ):
        with pytest.raises(RefusedError) as failed:
            back_up(settings, path, phrase)
        assert failed.value.code == code
    assert backup.read_bytes() == before


# ---- each night
def night(settings, book, at=NOW):
    return nightly_backup(
        at, SimpleNamespace(settings=settings, ledger=book, clock=lambda: at, words=working_texts())
    )


def test_a_night_makes_a_backup_where_a_folder_is_set_and_keeps_the_last_thirty(home, tmp_path):
    (tmp_path / "phrase").write_text(f"{PHRASE}\n", encoding="utf-8")
    folder = tmp_path / "backups"
    settings = RunSettings(home, backup_folder=folder, passphrase_file=tmp_path / "phrase")
    with open_ledger(folder=home) as book:
        assert night(RunSettings(home), book) == ""
        folder.mkdir()
        own = [f"tablo-{book.id[:8]}-202610{day:02}T000000Z.backup" for day in range(1, 31)]
        others = ["tablo-00000000-20200101T000000Z.backup", "заметки.txt", "a.backup"]
        for name in (*own, *others):
            (folder / name).touch()
        said = night(settings, book)
        made = f"tablo-{book.id[:8]}-20261105T093000Z.backup"
        assert made in said
        assert {path.name for path in folder.iterdir()} == {*own[1:], *others, made}
        restored = restore_backup(folder / made, PHRASE, RunSettings(tmp_path / "new"), NOW)
        assert restored.clients == ("acme",)


def test_a_night_without_a_passphrase_or_a_folder_that_can_be_made_says_so(home, tmp_path):
    (tmp_path / "phrase").write_text(PHRASE, encoding="utf-8")
    (tmp_path / "a file").touch()
    with open_ledger(folder=home) as book:
        for settings, code in (
            (RunSettings(home, backup_folder=tmp_path / "b"), "backup_without_passphrase"),
            (
                RunSettings(home, backup_folder=tmp_path / "b", passphrase_file=tmp_path / "no"),
                "passphrase_unreadable",
            ),
            (
                RunSettings(home, backup_folder=tmp_path / "a file", passphrase_file=tmp_path / "phrase"),
                "file_unwritable",
            ),
        ):
            with pytest.raises(RefusedError) as failed:
                night(settings, book)
            assert failed.value.code == code


def test_only_the_oldest_of_the_ledger_itself_are_outdated():
    names = [f"tablo-aaaaaaaa-20260101T0000{n:02}Z.backup" for n in range(KEPT + 2)]
    assert outdated(reversed(names), "aaaaaaaa" + "0" * 24) == names[:2]
    assert outdated(names, "b" * 32) == []
    assert nightly.KEPT == 30
