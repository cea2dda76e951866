"""Headless Chromium for the session, and pages that nothing wrong happens on."""

import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect, sync_playwright

LONGEST_WAIT = 30_000
"""Milliseconds that a page may take for what is looked for, also on a busy machine."""
expect.set_options(timeout=LONGEST_WAIT)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-features=LocalNetworkAccessChecks",  # the emulator is tested, not the browser
                "--host-resolver-rules=MAP *.test 127.0.0.1",  # strangers' names, rebound to this machine
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def watched(browser):
    """A Russian page that an emulator let in.

    At its end no script failed, no policy was hurt, nothing came from elsewhere.
    """

    @contextmanager
    def opened(emulator, width=1280):
        context = browser.new_context(locale="ru-RU", viewport={"width": width, "height": 800})
        shown = context.new_page()
        shown.set_default_timeout(LONGEST_WAIT)
        asked, wrong = [], []
        shown.on("request", lambda request: asked.append(request.url))
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on(
            "console",
            lambda message: wrong.append(message.text) if "Content Security" in message.text else None,
        )
        shown.goto(emulator.doors.new_link(emulator.url))
        yield shown
        assert not wrong
        assert [one for one in asked if not one.startswith((emulator.url, "data:"))] == []
        context.close()

    return opened
