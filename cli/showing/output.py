"""Printing for people: consoles, progress, money and percent in Russian form."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

from rich.console import Console, ConsoleOptions
from rich.markup import escape
from rich.measure import Measurement
from rich.text import Text

_PIPED_WIDTH = 100
"""Columns where there is no terminal: the tables are made for them, and no amount may be cut off in a file."""

console = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED_WIDTH)
errors = Console(stderr=True)

NBSP = "\u00a0"


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner with the present step and the time; gone when done. Call what is given to tell steps.

    Into a file or pipe nothing is shown.
    """
    if not errors.is_terminal:
        yield lambda _step: None
        return
    # Only a terminal needs it, and nightly syncs have none.
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda step: bar.update(task, description=escape(f"{title}: {step}"))


def tenge(amount_tiyn: int | Fraction) -> str:
    """Write money: whole tenge where they are whole, else with tiyn («1 250 000 ₸»)."""
    whole, tiyn = divmod(abs(int(amount_tiyn)), 100)
    digits = f"{whole:,}".replace(",", NBSP)
    sign = "−" if amount_tiyn < 0 else ""
    return f"{sign}{digits}{f',{tiyn:02d}' if tiyn else ''}{NBSP}₸"


def percent(value: Fraction | None, places: int = 0) -> str:
    """Write a fraction as percent («87,6 %»); a dash where there is none."""
    if value is None:
        return "—"
    return f"{float(value) * 100:.{places}f}{NBSP}%".replace(".", ",")


@dataclass(frozen=True)
class Sentence:
    """A cell of words, taken as they are and wrapped at plain spaces only: Rich would break «20 795 ₸» in two."""

    words: str
    style: str = ""

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Give the lines that fit."""
        for line in self.words.splitlines() or [""]:
            for part in textwrap.wrap(line, options.max_width, break_on_hyphens=False) or [""]:
                yield Text(part, self.style)

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        """Tell the widths of the longest word and of the longest line."""
        lines = self.words.splitlines() or [""]
        longest = max((len(word) for line in lines for word in line.split(" ")), default=0)
        return Measurement(longest, max(map(len, lines))).with_maximum(options.max_width)
