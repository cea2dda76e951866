"""Start an emulator: in a thread of this process, or blocking for a command line.

with serve(folder) as emulator:
    requests.get(emulator.url + "/drive/v3/files", headers={"Authorization": f"Bearer {token}"})
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from sheets_emulator.access.accounts import key_file, list_accounts
from sheets_emulator.access.doors import Doors
from sheets_emulator.serving.app import build_app
from sheets_emulator.store.address import announce, withdraw
from sheets_emulator.store.admin_secret import ensured_secret
from sheets_emulator.store.database import Store
from sheets_emulator.store.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_START_SECONDS = 20
_KEEP_ALIVE_SECONDS = 120  # clients keep their connection between two calls of a slow day's work


@dataclass
class RunningEmulator:
    """An emulator that answers at `url` until `stop()`; `engine` gives tests the store and the clock.

    `doors` gives links to the pages.
    """

    url: str
    folder: Path
    engine: Engine
    doors: Doors
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        """Finish the open requests, close the store, take the address away. Twice is harmless."""
        self.server.should_exit = True
        self.thread.join()
        withdraw(self.folder, self.url)
        self.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(
    folder: Path,
    port: int = 0,
    host: str = "127.0.0.1",
    settings: dict[str, Any] | None = None,
) -> RunningEmulator:
    """Serve a data folder from a daemon thread; port 0 takes a free one.

    Raises:
        OSError: the port is taken.
        RuntimeError: the server did not come up.
    """
    listener, url = _listen(host, port)
    engine, doors, server = _prepare(folder, url, settings or {})
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="sheets-emulator", daemon=True
    )
    thread.start()
    waited = threading.Event()
    for _ in range(_START_SECONDS * 200):
        if server.started or not thread.is_alive():
            break
        waited.wait(0.005)
    if not server.started:
        engine.close()
        raise RuntimeError(f"The emulator did not start at {url}")
    announce(folder, url, engine.instance)
    return RunningEmulator(url, folder, engine, doors, server, thread)


def run(
    folder: Path,
    port: int = 8765,
    host: str = "127.0.0.1",
    listening: Callable[[str, str], None] | None = None,
    settings: dict[str, Any] | None = None,
) -> None:
    """Serve a data folder until interrupted.

    `listening` is told the address and a one-time link to the pages once the port is held.

    `settings` are the switches of `Engine`; `faults` among them is a bad day from the start.

    Raises:
        OSError: the port is taken.
    """
    listener, url = _listen(host, port)
    engine, doors, server = _prepare(folder, url, settings or {})
    announce(folder, url, engine.instance)
    if listening is not None:
        listening(url, doors.new_link(url))
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # uvicorn has closed everything and passes the interrupt on
        return
    finally:
        withdraw(folder, url)
        engine.close()


def _listen(host: str, port: int) -> tuple[socket.socket, str]:
    listener = socket.create_server((host, port), backlog=512)
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol; without this every
    # answer waits 40 ms. Accepted connections inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener, f"http://{host}:{listener.getsockname()[1]}"


def _prepare(folder: Path, url: str, settings: dict[str, Any]) -> tuple[Engine, Doors, uvicorn.Server]:
    store = Store(folder)
    for account in list_accounts(store):
        key_file(store, account.email, f"{url}/token")
    engine, doors = Engine(store, settings=settings, url=url), Doors(ensured_secret(folder))
    config = uvicorn.Config(
        build_app(engine, doors),
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    return engine, doors, uvicorn.Server(config)
