"""`kpi key`: what a person types and reads; the private key and the passphrase are never shown."""

import pytest

from ledger import open_ledger, public_key_text
from ledger.seal_keys import KEY_FILE, read_key, write_key
from tests.unit.ledger.builders import KEY, PUBLIC, SEPTEMBER, a_client, close

PHRASE = "четыре слова подряд"
SECRET = bytes(range(32)).hex()


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
    monkeypatch.setenv("KPI_HOME", str(home))
    monkeypatch.delenv("KPI_SEAL_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "phrase").write_text(f"{PHRASE}\n", encoding="utf-8")

    def run_once(*arguments):
        code, out, err = command(*arguments, width=160)
        assert SECRET not in out + err
        assert PHRASE not in out + err
        return code, out, err

    return run_once


def test_show_names_the_key_and_whether_it_is_here(run, home):
    code, out, _ = run("key", "show")
    assert (code, PUBLIC in out, "Закрытый ключ здесь" in out) == (0, True, True)
    (home / KEY_FILE).unlink()
    code, out, _ = run("key", "show")
    assert (code, "закрывать месяцы — нет" in out) == (0, True)
    assert not (home / KEY_FILE).exists()


def test_a_copy_goes_out_and_comes_back(run, home):
    code, out, _ = run("key", "export", "copy.pem", "--passphrase-file", "phrase")
    assert (code, "порознь" in out) == (0, True)
    (home / KEY_FILE).unlink()
    code, out, _ = run("key", "import", "copy.pem", "--passphrase-file", "phrase")
    assert (code, "на месте" in out) == (0, True)
    assert public_key_text(read_key(home / KEY_FILE)) == PUBLIC
    code, _, err = run("key", "import", "copy.pem", "--passphrase-file", "nowhere")
    assert (code, "не читается" in err) == (1, True)


def test_a_rotation_says_what_to_do_next_and_the_list_why_it_was(run):
    code, out, _ = run("key", "rotate", "--reason", "сменился консультант")
    assert (code, "acme" in out, "kpi key export" in out) == (0, True, True)
    code, out, _ = run("key", "show")
    assert (code, "сменился консультант" in out, "сменил прежний" in out) == (0, True, True)
    code, _, err = run("key", "rotate", "--reason", "ещё раз", "--lost")
    assert (code, "не утрачен" in err) == (1, True)


def test_a_lost_key_is_told_when_seals_are_checked(run, home, tmp_path):
    (home / KEY_FILE).unlink()
    code, out, _ = run("key", "rotate", "--reason", "ноутбук украден", "--lost")
    assert (code, "каждая проверка" in out) == (0, True)
    code, out, _ = run("seal", "show", "acme")
    assert (code, "держатся" in out) == (0, True)
