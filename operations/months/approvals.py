"""What the owner approved stays what was approved: a ticked row that is changed later counts as not approved.

Google keeps people off the ticks, not off the cells beside them. So the ledger keeps a digest of each row when
it is first seen ticked. Another content under the same tick is not approved (behaviour §3: nobody approves their
own pay or correction); the owner unticks the row and ticks it again, with a reading in between.

What was paid is no matter of approval any more: a paid row of «Корректировки» that says something else than its seal
is told, and changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, takewhile
from typing import TypeVar

from kpi_rules.exact import exact_text
from kpi_rules.facts.inputs import Correction, Decision, Employment, Salary
from kpi_rules.facts.percents import PERCENTS, PercentRow
from kpi_rules.problems import Place, Problem, blocking, warning
from kpi_rules.records.forms import FORM, RecordKind
from kpi_rules.records.months import corrections_from_record
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month
from ledger import Ledger, Seal
from sheets_sync.reading.books import ReadPayroll

KIND = "approved"
"""Under which the ledger keeps what was seen ticked and unticked."""
APPROVED = RecordKind("approval")
_LONGEST_KEY = 150

Row = Salary | Correction | Decision | PercentRow
Kind = TypeVar("Kind", Salary, Correction, Decision, PercentRow)


@dataclass(frozen=True)
class _Seen:
    """The last thing the ledger knows of a row: `digest` is "" when it was last seen unticked."""

    count: int
    digest: str
    row: int


def hold_approvals(
    payroll: ReadPayroll, staff: Sequence[Employment], ledger: Ledger, slug: str, now: datetime
) -> ReadPayroll:
    """Take back the approval of rows that were changed under their tick, and note what is seen for the first time.

    A row is known by employee and month («Оклады»), by its № («Корректировки»), by month, employee and subject
    («Решения»), by month, employee or role, base and step («Проценты»). A new one that stands ticked where an approved one stood that is gone or stands elsewhere without
    its tick is a changed one too, until the owner has unticked that place.
    Blocking where the approval decides something: the head's own salary, corrections, decisions. What was paid is
    no matter of approval any more.
    """
    inputs = payroll.inputs
    book = _Book(ledger, slug, now)
    paid = ledger.paid_corrections(slug)
    heads = {stint.code for stint in staff if stint.role is Role.HEAD}
    salaries = book.held("salaries", inputs.salaries)
    corrections = book.held("corrections", inputs.corrections)
    decisions = book.held("decisions", inputs.decisions)
    percents = book.held(PERCENTS, inputs.percents)
    problems = tuple(
        (blocking if _decides(row, heads) else warning)(
            "approved_row_changed", Place(tab, row.row, "approved"), row.code, month=_month(row)
        )
        for tab, row in book.changed
        if not (isinstance(row, Correction) and row.number in paid)
    )
    held = replace(inputs, salaries=salaries, corrections=corrections, decisions=decisions, percents=percents)
    return replace(payroll, inputs=held, problems=(*payroll.problems, *problems))


def _decides(row: Row, heads: Collection[str]) -> bool:
    """Tell whether the owner's tick decides something: pay terms need it for the head alone."""
    if isinstance(row, PercentRow):
        return row.role is Role.HEAD or row.code in heads
    return not isinstance(row, Salary) or row.code in heads


class _Book:
    """The approvals of one client: what the ledger knows of them, and the rows changed under their tick."""

    def __init__(self, ledger: Ledger, slug: str, now: datetime) -> None:
        self._ledger, self._slug, self._now = ledger, slug, now
        self._seen: dict[str, _Seen] = {}
        for key, note in ledger.acknowledged(slug, KIND).items():
            name, _, times = key.rpartition(" ")
            if name not in self._seen or int(times) > self._seen[name].count:
                self._seen[name] = _seen(int(times), note.by)
        self.changed: list[tuple[str, Row]] = []

    def held(self, tab: str, rows: Iterable[Kind]) -> tuple[Kind, ...]:
        rows = tuple(rows)
        named = _named(tab, rows)
        loose = self._loose_ticks(tab, named)
        held = tuple(self._judged(tab, name, row, loose, named) for name, row in named.items())
        ticked = {row.row: row.approved for row in rows}
        for place, names in loose.items():
            if ticked.get(place) is False:  # the owner took it back, whatever the row is called now
                for name in names:
                    self._note(name, "", place)
        return held

    def _loose_ticks(self, tab: str, named: Mapping[str, Kind]) -> dict[int, list[str]]:
        """Give by sheet row the approvals whose row does not stand ticked under its name as it was approved.

        The tick that the owner set there may now stand beside something else, under whatever number.
        """
        loose: dict[int, list[str]] = {}
        for name, seen in self._seen.items():
            if seen.digest and name.startswith(f"{tab} "):
                row = named.get(name)
                if row is None or not row.approved or _digest(row) != seen.digest:
                    loose.setdefault(seen.row, []).append(name)
        return loose

    def _judged(
        self, tab: str, name: str, row: Kind, loose: Mapping[int, object], named: Mapping[str, Kind]
    ) -> Kind:
        """Let an approval hold where the row is as it was approved, or new beside a tick that is new too.

        Of rows that share what they are known by, each may be as any of them was approved: their order says nothing.
        """
        if not row.approved:
            return row
        digest, several = _digest(row), _several(name, named)
        known = {seen.digest for other in several if (seen := self._seen.get(other)) and seen.digest}
        if digest not in known if known else row.row in loose:
            self.changed.append((tab, row))
            return replace(row, approved=False)
        present = self._seen.get(name)
        moved = present is None or (present.digest, present.row) != (digest, row.row)
        if moved and (len(several) == 1 or not known):
            self._note(name, digest, row.row)
        return row

    def _note(self, name: str, digest: str, row: int) -> None:
        seen = self._seen.get(name)
        times = seen.count + 1 if seen else 0
        self._ledger.acknowledge(self._slug, KIND, f"{name} {times}", by=f"{digest}:{row}", at=self._now)


