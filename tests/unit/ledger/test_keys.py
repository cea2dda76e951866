from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed448

from ledger import SealKeyError, public_key_text
from ledger.seal_keys import load_key, make_key

# RFC 8032 §7.1, test 1.
SECRET = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def test_where_no_key_lies_none_is_made_unasked(tmp_path: Path) -> None:
    assert load_key(tmp_path, {}) is None
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    first = make_key(folder)
    assert (folder / "seal-key.pem").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (
        public_key_text(load_key(folder, {})) == public_key_text(make_key(folder)) == public_key_text(first)
    )
    assert [path.name for path in folder.iterdir()] == ["seal-key.pem"]


def test_the_mode_does_not_depend_on_the_accounts_mask(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        make_key(tmp_path)
    finally:
        os.umask(mask)
    assert (tmp_path / "seal-key.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_given_by_the_environment_comes_first_and_is_not_written(tmp_path: Path) -> None:
    key = load_key(tmp_path, {"KPI_SEAL_KEY": f"{SECRET}\n"})
    assert public_key_text(key) == PUBLIC
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [SECRET[:-1], SECRET + "00", "z" * 64, "-----BEGIN PRIVATE KEY-----"])
def test_a_wrong_key_of_the_environment_is_not_quoted(tmp_path: Path, given: str) -> None:
    with pytest.raises(SealKeyError, match="64 hex digits") as caught:
        load_key(tmp_path, {"KPI_SEAL_KEY": given})
    assert given not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    make_key(tmp_path)
    (tmp_path / "seal-key.pem").chmod(0o640)
    with pytest.raises(SealKeyError, match="chmod 600"):
        load_key(tmp_path, {})


def test_a_file_that_holds_no_such_key_is_refused_and_stays(tmp_path: Path) -> None:
    other = ed448.Ed448PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for content in (b"", b"rubbish", other):
        path = tmp_path / "seal-key.pem"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(SealKeyError, match="backup"):
            load_key(tmp_path, {})
        assert path.read_bytes() == content


def test_no_repr_shows_the_key(tmp_path: Path) -> None:
    key = load_key(tmp_path, {"KPI_SEAL_KEY": SECRET})
    assert SECRET[:8] not in repr(key)
