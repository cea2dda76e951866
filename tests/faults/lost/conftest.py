"""A client whose ledger gets lost: with three sealed months, or with one."""

import shutil

import pytest

from tests.contract.client_life import copy_of, living
from tests.faults.lost.other_ledgers import play_to_november


@pytest.fixture(scope="session")
def year(tmp_path_factory):
    """A client with three sealed months, and backups of its ledger from before the last and before the first close."""
    folder = tmp_path_factory.mktemp("year")
    (folder / "backups").mkdir()
    with copy_of("open", tmp_path_factory.getbasetemp(), folder / "home") as life:
        play_to_november(life, folder / "backups")
    return folder


@pytest.fixture
def life(year, tmp_path):
    shutil.copytree(year / "home", tmp_path / "home")
    shutil.copytree(year / "backups", tmp_path / "backups")
    with living(tmp_path / "home") as played:
        yield played


@pytest.fixture
def one_sealed(tmp_path_factory, tmp_path):
    """September is sealed, October over and clean."""
    with copy_of("closed", tmp_path_factory.getbasetemp(), tmp_path / "home") as played:
        yield played