def _seen(times: int, note: str) -> _Seen:
    """Read a note: «digest:row» is its first form; a later one would say its number before these."""
    *form, digest, row = note.split(":")
    APPROVED.form_of({FORM: int(form[0])} if form else {})
    return _Seen(times, digest, int(row))


def _named(tab: str, rows: Iterable[Kind]) -> dict[str, Kind]:
    """Name each row; what stands there twice is told apart by its order."""
    named: dict[str, Kind] = {}
    times: Counter[str] = Counter()
    for row in rows:
        identity = " ".join(_identity(row))
        if len(identity) > _LONGEST_KEY or not identity.isprintable():
            identity = hashlib.sha256(identity.encode()).hexdigest()
        times[identity] += 1
        named[f"{tab} {identity} #{times[identity]}"] = row
    return named


def _several(name: str, named: Mapping[str, Row]) -> list[str]:
    """List the names of the rows that are known by the same thing, itself included."""
    shared = name.rpartition("#")[0]
    numbered = (f"{shared}#{number}" for number in count(1))
    return list(takewhile(lambda other: other in named, numbered))


def _identity(row: Row) -> tuple[str, ...]:
    match row:
        case Salary():
            return row.code, str(row.from_month)
        case Correction():
            return (row.number,)
        case Decision():
            return str(row.month), row.code, row.subject
        case PercentRow():
            return (
                str(row.from_month),
                row.whom,
                *(("role",) if row.code is None else ()),
                row.base.value,
                exact_text(row.from_fraction),
            )


def _month(row: Row) -> Month:
    match row:
        case Salary():
            return row.from_month
        case Correction():
            return row.for_month
        case Decision():
            return row.month
        case PercentRow():
            return row.from_month


def _digest(row: Row) -> str:
    """Digest what the owner approved: everything but the tick and the place."""
    return hashlib.sha256(_approved(row).encode()).hexdigest()


def _approved(row: Row) -> str:
    """Write what was approved in the first form of these notes, for good.

    The ledger holds digests of this text for every row that ever was approved: with another one they would all
    count as changed under their tick.
    """
    month = f"Month(year={_month(row).year!r}, number={_month(row).number!r})"
    match row:
        case Salary():
            return (
                f"Salary(code={row.code!r}, from_month={month}, base_tiyn={row.base_tiyn!r}, "
                f"variable_tiyn={row.variable_tiyn!r}, approved=True, row=0)"
            )
        case Correction():
            return (
                f"Correction(number={row.number!r}, for_month={month}, code={row.code!r}, "
                f"amount_tiyn={row.amount_tiyn!r}, reason={row.reason!r}, approved=True, row=0)"
            )
        case Decision():
            kind = f"<DecisionKind.{row.kind.name}: {row.kind.value!r}>"
            return (
                f"Decision(month={month}, code={row.code!r}, subject={row.subject!r}, kind={kind}, "
                f"reason={row.reason!r}, approved=True, row=0)"
            )
        case PercentRow():
            return (
                f"PercentRow(from_month={month}, whom={row.whom!r}, of_role={row.code is None!r}, "
                f"base={row.base.value!r}, from={exact_text(row.from_fraction)!r}, "
                f"rate={exact_text(row.rate_fraction)!r}, by_band={row.by_band!r})"
            )


@dataclass(frozen=True)
class ChangedPaid:
    """A paid correction as sealed, and the row that stands under its № now (None: gone)."""

    paid_in: str
    sealed: Correction
    present: Correction | None

    def problem(self) -> Problem:
        """Tell of it in the payroll book, without any amount."""
        row = self.present.row if self.present else None
        return warning(
            "paid_correction_changed",
            Place("corrections", row, "number"),
            self.sealed.code,
            number=self.sealed.number,
            paid=self.paid_in,
        )


def changed_paid(seals: Iterable[Seal], present: Iterable[Correction]) -> list[ChangedPaid]:
    """Hold employee, month, amount and reason of each paid № against the present row."""
    live = {row.number: row for row in present}
    changed = []
    for seal in seals:
        numbers = {paid["number"] for paid in seal.record["adjustments"]["paid"]}
        for sealed in corrections_from_record(seal.record["corrections"]):
            row = live.get(sealed.number)
            if sealed.number in numbers and (row is None or _paid_content(row) != _paid_content(sealed)):
                changed.append(ChangedPaid(seal.month, sealed, row))
    return changed


def _paid_content(row: Correction) -> Correction:
    return replace(row, approved=True, row=0)
