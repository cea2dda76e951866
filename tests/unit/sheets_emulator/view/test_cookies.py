"""Which browsers are given a cookie that is kept over HTTPS and trusted addresses alone."""

from types import SimpleNamespace

import pytest
from starlette.requests import Request
from starlette.responses import Response

from sheets_emulator.view.cookies import account_in, keep_account, keep_session, session_in

URL = "http://127.0.0.1:8765"
CHROMIUM = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"


def asked(scheme="http", **headers):
    named = {"host": "127.0.0.1:8765", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    app = SimpleNamespace(state=SimpleNamespace(engine=SimpleNamespace(url=URL)))
    return Request(
        {"type": "http", "scheme": scheme, "path": "/", "query_string": b"", "headers": raw, "app": app}
    )


@pytest.mark.parametrize(
    ("scheme", "headers", "secure"),
    [
        ("http", {"user_agent": CHROMIUM, "sec_fetch_site": "none"}, True),
        ("http", {"user_agent": FIREFOX, "sec_fetch_site": "none"}, True),
        ("http", {"user_agent": SAFARI, "sec_fetch_site": "none"}, False),
        ("http", {"user_agent": CHROMIUM}, False),  # an address of a network, which it does not trust
        ("http", {}, False),
        ("https", {"user_agent": SAFARI}, True),
    ],
)
def test_a_cookie_is_secure_where_the_browser_keeps_it_then(scheme, headers, secure):
    answer = Response()
    keep_session(asked(scheme, **headers), answer, "x", 60)
    keep_account(asked(scheme, **headers), answer, "анна@firm.kz")
    kept = [[part.strip().lower() for part in one.split(";")] for one in answer.headers.getlist("set-cookie")]
    assert [
        ("secure" in one, "httponly" in one, "samesite=strict" in one, "path=/" in one) for one in kept
    ] == [(secure, True, True, True)] * 2


def test_cookies_of_another_port_are_not_taken_for_ours():
    request = asked(cookie="emulator_session_8765=a; emulator_session_8766=b; emulator_account_8766=c")
    assert (session_in(request, URL), account_in(request)) == ("a", "")
    assert session_in(request, "http://127.0.0.1:8766") == "b"
