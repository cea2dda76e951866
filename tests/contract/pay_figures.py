"""The exact pay figures of `client_life`, and the search for them in texts and JSON answers, however written."""

import re

from tests.contract.client_life import PAID_VARIABLE, SALARIES, TOTALS

CORRECTIONS = (15_007, -250_013)
CARRIED = 144_054
"""250 013 − 105 959."""
FIGURES = {
    *(figure for pair in SALARIES.values() for figure in pair),
    *PAID_VARIABLE.values(),
    *TOTALS.values(),
    *map(abs, CORRECTIONS),
    CARRIED,
    TOTALS["M01"] + CORRECTIONS[0],
    690_011,
    663_487,
    1_353_498,
}
"""Base, variable, paid, totals of persons and of the team, in ₸."""
_SEPARATORS = re.compile(r"(?<=\d)[\s.,'\u00a0\u202f](?=\d)")


_FIGURE = re.compile(rf"(?<!\d)({'|'.join(map(str, sorted(FIGURES)))})(?:00)?(?!\d)")


def figures_in(text):
    """Which of the figures stand in a text, however grouped, in ₸ or tiyn."""
    return {int(figure) for figure in _FIGURE.findall(_SEPARATORS.sub("", text))}


def leaves(value):
    """Every name and value inside a JSON answer, as texts."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield str(value)


def found_in(value):
    return {(figure, leaf[:60]) for leaf in set(leaves(value)) for figure in figures_in(leaf)}
