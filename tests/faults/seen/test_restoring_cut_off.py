"""A restoring that is cut off anywhere goes on: one archive, one tab, one record, the spoilt ones put aside once.

Cut off before one of its outside calls, at points spread over all of them; the calls are counted in a run that is not.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from operations.access.wanted import folders_around
from operations.restoring.restoring import restore_month
from operations.verifying.verifying import verify_client
from operations.world.services import utc_now
from sheets_sync.ports import Sought
from tests.contract.client_life import OCTOBER_CLOSED_AT, SEPTEMBER, SLUG, copy_of, living
from tests.faults.seen.acts import BOSS, ids
from tests.faults.seen.closed_looks import SHOWN, on_archive, on_payroll

POINTS = 12


class CutOff(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """The folder of a client of whose sealed month archive and payroll tab are spoilt and the record is gone."""
    home = tmp_path_factory.mktemp("spoilt")
    with copy_of("closed", tmp_path_factory.getbasetemp(), home) as life:
        typed_over = next(shown for shown in SHOWN if shown.what == "a number typed over")
        on_archive(typed_over)(life, BOSS, ids(life)["archive"])
        on_payroll(typed_over)(life, BOSS, ids(life)["payroll"])
        life.services.creator.drive.trash(ids(life)["record"])
    return home


def restore(life):
    # Later than Drive's search lags behind.
    services = replace(life.services, clock=lambda: utc_now() + timedelta(minutes=10))
    return restore_month(SLUG, SEPTEMBER, OCTOBER_CLOSED_AT, services, "консультант")


@pytest.fixture(scope="module")
def calls(spoilt, tmp_path_factory):
    """How many outside calls a restoring makes that is not cut off."""
    home = tmp_path_factory.mktemp("counted")
    shutil.copytree(spoilt, home, dirs_exist_ok=True)
    made: list[str] = []
    with living(home) as life:
        life.on_call = made.append
        restore_month(SLUG, SEPTEMBER, OCTOBER_CLOSED_AT, life.services, "консультант")
        life.on_call = lambda _kind: None
        assert verify_client(SLUG, life.services).intact
    return len(made)


def test_there_are_more_calls_than_points(calls, tell):
    tell(f"restore: cut off at {POINTS} of {calls} outside calls")
    assert calls > POINTS


@pytest.mark.parametrize("point", range(POINTS))
def test_cut_off_anywhere_it_goes_on(spoilt, calls, tmp_path, point):
    shutil.copytree(spoilt, tmp_path, dirs_exist_ok=True)
    at, counted = 1 + point * (calls - 1) // (POINTS - 1), 0

    def cut(_kind):
        nonlocal counted
        counted += 1
        if counted == at:
            raise CutOff

    with living(tmp_path) as life:
        life.on_call = cut
        with pytest.raises(CutOff):
            restore_month(SLUG, SEPTEMBER, OCTOBER_CLOSED_AT, life.services, "консультант")
        life.on_call = lambda _kind: None
        restore(life)
        assert restore(life).is_whole
        assert verify_client(SLUG, life.services).intact
        drive, client = life.services.creator.drive, life.client
        for folder, files in (
            (client.folder_id, 1),
            (client.records_folder_id, 1),
            (folders_around(client, life.services)[1], 2),
        ):
            assert len(drive.find(Sought(parent=folder))) == files
