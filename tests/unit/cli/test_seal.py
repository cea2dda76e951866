"""`kpi seal`: from the ledger to a file, and the file checked with nothing but the public key."""

import json
import socket

import pytest

import ledger
from ledger import open_ledger
from tests.unit.ledger.builders import KEY, OCTOBER, PUBLIC, SEPTEMBER, a_chain, a_client, a_record, close
from tests.unit.operations.seals.test_seal_files import real_seal, write_seal


@pytest.fixture
def run(command, monkeypatch, tmp_path):
    """Run one command line as the console script does: exit code, what was printed, what was complained."""
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run_once(*arguments):
        return command(*arguments, width=140)

    return run_once


@pytest.fixture
def sealed(tmp_path):
    """A ledger with one closed month."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with open_ledger(folder=home) as book:
        book.add_client(a_client())
        return close(book, SEPTEMBER)


@pytest.fixture
def alone(monkeypatch):
    """Neither network nor ledger."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(ledger, "open_ledger", refuse)


def test_show_lists_the_seals_and_one_of_them_whole(run, sealed):
    code, out, err = run("seal", "show", "acme")
    assert (code, err) == (0, "")
    assert ledger.fingerprint(sealed) in out
    assert "держатся" in out
    code, out, _ = run("seal", "show", "acme", "2026-09")
    assert code == 0
    for shown in (sealed.digest, sealed.public_key, sealed.signature, "нет, это первая"):
        assert shown in out


def test_show_names_what_is_not_there(run, sealed):
    code, _, err = run("seal", "show", "nobody")
    assert (code, "nobody" in err) == (1, True)
    code, _, err = run("seal", "show", "acme", "2026-10")
    assert (code, "не закрыт" in err) == (1, True)
    code, _, err = run("seal", "show", "acme", "октябрь?")
    assert (code, "не месяц" in err) == (1, True)


def test_a_client_without_seals_is_told_so(run, tmp_path):
    (tmp_path / "home").mkdir(mode=0o700)
    with open_ledger(folder=tmp_path / "home") as book:
        book.add_client(a_client())
    code, out, _ = run("seal", "show", "acme")
    assert (code, "ещё нет" in out) == (0, True)


def test_export_writes_the_seal_byte_for_byte_and_nothing_over_it(run, sealed, tmp_path):
    code, out, _ = run("seal", "export", "acme", "2026-09", "seal.json")
    assert code == 0
    assert "храните его как ведомость" in out
    assert (tmp_path / "seal.json").read_bytes() == ledger.export_seal(sealed)
    code, _, err = run("seal", "export", "acme", "2026-09", "seal.json")
    assert (code, "уже есть" in err) == (1, True)


def test_check_needs_neither_ledger_nor_network_nor_a_data_folder(run, alone, tmp_path):
    write_seal(real_seal(), tmp_path / "seal.json")
    code, out, err = run("seal", "check", "seal.json", "--key", PUBLIC, "--recompute")
    assert (code, err) == (0, "")
    assert "совпал байт в байт" in " ".join(out.split())
    assert "Всё держится." in out
    assert not (tmp_path / "home").exists()


def test_check_of_a_changed_file_says_what_differs_and_fails(run, alone, tmp_path):
    write_seal(a_chain(1)[0], tmp_path / "seal.json")
    changed = (tmp_path / "seal.json").read_text("utf-8").replace("42000000", "43000000")
    (tmp_path / "seal.json").write_text(changed, "utf-8")
    code, out, _ = run("seal", "check", "seal.json")
    assert code == 1
    assert "содержимое печати изменено" in " ".join(out.split())
    assert json.loads(changed)["digest"][:16] in out
    assert "верить нельзя" in out
    assert "Ключ взят из самого файла" in out


def test_check_of_a_newer_programs_record_says_so_and_does_not_call_it_forged(run, alone, tmp_path):
    write_seal(ledger.seal(a_record(form=99, program="7.0"), 1, None, KEY), tmp_path / "seal.json")
    code, out, _ = run("seal", "check", "seal.json", "--recompute", "--key", PUBLIC)
    assert code == 1
    assert "более новая программа" in " ".join(out.split())
    assert "7.0" in out
    assert "верить нельзя" not in out


def test_check_of_what_is_no_seal_is_one_sentence(run, alone, tmp_path):
    (tmp_path / "odd.json").write_text("{}")
    code, _, err = run("seal", "check", "odd.json")
    assert (code, "не файл печати" in err) == (1, True)


def test_verify_recompute_recounts_the_ledgers_months_without_google(run, tmp_path, monkeypatch):
    """The record of the rules' present version comes out the same; a thin one cannot be recounted."""
    monkeypatch.setenv("KPI_SEAL_KEY", bytes(range(32)).hex())
    (tmp_path / "home").mkdir(mode=0o700)
    record = real_seal().record
    with open_ledger(folder=tmp_path / "home") as book:
        book.add_client(a_client())
        parts = {name: part for name, part in record.items() if name not in {"client", "month", "ledger"}}
        close(book, OCTOBER, **parts)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the network was asked"))
    code, out, err = run("verify", "--recompute")
    assert (code, err) == (0, "")
    assert "совпал байт в байт" in " ".join(out.split())
    with open_ledger(folder=tmp_path / "home") as book:
        close(book, OCTOBER.plus(1))
    code, out, _ = run("verify", "acme", "--recompute")
    assert code == 1
    assert "не читается" in " ".join(out.split())


def test_check_of_a_newer_programs_file_is_one_sentence_and_no_forgery(run, alone, tmp_path):
    (tmp_path / "later.json").write_text('{"format": "tablo-seal-2", "record": {}}')
    code, _, err = run("seal", "check", "later.json")
    assert code == 1
    assert "сделана более новой версией программы" in " ".join(err.split())
