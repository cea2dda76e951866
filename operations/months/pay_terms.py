"""Pay terms that get worse at short notice: a hint when a month opens and rules are compared (behaviour §5).

The ledger keeps when each row of «Оклады» and «Проценты» and each version of the bands was first seen, by a digest and
without a figure; the nightly check looks every night. What it has not seen yet is known since now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from kpi_rules.cards.pay_terms import PayTerms, Term, worse_terms
from kpi_rules.exact import exact_text
from kpi_rules.facts.inputs import Employment, Salary
from kpi_rules.facts.percents import PercentRow, percents_in_force, percents_of
from kpi_rules.records.months import inputs_from_record, read_month, salaries_from_record
from kpi_rules.records.percents import percents_record
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from ledger import Acknowledgement, Client, Ledger, canonical
from operations.facts.chain import ParsedBooks
from operations.facts.client_books import read_books, today_of
from operations.facts.held_months import held_month, unopened_month
from operations.world.services import Services
from sheets_sync.schema.layout import Book

KIND = "pay_terms"
"""Under which the ledger keeps when terms were first seen."""


@dataclass(frozen=True)
class _Month:
    """What pays in a month, for everybody."""

    month: Month
    rulebook: Rulebook
    percents: tuple[PercentRow, ...]
    salaries: tuple[Salary, ...]
    staff: tuple[Employment, ...]

    def employed(self) -> dict[str, Employment]:
        first_on, last_on = self.month.first_on, self.month.last_on
        return {
            stint.code: stint
            for stint in self.staff
            if stint.hired_on <= last_on and (stint.left_on is None or stint.left_on >= first_on)
        }

    def terms_of(self, stint: Employment) -> PayTerms:
        own = [row for row in self.salaries if row.code == stint.code and row.from_month <= self.month]
        return PayTerms(
            max(own, key=lambda row: row.from_month, default=None),
            percents_of(self.percents, stint.code, stint.role),
            self.rulebook.bands,
        )


def note_pay_terms(client: Client, parsed: ParsedBooks, ledger: Ledger, now: datetime) -> None:
    """Keep of each row and version that is there when it was first seen."""
    known = ledger.acknowledged(client.slug, KIND)
    rows: tuple[_Row, ...] = (*parsed.paid.salaries, *parsed.paid.percents, *parsed.workbook.inputs.rulebooks)
    for key in dict.fromkeys(_key(row) for row in rows):
        if key not in known:
            ledger.acknowledge(client.slug, KIND, key, by="", at=now)


def worse_pay(
    slug: str,
    before: Month,
    month: Month,
    now: datetime,
    services: Services,
    draft: Rulebook | None = None,
) -> tuple[str, ...]:
    """Tell for whom a month pays by worse terms than another, at shorter notice than «Настройки» ask for.

    A `draft` stands for the rules of `month`. Both books are read, nothing is written, and no figure of pay is in the
    sentences. Where the rules of one of the months cannot be used there is nothing to compare.
    """
    client = services.ledger.client(slug)
    parsed = read_books(client, services).parsed
    was, becomes = (_terms(services.ledger, slug, of, parsed) for of in (before, month))
    if was is None or becomes is None:
        return ()
    if draft is not None:
        becomes = replace(becomes, rulebook=draft)
    known = _Known(services.ledger.acknowledged(slug, KIND), parsed.layout.workbook, now)
    told: dict[tuple[Term, int], list[str]] = {}
    for code, stint in becomes.employed().items():
        earlier = was.employed().get(code)
        if earlier is None:
            continue
        terms = becomes.terms_of(stint)
        for term in worse_terms(was.terms_of(earlier), terms):
            days = (month.first_on - known.since(_behind(term, terms, becomes.rulebook))).days
            told.setdefault((term, days), []).append(stint.name)
    return tuple(_sentences(told, month, parsed.workbook.inputs.settings.notice_days, parsed.texts))


def following_month(slug: str, now: datetime, services: Services) -> Month:
    """Give the first month for which a draft could come to hold: the one after the client's present month."""
    return Month.of(today_of(services.ledger.client(slug), now, services)).plus(1)


def _terms(ledger: Ledger, slug: str, month: Month, parsed: ParsedBooks) -> _Month | None:
    """Give what a month pays by: as it was sealed, as it froze, or as it is entered; None without usable rules."""
    sealed = next((seal.record for seal in ledger.seals(slug) if seal.month == str(month)), None)
    if sealed is not None and sealed["payroll"] is not None:
        record = read_month(sealed)
        inputs = inputs_from_record(record["inputs"])
        salaries = salaries_from_record(record["salaries"])
        return _Month(month, inputs.rulebook, inputs.percents, salaries, inputs.staff)
    known = ledger.month(slug, month)
    held = held_month(ledger, slug, known) if known else unopened_month(ledger, slug, month)
    rulebook = held.rulebook or parsed.rules_entered(month)
    if rulebook is None:
        return None
    percents = held.percents if held.rulebook else percents_in_force(parsed.paid.percents, month)
    return _Month(month, rulebook, percents, parsed.paid.salaries, parsed.workbook.inputs.staff)


_Row = Salary | PercentRow | Rulebook


@dataclass(frozen=True)
class _Known:
    """Since when what is known."""

    seen: Mapping[str, Acknowledgement]
    book: Book
    now: datetime

    def since(self, rows: Iterable[_Row]) -> date:
        """Give the day on which the last of these rows was first seen; today where one is new, or none is left."""
        notes = [self.seen.get(_key(row)) for row in rows]
        moments = [self.now if note is None else note.at for note in notes] or [self.now]
        return self.book.local_time(max(moments)).date()


def _behind(term: Term, terms: PayTerms, rulebook: Rulebook) -> tuple[_Row, ...]:
    """Give the rows that a term comes from."""
    if term is Term.BANDS:
        return (rulebook,)
    if term is Term.PERCENT:
        return terms.percents
    return () if terms.salary is None else (terms.salary,)


def _key(row: _Row) -> str:
    """Name a row by what it pays: another figure is another row. The ledger keeps digests, and no pay."""
    said: list[Any]
    match row:
        case Salary():
            said = ["salary", row.code, str(row.from_month), row.base_tiyn, row.variable_tiyn]
        case PercentRow():
            said = ["percent", *percents_record([replace(row, approved=False)])]
        case Rulebook():
            bands = sorted((band.from_percent, exact_text(band.coefficient)) for band in row.bands)
            said = ["bands", str(row.from_month), *map(list, bands)]
    return f"{said[0]} {hashlib.sha256(canonical(said)).hexdigest()}"


def _sentences(
    told: Mapping[tuple[Term, int], Sequence[str]], month: Month, needed: int, texts: Texts
) -> Iterator[str]:
    for (term, days), names in told.items():
        if days < needed:
            blanks = {"names": ", ".join(names), "term": texts(f"pay_terms.{term}"), "month": month}
            key = "pay_terms.worse" if days > 0 else "pay_terms.worse_already"
            yield texts(key, **blanks, days=max(days, 0), needed=needed)
