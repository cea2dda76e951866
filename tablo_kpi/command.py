"""The `kpi` command of the console script and of `python -m tablo_kpi`."""

from __future__ import annotations

import gc
import os

from tablo_kpi.rooms import find_rooms_first

_COLLECTIONS = (500_000, 50, 100)
_THREADS_OF_ALGEBRA = "OPENBLAS_NUM_THREADS"


def settle_in() -> None:
    """Find the rooms, and spare the start two things that no command has any use for.

    Python looks for circles of garbage after every 700 new objects; a command makes millions and ends soon: a sixth of
    a start, and modules leave none. NumPy's OpenBLAS wakes a thread for each further core when it is loaded, for
    algebra that nobody here does: another sixth. A number that is set already stays.
    """
    find_rooms_first()
    gc.set_threshold(*_COLLECTIONS)
    os.environ.setdefault(_THREADS_OF_ALGEBRA, "1")


def main() -> None:
    """Settle in, then run the command line."""
    settle_in()
    from cli.app import main as run  # noqa: PLC0415  # the rooms must be found before

    run()
