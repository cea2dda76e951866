"""One close under its lease: what it stands on, what is worked out from that, and what it has recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from kpi_rules.errors import IntegrityError
from kpi_rules.time.periods import Month
from ledger import Client, Seal, fingerprint, seal
from operations.seals.expected_files import archive_of, archived_pages, final_pages, payroll_tab_of
from operations.seals.snapshots import SNAPSHOT
from operations.world.leases import HeldLease
from operations.world.services import Services
from sheets_sync.building.blueprints import Blueprint
from sheets_sync.building.payroll_tab import SealMark
from sheets_sync.building.wanted import Wanted
from templates.loading import Template


@dataclass
class CloseRun:
    """One close under a lease; every call of it to Google looks first whether the lease is still ours."""

    client: Client
    month: Month
    world: Services
    """The services as they were given, without the lease before each call."""
    holding: HeldLease

    @cached_property
    def services(self) -> Services:
        """The services with the lease before each call to Google."""
        return self.world.guarded(self.holding.before_call)

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The snapshot that the close stands on. Raises NewerFormError where a newer program took it."""
        snapshot = self.services.ledger.snapshot(self.client.slug, self.month)
        if snapshot is None:
            raise IntegrityError("close_without_snapshot", month=self.month)
        return SNAPSHOT.read(snapshot.record)

    @cached_property
    def close_id(self) -> str:
        """The id by which the files of this close are found again."""
        snapshot = self.services.ledger.snapshot(self.client.slug, self.month)
        return snapshot.close_id if snapshot else ""

    @cached_property
    def template(self) -> Template:
        """The client's template in the layout of the snapshot; its sentences in the language that the month closed in."""
        said_in = self.content["sealed"]["inputs"]["settings"]["language"]
        return self.services.template_of(self.client, said_in, self.content["layout"])

    @cached_property
    def seal(self) -> Seal:
        """The seal, worked out from the snapshot: the same each time, until it is entered."""
        ledger = self.services.ledger
        known = next((old for old in ledger.seals(self.client.slug) if old.month == str(self.month)), None)
        if known:
            return known
        evidence = {**ledger.month_evidence(self.client.slug, self.month), "steps": {}}
        last = ledger.last_seal(self.client.slug)
        record = {**self.content["sealed"], "ledger": evidence}
        return seal(record, last.number + 1 if last else 1, last, self.services.seal_key)

    @cached_property
    def mark(self) -> SealMark:
        """What of the seal is printed."""
        return SealMark(self.seal.number, fingerprint(self.seal), self.seal.public_key)

    @cached_property
    def pages(self) -> Mapping[str, Wanted]:
        """The output tabs with the final result."""
        return final_pages(self.content, self.template)

    @cached_property
    def archive_tabs(self) -> tuple[Blueprint, ...]:
        """What the archive holds."""
        pages = archived_pages(self.content, self.template)
        return archive_of(self.content, self.template, self.mark, pages)

    @cached_property
    def payroll_tab(self) -> Blueprint | None:
        """What the payroll tab holds; None for a shadow month."""
        return payroll_tab_of(self.content["sealed"], self.template, self.mark)

    def marks(self, part: str) -> dict[str, str]:
        """Give the marks by which a file of this close is found again."""
        return {
            "tablo_client": self.client.slug,
            "tablo_month": str(self.month),
            "tablo_close": self.close_id,
            "tablo_part": part,
        }

    def evidence(self, step: str) -> dict[str, Any] | None:
        """Give the recorded evidence of a step."""
        return self.services.ledger.step(self.client.slug, self.month, step)

    def record(self, step: str, **evidence: Any) -> None:
        """Record a step as done, and hold the lease longer."""
        self._keep(step, evidence)
        self.holding.renew()
        self.services.progress(self.services.words(f"close.step_{step}"))

    def attempts_at(self, what: str) -> list[datetime]:
        """Tell when the creation of a file was tried so far, in this run and in those that were cut off."""
        steps = self.services.ledger.steps(self.client.slug, self.month)
        begun = [step["at"] for name, step in steps.items() if name.startswith(f"{what}_begun")]
        return sorted(datetime.fromisoformat(at) for at in begun)

    def note_attempt(self, what: str) -> None:
        """Record that the creation of a file is tried now."""
        number = len(self.attempts_at(what)) + 1
        self._keep(f"{what}_begun_{number}", {"at": self.services.clock().isoformat()})

    def _keep(self, name: str, evidence: Mapping[str, Any]) -> None:
        slug, month = self.client.slug, self.month
        self.services.ledger.record_step(slug, month, name, evidence, self.holding.lease)
