"""Cells as a canonical record keeps them: it knows no floats, so they stand there by their shortest text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sheets_sync.building.changes import Rows


def cells_record(tabs: Mapping[str, Rows]) -> dict[str, list[list[Any]]]:
    """Write the cells of tabs, by key or title."""
    return {name: [[_written(cell) for cell in row] for row in rows] for name, rows in tabs.items()}


def cells_from_record(record: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[list[Any]]]:
    """Read what `cells_record` wrote."""
    return {name: [[_read(cell) for cell in row] for row in rows] for name, rows in record.items()}


def _written(cell: Any) -> Any:
    return {"number": repr(cell)} if isinstance(cell, float) else cell


def _read(cell: Any) -> Any:
    return float(cell["number"]) if isinstance(cell, Mapping) else cell
