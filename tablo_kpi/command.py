"""The `kpi` command of the console script and of `python -m tablo_kpi`."""

from __future__ import annotations

import gc

from tablo_kpi.rooms import find_rooms_first

_COLLECTIONS = (500_000, 50, 100)


def settle_in() -> None:
    """Find the rooms, and spare the start the search for garbage: a sixth of it, and modules leave none.

    Python looks for circles of garbage after every 700 new objects; a command makes millions and ends soon.
    """
    find_rooms_first()
    gc.set_threshold(*_COLLECTIONS)


def main() -> None:
    """Settle in, then run the command line."""
    settle_in()
    from cli.app import main as run  # noqa: PLC0415  # the rooms must be found before

    run()
