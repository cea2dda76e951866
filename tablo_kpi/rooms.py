"""Where an installed Tablo keeps its rooms, and how the interpreter finds them there.

`cli`, `operations`, `templates`, `flows` and `ledger` are names that other tools have too: in a shared
site-packages one's install would overwrite the other's files, and its uninstall remove them. So the wheel holds
all rooms in the folder `_rooms` beside this file, where nobody else's files come (`[tool.hatch…]` in pyproject.toml
maps them). A checkout has no such folder: there the rooms lie side by side at its top.

`python -m tablo_kpi.rooms` prints the folder, for a `PYTHONPATH` of programs that import a room by its name, such as
Prefect's workers (docs/operating.md).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOMS = Path(__file__).with_name("_rooms")


def find_rooms_first() -> None:
    """Put the rooms before everything else on the path, of this process and of those that it starts.

    Nothing happens in a checkout, or when they are first already.
    """
    if not ROOMS.is_dir() or sys.path[:1] == [str(ROOMS)]:
        return
    sys.path.insert(0, str(ROOMS))
    inherited = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(ROOMS), *inherited]))


if __name__ == "__main__":
    print(ROOMS if ROOMS.is_dir() else ROOMS.parents[1])  # noqa: T201  # the answer, for a shell
