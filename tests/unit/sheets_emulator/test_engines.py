"""The packages that only the emulator needs: one list in pyproject.toml, the same in the code, and nothing beside it."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sheets_emulator import engines

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Of the default install, as they are imported; pydantic_core comes with pydantic.
SHARED = {"babel", "cryptography", "openpyxl", "pydantic", "pydantic_core"}


def named(requirements):
    return {re.match(r"[\w-]+", one)[0].lower() for one in requirements}


def imported(folder):
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]
            elif isinstance(node, ast.Import):
                yield from (one.name.partition(".")[0] for one in node.names)


def test_the_extra_holds_what_the_emulator_imports_and_the_default_install_does_not():
    own = set(imported(ROOT / "sheets_emulator")) - sys.stdlib_module_names - {"sheets_emulator"}
    assert own <= set(engines.PACKAGES) | SHARED
    assert {"jwt", "starlette", "regex"} <= own
    assert set(engines.PACKAGES.values()) == named(PROJECT["optional-dependencies"]["emulator"])


def test_the_default_install_has_neither_engines_nor_build_tools():
    plain = named(PROJECT["dependencies"])
    assert not plain & {*engines.PACKAGES.values(), "hatchling", "editables"}
    assert plain >= SHARED - {"pydantic_core"}


def test_what_is_not_installed_is_named(monkeypatch):
    assert engines.missing() == []
    monkeypatch.setitem(engines.PACKAGES, "no_such_engine", "no-such-engine")
    assert engines.missing() == ["no-such-engine"]


@pytest.mark.parametrize("module", ["store.address", "access.accounts", "engines"])
def test_finding_a_served_emulator_loads_no_engine(module):
    code = f"import sys, sheets_emulator.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {*engines.PACKAGES, "openpyxl", "fastapi"} & set(loaded.split())


def test_the_command_line_names_what_is_missing_in_one_sentence():
    code = (
        "import sys, runpy; sys.modules['ironcalc'] = sys.modules['reportlab'] = None;"
        "from sheets_emulator import engines; engines.find_spec = lambda name: sys.modules.get(name, name);"
        "runpy.run_module('sheets_emulator', run_name='__main__')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == (
        "The emulator needs ironcalc, reportlab: install the extra, pip install 'tablo-kpi[emulator]'.\n"
    )
