"""Deals, counted naively (behaviour §4): row by row, shared ones by shares, those paid in parts by their payments.

Written from the text alone; it shares no code with `kpi_rules`. Amounts are tiyn; counts are Fractions where two
managers share a row.
"""

from datetime import datetime
from fractions import Fraction
from math import floor

from tests.golden.recount import naive_cells

NO_DATA, NOT_APPLICABLE = "no data", "not applicable"
OF_PAYMENT = {"sales", "deals", "cost", "repeat"}
"""What a row that was paid feeds."""
UNCLEAR = "unclear"


def half_up(value):
    return floor(value + Fraction(1, 2))


def managers_of(row):
    """The first manager, and the second, where they are named."""
    return [code for code in (row["code"], row.get("second_code")) if code is not None]


def share_of(row):
    """The second manager's share; 0 of a row of one; UNCLEAR where it does not tell whose part is whose."""
    second, share = row.get("second_code"), row.get("second_share_fraction")
    if second is None and share is None:
        return Fraction(0)
    if second is None or share is None or second == row["code"] or not 0 < Fraction(share) < 1:
        return UNCLEAR
    return Fraction(share)


def part_of(row, who):
    """How much of a row is somebody's; all of it is the team's (None)."""
    share = share_of(row)
    if who is None:
        return Fraction(1)
    if share == UNCLEAR:
        return UNCLEAR if who in managers_of(row) else Fraction(0)
    return (1 - share if row["code"] == who else 0) + (share if row.get("second_code") == who else 0)


def tiyn_of(row, who, amount):
    """Somebody's part of an amount: the first's is rounded, the second has the rest."""
    if who is None:
        return amount
    if share_of(row) == UNCLEAR:
        return 0
    first = half_up(amount * (1 - share_of(row)))
    return (first if row["code"] == who else 0) + (amount - first if row.get("second_code") == who else 0)


def is_of(row, condition):
    """Whether a row is of the part that a condition tells; None: there is none. A blank is unequal to anything."""
    for clause in condition or ():
        value = row[clause["column"]]
        if clause["column"] == "repeat":
            value = "yes" if value else "no"
        if ((value or "").lower() in [each.lower() for each in clause["values"]]) != clause["equal"]:
            return False
    return True


