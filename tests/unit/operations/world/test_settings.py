"""The environment at the door: which keys, which folder, and what is refused."""

from pathlib import Path

import pytest

from kpi_rules.errors import RefusedError
from operations.world.settings import read_settings
from sheets_sync.google.credentials import load_credentials
from tests.telling import tells, what_of


def test_without_keys_everything_is_local():
    settings = read_settings({})
    assert settings.is_local
    assert settings.home == Path(".kpi").absolute()
    assert settings.emulator_folder == settings.home / "emulator"


def test_one_key_works_for_both(tmp_path):
    key = tmp_path / "key.json"
    key.write_text("{}")
    settings = read_settings({"KPI_GOOGLE_CREDENTIALS": str(key), "KPI_HOME": str(tmp_path)})
    assert settings.worker_key == settings.creator_key == key
    assert not settings.is_local


def test_a_creator_alone_is_refused(tmp_path):
    key = tmp_path / "key.json"
    key.write_text("{}")
    with tells(RefusedError, "KPI_GOOGLE_CREDENTIALS"):
        read_settings({"KPI_GOOGLE_CREATOR": str(key)})


def test_a_key_file_that_is_not_there_is_refused_by_its_variable(tmp_path):
    with tells(RefusedError, "KPI_GOOGLE_CREDENTIALS"):
        read_settings({"KPI_GOOGLE_CREDENTIALS": str(tmp_path / "none.json")})


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", '"text"', "{}", '{"type": "service_account"}', '{"refresh_token": "x"}', "null"],
)
def test_a_file_that_is_no_key_is_refused_without_being_quoted(tmp_path, text):
    path = tmp_path / "key.json"
    path.write_text(text)
    with tells(RefusedError, r"key\.json") as refused:
        load_credentials(path)
    assert refused.value.__cause__ is None
    assert not text or text not in what_of(refused)
