"""The sign of life: called, tried three times, a warning where nobody answers, and its address is nowhere shown."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from operations.world.heartbeat import WAITS_SECONDS, report_life
from operations.world.settings import read_settings

SECRET = "5f0c2f6e-secret"


class Watchdog(ThreadingHTTPServer):
    """Answers with the statuses given, one after the other, and keeps what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Answering)
        self.statuses, self.asked = [], []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/ping/{SECRET}"

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_response(self.server.statuses.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args):
            """Say nothing."""


@pytest.fixture
def watchdog():
    with Watchdog() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_address_is_called_once_where_it_answers(watchdog):
    watchdog.statuses = [200]
    assert report_life(watchdog.url, pytest.fail) is None
    assert watchdog.asked == [f"/ping/{SECRET}"]


def test_a_busy_watchdog_is_called_again(watchdog):
    watchdog.statuses, waits = [503, 204], []
    assert report_life(watchdog.url, waits.append) is None
    assert waits == list(WAITS_SECONDS[:1])


def test_the_tries_are_bounded_and_what_stays_is_a_warning_without_the_address(watchdog, caplog):
    caplog.set_level(logging.DEBUG, logger="operations")
    caplog.set_level(logging.INFO)
    watchdog.statuses, waits = [500, 500, 404], []
    warning = report_life(watchdog.url, waits.append)
    assert len(watchdog.asked) == 3
    assert waits == list(WAITS_SECONDS)
    assert "404" in warning
    assert SECRET not in warning + caplog.text


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:1/{SECRET}",
        SECRET,
        f"http://[{SECRET}",
        f"ftp://x/{SECRET}",
        f"http://{SECRET * 9}/",
    ],
)
def test_an_address_that_cannot_be_called_is_a_warning_too(url, caplog):
    caplog.set_level(logging.INFO)
    warning = report_life(url, lambda _seconds: None)
    assert "KPI_HEARTBEAT_URL" in warning
    assert SECRET not in warning + caplog.text


def test_without_an_address_nothing_is_called():
    assert report_life(None, pytest.fail) is None


def test_the_settings_do_not_show_the_address():
    settings = read_settings({"KPI_HEARTBEAT_URL": f"https://hc.example/{SECRET}"})
    assert settings.heartbeat_url == f"https://hc.example/{SECRET}"
    assert SECRET not in repr(settings)
    assert read_settings({}).heartbeat_url is None