class Deals:
    """What is counted of the rows of «Сделки» and «Оплаты»: of somebody, or of the team (`who` None)."""

    def sales_of_deals(self, who, condition=None):
        """Counts of deals and leads (of a part of the rows, with a condition), and which of them can not be told."""
        found = dict.fromkeys(("amounts", "revenue", "refunds", "in_parts", "cost"), 0)
        found |= dict.fromkeys(("deals", "repeat", "cohort", "leads", "processed"), Fraction(0))
        found |= dict.fromkeys(("asked cells", "filled cells"), Fraction(0))
        found |= {"rows": [], "clear rows": [], "clear leads": Fraction(0), "unknown": set(), "moved": False}
        for row in self.deals:
            if not is_of(row, condition):
                continue
            if who is None or who in managers_of(row):
                self.count_arrival(found, row, who)
            payments = self.payments_of(row)
            if payments:
                self.count_payments(found, row, payments, who)
            elif self.so_far(row["paid_on"]) and (who is None or who in managers_of(row)):
                self.count_paid(found, row, who)
        self.count_of_nothing(found, who)
        if "leads" in found["unknown"]:
            found["unknown"].add("processed")
        return {**found, "empty": not found["moved"], "clear deals": found["deals"]}

    def is_twice(self, row):
        numbers = [each["number"] for each in self.deals if each["number"] is not None]
        return numbers.count(row["number"]) > 1

    def payments_of(self, row):
        if row["number"] is None:
            return []
        return [each for each in self.payments if each["number"] == row["number"]]

    # Leads

    def count_arrival(self, found, row, who):
        """As a lead: by shares; the answer is the first manager's."""
        if row["status"] == "deal" and (row["amount_tiyn"] or 0) < 0:
            return
        answers = who is None or row["code"] == who
        part, twice = part_of(row, who), self.is_twice(row)
        if row["arrived_at"] is None:
            # Paid before the month it did not arrive in it.
            if row["paid_on"] is None or row["paid_on"][:7] >= self.month:
                found["unknown"] |= {"leads", "filled", "response"} if answers else {"leads", "filled"}
            return
        if not self.so_far(row["arrived_at"]):
            return
        self.count_cells(found, row, part, twice=twice)
        early = row["answered_at"] is not None and row["answered_at"] < row["arrived_at"]
        if twice or part == UNCLEAR:
            found["unknown"].add("leads")
        if early:
            found["unknown"].add("processed")
        if answers:
            found["rows"].append(row)
            if twice or early or row["code"] is None:
                found["unknown"].add("response")
            else:
                found["clear rows"].append(row)
        if part == UNCLEAR:
            return
        found["leads"] += part
        found["clear leads"] += 0 if twice else part
        found["processed"] += part * self.is_answered(row)
        if not twice:
            found["cohort"] += part * self.is_won(row)

    def count_cells(self, found, row, part, *, twice):
        if twice or part == UNCLEAR:
            # Which lead it is, or whose, nobody knows: nor what of it is filled.
            found["unknown"].add("filled")
        if part != UNCLEAR and naive_cells.is_due(row, [day for day in self.norm(5) if self.is_over(day)]):
            naive_cells.count_cells(found, row, part, self.gone)

    def is_won(self, row):
        """Whether a lead of the month is a deal by the cut."""
        payments = self.payments_of(row)
        if row["status"] != "deal" or (row["amount_tiyn"] or 0) <= 0:
            return False
        won_on = self.reached_on(row, payments) if payments else row["paid_on"]
        if won_on is None or (payments and row["paid_on"] is not None):
            return False
        return datetime.fromisoformat(won_on) <= self.cut and won_on[:7] <= self.month

    def is_answered(self, lead):
        return lead["answered_at"] is not None and datetime.fromisoformat(lead["answered_at"]) < self.cut

    # Paid whole

    def count_paid(self, found, row, who):
        amount, part = row["amount_tiyn"] or 0, part_of(row, who)
        if row["status"] != "deal" or amount == 0 or self.is_twice(row):
            found["unknown"] |= OF_PAYMENT
            return
        if part == UNCLEAR:
            found["unknown"] |= OF_PAYMENT if amount > 0 else {"sales", "cost"}
            return
        mine = tiyn_of(row, who, amount)
        found["revenue"] += mine
        found["moved"] = True
        if row["cost_tiyn"] is None:
            found["unknown"].add("cost")
        else:
            found["cost"] += tiyn_of(row, who, row["cost_tiyn"])
        if amount > 0:
            found["deals"] += part
            found["amounts"] += mine
            found["repeat"] += part * row["repeat"]
        else:
            found["refunds"] += mine

    # Paid in parts

    def count_payments(self, found, row, payments, who):
        """A deal paid in parts: each payment is whose it says, or shared as the deal is."""
        mine = who is None or who in managers_of(row)
        concerned = [each["code"] for each in payments if each["on"] is None or self.in_month(each["on"])]
        touched = mine or who in concerned
        now = [each for each in payments if self.so_far(each["on"])]
        # One without a day may be of any month since the deal came.
        came = row["arrived_at"] is None or row["arrived_at"][:7] <= self.month
        undated = came and any(each["on"] is None for each in payments)
        both = row["paid_on"] is not None
        if not touched or not (now or undated or (both and self.so_far(row["paid_on"]))):
            return
        clear = all(each["amount_tiyn"] is not None for each in self.until_end(payments)) and not undated
        if row["status"] != "deal" or both or self.is_twice(row) or not clear:
            found["unknown"] |= OF_PAYMENT
            return
        contract = row["amount_tiyn"] or 0
        if any(net < 0 or net > contract > 0 for _, net in self.nets(payments)):
            found["unknown"] |= OF_PAYMENT
            return
        for each in now:
            self.count_payment(found, row, each, who)
        if contract <= 0:
            found["unknown"] |= {"deals", "cost", "repeat"}
        elif mine and self.so_far(self.reached_on(row, payments)):
            part = part_of(row, who)
            if part == UNCLEAR:
                found["unknown"] |= OF_PAYMENT
            else:
                found["moved"] = True
                found["deals"] += part
                found["amounts"] += tiyn_of(row, who, contract)
                found["in_parts"] -= tiyn_of(row, who, contract)
                found["repeat"] += part * row["repeat"]

    def count_payment(self, found, row, payment, who):
        shared = payment["code"] is None
        if not shared and who not in (None, payment["code"]):
            return
        if shared and who is not None and who not in managers_of(row):
            return
        if shared and part_of(row, who) == UNCLEAR:
            found["unknown"] |= {"sales", "cost"}
            return

        def part(amount):
            return tiyn_of(row, who, amount) if shared else amount

        mine = part(payment["amount_tiyn"])
        found["revenue"] += mine
        found["moved"] = True
        found["refunds" if payment["amount_tiyn"] < 0 else "in_parts"] += mine
        if row["cost_tiyn"] is None:
            found["unknown"].add("cost")
        elif (row["amount_tiyn"] or 0) > 0:
            found["cost"] += part(self.cost_of(row, payment))

    def until_end(self, payments):
        """Those up to the month's end, day by day, of a day the larger first: what can not be is told at once."""
        come = [each for each in payments if each["on"] is not None and each["on"][:7] <= self.month]
        return sorted(come, key=lambda each: (each["on"], -(each["amount_tiyn"] or 0)))

    def nets(self, payments):
        """What was paid by the end of each day."""
        come = self.until_end(payments)
        days = sorted({each["on"] for each in come})
        return [(day, sum(each["amount_tiyn"] for each in come if each["on"] <= day)) for day in days]

    def reached_on(self, row, payments):
        """The first day by whose end so much of the contract was paid that the deal counts; sealed months keep theirs."""
        before = self.record.get("parts_before", {"until": "0000-00", "counted": [], "waiting": []})
        until = before["until"] + "-31"
        if row["number"] in before["counted"]:
            return f"{before['until']}-01"
        wanted = Fraction(self.policies["first_payment"]) * row["amount_tiyn"]
        for day, net in self.nets([each for each in payments if each["amount_tiyn"] is not None]):
            if net > 0 and net >= wanted and (row["number"] not in before["waiting"] or day > until):
                return day
        return None

    def cost_of(self, row, payment):
        """In proportion; what completes the contract has the rest, what undoes all of it takes all back."""
        net = given = 0
        for each in self.until_end(self.payments_of(row)):
            net += each["amount_tiyn"]
            if net == row["amount_tiyn"]:
                cost = row["cost_tiyn"] - given
            elif net == 0:
                cost = -given
            else:
                cost = half_up(Fraction(row["cost_tiyn"] * each["amount_tiyn"], row["amount_tiyn"]))
            given += cost
            if each is payment:
                return cost
        raise AssertionError(payment)

    def count_of_nothing(self, found, who):
        """Payments of no deal: they are the team's, and of whoever is named."""
        numbers = [row["number"] for row in self.deals]
        for each in self.payments:
            lost = each["number"] is None or each["number"] not in numbers
            if lost and who in (None, each["code"]) and (each["on"] is None or self.so_far(each["on"])):
                found["unknown"] |= OF_PAYMENT

    # Answers

    def minutes(self, lead):
        """Working minutes from arrival to answer or cut, day by day of the employee's own worked days."""
        until = datetime.fromisoformat(lead["answered_at"]) if self.is_answered(lead) else self.cut
        arrived, seconds = datetime.fromisoformat(lead["arrived_at"]), 0
        # Somebody who is not there has no days of his own: the company's week goes on.
        own = self.worked(lead["code"])[0] if self.stints(lead["code"]) else self.norm(5)
        for day in own:
            opens = datetime.fromisoformat(f"{day}T{self.settings['day_starts_at']}")
            closes = datetime.fromisoformat(f"{day}T{self.settings['day_ends_at']}")
            start, stop = max(opens, arrived), min(closes, until)
            if stop > start:
                seconds += int((stop - start).total_seconds())
        return Fraction(seconds, 60)

    def median(self, leads, norm):
        waits = []
        for lead in leads:
            minutes = self.minutes(lead)
            if self.is_answered(lead):
                waits.append(minutes)
            elif norm is None:
                return NO_DATA
            elif minutes > norm:
                waits.append(minutes)
        waits.sort()
        if not waits:
            return NOT_APPLICABLE
        middle = len(waits) // 2
        return waits[middle] if len(waits) % 2 else (waits[middle - 1] + waits[middle]) / 2
