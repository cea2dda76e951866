"""Keys and sessions by a clock of the test's own."""

import pytest

from sheets_emulator.access.doors import SESSION_SECONDS, Doors

URL = "http://127.0.0.1:8765"


def key_of(link):
    assert link.startswith(f"{URL}/view/enter?key=")
    return link.partition("=")[2]


def test_a_key_opens_once():
    doors = Doors("secret")
    key = key_of(doors.new_link(URL))
    assert doors.session_for(key[:-1]) is None
    session = doors.session_for(key)
    assert doors.is_session(session)
    assert doors.session_for(key) is None


def test_keys_differ_and_each_is_its_own():
    doors = Doors("secret")
    first, second = (key_of(doors.new_link(URL)) for _ in range(2))
    assert first != second
    assert doors.session_for(second)
    assert doors.session_for(first)


def test_a_session_ends_after_thirty_days():
    at = [1_790_000_000.0]
    doors = Doors("secret", lambda: at[0])
    session = doors.session_for(key_of(doors.new_link(URL)))
    at[0] += SESSION_SECONDS - 1
    assert doors.is_session(session)
    at[0] += 1
    assert not doors.is_session(session)


def test_only_the_secret_signs_sessions():
    at = [1_790_000_000.0]
    doors, others = (Doors(secret, lambda: at[0]) for secret in ("secret", "another"))
    session = doors.session_for(key_of(doors.new_link(URL)))
    assert not others.is_session(session)
    ends, _, signature = session.partition(".")
    for wrong in (f"{int(ends) + 1}.{signature}", f"{ends}.{'0' * 64}", session + "0", "", ".", "x.y", ends):
        assert not doors.is_session(wrong)


def test_a_proof_is_no_session():
    doors = Doors("secret", lambda: 0.0)
    assert not doors.is_session(f"99999999999.{doors.proof('99999999999', '')}")


@pytest.mark.parametrize(
    ("given", "known"), [("secret", True), ("Secret", False), ("", False), ("sécret", False)]
)
def test_the_administrator_shows_the_whole_secret(given, known):
    assert Doors("secret").is_administrator(given) is known


def test_a_link_leads_where_a_browser_can_go():
    assert Doors("s").new_link("http://0.0.0.0:8765").startswith("http://127.0.0.1:8765/view/enter?key=")
