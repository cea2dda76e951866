"""Every word that the rules need stands in the texts, and every problem code has both its sentences."""

import re
from pathlib import Path

import kpi_rules
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.rulebook.errors import REFUSALS
from templates.loading import texts

TEXTS = texts("ru")
ROOM = Path(kpi_rules.__file__).parent
SOURCES = {path.relative_to(ROOM).as_posix(): path.read_text("utf-8") for path in ROOM.rglob("*.py")}
PROBLEMS = re.compile(r'(?:blocking|warning)\(\s*"(\w+)"|^\s+\("(\w+)", (?:BLOCKING|WARNING)', re.MULTILINE)
NAMED = re.compile(r'= "(decision_\w+)"')


def produced_codes():
    found = {one or other for text in SOURCES.values() for one, other in PROBLEMS.findall(text)}
    found |= set(NAMED.findall(SOURCES["checks/workbook.py"]))
    found |= {
        code
        for code in re.findall(
            r'"(\w+)"', SOURCES["deciding/missing.py"].split("_CODES = {")[1].split("}")[0]
        )
        if code in {"marks_missing", "reports_missing", "leads_not_entered"}
    }
    found |= set(re.findall(r'_problems\(\s*"(\w+)"', "".join(SOURCES.values())))
    found |= {
        f"{what}_{how}"
        for what in ("report", "marks")
        for how in ("twice", "without_manager", "without_date", "not_employed", "on_off_day")
    }
    found |= set(re.findall(r'_doubled\(\s*"(\w+)"', SOURCES["checks/workbook.py"]))
    return found | {f"rules_{code}" for code in REFUSALS}


def test_every_problem_says_what_is_wrong_and_what_to_do():
    codes = produced_codes()
    assert len(codes) > 70
    assert [
        code for code in sorted(codes) for part in ("what", "fix") if f"problem.{code}.{part}" not in TEXTS
    ] == []


def test_every_measure_has_a_name():
    assert [name for name in MEASURES if f"explain.measure.{name}" not in TEXTS] == []


def test_every_reason_is_said_in_words():
    calls = r'(?:not_applicable|no_data|scored)\((?:0, )?"(\w+)"|reason="(\w+)"|return "(\w+)"|fromkeys\(.*, "(\w+)"'
    code = "".join(
        SOURCES[name]
        for name in (
            "measures/catalogue.py",
            "measures/measuring.py",
            "measures/facts.py",
            "cards/scoring.py",
            "cards/filling.py",
            "counting/day_counts.py",
        )
    )
    reasons = {name for names in re.findall(calls, code) for name in names if name} - {"decided_zero"}
    assert {"no_plan", "few_marks", "no_deals", "too_early", "ramp", "missing_reports"} <= reasons
    assert [reason for reason in sorted(reasons) if f"reason.{reason}" not in TEXTS] == []
