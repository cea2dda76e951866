"""The `kpi` command of the console script and of `python -m tablo_kpi`."""

from __future__ import annotations

from tablo_kpi.rooms import find_rooms_first


def main() -> None:
    """Find the rooms, then run the command line."""
    find_rooms_first()
    from cli.app import main as run  # noqa: PLC0415  # the rooms must be found before

    run()
