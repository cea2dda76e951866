"""Every problem that reading can find has its two sentences, and they can be filled."""

import re
import string
from pathlib import Path

import pytest

import sheets_sync.reading
from kpi_rules.rulebook.errors import REFUSALS
from templates.loading import texts

ROOM = Path(sheets_sync.reading.__file__).parent
CODES = sorted(
    {
        code
        for module in ("tables", "columns", "typed_text", "books")
        for code in re.findall(
            r'(?:blocking|warning|Problem|Notice|UnreadableError)\(\s*"([a-z_]+)"|refusal="([a-z_]+)"|\("([a-z_]+)", Severity',
            (ROOM / f"{module}.py").read_text(encoding="utf-8"),
        )
        for code in code
        if code
    }
)


def blanks(sentence):
    return {name for _text, name, _form, _conversion in string.Formatter().parse(sentence) if name}


def test_the_codes_are_found_in_the_source():
    assert {"tab_missing", "number_ambiguous", "cell_blank", "setting_twice", "date_as_text"} <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_problem_of_reading_has_words_for_what_is_wrong_and_what_to_do(code):
    russian = texts("ru")
    assert f"problem.{code}.what" in russian
    assert f"problem.{code}.fix" in russian


@pytest.mark.parametrize(("code", "english"), REFUSALS.items())
def test_a_refusal_of_rules_has_words_that_ask_for_nothing_unknown(code, english):
    russian = texts("ru").phrases
    given = blanks(" ".join(english))
    assert (
        blanks(russian[f"problem.rules_{code}.what"]) | blanks(russian[f"problem.rules_{code}.fix"]) <= given
    )
