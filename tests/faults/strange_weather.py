"""Answers that are none, in the place of Google's and of the token address's, inside a process at work.

What the local Google does with a request is one thing, what comes back another: a proxy's page, half a body, `{}`,
`[]`, a wrong content type. Half of the requests struck are carried out, half never get there.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests
from requests.adapters import HTTPAdapter

JSON, HTML = "application/json; charset=UTF-8", "text/html; charset=UTF-8"
PAGE = b"<!doctype html><title>Sign in to the hotel's network</title>"
BURSTS = (1, 1, 1, 2, 6, 7)
"""So many requests in a row are struck; a call is tried six times."""


def _cut(response):
    return response.status_code, response.headers.get("Content-Type", JSON), response.content[:-9]


def _as_page(response):
    return response.status_code, HTML, response.content


def _always(status, content_type, body):
    return lambda _response: (status, content_type, body)


ANSWERS = {
    "page": _always(200, HTML, PAGE),
    "page as JSON": _always(200, JSON, PAGE),
    "cut body": _cut,
    "no body": _always(200, JSON, b""),
    "empty object": _always(200, JSON, b"{}"),
    "empty list": _always(200, JSON, b"[]"),
    "null": _always(200, JSON, b"null"),
    "wrong type": _as_page,
    "no type": _always(200, "", b"{}"),
    "page behind 403": _always(403, HTML, PAGE),
    "page behind 404": _always(404, HTML, PAGE),
    "list behind 400": _always(400, JSON, b"[]"),
    "text behind 401": _always(401, JSON, b'"who?"'),
    "error without form": _always(403, JSON, b'{"error": "forbidden"}'),
    "page behind 502": _always(502, HTML, PAGE),
    "nothing behind 503": _always(503, "", b""),
}
REFUSAL = "error without form"
"""Of a token address that is a refusal: there it is the form."""
TOKENS = {name: answer for name, answer in ANSWERS.items() if name != REFUSAL} | {
    "no token": _always(200, JSON, b'{"access_token": null, "expires_in": 3600}'),
    "token for ever": _always(200, JSON, b'{"access_token": "t", "expires_in": "soon"}'),
    "token busy": _always(503, JSON, json.dumps({"error": "backend_error"}).encode()),
    "token too often": _always(429, JSON, json.dumps({"error": "rate_limit"}).encode()),
}


@dataclass
class StrangeWeather:
    """Strikes requests by chance, in bursts; `seed` makes it repeatable, the same requests given."""

    seed: str
    chance: float
    token_chance: float
    struck: list[str] = field(default_factory=list)
    _left: int = 0

    @contextmanager
    def around(self) -> Iterator[None]:
        """Stand between the process and the network."""
        draw, send = random.Random(self.seed), HTTPAdapter.send

        def sent(adapter, request, *given, **named):
            if threading.current_thread() is not threading.main_thread():
                return send(adapter, request, *given, **named)  # google-auth looks something up beside us
            answers = TOKENS if request.url.endswith("/token") else ANSWERS
            if not self._strikes(draw, is_token=answers is TOKENS):
                return send(adapter, request, *given, **named)
            name, gets_there = draw.choice(sorted(answers)), draw.random() < 0.5
            needs_real = answers[name] in {_cut, _as_page}
            real = send(adapter, request, *given, **named) if gets_there or needs_real else None
            self.struck.append(name)
            return _made(request, *answers[name](real))

        HTTPAdapter.send = sent
        try:
            yield
        finally:
            HTTPAdapter.send = send

    def _strikes(self, draw: random.Random, *, is_token: bool) -> bool:
        if not self._left and draw.random() < (self.token_chance if is_token else self.chance):
            self._left = draw.choice(BURSTS)
        if not self._left:
            return False
        self._left -= 1
        return True


def _made(request, status: int, content_type: str, body: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request, response.url = status, request, request.url
    if content_type:
        response.headers["Content-Type"] = content_type
    response._content, response._content_consumed = body, True
    return response
