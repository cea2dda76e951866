"""Adopting as the tests do it: on a new machine, by whom and when, and what a refusal must leave as it was."""

import shutil

import pytest

from kpi_rules.errors import RefusedError
from operations.adopting.adopt import Asked, adopt_client
from operations.world.telling import told
from tests.contract.client_acts import at
from tests.contract.client_life import (
    SLUG,
)
from tests.faults.lost.other_ledgers import (
    KEY,
    outside,
)

ADOPTED_AT, DECEMBER_BEGINS_AT = at(7, 9, 12), at(1, 9, 12)


def new_home(life, folder, *, key=True):
    folder.mkdir()
    if key:
        shutil.copy2(life.services.settings.home / KEY, folder / KEY)
    return folder


def adopt(world, **asked):
    return adopt_client(SLUG, Asked(**asked), "Дана", ADOPTED_AT, world)


def refused(life, code, act):
    """The act is refused in one sentence with a remedy, and nothing at Google has changed."""
    before = outside(life)
    with pytest.raises(RefusedError) as failed:
        act()
    assert failed.value.code == code, told(failed.value)
    sentence = told(failed.value)
    assert sentence.what
    assert sentence.remedy
    assert "{" not in sentence.what + sentence.remedy
    assert outside(life) == before
    return f"{sentence.what} {sentence.remedy}"
