"""`kpi backup` and `kpi restore`: what a person types and reads; the passphrase is never shown, bad input is one sentence."""

import pytest

from ledger import open_ledger
from ledger.seal_keys import KEY_FILE, write_key
from tests.unit.ledger.builders import KEY, SEPTEMBER, a_client, close

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
def run(command, monkeypatch, tmp_path, home):
    for name in ("KPI_SEAL_KEY", "KPI_LEDGER_URL", "KPI_BACKUP_PASSPHRASE_FILE", "KPI_DRIVE_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "phrase").write_text(f"{PHRASE}\n", encoding="utf-8")
    (tmp_path / "other").write_text("совсем другая фраза", encoding="utf-8")

    def run_in(folder, *arguments):
        monkeypatch.setenv("KPI_HOME", str(tmp_path / folder))
        code, out, err = command(*arguments, width=160)
        assert PHRASE not in out + err
        return code, out, err

    return run_in


def test_a_backup_goes_out_and_comes_back_on_another_machine(run, monkeypatch):
    monkeypatch.setenv("KPI_DRIVE_FOLDER", "f0lder")
    code, out, _ = run("home", "backup", "a.backup", "--passphrase-file", "phrase")
    assert (code, "клиентов 1" in out, "сверено" in out, "порознь" in out) == (0, True, True, True)
    code, out, err = run("new", "restore", "a.backup", "--passphrase-file", "phrase")
    assert (code, err) == (0, "")
    assert "acme" in out
    assert "KPI_DRIVE_FOLDER=f0lder" in out
    assert "kpi client adopt" in out
    code, out, _ = run("new", "seal", "show", "acme")
    assert (code, "держатся" in out) == (0, True)


def test_the_passphrase_of_the_nights_serves_by_hand_too(run, monkeypatch, tmp_path):
    monkeypatch.setenv("KPI_BACKUP_PASSPHRASE_FILE", str(tmp_path / "phrase"))
    assert run("home", "backup", "a.backup")[0] == 0
    assert run("new", "restore", "a.backup")[0] == 0


@pytest.mark.parametrize(
    ("name", "phrase", "said"),
    [
        ("a.backup", "other", "не открывается"),
        ("cut.backup", "phrase", "обрывается"),
        ("phrase", "phrase", "не резервная копия"),
        ("nowhere", "phrase", "не прочитать"),
        ("a.backup", "nowhere", "не читается"),
    ],
)
def test_bad_input_is_one_sentence_with_what_to_do_and_changes_nothing(run, tmp_path, name, phrase, said):
    run("home", "backup", "a.backup", "--passphrase-file", "phrase")
    (tmp_path / "cut.backup").write_bytes((tmp_path / "a.backup").read_bytes()[:-3])
    code, _, err = run("new", "restore", name, "--passphrase-file", phrase)
    assert (code, said in err, "Что делать" in err) == (1, True, True)
    assert "Traceback" not in err
    assert not (tmp_path / "new" / "ledger.sqlite").exists()


def test_nothing_is_overwritten(run, tmp_path):
    (tmp_path / "a.backup").write_text("mine")
    code, _, err = run("home", "backup", "a.backup", "--passphrase-file", "phrase")
    assert (code, "Что делать" in err) == (1, True)
    assert (tmp_path / "a.backup").read_text() == "mine"


def test_an_older_ledger_is_kept_beside_the_restored_one(run, home):
    run("home", "backup", "old.backup", "--passphrase-file", "phrase")
    run("new", "restore", "old.backup", "--passphrase-file", "phrase")
    with open_ledger(folder=home) as book:
        close(book, SEPTEMBER.plus(1))
    run("home", "backup", "later.backup", "--passphrase-file", "phrase")
    code, out, _ = run("new", "restore", "later.backup", "--passphrase-file", "phrase")
    assert (code, "ledger.before-" in out) == (0, True)
    code, _, err = run("new", "restore", "old.backup", "--passphrase-file", "phrase")
    assert (code, "знает больше" in err) == (1, True)
