"""Pay, naively: behaviour §5 «Pro rata», «Percent of sales» and §3 «Корректировки»; whole tenge, halves upwards.

Written from the text alone; it shares no code with `kpi_rules`.
"""

from fractions import Fraction


def tenge(tiyn):
    """Whole tenge, half up, as tiyn."""
    return int((Fraction(tiyn) / 100 + Fraction(1, 2)).__floor__()) * 100


def salary_of(code, role, rows, month):
    """The row in force; none where two begin in one month, or where the owner did not tick the head's own."""
    own = [row for row in rows if row["code"] == code and row["from_month"] <= month]
    if not own:
        return None
    latest = max(row["from_month"] for row in own)
    found = [row for row in own if row["from_month"] == latest]
    if len(found) > 1 or (role == "head" and not found[0]["approved"]):
        return None
    return found[0]


def due(corrections, paid, month, known):
    """What is paid now: approved, with a reason, of somebody known, its № used once, not paid before."""
    numbers = [row["number"] for row in corrections]
    return [
        row
        for row in sorted(corrections, key=lambda row: row["number"])
        if row["approved"]
        and row["reason"].strip()
        and row["for_month"] <= month
        and row["number"] not in paid
        and numbers.count(row["number"]) == 1
        and row["code"] in known
        and tenge(row["amount_tiyn"]) != 0
    ]


def steps_of(code, role, rows, month):
    """The steps in force by base: a code's rows replace all of its role's; the head's own need the owner's tick."""
    begun = [row for row in rows if row["from_month"] <= month]
    mine = [row for row in begun if row["code"] == code]
    mine = mine or [row for row in begun if row["code"] is None and row["role"] == role]
    found = {}
    for base in ("revenue", "margin"):
        own = [row for row in mine if row["base"] == base]
        latest = [row for row in own if row["from_month"] == max(each["from_month"] for each in own)]
        if latest:
            found[base] = sorted(latest, key=lambda row: Fraction(row["from"]))
    ticked = all(row["approved"] for rows in found.values() for row in rows)
    # What keeps a part of it from being told keeps all of it.
    return found if ticked or role != "head" else {}


def percent(steps, revenue, margin, plan, coefficient, policy):
    """What a percent of sales comes to, exact tiyn: `steps` by base, `margin` is revenue less cost."""
    total = Fraction(0)
    for base, rows in steps.items():
        if len(rows) > 1 and not plan:
            continue
        amount = revenue if base == "revenue" else margin
        starts = [Fraction(row["from"]) * plan if plan else Fraction(0) for row in rows]
        ends = [*starts[1:], None]
        for row, start, end in zip(rows, starts, ends, strict=True):
            first, rate = start == starts[0], Fraction(row["rate"])
            rate *= coefficient if row["by_band"] else 1
            if policy == "whole":
                reached = (first or revenue >= start) and (end is None or revenue < end)
                total += amount * rate if reached else 0
            elif revenue <= 0:
                total += amount * rate if first else 0
            else:
                inside = min(revenue, end if end is not None else revenue) - start
                total += amount * Fraction(max(inside, 0)) / revenue * rate
    return total


def line(share, coefficient, salary, corrections, carried_in, percent_tiyn=0):
    """Base, variable, percent, what is carried on, and the total, in tiyn; a percent below 0 is owed."""
    base = tenge(salary["base_tiyn"] * share) if salary else 0
    variable = tenge(salary["variable_tiyn"] * coefficient * share) if salary else 0
    earned = tenge(percent_tiyn)
    amounts = [tenge(row["amount_tiyn"]) for row in corrections]
    owed = -carried_in + sum(-amount for amount in (*amounts, earned) if amount < 0)
    available = variable + max(earned, 0)
    taken = min(owed, available)
    total = base + available - taken + sum(amount for amount in amounts if amount > 0)
    return base, variable, earned, -(owed - taken), total
