"""Whoever changes what people see of a client's files, or who sees them, is named; what harms nobody raises nothing.

A device of tampering is a row of `tampering.DEVICES`: its kind, the file, who uses it, what is done over HTTP with that
account's own credential, and how `check` must name it. Each is tried on a client with a sealed month and repaired, where
that is the program's to do, and then the next verification is clean. Rows about what verifies content and presentation
join them.
"""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from operations.access.checking import check_client
from operations.access.repairing import repair_client
from operations.verifying.verifying import verify_client
from sheets_emulator.access.accounts import ensure_account
from tests.contract.client_life import OCTOBER_CLOSED_AT, SLUG, copy_of, living
from tests.faults.seen.acts import ids
from tests.faults.seen.harmless import HARMLESS
from tests.faults.seen.tampering import DEVICES


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """The folder of a client with a sealed month."""
    home = tmp_path_factory.mktemp("seen")
    with copy_of("closed", tmp_path_factory.getbasetemp(), home) as life:
        ensure_account(life.emulator.engine.store, "all@bereke.kz")
    return home


@pytest.fixture
def life(closed, tmp_path):
    shutil.copytree(closed, tmp_path, dirs_exist_ok=True)
    with living(tmp_path) as life:
        yield life


def shown(finding) -> str:
    return " | ".join((finding.place, finding.sealed, finding.present))


def test_an_untouched_client_raises_no_alarm(life):
    assert check_client(SLUG, life.services).findings == ()
    assert verify_client(SLUG, life.services).intact


@pytest.mark.parametrize("device", DEVICES, ids=str)
def test_each_device_is_named_and_mended(life, device):
    device.act(life, device.who, ids(life)[device.file])
    found = [each for each in check_client(SLUG, life.services).findings if each.code == device.named]
    assert any(each.kind == device.kind and device.says in shown(each) for each in found), found
    verified = verify_client(SLUG, life.services)
    assert not verified.intact
    repaired = repair_client(SLUG, OCTOBER_CLOSED_AT, life.services, "консультант")
    if device.mends:
        assert repaired.left == ()
        assert check_client(SLUG, life.services).findings == ()
        assert verify_client(SLUG, life.services).intact
    else:
        assert device.named in {each.code for each in repaired.left}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_harms_nobody_raises_nothing(life, what):
    file, who, act = HARMLESS[what]
    act(life, who, ids(life)[file])
    assert check_client(SLUG, life.services).findings == ()
    assert verify_client(SLUG, life.services).intact


def test_the_table_counts(capsys):
    counted = Counter(device.kind for device in DEVICES)
    with capsys.disabled():
        print(f"\ndevices of tampering: {dict(counted)}, together {len(DEVICES)}; harmless: {len(HARMLESS)}")  # noqa: T201
    assert len(DEVICES) == len(set(map(str, DEVICES)))
    assert len(DEVICES) >= 90
    assert len(HARMLESS) >= 20
