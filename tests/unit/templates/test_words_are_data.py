"""No sentence that people of a client read stands in Python; every error has its words, and they can be filled."""

import ast
import re
import string
from pathlib import Path

import pytest

import ledger
from kpi_rules import errors
from kpi_rules.time.periods import Month
from operations.world.telling import told
from templates import loading

ROOT = Path(__file__).parents[3]
ROOMS = ("kpi_rules", "sheets_sync", "ledger", "templates", "operations", "flows")
"""All but the command line, whose own help and tables are Russian, and the emulator."""
CYRILLIC = re.compile(r"[\u0400-\u04ff]")
PARSED = {
    "kpi_rules/spelling.py": "look-alike letters",
    "operations/months/closing.py": "the signs of a currency beside an amount",
    "sheets_sync/reading/needless.py": "how people head a column for personal numbers",
    "sheets_sync/reading/tables.py": "what people write beside a sum",
    "sheets_sync/schema/shown_forms.py": "signs of currencies and letters of number formats",
    "sheets_sync/reading/columns.py": "what people type for yes and no",
    "sheets_sync/reading/books.py": "what people call the languages",
    "sheets_sync/reading/typed_text.py": "errors of formulas, currencies, units, dates as people type them",
}
"""Files whose literals are read from cells and told to nobody."""
SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
}


def literals(tree):
    """All strings of a module that are no docstrings, nor texts beneath a name."""
    documenting = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(getattr(node, "body", None), list)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documenting:
            yield node


def test_no_sentence_of_people_stands_in_python():
    found = {
        f"{name}:{node.lineno} {node.value}"
        for name, tree in SOURCES.items()
        if name not in PARSED
        for node in literals(tree)
        if CYRILLIC.search(node.value)
    }
    assert found == set()


def test_each_file_that_reads_words_of_people_still_does():
    assert [
        name for name in PARSED if not any(CYRILLIC.search(n.value) for n in literals(SOURCES[name]))
    ] == []


def is_error(name):
    kind = getattr(errors, name, None)
    local = name in {"NotXlsxError", "PasswordProtectedError", "Obstacle"}
    by_code = {errors.TabloError.__init__, errors.RetryableError.__init__}
    return local or (isinstance(kind, type) and kind.__init__ in by_code)


def raised():
    """Each error that the program makes: its code and the names of its params; None where they come spread."""
    for name, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and is_error(node.func.id):
                code = node.args[0]
                spread = len(node.args) > 1 or any(k.arg is None for k in node.keywords)
                given = None if spread else {k.arg for k in node.keywords}
                yield f"{name}:{node.lineno}", code.value if isinstance(code, ast.Constant) else None, given


RAISED = list(raised())
NOT_BY_NAME = {
    "disk_full", "disk_read_only",  # by the operating system's number
    "of_command",  # the command line's own
    "passing",  # for whatever passes by itself
    "month_in_review", "month_closed_for_good",  # by the month's state
    "employee_missing", "employee_ambiguous",  # by how many were found
    "late_edits_pay_nothing", "late_edits_entered",  # by what was entered before
    "decree_no_toml", "rulebook_no_toml",  # by what the file was to hold
    "adopt_close_begun",  # by what the ledger knows otherwise
    "rulebook_lacks_field", "rulebook_unknown_field", "rulebook_form",  # by what the file's form wants
}  # fmt: skip
OF_ONE_KIND = {
    "client_unknown", "client_exists", "close_held", "close_taken_over", "ledger_unavailable",
    "ledger_unopened", "ledger_of_other_version", "seal_key_unusable", "seal_key_missing", "seal_key_other",
    "month_state_refused", "frozen_conflict", "seal_refused",
    "record_refused", "ledger_refused", "newer_record", "ledger_disk_full", "ledger_read_only", "night_held",
    "restore_not_empty",
}  # fmt: skip


def test_every_error_has_words_and_no_words_are_left_over():
    codes = {code for _, code, _ in RAISED if code is not None} | NOT_BY_NAME | OF_ONE_KIND
    worded = {key.split(".")[1] for key in loading.texts("ru").phrases if key.startswith("error.")}
    assert worded - codes == set()
    assert codes - worded == set()


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_every_error_gives_what_its_sentences_ask_for(language):
    phrases = loading.texts(language).phrases
    lacking = {}
    for place, code, given in RAISED:
        if code is None or given is None:
            continue
        said = phrases[f"error.{code}.what"] + phrases.get(f"error.{code}.fix", "")
        asked = {name for _, name, _, _ in string.Formatter().parse(said) if name}
        if asked - given:
            lacking[place] = asked - given
    assert lacking == {}


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_every_error_of_the_ledger_is_told_in_each_language(language):
    kinds = [
        ledger.LedgerAddressError,
        ledger.LedgerUnavailableError,
        ledger.SchemaError,
        ledger.SealKeyError,
        ledger.LeaseLost,
    ]
    said = [told(kind("inside"), language) for kind in (*kinds, ledger.LedgerError, ledger.SealError)]
    said.append(told(ledger.UnknownClientError("alatau"), language))
    assert all(one.what and one.remedy for one in said)
    assert not any("inside" in one.what + one.remedy for one in said)
    assert "alatau" in said[-1].what


def test_an_error_is_told_in_the_language_of_whoever_reads_it_with_the_names_of_the_clients_file():
    error = errors.RefusedError("rules_missing", month=Month(2026, 10), files=("b2b", "en"))
    assert told(error).what == (
        "На листе «Rules» нет годных правил, которые действуют с октября 2026 или раньше."
    )
    assert (
        told(error, "en").what == "The tab “Rules” has no usable rules in force from October 2026 or earlier."
    )
    assert told(error, "kk").what.startswith("«Rules» парағында 2026 ж. қазан айынан")
