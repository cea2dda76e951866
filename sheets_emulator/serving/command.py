"""`python -m sheets_emulator --port 8765 --data DIR` serves a data folder until interrupted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from sheets_emulator.access.accounts import ensure_account, key_file
from sheets_emulator.access.administering import NotServedError, fresh_link
from sheets_emulator.serving.faults import Faults
from sheets_emulator.serving.server import run


def main() -> int:
    """Parse the command line and serve; 1 when the port is taken, or when nobody serves who is asked for a link."""
    options = _parser().parse_args()
    if options.link:
        return _print_link(options.data)
    settings: dict[str, Any] = {"hosts": tuple(options.allow_host)}
    if options.faults:
        try:
            settings["faults"] = Faults.model_validate_json(options.faults.read_bytes())
        except (OSError, ValueError) as error:
            _parser().error(f"--faults {options.faults}: {error}")
    for text in options.account:
        email, _, kind = text.partition(":")
        ensure_account(options.data, email, kind=kind or "user")
        sys.stdout.write(f"{email}  {key_file(options.data, email)}\n")
    try:
        run(
            options.data,
            options.port,
            options.host,
            listening=lambda url, link: _tell(options.data, url, link),
            settings=settings,
        )
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {options.host}:{options.port}: {error.strerror}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sheets_emulator", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8765, help="port to listen on (default 8765; 0 = a free one)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--data", type=Path, default=Path(".sheets-emulator"), help="data folder")
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="E-MAIL[:service]",
        help="make sure that this account exists and print its key file; may be repeated",
    )
    parser.add_argument(
        "--faults",
        type=Path,
        metavar="FILE",
        help="a bad day from the start: a plan as JSON (docs/emulator.md)",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer under this name as well, such as a container's; may be repeated",
    )
    parser.add_argument(
        "--link",
        action="store_true",
        help="print a one-time link to the pages of the emulator that serves the folder, and end",
    )
    return parser


def _tell(folder: Path, url: str, link: str) -> None:
    sys.stdout.write(f"Serving {folder} at {url}  (Ctrl+C stops)\n")
    sys.stdout.write(f"Pages in a browser: {link}  (opens once; --link prints another)\n")
    sys.stdout.flush()


def _print_link(folder: Path) -> int:
    try:
        sys.stdout.write(f"{fresh_link(folder)}\n")
    except NotServedError:
        sys.stderr.write(f"No emulator serves {folder} now\n")
        return 1
    return 0
