"""A correction of a closed month: a row of «Корректировки», entered on a named person's command (behaviour §3, §7).

The month itself stays as it was sealed. The row is paid once, in the first month that closes after the owner
has approved it. It is the only thing that is ever added to an input tab, so it is logged: who, when, for whom.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from kpi_rules.deciding.late_edits import late_edits
from kpi_rules.errors import RefusedError
from kpi_rules.exact import whole_tenge_tiyn
from kpi_rules.facts.inputs import Correction, Employment, MonthInputs
from kpi_rules.records.months import inputs_from_record, read_month
from kpi_rules.rulebook.model import Role
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from ledger import Client, Seal
from operations.facts.client_books import ClientBooks
from operations.months.correction_rows import (
    KIND,
    LOGGED,
    EnteredCorrection,
    WantedCorrection,
    appended_row,
    entered_row,
    known_corrections,
    logged_number,
    read_correction_books,
    standing_row,
)
from operations.seals.late_effects import late_effects
from operations.world.leases import close_lease
from operations.world.services import Services

_REASON_CHARACTERS_MAX = 500


def correct_month(
    slug: str, month: Month, wanted: WantedCorrection, now: datetime, services: Services
) -> EnteredCorrection:
    """Enter a correction for a closed month; the same one again is not entered twice.

    Raises:
        RefusedError: the month is not closed, a shadow month, nobody of that name, no reason, nothing to pay,
            or an approver who may not approve; the sentence says which.
        IntegrityError: the row was read back otherwise than it was written.
    """
    client = services.ledger.client(slug)
    sealed = _sealed(services, slug, month)
    inputs = inputs_from_record(read_month(sealed.record)["inputs"])
    employee = _employee(inputs, wanted.employee, month)
    reason = _reason(wanted.reason)
    with close_lease(services, slug, month):
        # What late edits come to is paid: by numbers as they are shown.
        by_rows = wanted.amount_tiyn is None
        books = read_correction_books(client, services, looks_at=now if by_rows else None)
        if wanted.approver is not None:
            _check_approver(client, employee, books, wanted.approver)
        amount = wanted.amount_tiyn
        if amount is None:
            amount = _late_difference(services, sealed, inputs, employee, books)
        if whole_tenge_tiyn(amount) == 0:
            raise RefusedError("correction_of_zero")
        approved = wanted.approver is not None
        row = Correction("", month, employee.code, amount, reason, approved=approved)
        standing = standing_row(books.payroll.inputs.corrections, row)
        if standing is not None:
            return entered_row(standing, employee, books, already=True)
        _refuse_paid(standing_row(known_corrections(services, books), row))
        number = logged_number(services, slug, books, row, wanted, now)
        return appended_row(services, books, employee, replace(row, number=number))


def _refuse_paid(row: Correction | None) -> None:
    """Do not pay anew what was paid and whose row was taken out of the book."""
    if row is not None:
        raise RefusedError("correction_paid_before", number=row.number)


def _sealed(services: Services, slug: str, month: Month) -> Seal:
    """Find the seal of a closed month that was paid."""
    record = services.ledger.month(slug, month)
    if record is None or record.state is not MonthState.CLOSED:
        raise RefusedError("correction_before_close", month=month)
    if record.shadow:
        raise RefusedError("correction_of_shadow", month=month)
    return next(seal for seal in services.ledger.seals(slug) if seal.month == str(month))


def _employee(inputs: MonthInputs, name: str, month: Month) -> Employment:
    """Find an employee of the sealed month by code or full name."""
    wanted = " ".join(name.split()).casefold()
    matching = {
        stint.code: stint
        for stint in inputs.staff
        if wanted in {stint.code.casefold(), stint.name.casefold()} and stint.hired_on <= month.last_on
    }
    if len(matching) != 1:
        known = ", ".join(f"{stint.code} {stint.name}" for stint in inputs.staff)
        code = "employee_ambiguous" if matching else "employee_missing"
        raise RefusedError(code, name=name, month=month, known=known)
    return next(iter(matching.values()))


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise RefusedError("correction_without_words")
    if len(reason) > _REASON_CHARACTERS_MAX:
        raise RefusedError("reason_too_long", most=_REASON_CHARACTERS_MAX)
    return reason


def _check_approver(client: Client, employee: Employment, books: ClientBooks, approver: str) -> None:
    """Let only the owner approve, and nobody their own pay (behaviour §3)."""
    email = approver.strip().lower()
    if email != (client.owner_email or "").lower():
        raise RefusedError("approver_no_owner", approver=approver)
    own = {stint.email.strip().lower() for stint in _stints(books, employee)}
    if employee.role is Role.HEAD or any(stint.role is Role.HEAD for stint in _stints(books, employee)):
        own.add((client.head_email or "").lower())
    if email in own:
        raise RefusedError("approver_of_own_pay", approver=approver)


def _stints(books: ClientBooks, employee: Employment) -> Iterator[Employment]:
    yield employee
    yield from (stint for stint in books.parsed.workbook.inputs.staff if stint.code == employee.code)


def _late_difference(
    services: Services, sealed: Seal, inputs: MonthInputs, employee: Employment, books: ClientBooks
) -> int:
    """Work out what an employee's variable pay would be more or less, what was entered for it before left out."""
    month = inputs.month
    present = books.parsed.inputs_known_to(inputs.staff)
    if not late_edits(inputs, present, month):
        raise RefusedError("no_late_edits", month=month)
    effects = dict[str, int]()
    for effect in late_effects(sealed.record, inputs, present):
        if effect.present_variable_tiyn is not None:
            effects[effect.code] = effect.present_variable_tiyn - effect.sealed_variable_tiyn
        elif effect.code == employee.code:
            raise RefusedError("late_edits_unknown", month=month, employee=employee.code)
    entered = {
        row.number: row.amount_tiyn
        for row in known_corrections(services, books)
        if (row.for_month, row.code) == (month, employee.code)
    }
    noted = services.ledger.acknowledged(books.client.slug, KIND)
    before = [
        number
        for number in entered
        if number in noted and LOGGED.read(json.loads(noted[number].by))["late_edits"]
    ]
    left = effects.get(employee.code, 0) - sum(entered[number] for number in before)
    if left == 0:
        code = "late_edits_entered" if before else "late_edits_pay_nothing"
        raise RefusedError(code, month=month, employee=employee.code, numbers=", ".join(before))
    return left
