"""The names under which an emulator answers; the doors themselves are tested over HTTP."""

import socket

import pytest

from sheets_emulator.serving.guard import names_of

HERE, EVERYWHERE, ONE = "http://127.0.0.1:8765", "http://0.0.0.0:8765", "http://192.168.1.5:8765"


@pytest.mark.parametrize(
    ("url", "host", "known"),
    [
        (HERE, "127.0.0.1:8765", True),
        (HERE, "localhost:9000", True),  # a forwarded port
        (HERE, "[::1]:8765", True),
        (HERE, "192.168.1.5:8765", False),
        (HERE, "127.0.0.2:8765", False),
        (HERE, "localhost.:8765", False),
        (HERE, "0.0.0.0:8765", False),
        (HERE, "emulator", False),
        (HERE, "[::1", False),
        (HERE, "127.0.0.1:8765:8765", False),
        (HERE, "127.0.0.1 evil.test", False),
        (ONE, "192.168.1.5:8765", True),
        (ONE, "192.168.1.6:8765", False),
        (EVERYWHERE, "192.168.1.5:8765", True),
        (EVERYWHERE, "[fe80::1]:8765", True),
        (EVERYWHERE, "evil.test:8765", False),
        (EVERYWHERE, "192.168.1.5.evil.test", False),
        (EVERYWHERE, "256.1.1.1", False),
    ],
)
def test_an_emulator_answers_under_its_own_names(url, host, known):
    assert names_of(url).know(host) is known


def test_its_owner_may_add_names():
    names = names_of(EVERYWHERE, ["Emulator", "tables.office"])
    for host in ("emulator:8765", "TABLES.office", f"{socket.gethostname()}:8765"):
        assert names.know(host), host
    assert not names.know("evil.test")
