"""A fork server: a process that has imported everything once and forks a child for each piece of work.

A new process of Python with all its libraries costs a second and more, a fork a few milliseconds; so hundreds of
processes can be killed in earnest. The server has one thread, so that a fork is safe. Its children run a function
`work(say, **given)` of the preloaded module; `say` sends one JSON value to whoever waits for the child.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

LONG_SECONDS = 300
"""A child that has not ended by then hangs."""
_CHECKOUT = Path(__file__).parents[2]


def _without_witness(env):
    """The witness would read Google's documents once a world; the same requests have it in all other suites."""
    return {name: value for name, value in env.items() if name != "SHEETS_WITNESS_CODE"}


@dataclass(frozen=True)
class Ended:
    """How a child ended. `said` are its words so far; `seconds` how long it was waited for."""

    said: tuple
    status: int
    killed: bool
    seconds: float

    @property
    def result(self):
        """The last word, None of one that said nothing."""
        return self.said[-1] if self.said else None


class ForkServer:
    """The server as its owner sees it; not for two threads at once."""

    def __init__(self, module):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forking", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_CHECKOUT,
            env={**_without_witness(os.environ), "OPENBLAS_NUM_THREADS": "1"},
        )
        assert self._answer() == "ready"

    def start(self, work, **given):
        """Fork a child that does `work`; give its process number."""
        return self._ask(do="start", work=work, given=given)

    def hear(self, pid):
        """Wait for one word of a child."""
        return self._ask(do="hear", pid=pid)

    def wait(self, pid, seconds=LONG_SECONDS):
        """Wait until a child has ended; one that has not by then is killed with SIGKILL."""
        said, status, killed, took = self._ask(do="wait", pid=pid, seconds=seconds)
        return Ended(tuple(said), status, killed, took)

    def stopped(self, pid):
        """Wait until a child has stopped itself; False when it has ended instead."""
        return self._ask(do="stopped", pid=pid)

    def run(self, work, **given):
        """Do a piece of work in a child and wait for it."""
        return self.wait(self.start(work, **given))

    def stop(self):
        """End the server; its children have ended before."""
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def _ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        assert line, "the fork server has died"
        return json.loads(line)


class _Children:
    """The server's side: children by process number, with the pipe by which each speaks."""

    def __init__(self, module):
        self._module = module
        self._pipes = {}
        self._heard = {}
        self._ended = {}

    def start(self, work, given):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            for other in self._pipes.values():
                os.close(other)
            _be_child(getattr(self._module, work), given, writing)
        os.close(writing)
        self._pipes[pid], self._heard[pid] = reading, b""
        return pid

    def hear(self, pid):
        while b"\n" not in self._heard[pid]:
            if not self._listen(pid, LONG_SECONDS):
                return None
        line, _, self._heard[pid] = self._heard[pid].partition(b"\n")
        return json.loads(line)

    def wait(self, pid, seconds):
        begun, killed = time.monotonic(), False
        while self._listen(pid, max(0.0, begun + seconds - time.monotonic())):
            pass
        if pid in self._pipes:
            os.kill(pid, signal.SIGKILL)
            killed = True
            while self._listen(pid, LONG_SECONDS):
                pass
        took = time.monotonic() - begun
        status = self._ended.pop(pid) if pid in self._ended else os.waitpid(pid, 0)[1]
        lines = self._heard.pop(pid).split(b"\n")[:-1]  # a word that was cut off was not said
        return [json.loads(line) for line in lines], status, killed, took

    def stopped(self, pid):
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            self._ended[pid] = status
        return os.WIFSTOPPED(status)

    def end(self):
        for pid in list(self._pipes):
            self.wait(pid, 0)

    def _listen(self, pid, seconds):
        """Take in what a child says; False when time is over or the child has ended."""
        pipe = self._pipes[pid]
        if not select.select([pipe], [], [], seconds)[0]:
            return False
        words = os.read(pipe, 65_536)
        if not words:
            os.close(self._pipes.pop(pid))
            return False
        self._heard[pid] += words
        return True


def _be_child(work, given, writing):
    """Do the work and end without the server's own exit."""
    status = 1
    with contextlib.suppress(BaseException):
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)

        def say(word):
            os.write(writing, json.dumps(word, ensure_ascii=False).encode() + b"\n")

        try:
            work(say, **given)
            status = 0
        except BaseException:  # noqa: BLE001 - whatever it was, its owner is told
            say({"failed": traceback.format_exc()})
    os._exit(status)


def main():
    children = _Children(importlib.import_module(sys.argv[1]))
    answer = sys.stdout

    def say(word):
        answer.write(json.dumps(word) + "\n")
        answer.flush()

    say("ready")
    for line in sys.stdin:
        request = json.loads(line)
        say(getattr(children, request.pop("do"))(**request))
    children.end()  # whoever owned us has gone, perhaps without a word


if __name__ == "__main__":
    main()
