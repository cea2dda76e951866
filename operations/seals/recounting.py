"""Recounting a sealed month from its record alone, byte for byte; needs neither ledger nor Google (behaviour §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kpi_rules.deciding.recounting import recompute
from kpi_rules.errors import NewerFormError
from kpi_rules.records.forms import FORM
from kpi_rules.records.months import MONTH
from ledger import Ledger, RecordError, Seal, SealFault, canonical, check_chain


class RecountState(StrEnum):
    """How a recount ended. What a newer program sealed can not be read here, and nothing is wrong with it."""

    SAME = "same"
    DIFFERS = "differs"
    NEWER = "newer"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Recount:
    """A recount of one sealed month: `parts` are those that came out differently («results», «payroll»).

    `form` is the record's own, `program` made it.
    """

    state: RecountState
    form: str
    program: str
    parts: tuple[str, ...] = ()


def recount(record: Mapping[str, Any]) -> Recount:
    """Work results and payroll out again from a sealed record, and compare their canonical bytes."""
    form, program = str(record.get(FORM, 1)), str(record.get("program", ""))
    try:
        results, payroll = recompute(record)
        again = {"results": results, "payroll": payroll}
        parts = tuple(
            part for part, part_again in again.items() if canonical(part_again) != canonical(record[part])
        )
    except NewerFormError:
        return Recount(RecountState.NEWER, form, program)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RecordError):
        # Signed by us it never happens; what somebody else put together may lack anything.
        return Recount(RecountState.UNREADABLE, form, program)
    return Recount(RecountState.DIFFERS if parts else RecountState.SAME, form, program, parts=parts)


def is_newer(record: Mapping[str, Any]) -> bool:
    """Tell whether a newer program sealed a month, without recounting it."""
    try:
        MONTH.form_of(record)
    except NewerFormError:
        return True
    except ValueError:
        pass  # no form at all: no program of ours wrote it
    return False


@dataclass(frozen=True)
class RecountedMonth:
    """A sealed month of the ledger: what is wrong with its seal, and its recount (None: nothing to recount by)."""

    seal: Seal
    faults: tuple[SealFault, ...]
    recount: Recount | None

    @property
    def holds(self) -> bool:
        """Tell whether seal and recount are as they must be."""
        return not self.faults and self.recount is not None and self.recount.state is RecountState.SAME


def recount_client(ledger: Ledger, slug: str) -> list[RecountedMonth]:
    """Recount every closed month of a client from its sealed record; asks nothing of Google.

    A record whose seal does not hold is not recounted: it says nothing any more.
    """
    ledger.client(slug)
    seals = ledger.seals(slug)
    faults = check_chain(seals, ledger.chain_keys(slug), client=slug)
    recounted = []
    for sealed in seals:
        own = tuple(fault for fault in faults if fault.number == sealed.number)
        changed = any(fault.code in {"unreadable", "digest"} for fault in own)
        recounted.append(RecountedMonth(sealed, own, None if changed else recount(sealed.record)))
    return recounted
