"""Worlds for the crash suites: an emulator and a ledger of their own, copied from a state played once."""

from __future__ import annotations

import os
import queue
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import requests

from sheets_emulator.store.admin_secret import admin_headers
from tests.faults.forking import ForkServer

MODULE = "tests.faults.cut_off"
RUNS_MAX = 40
MINUTES_A_RUN = 1
"""So much time passes between two runs of what was cut off; a lease ends after 15, a lag after 2."""
CUT_OFF = ("RetryableError", "LeaseHeld", "LedgerUnavailableError")
"""Errors after which the same operation is run again; any other is a failure."""


class World:
    """One emulator process and one ledger in `home`, and the processes that work there."""

    def __init__(self, server: ForkServer, home: Path) -> None:
        self.server, self.home, self.minutes, self.plan = server, home, 0, {}
        self._emulator = server.start("emulate", home=str(home))
        self.url = server.hear(self._emulator)
        self.ledger_url = None

    def stop(self) -> None:
        self.server.wait(self._emulator, 0)

    def weather(self, **plan) -> None:
        """Put a plan of faults in force, at this world's time."""
        self.plan = plan
        self._tell_emulator()

    def later(self, minutes: int) -> None:
        """Time goes on, for the processes and for the emulator."""
        self.minutes += minutes
        (self.home / "minutes").write_text(str(self.minutes))
        self._tell_emulator()

    def _tell_emulator(self) -> None:
        body = {"clock_offset_seconds": 60 * self.minutes, **self.plan}
        if "seed" in body:  # a plan begins anew each time: no two minutes have the same bad luck
            body["seed"] += self.minutes
        answer = requests.post(
            f"{self.url}/admin/faults", json=body, headers=admin_headers(self.home / "emulator"), timeout=30
        )
        assert answer.status_code == 200, answer.text

    def start(self, what: str, **given) -> int:
        """Begin an operation in a process of its own, and wait until it has begun."""
        pid = self.server.start("act", home=str(self.home), what=what, ledger_url=self.ledger_url, **given)
        assert self.server.hear(pid) == "begun"
        return pid

    def run(self, what: str, **given):
        return self.server.wait(self.start(what, **given))

    def run_killed(self, what: str, at: int, seconds: float, **given):
        """Run an operation and kill it from outside so many seconds after its call `at` has begun.

        Which calls a kill meets does not hang on how fast the machine is.
        """
        pid = self.start(what, ends={"at": at, "how": "tell"}, **given)
        self.server.hear(pid)  # that it was reached, or how a shorter run ended
        return self.server.wait(pid, seconds)

    def finish(self, what: str, **given) -> int:
        """Run an operation until it is through; give the number of runs."""
        for number in range(1, RUNS_MAX + 1):
            result = self.run(what, **given).result
            if "done" in result or closed_already(result):
                return number
            assert result.get("error") in CUT_OFF, result
            self.later(MINUTES_A_RUN)
        raise AssertionError(f"not through after {RUNS_MAX} runs: {result}")

    def look(self, work: str, **given) -> None:
        """Hold the world against what is expected, on a good day."""
        self.weather()
        ended = self.server.run(work, home=str(self.home), ledger_url=self.ledger_url, **given)
        assert ended.result == "well", ended.result


def closed_already(result) -> bool:
    """Whether a run was refused because the month has closed."""
    return result.get("error") == "RefusedError" and result["text"].startswith("month_closed_already")


def go_on(pid: int) -> None:
    """Wake a process that was stopped."""
    os.kill(pid, signal.SIGCONT)


class Worlds:
    """Fork servers, one a core, and the states that worlds are copied from."""

    def __init__(self, folder: Path, servers: int) -> None:
        self._folder, self._number = folder, 0
        self._servers: queue.SimpleQueue[ForkServer] = queue.SimpleQueue()
        self.count = servers
        for _ in range(servers):
            self._servers.put(ForkServer(MODULE))

    def stop(self) -> None:
        for _ in range(self.count):
            self._servers.get().stop()

    @contextmanager
    def world(self, base: Path) -> Iterator[World]:
        """A copy of a state, alive; its folder goes when all is well."""
        server = self._servers.get()
        self._number += 1
        home = self._folder / f"world-{self._number}-{id(server)}"
        try:
            shutil.copytree(base, home)
            world = World(server, home)
            try:
                yield world
            finally:
                world.stop()
            shutil.rmtree(home)
        finally:
            self._servers.put(server)

    def each(self, base: Path, cases: Iterable, play: Callable) -> list:
        """Play each case in a world of its own, on all cores; give the answers, or fail with all failures."""

        def one(case):
            try:
                with self.world(base) as world:
                    return play(world, case), None
            except Exception as error:  # noqa: BLE001 - a failure of one case shall not hide the others
                return None, f"{case}: {error}"

        with ThreadPoolExecutor(self.count) as pool:
            played = list(pool.map(one, cases))
        failures = [failure for _, failure in played if failure]
        assert not failures, f"{len(failures)} of {len(played)} cases failed:\n" + "\n".join(failures[:5])
        return [answer for answer, _ in played]
