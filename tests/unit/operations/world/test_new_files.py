"""Files that a command makes: whole or not at all, and what is told where the disk does not take them."""

import errno
import os
from pathlib import Path

import pytest

from cli.app import _explain
from kpi_rules.errors import RefusedError
from operations.world.new_files import disk_refusal, write_new
from operations.world.telling import told


def test_a_new_file_is_its_owners_alone(tmp_path):
    write_new(tmp_path / "a.json", b"pay")
    assert (tmp_path / "a.json").read_bytes() == b"pay"
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_not_overwritten(tmp_path):
    (tmp_path / "a.json").write_bytes(b"mine")
    with pytest.raises(RefusedError) as refused:
        write_new(tmp_path / "a.json", b"pay")
    assert refused.value.code == "file_exists"
    assert (tmp_path / "a.json").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.EROFS, "disk_read_only"),
        (errno.EIO, "file_unwritable"),
    ],
)
def test_a_disk_that_takes_no_more_leaves_no_half_of_a_file(tmp_path, monkeypatch, number, code):
    def fails(_handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(RefusedError) as refused:
        write_new(tmp_path / "a.json", b"pay")
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []
    assert "a.json" in told(refused.value).what


def test_no_half_of_a_file_stays_when_a_person_stops_the_command(tmp_path, monkeypatch):
    def stopped(_handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_new(tmp_path / "a.json", b"pay")
    assert list(tmp_path.iterdir()) == []


def test_a_really_full_disk_is_told_in_one_sentence(capsys):
    """`/dev/full` is a device of Linux that takes nothing."""
    with pytest.raises(OSError, match="space") as failed:
        Path("/dev/full").write_text("a line", encoding="utf-8")
    failed.value.filename = "/dev/full"
    assert _explain(failed.value) == 1
    said = capsys.readouterr().err
    assert "кончилось место" in said
    assert "Неожиданная" not in said


@pytest.mark.parametrize("error", [OSError(errno.ENOENT, "no"), ValueError("x"), OSError("bare")])
def test_other_errors_are_no_matter_of_the_disk(error):
    assert disk_refusal(error) is None
