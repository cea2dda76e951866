"""Months before their close, and what their closes lead to, worked out by hand (`tests.contract.client_life`)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.contract.client_life import TOTALS
from tests.faults.worlds import World

EXITED = 41
"""The exit status of a process that ended at its point."""
SEPTEMBER_PAID = {
    "month": "2026-09",
    "sealed": ["2026-09"],
    "totals": {**TOTALS, "M01": TOTALS["M01"] + 15_007},
    "paid": ["1"],
    "carried": {},
}
OCTOBER_PAID = {
    "month": "2026-10",
    "sealed": ["2026-09", "2026-10"],
    "totals": {**TOTALS, "M01": TOTALS["M01"] + 15_007, "M02": 191_503},
    "paid": ["1", "2"],
    "carried": {"M02": -14_404_100},
}
"""M02: 250 000 back takes his 105 959, the base stays whole, 144 041 go on."""


@dataclass(frozen=True)
class Scene:
    """A month before its close, what its close leads to, and the calls that an undisturbed one makes."""

    base: Path
    expected: dict
    inputs: str
    calls: tuple[str, ...]

    @property
    def month(self):
        return self.expected["month"]

    def asked(self):
        """How many requests to Sheets and Drive."""
        return sum(not call.startswith(("ledger", "POST token")) for call in self.calls)

    def look(self, world: World) -> None:
        world.look("look_closed", expected=self.expected, inputs=self.inputs)

    def named(self, at: int, when: str) -> str:
        return f"{when} {at} «{self.calls[at - 1]}»"


def scene_of(worlds, base, expected, prepare=lambda world: world):
    """Play a close undisturbed, look what it leads to, and give its scene. `prepare` changes each world first."""
    with worlds.world(base) as world:
        prepare(world)
        inputs = world.server.run("note_inputs", home=str(world.home)).result
        assert isinstance(inputs, str), inputs
        undisturbed = world.run("close", month=expected["month"]).result
        scene = Scene(base, expected, inputs, tuple(undisturbed["calls"]))
        scene.look(world)
    return scene


def died(ended) -> bool:
    return os.WIFEXITED(ended.status) and os.WEXITSTATUS(ended.status) == EXITED


def bad_day(chance) -> dict:
    """A plan of faults of one kind or several."""
    plans = [
        {},
        {},
        {"error_after_fraction": 0.15},
        {"cut_middle_fraction": 0.1, "cut_after_fraction": 0.1},
        {"error_before_fraction": 0.3, "cut_before_fraction": 0.1},
        {"search_lag_seconds": 30, "error_after_fraction": 0.1},
        {"quota": {"writes_per_user": 9, "reads_per_user": 9}},
        {"drip_fraction": 0.2, "drip_pause_seconds": 0.002},
    ]
    return {"seed": chance.randrange(10**6), **chance.choice(plans)}
