"""The base client with KPIs of a part of the deals: further rules, and columns of the client's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openpyxl

from operations.files.templates import export_template
from sheets_sync.building.entry_tabs import rule_rows
from sheets_sync.reading.cells import RawBook
from templates.loading import load
from tests.golden.cases import base

OPTIONS = ("conditions",)


@dataclass(frozen=True)
class Narrowed(base.Books):
    """The books with columns of the client's own behind those of the layout: by tab and header their cells."""

    own: Mapping[tuple[str, str], list[Any]] = field(default_factory=dict)

    def raw(self) -> RawBook:
        """Give the workbook as a batchGet would, with the client's own columns."""
        tabs = {key: [list(row) for row in rows] for key, rows in super().raw().tabs.items()}
        for (tab, header), values in self.own.items():
            width = max(map(len, tabs[tab]))
            for row, value in zip(tabs[tab], [header, *values], strict=False):
                row.extend([*[None] * (width - len(row)), base.serial(value)])
        return RawBook(tabs)

    def save(self, path: Path, payroll: Path | None = None) -> Path:
        """Fill in the exported template as a person would in Excel, the client's own columns behind the others."""
        book = self.template.layout.workbook
        export_template("b2b", path, payroll, book.language, options=self.template.layout.options)
        base.fill_in(path, book, self.rows)
        file = openpyxl.load_workbook(path)
        for place, ((tab, header), values) in enumerate(self.own.items(), start=1):
            sheet = file[book.tab(tab).title]
            for row, value in enumerate([header, *values], start=1):
                sheet.cell(row, len(book.tab(tab).columns) + place, value)
        file.save(path)
        return path

    def with_rules(self, rules: Mapping[int, Mapping[str, Any]], role: str = "менеджер") -> "Narrowed":
        """Change cells of «Правила»: by the place of a KPI among the role's rows the cells by column."""
        tab = self.template.layout.workbook.tab("rules")
        made = [[cell.value for cell in row] for row in rule_rows(tab, self.template.rulebook)]
        rows = [list(row) for row in self.rows.get("rules", made)]
        mine = [row for row in rows if row[self.place("rules", "role")] == role]
        for at, cells in rules.items():
            for column, value in cells.items():
                mine[at][self.place("rules", column)] = value
        return replace(self, rows={**self.rows, "rules": rows})


def client(rules=(), own=(), options=OPTIONS) -> Narrowed:
    """Give the base client with other cells of the managers' rules (by place), and columns of its own."""
    books = base.leads()
    template = load("b2b", "ru", options=options)
    return Narrowed(template, books.rows, books.pay, dict(own)).with_rules(dict(rules))
