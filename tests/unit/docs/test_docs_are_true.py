"""The documents say what the program does: every command, every problem, and nothing that is not there."""

import re
from pathlib import Path

import pytest
import typer

from cli.app import app
from templates.documenting import problem_page
from templates.loading import texts

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
CODE = [
    path
    for room in ("kpi_rules", "sheets_sync", "operations")
    for path in sorted((ROOT / room).rglob("*.py"))
]


def commands() -> set[str]:
    group = typer.main.get_command(app)
    found = set()
    for name, command in group.commands.items():
        subcommands = getattr(command, "commands", {})
        found |= {f"{name} {sub}" for sub in subcommands}
        if not subcommands or getattr(command, "invoke_without_command", False):
            found.add(name)
    return found


def test_every_command_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {command for command in commands() if f"`kpi {command}" not in text} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists(path):
    known = commands()
    groups = {command.split()[0] for command in known}
    text = path.read_text(encoding="utf-8")
    for first, second in re.findall(r"(?:`|^|bin/)kpi ([a-z]+)(?: ([a-z]+))?", text, re.MULTILINE):
        assert first in groups, f"{path.name}: kpi {first}"
        assert first in known or f"{first} {second}" in known, f"{path.name}: kpi {first} {second}"


def test_the_page_of_problems_is_made_from_the_texts():
    assert (ROOT / "docs/problems.md").read_text(encoding="utf-8") == problem_page(), "run `make docs`"


def test_every_problem_in_the_code_has_its_words_and_the_other_way_round():
    source = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    raised = set(re.findall(r"\b(?:blocking|warning)\(\s*\"([a-z_]+)\"", source))
    phrases = texts("ru").phrases
    worded = {key.split(".")[1] for key in phrases if key.startswith("problem.")}
    assert {code for code in worded if f"problem.{code}.fix" not in phrases} == set()
    assert raised - worded == set()
    assert {code for code in worded if not is_named(code, source)} == set()


VARIABLE = re.compile(r"\bKPI_[A-Z]+(?:_[A-Z]+)*\b")
"""A variable of the environment that the product reads."""


def test_every_variable_is_in_the_table_of_the_page_on_operating_and_the_other_way_round():
    rooms = (*CODE, *(path for room in ("cli", "flows", "ledger") for path in (ROOT / room).rglob("*.py")))
    read = {name for path in rooms for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    rows = re.findall(r"^\| `(KPI_\w+)` \|", (ROOT / "docs/operating.md").read_text("utf-8"), re.MULTILINE)
    assert read == set(rows)


KNOWN_HOSTS = {
    "127.0.0.1",
    "docs.google.com",
    "sheets.googleapis.com",
    "www.googleapis.com",
    "oauth2.googleapis.com",
}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_no_path_of_one_machine_and_no_host_but_googles(path):
    text = path.read_text("utf-8")
    assert re.findall(r"/(?:root|work|tmp)/\S+", text) == []
    hosts = set(re.findall(r"https?://([\w.-]+)", text))
    assert {host for host in hosts if host not in KNOWN_HOSTS} == set()


def is_named(code, source):
    """Whole, or put together of a first part («marks», «rules») and the rest («_without_date», «weights»)."""
    rest = ["_".join(code.split("_")[start:]) for start in range(1, code.count("_") + 1)]
    parts = [f'"{code}"', *(f'_{tail}"' for tail in rest), *(f'"{tail}"' for tail in rest)]
    return any(part in source for part in parts)
