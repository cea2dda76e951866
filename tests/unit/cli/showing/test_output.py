from io import StringIO

from rich.console import Console
from rich.table import Table

from cli.showing.output import Sentence

NBSP = "\N{NO-BREAK SPACE}"
AMOUNT = f"20{NBSP}795{NBSP}₸"


def lines_of(words, width):
    table = Table.grid()
    table.add_column(width=width)
    table.add_row(Sentence(words))
    console = Console(file=StringIO(), width=80, color_system=None)
    console.print(table)
    return [line.rstrip(" ") for line in console.file.getvalue().splitlines()]


def test_an_amount_is_never_broken_over_two_lines():
    assert lines_of(f"План, факт {AMOUNT}.", 14) == ["План, факт", f"{AMOUNT}."]


def test_a_word_that_does_not_fit_is_cut_rather_than_lost():
    assert lines_of("Перевыполнение", 8) == ["Перевыпо", "лнение"]


def test_lines_and_brackets_stay_as_they_were_written():
    assert lines_of("раз\n[bold]два", 20) == ["раз", "[bold]два"]


def test_nothing_is_an_empty_line():
    assert lines_of("", 5) == [""]
