"""A PostgreSQL server of one test run: Debian's package, a directory of its own, 127.0.0.1, a free port."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

ACCOUNT = "postgres"  # made by the package; the server refuses to run as root


@functools.cache
def server_url() -> str:
    """Start the server once a process; skips the test where the package is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    programs = found[-1].parent
    home = Path(tempfile.mkdtemp(prefix="kpi-pg-"))
    as_account = []
    if os.geteuid() == 0:
        shutil.chown(home, ACCOUNT, ACCOUNT)
        as_account = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--init-groups", "--"]

    def run(*command: object) -> None:
        subprocess.run([*as_account, *map(str, command)], check=True, capture_output=True, cwd=home)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = home / "data"
    run(programs / "initdb", "-D", data, "-U", "tablo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={home} -c fsync=off"
    run(programs / "pg_ctl", "-D", data, "-l", home / "log", "-o", options, "-w", "start")

    def stop() -> None:
        run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)

    atexit.register(stop)
    return f"postgresql+psycopg://tablo@127.0.0.1:{port}/postgres"


def fresh_database(template: str | None = None) -> str:
    """Give the URL of a new database: empty, or a copy of the one at the URL `template`, which nobody has open."""
    name = f"t{uuid.uuid4().hex}"
    copied = f' TEMPLATE "{template.rsplit("/", 1)[1]}"' if template else ""
    engine = create_engine(server_url(), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"{copied}'))
    engine.dispose()
    return server_url().rsplit("/", 1)[0] + f"/{name}"
