"""The administrator's secret: for its owner alone, the same for all who read the folder."""

import pytest

from sheets_emulator.store.admin_secret import SECRET_HEADER, admin_headers, ensured_secret, proof, secret_of


def test_a_secret_is_made_once_and_kept_for_its_owner(tmp_path):
    made = ensured_secret(tmp_path)
    assert len(made) >= 40
    assert (tmp_path / "admin-secret").stat().st_mode & 0o777 == 0o600
    assert ensured_secret(tmp_path) == secret_of(tmp_path) == made
    assert admin_headers(tmp_path) == {SECRET_HEADER: made}
    assert [file.name for file in tmp_path.iterdir()] == ["admin-secret"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o777])
def test_a_secret_that_others_may_have_read_is_replaced(tmp_path, mode):
    known = ensured_secret(tmp_path)
    (tmp_path / "admin-secret").chmod(mode)
    assert ensured_secret(tmp_path) != known
    assert (tmp_path / "admin-secret").stat().st_mode & 0o777 == 0o600


def test_an_empty_secret_is_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        secret_of(tmp_path)
    (tmp_path / "admin-secret").touch(mode=0o600)
    with pytest.raises(ValueError, match="empty"):
        secret_of(tmp_path)
    assert ensured_secret(tmp_path)


def test_a_proof_is_of_one_secret_one_run_and_one_question():
    proofs = {
        proof("s", "run", "1"),
        proof("t", "run", "1"),
        proof("s", "other", "1"),
        proof("s", "run", "2"),
    }
    assert len(proofs) == 4
    assert not [one for one in proofs if "s" in one]
