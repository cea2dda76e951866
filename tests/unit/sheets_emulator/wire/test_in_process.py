"""Requests from inside the process reach the application as they would over a socket."""

import asyncio

import pytest

from sheets_emulator.wire.in_process import ask

OUTER = {"server": ("127.0.0.1", 8765), "client": ("127.0.0.1", 40000)}


def asked(app, target="/", content=b"", state=None):
    headers = [(b"Content-Type", b"text/plain")]
    return asyncio.run(ask(app, OUTER, "PUT", target, headers, content, state))


@pytest.mark.parametrize(
    "target",
    [
        "/drive/v3/files/../about",
        "/v4/spreadsheets/1/values/'A|B'!A1%3AB2?x={}&y=%7B%7D",
        '/files#part?q="a"',
        "/files?",
    ],
)
def test_an_address_arrives_as_it_was_written(target):
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    asked(app, target)
    path, _, query = target.partition("?")
    assert seen["raw_path"] == path.encode()
    assert seen["path"] == path.replace("%3A", ":")
    assert seen["query_string"] == query.encode()


def test_body_headers_state_and_the_addresses_of_both_ends_arrive_and_the_answer_comes_back_whole():
    async def app(scope, receive, send):
        message = await receive()
        assert (message["body"], message.get("more_body", False)) == (b"content", True)
        assert await receive() == {"type": "http.request", "body": b"", "more_body": False}
        assert scope["method"] == "PUT"
        assert dict(scope["headers"])[b"content-type"] == b"text/plain"
        assert dict(scope["headers"])[b"content-length"] == b"7"
        assert scope["state"] == {"caller": "somebody"}
        assert {name: scope[name] for name in OUTER} == OUTER
        start = {
            "type": "http.response.start",
            "status": 403,
            "headers": [(b"X-Name", b"1"), (b"x-name", b"2")],
        }
        await send(start)
        await send({"type": "http.response.body", "body": b"first ", "more_body": True})
        await send({"type": "http.response.body", "body": b"second"})

    answer = asked(app, content=b"content", state={"caller": "somebody"})
    assert (answer.status, answer.content) == (403, b"first second")
    assert answer.headers == [(b"X-Name", b"1"), (b"x-name", b"2")]


def test_what_the_application_raises_comes_through():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ConnectionError("cut")

    with pytest.raises(ConnectionError, match="cut"):
        asked(app)
