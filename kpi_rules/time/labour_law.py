"""What the law of Kazakhstan frames pay with: dated, each with its source; hints stand on it, and nothing else.

Minimum wage: the yearly law on the republic's budget (адилет, adilet.zan.kz). Notice of changed working conditions:
Labour Code, article 46: in writing, at least fifteen calendar days before, unless a contract says more.
"""

from __future__ import annotations

from dataclasses import dataclass

from kpi_rules.time.periods import Month

NOTICE_DAYS = 15
"""Calendar days before changed pay terms hold, by Labour Code art. 46; a client may configure more."""


@dataclass(frozen=True)
class MinimumWage:
    """The least monthly wage at full norm from a month on, and the years of the budget whose law sets it."""

    from_month: Month
    amount_tiyn: int
    budget_years: str


MINIMUM_WAGES = (
    MinimumWage(Month(2019, 1), 42_500_00, "2019–2021"),
    MinimumWage(Month(2022, 1), 60_000_00, "2022–2024"),
    MinimumWage(Month(2023, 1), 70_000_00, "2023–2025"),
    MinimumWage(Month(2024, 1), 85_000_00, "2024–2026"),
)
"""In order of their months. 2025 and 2026 left the amount as it was; a later year holds the last known one."""


def minimum_wage(month: Month) -> MinimumWage | None:
    """Give what holds in a month; None before the first that is known here."""
    return max(
        (wage for wage in MINIMUM_WAGES if wage.from_month <= month),
        key=lambda wage: wage.from_month,
        default=None,
    )
