"""Cells as a spreadsheet gives them: the raw content of a file, before anything is understood."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Rows = list[list[object]]
"""Rows of JSON values (str, int, float, bool; None or "" = blank); trailing blanks may be missing."""


@dataclass(frozen=True)
class RawBook(Mapping[str, Rows]):
    """The cells of a file by tab key; row 1 of the sheet is the first of the list.

    Values are unformatted, dates are serial days since 1899-12-30. `missing` holds the keys of the tabs that
    the file no longer has; `titles` says how the present tabs are called in the file, where that is known.
    """

    tabs: Mapping[str, Rows]
    missing: frozenset[str] = frozenset()
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, key: str) -> Rows:
        return self.tabs[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tabs)

    def __len__(self) -> int:
        return len(self.tabs)
