"""Pay, naively: behaviour §5 «Pro rata» and §3 «Корректировки», from the text alone; whole tenge, halves upwards."""

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


def line(share, coefficient, salary, corrections, carried_in):
    """Base, variable, what is carried on, and the total, in tiyn."""
    base = tenge(salary["base_tiyn"] * share) if salary else 0
    variable = tenge(salary["variable_tiyn"] * coefficient * share) if salary else 0
    amounts = [tenge(row["amount_tiyn"]) for row in corrections]
    owed = -carried_in + sum(-amount for amount in amounts if amount < 0)
    taken = min(owed, variable)
    total = base + variable - taken + sum(amount for amount in amounts if amount > 0)
    return base, variable, -(owed - taken), total
