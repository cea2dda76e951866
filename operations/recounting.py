"""Recounting a sealed month from its record alone, byte for byte; needs neither ledger nor Google (SPEC §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kpi_rules.records import ENGINE_VERSION, EngineVersionError, recompute
from ledger import RecordError, canonical


class RecountState(StrEnum):
    """How a recount ended. Another version of the rules is refused: it might count differently, silently."""

    SAME = "same"
    DIFFERS = "differs"
    OTHER_ENGINE = "other_engine"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Recount:
    """A recount of one sealed month: `parts` are those that came out differently («results», «payroll»).

    `engine` and `program` made the record, `present_engine` is the version of the rules that recounts.
    """

    state: RecountState
    engine: str
    program: str
    present_engine: str = ENGINE_VERSION
    parts: tuple[str, ...] = ()


def recount(record: Mapping[str, Any]) -> Recount:
    """Work results and payroll out again from a sealed record, and compare their canonical bytes."""
    engine, program = str(record.get("engine", "")), str(record.get("program", ""))
    try:
        results, payroll = recompute(record)
        again = {"results": results, "payroll": payroll}
        parts = tuple(part for part, found in again.items() if canonical(found) != canonical(record[part]))
    except EngineVersionError:
        return Recount(RecountState.OTHER_ENGINE, engine, program)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RecordError):
        # Signed by us it never happens; what somebody else put together may lack anything.
        return Recount(RecountState.UNREADABLE, engine, program)
    return Recount(RecountState.DIFFERS if parts else RecountState.SAME, engine, program, parts=parts)
