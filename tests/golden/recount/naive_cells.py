"""How well the rows of leads are filled in, naively (behaviour §4, `crm_filled`).

Written from the text alone; it shares no code with `kpi_rules`.
"""

from datetime import datetime

BEGUN = ("in_progress", "deal", "lost")


def demanded(row):
    """The cells that a lead's status demands."""
    cells = ["source", "status"]
    if row["status"] in BEGUN:
        cells.append("answered_at")
    if row["status"] == "deal":
        cells += ["amount_tiyn", "customer"]
    if row["status"] == "lost":
        cells.append("refusal_reason")
    return cells


def is_due(row, days_over):
    """Whether a working day after the one of its arrival is over."""
    return any(day > datetime.fromisoformat(row["arrived_at"]).date() for day in days_over)


def count_cells(found, row, part, gone):
    """Add the cells of a lead that is due, by somebody's part of it; `gone` are the columns whose header is not there."""
    cells = demanded(row)
    if gone & set(cells):
        found["unknown"].add("filled")
    found["asked cells"] += part * len(cells)
    found["filled cells"] += part * len([cell for cell in cells if row[cell] is not None])
