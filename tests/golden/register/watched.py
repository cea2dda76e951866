"""A client whose books are looked at again and again, with a real ledger that remembers their rows (behaviour §4a).

All rows are first seen on Friday 30.10.2026 in the evening: they are corrected freely to the end of Monday 02.11.
"""

from dataclasses import dataclass, field
from pathlib import Path

import ledger
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from operations.facts.chain import DecidedMonth, check_books, decide_month, parse_books
from operations.facts.followed_rows import Looks, remembered_rows
from operations.facts.held_months import HeldMonth, calendar_around
from operations.facts.register import RegisterLook, seen_rows
from tests.golden.cases import base
from tests.unit.ledger.builders import a_client

SLUG = "acme"
FIRST_AT, IN_GRACE_AT, AFTER_GRACE_AT = (
    base.at(2026, 10, 30, 18),
    base.at(2026, 11, 2, 18),
    base.at(2026, 11, 3, 8),
)


@dataclass
class Watched:
    """Looks at books in the manner of a sync and of a close, and remembers."""

    folder: Path
    first_open: Month = base.OCTOBER
    book: ledger.Ledger = field(init=False)

    def __post_init__(self):
        self.book = ledger.open_ledger(folder=self.folder)
        self.book.add_client(a_client(SLUG))

    def remembering(self, books: base.Books) -> DecidedMonth:
        """Look with what the ledger remembers of the rows, as a sync does."""
        return self.look(books, remembers=True)

    def look(
        self, books: base.Books, now=base.AFTER, month: Month = base.OCTOBER, *, remembers=False
    ) -> DecidedMonth:
        """Decide a month as of a look: to date while it runs, as a whole once it is over; note what was seen."""
        template = books.template
        calendar = calendar_around(month.year)
        parsed = parse_books(books.raw(), template.layout, template.rulebook)
        parsed = parsed.with_payroll(parsed.payroll_of(books.raw_payroll()))
        zone = template.layout.workbook.time_zone
        look = RegisterLook(now, zone, calendar, self.first_open)
        seen = seen_rows(parsed, self.book.row_history(SLUG), look)
        history = self.book.row_history(SLUG)
        looks = Looks(history, (), zone, calendar)
        memory = {
            tab: remembered_rows(
                tab, looks, seen.rows, now, seen.noticed if tab == seen.facts.tab.key else {}
            )
            for tab in (seen.followed if remembers else ())
        }
        decided = decide_month(
            check_books(parsed.with_questions(seen.questions), now, seen.problems),
            HeldMonth(month, MonthState.PLANNING, calendar),
            now,
            final=now.date() > month.last_on,
            memory=memory,
        )
        kept = seen.kept(decided.results.problems)
        self.book.note_rows(SLUG, seen.rows, now, tabs=seen.followed, kept=kept)
        return decided
