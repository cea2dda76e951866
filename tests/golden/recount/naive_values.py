"""The client's own measures, naively (behaviour §4): values of «Показатели», of a person or of the team.

Written from the text alone; it shares no code with `kpi_rules`.
"""

from datetime import date
from fractions import Fraction

from tests.golden.recount.naive_deals import NO_DATA


def folded(name):
    """Spellings of a name are one: case and stray spaces make no difference."""
    return " ".join(name.split()).lower()


def own_fact(rows, how):
    """The fact of rows that are all read; no row is no data."""
    numbers = [Fraction(row["value"]) for row in rows]
    if not numbers:
        return NO_DATA
    if how == "sum":
        return sum(numbers)
    if how == "mean":
        return sum(numbers) / len(numbers)
    if how == "share":
        return Fraction(len([number for number in numbers if number > 0]), len(numbers))
    last = max(row["on"] for row in rows)
    of_last = [Fraction(row["value"]) for row in rows if row["on"] == last]
    return of_last[0] if len(of_last) == 1 else NO_DATA


def may_concern(row, kpi, cut):
    """Whether a row is of the measure, or may be; one of a day to come is not there yet."""
    if row["measure"] is not None and folded(row["measure"]) != folded(kpi["measure"]):
        return False
    return row["on"] is None or date.fromisoformat(row["on"]) <= cut.date()


def is_clear(row):
    return None not in (row["on"], row["code"], row["measure"], row["value"])


def own_of(values, kpi, code, cut):
    """One person's: theirs, and those of which nobody can read whose they are."""
    rows = [row for row in values if may_concern(row, kpi, cut)]
    mine = [row for row in rows if row["code"] == code or "code" in row["bad"]]
    return own_fact(mine, kpi["how_counted"]) if all(map(is_clear, mine)) else NO_DATA


def own_of_team(values, kpi, awaited, cut):
    """Everybody's together (of last values the mean), once each of whom it is awaited has one."""
    rows = [row for row in values if may_concern(row, kpi, cut)]
    people = {row["code"] for row in rows}
    if not all(map(is_clear, rows)) or not people or not set(awaited) <= people:
        return NO_DATA
    if kpi["how_counted"] != "last":
        return own_fact(rows, kpi["how_counted"])
    each = [own_fact([row for row in rows if row["code"] == code], "last") for code in people]
    return NO_DATA if NO_DATA in each else sum(each) / len(each)
