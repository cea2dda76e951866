"""The facts of a month, counted naively (behaviour §4): plain loops over a month's JSON record, row by row.

Written from the text alone; it shares no code with `kpi_rules`. From deals or from daily reports, for a month
that is over or (with `now`, local time) to date.

A fact is a Fraction, or one of two words: NO_DATA and NOT_APPLICABLE.
"""

from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.golden.recount.naive_deals import NO_DATA, NOT_APPLICABLE, OF_PAYMENT, Deals, managers_of

SILENT = "silent"
"""Under this name the facts have the measures that have no data because nothing was entered."""
COUNTS = "counts"
"""Under this name the facts have the counts that they come from."""
MAY_NOT_APPLY = "may not apply"
"""Under this name the facts have the measures that may yet turn out not to apply."""
CRM = ("filled", "statuses", "comments")
MARKS = (*CRM, "script", "attendance", "reporting", "meetings")
MARKED = {"discipline": MARKS, "crm": CRM, **{mark: (mark,) for mark in MARKS[3:]}}


NO_ROWS = {"columns": [], "rows": []}


def rows_of(table):
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def day_in(subject):
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return datetime.strptime(subject, pattern).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            pass
    return None


class Facts(Deals):
    def __init__(self, record, now=None):
        self.record, self.month = record, record["month"]
        self.rules, self.settings = record["rulebook"], record.get("settings")
        self.policies = self.rules["policies"]
        year, number = (int(part) for part in self.month.split("-"))
        self.days = [
            date(year, number, 1) + timedelta(days=index)
            for index in range(31)
            if (date(year, number, 1) + timedelta(days=index)).month == number
        ]
        after = datetime.combine(self.days[-1] + timedelta(days=1), datetime.min.time())
        self.cut = after if now is None else min(now, after)
        # A client with options has its tabs under other names.
        facts = record.get("facts") or record.get(self.rules["inputs"], NO_ROWS)
        self.gone = set(facts.get("missing", []))
        self.values = record.get("values", [])
        rows = {"reports": [], "deals": [], self.rules["inputs"]: rows_of(facts)}
        self.reports, self.deals = rows["reports"], rows["deals"]
        self.marks = rows_of(record.get("marks") or record.get("discipline", NO_ROWS))
        self.payments = list(record.get("payments", []))
        self.no_sales = {}
        self.decide()

    def decide(self):
        """What the head decided: approved, with a reason."""
        said = {}
        ids = [kpi["id"] for kpi in self.rules["kpis"] + self.rules["head_kpis"]]
        for row in self.record.get("decisions", []):
            if not row["approved"] or not row["reason"].strip():
                continue
            code, subject, day = row["code"], row["subject"], day_in(row["subject"])
            if row["kind"] == "exclude_row":
                self.exclude(code, subject, day)
            elif row["kind"] == "no_sales":
                if day is None or self.rules["inputs"] == "reports":
                    self.no_sales.setdefault(code, []).append(day)
            elif subject in ids and row["kind"] in {
                "not_applicable",
                "zero",
            }:  # «верно» is said of rows alone
                said.setdefault((code, subject), set()).add(row["kind"])
        # Two that contradict each other say nothing.
        self.kpi_decisions = {about: kinds.pop() for about, kinds in said.items() if len(kinds) == 1}

    def exclude(self, code, subject, day):
        """Take a row out, unless more than one could be meant."""

        def is_day(row):
            return row["code"] == code and (row["on"] or "")[:10] == day

        def is_deal(row):
            mine = code in managers_of(row) or row["code"] is None
            return mine and row["number"] == subject

        if day is None:
            if sum(is_deal(row) for row in self.deals) == 1:
                self.deals = [row for row in self.deals if not is_deal(row)]
                self.payments = [each for each in self.payments if each["number"] != subject]
        elif max(sum(map(is_day, self.reports)), sum(map(is_day, self.marks))) == 1:
            self.reports = [row for row in self.reports if not is_day(row)]
            self.marks = [row for row in self.marks if not is_day(row)]

    # Days

    def in_month(self, text):
        return text is not None and text[:7] == self.month

    def so_far(self, text):
        """In the month, and not after the cut."""
        return self.in_month(text) and datetime.fromisoformat(text) <= self.cut

    def is_over(self, day):
        return day < self.cut.date()

    def norm(self, week):
        off = self.record["calendar"]["off_days"][str(week)]
        return [day for day in self.days if day.isoformat() not in off]

    def stints(self, code):
        """Stints that touch the month."""
        first, last = self.days[0].isoformat(), self.days[-1].isoformat()
        return [
            stint
            for stint in self.record["staff"]
            if stint["code"] == code
            and stint["hired_on"] <= last
            and (stint["left_on"] is None or stint["left_on"] >= first)
        ]

    def worked(self, code):
        """Worked days, and the share of the norm: of the whole month, and of what is over."""
        found, share, share_over = [], Fraction(0), Fraction(0)
        for stint in self.stints(code):
            norm = self.norm(stint["week_days"])
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
                    share += Fraction(1, len(norm))
                    if self.is_over(day):
                        share_over += Fraction(1, len(norm))
        return found, share, share_over

    def is_new(self, code):
        hired = min(stint["hired_on"] for stint in self.record["staff"] if stint["code"] == code)
        year, number = (int(part) for part in hired[:7].split("-"))
        this_year, this_number = (int(part) for part in self.month.split("-"))
        return (this_year - year) * 12 + this_number - number < self.policies["ramp_months"]

    def plan(self, code):
        """The employee's row; two rows are none."""
        rows = [row for row in self.record["plan"] if row["code"] == code]
        return rows[0] if len(rows) == 1 else None

    # Facts

    def sales_of_reports(self, who, codes):  # noqa: C901, PLR0912 - naive on purpose, as above
        found = dict.fromkeys(("deals", "revenue", "cost", "repeat", "leads", "processed", "weighted"), 0)
        unknown, seen = set(), []
        mine_rows = [row for row in self.reports if who in (None, row["code"]) and self.so_far(row["on"])]
        days = [(row["code"], row["on"]) for row in mine_rows]
        clear = {"clear deals": 0, "clear leads": 0, "clear answers": 0}
        for row in mine_rows:
            if days.count((row["code"], row["on"])) == 1:
                clear["clear leads"] += row["leads_received"] or 0
                if row["deals"] is not None and (row["repeat_deals"] or 0) <= row["deals"]:
                    clear["clear deals"] += row["deals"]
                if row["response_seconds"] is not None:
                    clear["clear answers"] += row["leads_processed"] or 0
            everything = {"sales", "deals", "leads", "processed", "cost", "repeat", "response"}
            if (row["code"], row["on"]) in seen:
                unknown |= everything
            seen.append((row["code"], row["on"]))
            if row["leads_received"] is None:
                unknown.add("leads")
            if row["leads_processed"] is None:
                unknown |= {"processed", "response"}
            if row["deals"] is None:
                unknown.add("deals")
            if row["revenue_tiyn"] is None:
                unknown.add("sales")
            if row["cost_tiyn"] is None and row["revenue_tiyn"]:
                unknown.add("cost")
            if row["repeat_deals"] is None and row["deals"]:
                unknown.add("repeat")
            if row["response_seconds"] is None and row["leads_processed"]:
                unknown.add("response")
            if (
                row["repeat_deals"] is not None
                and row["deals"] is not None
                and row["repeat_deals"] > row["deals"]
            ):
                unknown |= {"deals", "repeat"}
            found["deals"] += row["deals"] or 0
            found["revenue"] += row["revenue_tiyn"] or 0
            found["cost"] += row["cost_tiyn"] or 0
            found["repeat"] += row["repeat_deals"] or 0
            found["leads"] += row["leads_received"] or 0
            found["processed"] += row["leads_processed"] or 0
            found["weighted"] += (row["response_seconds"] or 0) * (row["leads_processed"] or 0)
        reported = [(code, on[:10]) for code, on in seen]
        for code in codes:
            said = self.no_sales.get(code, [])
            for day in self.worked(code)[0]:
                text = day.isoformat()
                if (
                    self.is_over(day)
                    and (code, text) not in reported
                    and text not in said
                    and None not in said
                ):
                    unknown |= {"sales", "deals", "leads", "processed", "cost", "repeat", "response"}
        return {
            **found, **clear, "amounts": found["revenue"], "refunds": 0, "in_parts": 0, "unknown": unknown,
            "empty": not found["deals"],
        }  # fmt: skip

    def sales(self, who, codes=(), condition=None):
        """What was counted of somebody, or of the team (`who` None)."""
        return (
            self.sales_of_reports(who, codes)
            if self.rules["inputs"] == "reports"
            else self.sales_of_deals(who, condition)
        )

    def facts(self, who, codes, planned_leads, norm, no_sales, condition=None):
        count = self.sales(who, codes, condition)
        whole = count if condition is None else self.sales(who, codes)
        unknown, silent = set(count["unknown"]), set()
        if whole["leads"] == 0 and planned_leads != 0 and not no_sales:
            silent = {"leads", "filled", "processed", "response"} | (OF_PAYMENT if whole["empty"] else set())
            # What was entered and can not be told is not nothing, though it is of no part.
            silent -= unknown | whole["unknown"]
            unknown |= silent
        deals, leads, revenue = count["deals"], count["leads"], count["revenue"]
        few = not leads or leads < self.policies["min_leads"]
        won = count.get("cohort") if self.policies["conversion_basis"] == "cohort" else deals
        if few:
            response = NOT_APPLICABLE
        elif self.rules["inputs"] == "deals":
            response = self.median(count["rows"], norm)
        elif count["processed"]:
            response = Fraction(count["weighted"], 60 * count["processed"])
        else:
            response = NOT_APPLICABLE
        found = {
            "plan_completion": (Fraction(revenue), ["sales"]),
            "revenue": (Fraction(revenue), ["sales"]),
            "deals": (Fraction(deals), ["deals"]),
            "average_deal": (
                Fraction(count["amounts"], deals) if deals else NOT_APPLICABLE,
                ["sales", "deals"],
            ),
            "margin": (
                Fraction(revenue - count["cost"], revenue) if revenue > 0 else Fraction(0),
                ["sales", "cost"],
            ),
            "leads_received": (Fraction(leads), ["leads"]),
            "leads_processed": (Fraction(count["processed"]), ["processed"]),
            "conversion": (NOT_APPLICABLE if few else Fraction(won, leads), ["deals", "leads"]),
            "response_minutes": (response, ["response"]),
            "repeat_share": (
                Fraction(count["repeat"], deals) if deals else NOT_APPLICABLE,
                ["deals", "repeat"],
            ),
            "crm_filled": (
                Fraction(count["filled cells"]) / count["asked cells"]
                if count.get("asked cells")
                else NOT_APPLICABLE,
                ["filled"],
            ),
        }
        known = {
            name: NO_DATA if unknown & set(needs) else value for name, (value, needs) in found.items()
        } | {measure: self.discipline(measure, codes) for measure in MARKED}
        of_silence = {
            name
            for name, (_, needs) in found.items()
            if [need for need in needs if need in unknown][:1] in [[need] for need in silent]
        }
        return {
            **known,
            MAY_NOT_APPLY: self.may_not_apply(count, norm, codes),
            SILENT: of_silence,
            COUNTS: {**count, "unknown": unknown},
        }

    def may_not_apply(self, count, norm, codes):
        """What may turn out not to apply, as far as the clear rows tell: no deal yet, too few leads, no answers."""
        found = {measure for measure in MARKED if not self.any_mark(measure, codes)}
        if not count["clear deals"]:
            found |= {"average_deal", "repeat_share"}
        if not count["clear leads"] or count["clear leads"] < self.policies["min_leads"]:
            found |= {"conversion", "response_minutes"}
        if not count.get("asked cells"):
            found.add("crm_filled")
        if self.rules["inputs"] == "reports":
            answers = count["clear answers"]
        else:
            answers = self.median(count["clear rows"], norm) != NOT_APPLICABLE
        return found if answers else found | {"response_minutes"}

    def any_mark(self, measure, codes):
        """Whether there is a 'да' or 'нет' on a worked day."""
        return any(
            row[mark] in ("yes", "no")
            for row in self.marks
            for mark in MARKED[measure]
            if row["code"] in codes
            and self.so_far(row["on"])
            and (row["on"] or "")[:10] in [day.isoformat() for day in self.worked(row["code"])[0]]
        )

    def discipline(self, measure, codes):
        """'да' of 'да' and 'нет', if enough of the worked days that are over carry a mark."""
        yes = no = marked = due = 0
        for code in codes:
            days = [day.isoformat() for day in self.worked(code)[0]]
            over = [text for text in days if self.is_over(date.fromisoformat(text))]
            due += len(over)
            seen = []
            for row in self.marks:
                text = (row["on"] or "")[:10]
                if row["code"] != code or text not in days or not self.so_far(row["on"]):
                    continue
                if text in seen:
                    return NO_DATA
                seen.append(text)
                given = [row[mark] for mark in MARKED[measure] if row[mark] is not None]
                yes += given.count("yes")
                no += given.count("no")
                marked += bool(given) and text in over
        if marked < Fraction(self.policies["marks_minimum"]) * due:
            return NO_DATA
        return Fraction(yes, yes + no) if yes + no else NOT_APPLICABLE
