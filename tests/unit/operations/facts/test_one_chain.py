"""Every way from cells to results leads through `operations.facts.chain`: nobody else calls its steps."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
ROOMS = ("kpi_rules", "sheets_sync", "operations", "flows", "cli", "templates", "ledger")
CHAIN = "operations/facts/chain.py"
CALLERS = {
    "parse_workbook": {CHAIN},
    "parse_payroll": {CHAIN},
    "check_workbook": {CHAIN},
    "select_month": {CHAIN},
    # A sealed month is decided anew from its own record, which needs no books: nothing to parse, nothing to ease.
    "decide": {CHAIN, "kpi_rules/deciding/recounting.py", "kpi_rules/deciding/whatif.py"},
    # Opening a month freezes what the chain has prepared, and scores nothing.
    "prepare_month": {CHAIN, "operations/months/opening.py"},
}


def names_used(file):
    """The names that a file imports or calls, whatever it calls them on."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Call):
            yield getattr(node.func, "id", None) or getattr(node.func, "attr", None)


@pytest.mark.parametrize("step", CALLERS)
def test_a_step_of_the_chain_is_called_by_the_chain_alone(step):
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py"))]
    callers = {str(file.relative_to(ROOT)) for file in files if step in names_used(file)}
    assert callers == CALLERS[step]
