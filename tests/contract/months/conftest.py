"""A sealed client for the tests that only read."""

import pytest

from tests.contract.client_life import (
    copy_of,
)


@pytest.fixture(scope="module")
def read_only(tmp_path_factory):
    """September is sealed; for tests that only read."""
    with copy_of("closed", tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("sealed")) as life:
        yield life
