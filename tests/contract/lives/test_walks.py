"""How many files one opens who follows a sync or a close from its door, and how often one climbs back.

The method, as `docs/architecture.md` states it. Opened is every file of `operations/` that runs, and of each lower room
the file at whose door an operation knocks: what it gives stands in its docstring, so nobody has to go further in.
A file that only hands back values (`VALUES`) is none: nothing happens there. A climb is a file of `operations/` that
is called from another one than the one opened last.

Beside that stands the strict count: every file that runs, however deep, but those of the rules (`kpi_rules/`, a house of
its own) and of what is only declared there (`DECLARED`: layouts, tables, records, looks).
"""

import sys
from pathlib import Path

import pytest

from operations.months.closing import close_month
from operations.syncing.sync import sync_client
from tests.contract.client_life import MID_SEPTEMBER_AT, SEPTEMBER, SEPTEMBER_CLOSED_AT, SLUG, copy_of

ROOT = Path(__file__).parents[3]
ROOMS = ("operations", "kpi_rules", "sheets_sync", "ledger", "templates")
VALUES = (
    "kpi_rules/exact", "kpi_rules/policies", "kpi_rules/problems", "kpi_rules/records/", "kpi_rules/time/",
    "kpi_rules/words/", "sheets_sync/a1", "sheets_sync/schema/", "sheets_sync/ports", "templates/",
)  # fmt: skip
DECLARED = (
    "sheets_sync/a1", "sheets_sync/schema/", "sheets_sync/building/wanted", "ledger/records", "ledger/tables",
)  # fmt: skip


class Walk:
    """Files in the order in which they are opened, each with the one that it is called from."""

    def __init__(self):
        self.steps = {}

    def __call__(self, frame, event, _arg):
        file = self.file_of(frame) if event == "call" else None
        if file is None or file in self.steps or frame.f_code.co_name == "<module>":
            return
        caller = frame.f_back
        while caller is not None and self.file_of(caller) not in self.steps:
            caller = caller.f_back
        self.steps[file] = caller and self.file_of(caller)

    @staticmethod
    def file_of(frame):
        path = Path(frame.f_code.co_filename)
        if not path.is_relative_to(ROOT):
            return None
        name = str(path.relative_to(ROOT))
        return name if name.startswith(ROOMS) else None

    def opened(self):
        return [
            file
            for file, caller in self.steps.items()
            if file.startswith("operations/")
            or (caller and caller.startswith("operations/") and not file.startswith(VALUES))
        ]

    def run(self):
        return [file for file in self.steps if not file.startswith(("kpi_rules/", *DECLARED))]

    def climbs(self):
        steps = [(file, caller) for file, caller in self.steps.items() if file.startswith("operations/")]
        return sum(caller != before for (_, caller), (before, _) in zip(steps[1:], steps[:-1], strict=True))


@pytest.mark.parametrize(
    ("act", "files_max", "climbs_max", "run_max"),
    [
        (lambda services: sync_client(SLUG, MID_SEPTEMBER_AT, services), 25, 8, 40),
        (lambda services: close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, services, "РОП"), 40, 12, 59),
    ],
    ids=["sync", "close"],
)
def test_the_way_is_short(tmp_path_factory, tmp_path, act, files_max, climbs_max, run_max):
    with copy_of("open", tmp_path_factory.getbasetemp(), tmp_path) as life:
        walk, before = Walk(), sys.getprofile()
        sys.setprofile(walk)
        try:
            act(life.services)
        finally:
            sys.setprofile(before)
    assert len(walk.opened()) <= files_max, walk.opened()
    assert walk.climbs() <= climbs_max, walk.steps
    assert len(walk.run()) <= run_max, walk.run()
