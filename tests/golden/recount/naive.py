"""A second, deliberately naive reading of SPEC §4–5: plain loops and Fractions over a month's JSON record.

Written from the text alone; it shares no code with `kpi_rules`. Only deals (B2B), only months that are over.
"""

from datetime import date, datetime, timedelta
from fractions import Fraction


def days_of(month):
    year, number = (int(part) for part in month.split("-"))
    day = date(year, number, 1)
    while day.month == number:
        yield day
        day += timedelta(days=1)


def rows_of(table):
    for row in table["rows"]:
        yield dict(zip(table["columns"], row, strict=True))


def in_month(text, month):
    return text is not None and text[:7] == month


class Month:
    def __init__(self, record):
        self.record = record
        self.month = record["month"]
        self.deals = list(rows_of(record["deals"]))
        self.policies = record["rulebook"]["policies"]

    def norm(self, week):
        off = set(self.record["calendar"]["off_days"][str(week)])
        return [day for day in days_of(self.month) if day.isoformat() not in off]

    def worked(self, code):
        """The worked days of somebody, and the share of the norm."""
        found, share = [], Fraction(0)
        for stint in self.record["staff"]:
            if stint["code"] != code:
                continue
            norm = self.norm(stint["week_days"])
            count = 0
            for day in norm:
                text = day.isoformat()
                employed = stint["hired_on"] <= text and (
                    stint["left_on"] is None or text <= stint["left_on"]
                )
                away = any(
                    absence["code"] == code and absence["from_on"] <= text <= absence["to_on"]
                    for absence in self.record["absences"]
                )
                if employed and not away and day not in found:
                    found.append(day)
                    count += 1
            share += Fraction(count, len(norm))
        return found, share

    def plan(self, code):
        rows = [row for row in self.record["plan"] if row["code"] == code]
        return rows[0] if len(rows) == 1 else None

    def sales(self, mine):
        rows = [
            row
            for row in self.deals
            if mine(row) and row["status"] == "deal" and in_month(row["paid_on"], self.month)
        ]
        deals = [row["amount_tiyn"] for row in rows if row["amount_tiyn"] > 0]
        return len(deals), sum(deals), sum(row["amount_tiyn"] for row in rows)

    def leads(self, mine):
        return [
            row
            for row in self.deals
            if mine(row)
            and in_month(row["arrived_at"], self.month)
            and not (row["status"] == "deal" and row["amount_tiyn"] < 0)
        ]

    def minutes(self, lead):
        """Working seconds, hour by hour of each worked day; and whether there was an answer by month end."""
        settings = self.record["settings"]
        arrived = datetime.fromisoformat(lead["arrived_at"])
        end = datetime.combine(max(days_of(self.month)) + timedelta(days=1), datetime.min.time())
        answered = lead["answered_at"] and datetime.fromisoformat(lead["answered_at"])
        in_time = bool(answered) and answered < end
        until = answered if in_time else end
        seconds = 0
        first, last = min(days_of(self.month)).isoformat(), max(days_of(self.month)).isoformat()
        employed = any(
            stint["code"] == lead["code"]
            and stint["hired_on"] <= last
            and (stint["left_on"] is None or stint["left_on"] >= first)
            for stint in self.record["staff"]
        )
        # Somebody who is not there has no days of his own: the company's week goes on.
        for day in self.worked(lead["code"])[0] if employed else self.norm(5):
            opens = datetime.fromisoformat(f"{day.isoformat()}T{settings['day_starts_at']}")
            closes = datetime.fromisoformat(f"{day.isoformat()}T{settings['day_ends_at']}")
            start, stop = max(opens, arrived), min(closes, until)
            if stop > start:
                seconds += int((stop - start).total_seconds())
        return Fraction(seconds, 60), in_time

    def response(self, leads, norm):
        waits = []
        for lead in leads:
            minutes, in_time = self.minutes(lead)
            if norm is None and not in_time:
                return "no data"
            if in_time or (norm is not None and minutes > norm):
                waits.append(minutes)
        waits.sort()
        if not waits:
            return None
        middle = len(waits) // 2
        return waits[middle] if len(waits) % 2 else (waits[middle - 1] + waits[middle]) / 2

    def discipline(self, codes):
        """'нет данных', None (nothing to say) or the share of 'да'."""
        yes = no = marked = due = 0
        marks = ("filled", "statuses", "comments", "script", "attendance", "reporting", "meetings")
        for code in codes:
            days = {day.isoformat() for day in self.worked(code)[0]}
            due += len(days)
            for row in rows_of(self.record["discipline"]):
                if row["code"] == code and row["on"][:10] in days:
                    given = [row[mark] for mark in marks if row[mark] is not None]
                    yes += given.count("yes")
                    no += given.count("no")
                    marked += bool(given)
        if marked < Fraction(self.policies["marks_minimum"]) * due:
            return "no data"
        return Fraction(yes, yes + no) if yes + no else None

    def facts(self, mine, codes, planned_leads, norm):
        deals, deals_sum, revenue = self.sales(mine)
        leads = self.leads(mine)
        nothing = not leads and planned_leads != 0
        facts = {"plan_completion": Fraction(revenue), "discipline": self.discipline(codes)}
        if (
            nothing
            and not deals
            and not any(
                mine(row) and row["status"] == "deal" and in_month(row["paid_on"], self.month)
                for row in self.deals
            )
        ):
            facts["plan_completion"] = "no data"
        few = len(leads) < max(self.policies["min_leads"], 1)
        facts["average_deal"] = Fraction(deals_sum, deals) if deals else None
        if facts["plan_completion"] == "no data":
            facts["average_deal"] = "no data"
        facts["conversion"] = "no data" if nothing else None if few else Fraction(deals, len(leads))
        facts["response_minutes"] = "no data" if nothing else None if few else self.response(leads, norm)
        return facts

    def score(self, card, facts, targets):
        """Points by KPI (None = not scored), and the score."""
        achieved = {}
        for kpi in self.record["rulebook"][card]:
            fact, target = facts[kpi["measure"]], targets.get(kpi["measure"], Fraction(1))
            if fact is None or fact == "no data" or target is None:
                continue
            if kpi["scoring"] == "inverse":
                value = target / fact if fact > 0 else Fraction(kpi["cap"])
            else:
                value = fact / target
            achieved[kpi["id"]] = max(Fraction(0), min(value, Fraction(kpi["cap"])))
        weights = {kpi["id"]: Fraction(kpi["weight"]) for kpi in self.record["rulebook"][card]}
        left = sum(weights[name] for name in achieved)
        points = {name: achieved[name] * weights[name] * 100 / left for name in achieved}
        return points, sum(points.values()) if points else None

    def employee(self, code):
        case = self.employee_case(code)
        return ({}, None) if case is None else self.score("kpis", *case)

    def employee_case(self, code):
        """Facts and targets of a manager's card, None where there is nothing to score."""
        days, share = self.worked(code)
        plan = self.plan(code)
        if not days or plan is None:
            return None
        norm = None if plan["response_minutes"] is None else Fraction(plan["response_minutes"])
        targets = {
            "plan_completion": plan["revenue_tiyn"] * share,
            "conversion": Fraction(plan["conversion_fraction"]),
            "average_deal": Fraction(plan["average_deal_tiyn"]),
            "response_minutes": norm,
        }
        leads = None if plan["leads"] is None else plan["leads"] * share
        return self.facts(lambda row: row["code"] == code, [code], leads, norm), targets

    def head(self, code):
        case = self.head_case(code)
        return ({}, None) if case is None else self.score("head_kpis", *case)

    def head_case(self, code):
        """Facts and targets of the head's card: the whole team's."""
        managers = sorted({s["code"] for s in self.record["staff"] if s["role"] == "manager"})
        team = [one for one in managers if self.worked(one)[0]]
        if not self.worked(code)[0] or not team:
            return None
        plans = {one: self.plan(one)["revenue_tiyn"] * self.worked(one)[1] for one in team}
        total = sum(plans.values())

        def mean(name):
            asked = [one for one in team if self.plan(one)[name] is not None]
            if not asked or any(self.plan(one)["leads"] != 0 for one in team if one not in asked):
                return None
            total = sum(plans[one] for one in asked)
            return sum(plans[one] * Fraction(self.plan(one)[name]) for one in asked) / total

        targets = {
            "plan_completion": total,
            "conversion": mean("conversion_fraction"),
            "response_minutes": mean("response_minutes"),
        }
        leads = [self.plan(one)["leads"] for one in team]
        planned = (
            None if None in leads else sum(self.plan(one)["leads"] * self.worked(one)[1] for one in team)
        )
        return self.facts(lambda _: True, team, planned, targets["response_minutes"]), targets

    def band(self, score):
        rounded = int(score + Fraction(1, 2))
        bands = sorted(self.record["rulebook"]["bands"], key=lambda band: band["from_percent"])
        return rounded, [band["id"] for band in bands if band["from_percent"] <= rounded][-1]
