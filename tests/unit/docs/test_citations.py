"""Nothing cites a page, a section or a part of one that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = (
    "kpi_rules", "sheets_sync", "ledger", "templates", "operations", "flows", "cli", "sheets_emulator",
    "tests", "bench", "docs",
)  # fmt: skip
FILES = sorted(
    path
    for room in ROOMS
    for path in (ROOT / room).rglob("*")
    if path.suffix in {".py", ".toml", ".md"} and path != Path(__file__)
) + sorted(ROOT.glob("*.md"))
CITED = re.compile(r"behaviour(?:\.md)?[`»]? §(\d[ab]?(?:(?:–|, §| and §)\d[ab]?)*)(?:,? «([^»]+)»)?")
PROGRAM = re.compile(r"(?<![\w./-])(?:[\w-]+/)+\w+\.py\b")
HEADING = re.compile(r"^##+ (?:§(\d[ab]?) )?(.*)$", re.MULTILINE)


def text_of(path):
    """A citation may run over the end of a line."""
    return re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))


def sections():
    text = (ROOT / "docs/behaviour.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return {part[1:].split()[0]: part for part in parts if part.startswith("§")}


SECTIONS = sections()


def has_part(section, part):
    """A part is the section's own title, or what stands in bold."""
    return f"**{part}" in section or part in section.partition("\n")[0]


def unresolved(text):
    found = []
    for numbers, part in CITED.findall(text):
        cited = re.findall(r"\d[ab]?", numbers)
        found += [f"§{number}" for number in cited if number not in SECTIONS]
        if part and not any(has_part(SECTIONS.get(number, ""), part) for number in cited):
            found.append(f"§{numbers} «{part}»")
    return found


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("(behaviour §4)", []),
        ("(behaviour §4–5, §8)", []),
        ("(behaviour §7, «Seal»)", []),
        ("docs/behaviour.md §9", ["§9"]),
        ("(behaviour §7, «Sale»)", ["§7 «Sale»"]),
        ("(behaviour §4, §9)", ["§9"]),
    ],
)
def test_a_citation_is_told_from_one_that_leads_nowhere(text, missing):
    assert unresolved(text) == missing


def test_the_page_of_behaviour_has_the_sections_that_are_cited():
    assert list(SECTIONS) == ["1", "2", "3", "4", "4a", "5", "6", "7", "7a", "7b", "8"]
    lost = {str(path.relative_to(ROOT)): found for path in FILES if (found := unresolved(text_of(path)))}
    assert lost == {}


def test_every_page_that_is_cited_exists():
    lost = {
        f"{path.relative_to(ROOT)}: {page}"
        for path in FILES
        for page in re.findall(r"\bdocs/[\w-]+\.md\b", text_of(path))
        if not (ROOT / page).is_file()
    }
    assert lost == set()


@pytest.mark.parametrize("page", ["architecture", "decisions", "behaviour", "emulator"])
def test_every_program_file_that_a_page_names_is_there(page):
    """A path is whole, from the root of the checkout on."""
    named = PROGRAM.findall((ROOT / f"docs/{page}.md").read_text("utf-8"))
    assert named
    assert {path for path in named if not (ROOT / path).is_file()} == set()


def test_every_heading_of_the_architecture_that_is_cited_is_there():
    headings = {
        title for _number, title in HEADING.findall((ROOT / "docs/architecture.md").read_text("utf-8"))
    }
    lost = {
        f"{path.relative_to(ROOT)}: {title}"
        for path in FILES
        for title in re.findall(r"docs/architecture\.md, «([^»]+)»", text_of(path))
        if title not in headings
    }
    assert lost == set()


def test_no_file_cites_a_page_by_a_name_that_it_does_not_have():
    named = re.compile(r"\b(?:SPEC|ARCHITECTURE|STYLE|CASES|SCALE|GOOGLE|ADDON)(?:\.md| §|, «| «)")
    lost = {str(path.relative_to(ROOT)): named.findall(text_of(path)) for path in FILES}
    assert {path: found for path, found in lost.items() if found} == {}
