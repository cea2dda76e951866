"""A file that only its passphrase opens: whatever is done to it is seen, and told apart from a wrong passphrase."""

import random

import pytest

from kpi_rules.errors import NewerFormError, RefusedError
from operations.backups import envelope
from operations.backups.envelope import SealedFile, SealedWriter

PHRASE = "четыре слова подряд"
SEED = 20261130


def content(length):
    """Lines that do not compress: several pieces."""
    chance = random.Random(SEED)
    return [chance.randbytes(999).hex().encode() + b"\n" for _ in range(length)]


def written(path, lines, phrase=PHRASE):
    with path.open("wb") as file:
        writer = SealedWriter(file, phrase)
        for line in lines:
            writer.write(line)
        writer.finish()
    return path


@pytest.fixture
def quick(monkeypatch):
    """For a try at every byte: a key costs no tenth of a second."""
    monkeypatch.setattr(envelope, "_SCRYPT", {"n": 2, "p": 1, "r": 8})


@pytest.fixture
def file(tmp_path):
    return written(tmp_path / "a.backup", [b"one\n", "два\n".encode()])


def code_of(path, phrase=PHRASE):
    with pytest.raises(RefusedError) as failed:
        list(SealedFile(path, phrase).lines())
    return failed.value.code


@pytest.mark.parametrize("length", [0, 1, 3000])
def test_what_was_written_is_read_as_often_as_wanted(tmp_path, length):
    lines = content(length)
    opened = SealedFile(written(tmp_path / "a.backup", lines), PHRASE)
    assert list(opened.lines()) == lines
    assert list(opened.lines()) == lines


def test_nothing_of_the_content_is_to_be_seen_and_no_two_files_are_alike(tmp_path, file):
    again = written(tmp_path / "b.backup", [b"one\n", "два\n".encode()])
    assert b"one" not in file.read_bytes()
    assert file.read_bytes()[200:] != again.read_bytes()[200:]


def test_another_passphrase_is_told_as_such(file):
    assert code_of(file, PHRASE + " ") == "backup_not_opened"
    assert code_of(file, "") == "backup_not_opened"


def test_a_file_that_ends_anywhere_is_cut_short(quick, file):
    whole = file.read_bytes()
    head = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    for end in range(head, len(whole)):
        file.write_bytes(whole[:end])
        assert code_of(file) == "backup_cut_short", end


def test_a_file_of_several_pieces_without_the_last_is_cut_short(tmp_path):
    path = written(tmp_path / "a.backup", content(3000))
    whole = path.read_bytes()
    first = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    size = int.from_bytes(whole[first : first + 4])
    path.write_bytes(whole[: first + 4 + size])
    assert code_of(path) == "backup_cut_short"


def test_every_changed_byte_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(
        envelope, "_SCRYPT", {"n": 2, "p": 1, "r": 8}
    )  # else a tenth of a second for each byte
    file = written(tmp_path / "a.backup", [b"one\n", "два\n".encode()])
    whole = file.read_bytes()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        file.write_bytes(changed)
        codes = {"backup_damaged", "backup_not_opened", "backup_cut_short", "no_backup"}
        try:
            assert code_of(file) in codes, at
        except NewerFormError:
            assert whole[at : at + 1] == b"1", at


def test_pieces_in_another_order_and_more_behind_the_end_are_seen(tmp_path):
    path = written(tmp_path / "a.backup", content(3000))
    whole = path.read_bytes()
    first = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    size = 4 + int.from_bytes(whole[first : first + 4])
    one, two, rest = (
        whole[first : first + size],
        whole[first + size : first + 2 * size],
        whole[first + 2 * size :],
    )
    path.write_bytes(whole[:first] + two + one + rest)
    assert code_of(path) == "backup_damaged"
    path.write_bytes(whole + b"x")
    assert code_of(path) == "backup_damaged"


def test_another_file_is_no_backup_and_a_newer_form_is_told(tmp_path, file):
    other = tmp_path / "other"
    for bytes_in in (b"", b"PK\x03\x04", b"tablo-backup-x\n{}\n", b"\n" * 100):
        other.write_bytes(bytes_in)
        assert code_of(other) == "no_backup"
    other.write_bytes(file.read_bytes().replace(b"backup-1", b"backup-2", 1))
    with pytest.raises(NewerFormError):
        SealedFile(other, PHRASE)
    assert code_of(tmp_path / "nowhere") == "file_unreadable"


def test_a_file_cannot_ask_for_the_whole_memory(tmp_path, file):
    head = file.read_bytes().replace(b'"n": 32768', b'"n": 1073741824')
    (tmp_path / "greedy").write_bytes(head)
    assert code_of(tmp_path / "greedy") == "backup_damaged"
