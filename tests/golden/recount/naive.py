"""A second, deliberately naive reading of behaviour §4–5: targets, scores and bands in plain Fractions.

Written from the text alone; it shares no code with `kpi_rules`.
"""

from fractions import Fraction
from itertools import product

from tests.golden.recount import naive_causes, naive_values
from tests.golden.recount.naive_facts import (
    COUNTS,
    MARKED,
    MAY_NOT_APPLY,
    NO_DATA,
    NOT_APPLICABLE,
    SILENT,
    Facts,
)

TARGET = {
    "plan_completion": "revenue_tiyn",
    "revenue": "revenue_tiyn",
    "deals": "deals",
    "average_deal": "average_deal_tiyn",
    "margin": "margin_fraction",
    "leads_received": "leads",
    "leads_processed": "leads",
    "conversion": "conversion_fraction",
    "response_minutes": "response_minutes",
    "repeat_share": "repeat_fraction",
}
NARROWED = "narrowed"
"""Under this name the facts have, by KPI, those of the part of the deals that it counts."""
OWN = "own"
"""Under this name the facts have, by KPI, those of the client's own measures."""
AGAINST_ALL = ("crm_filled", *MARKED)
"""They are compared with 100 %."""
ON_LEADS_PLANNED = ("leads_received", "leads_processed", "deals")
"""Their target may be 0: then nothing was asked."""
ADDITIVE = ("revenue_tiyn", "leads", "deals")


def by_measure(targets):
    """Targets by the measure that is compared with them."""
    own = {name: value for name, value in targets.items() if name.startswith(OWN)}
    return own | {measure: targets[field] for measure, field in TARGET.items() if field in targets}


def own_field(kpi):
    """Under which name the target of a KPI of the client's own is."""
    return kpi.get("own_target") or f"{OWN} {kpi['id']} {kpi['norm']}"


class Month(Facts):
    """A month with all that its record says."""

    # Targets

    def targets(self, code):
        """What the plan row asks of this employee: additive figures by days, ratios as they stand."""
        row, found = self.plan(code), {}
        if row is None:
            return {}
        _, share, share_over = self.worked(code)
        additive = (*ADDITIVE, *self.own_fields(sums=True))
        for kpi in self.own_kpis():
            value = row.get("own", {}).get(kpi["own_target"]) if "own_target" in kpi else kpi["norm"]
            if value is not None and Fraction(value) > 0:
                found[own_field(kpi)] = Fraction(value)
        for name in ("revenue_tiyn", "leads", *TARGET.values()):
            value = row.get(name)
            if value is not None and (Fraction(value) > 0 or name == "leads"):
                found[name] = Fraction(value)
        if "leads" in found and "conversion_fraction" in found:
            found["deals"] = found["leads"] * found["conversion_fraction"]
        return self.prorated(found, additive, share, share_over)

    def prorated(self, found, additive, share, share_over):
        whole = {f"{name} of the month": found[name] * share for name in additive if name in found}
        return {**found, **{name: found[name] * share_over for name in additive if name in found}, **whole}

    def own_kpis(self):
        """The KPIs of both cards that count values of «Показатели»."""
        return [kpi for kpi in self.rules["kpis"] + self.rules["head_kpis"] if "how_counted" in kpi]

    def own_fields(self, *, sums):
        return sorted({own_field(kpi) for kpi in self.own_kpis() if (kpi["how_counted"] == "sum") == sums})

    def team_targets(self, team, excused):
        found = {}
        each = {code: self.targets(code) for code in team}
        for name in (*ADDITIVE, *self.own_fields(sums=True)):
            for key in (name, f"{name} of the month"):
                asked = [code for code in team if name not in excused[code]]
                if asked and all(key in each[code] for code in asked):
                    found[key] = sum(each[code][key] for code in asked)
        for name in (*sorted(set(TARGET.values()) - set(ADDITIVE)), *self.own_fields(sums=False)):
            on_leads = name in ("conversion_fraction", "response_minutes")
            asked = [
                code
                for code in team
                if name not in excused[code]
                and not (on_leads and each[code].get("leads of the month") == 0 and name not in each[code])
            ]
            plans = {code: each[code].get("revenue_tiyn of the month", Fraction(0)) for code in asked}
            if sum(plans.values()) > 0 and all(name in each[code] for code in asked):
                found[name] = sum(plans[code] * each[code][name] for code in asked) / sum(plans.values())
        return found

    # Score

    def achievement(self, kpi, fact, target):
        cap = Fraction(kpi["cap"])
        if kpi["scoring"] == "index":
            base, norm = Fraction(kpi["base"]), Fraction(kpi["norm"])
            if kpi["measure"] == "plan_completion":
                fact = fact / target
            value = (fact - base) / (norm - base)
        elif kpi["scoring"] == "inverse":
            value = target / fact if fact > 0 else cap
        else:
            value = fact / target
        return min(max(value, Fraction(0)), cap)

    def kpi(self, kpi, code, facts, targets):
        """NO_DATA, NOT_APPLICABLE, or the achievement; `code` None: a card of nobody in particular."""
        decision = self.kpi_decisions.get((code, kpi["id"]))
        if decision == "zero":
            return Fraction(0)
        if decision == "not_applicable" or (code is not None and self.is_new(code)):
            return NOT_APPLICABLE
        own = facts.get(NARROWED, {}).get(kpi["id"])
        fact = facts[OWN][kpi["id"]] if "how_counted" in kpi else (own or facts)[kpi["measure"]]
        if fact in (NO_DATA, NOT_APPLICABLE, None):
            return NOT_APPLICABLE if fact is None else fact
        target = targets.get(own_field(kpi) if "how_counted" in kpi else kpi["measure"])
        if kpi["measure"] in AGAINST_ALL or (
            kpi["scoring"] == "share" and kpi["measure"] != "plan_completion"
        ):
            target = Fraction(1)
        if kpi["scoring"] == "index" and kpi["measure"] != "plan_completion":
            target = Fraction(1)  # it brings its own
        elif own and kpi["scoring"] != "share":
            target = Fraction(kpi["norm"])
        if target is None:
            return NO_DATA
        if target == 0:
            return NOT_APPLICABLE
        return self.achievement(kpi, fact, target)

    def score(self, card, facts, targets, code=None):
        """Points of each KPI that is known, the score (None = not scored), and between what it lies without data."""
        found = {kpi["id"]: self.kpi(kpi, code, facts, targets) for kpi in self.rules[card]}
        unknown = [kpi for kpi in self.rules[card] if found[kpi["id"]] == NO_DATA]
        if not unknown:
            points = self.points(card, found)
            return points, (sum(points.values()) if points else None), None
        states = []
        for kpi in unknown:
            target = targets.get(kpi["measure"])
            by_plan = kpi["measure"] in ON_LEADS_PLANNED and kpi["scoring"] in ("ratio", "inverse")
            own = facts.get(NARROWED, {}).get(kpi["id"])
            nothing_asked = by_plan and not target and not own
            told = own or facts
            may_not = kpi["measure"] in told[MAY_NOT_APPLY] and told[kpi["measure"]] == NO_DATA
            states.append([Fraction(0), Fraction(kpi["cap"]), *[NOT_APPLICABLE] * (may_not or nothing_asked)])
        names = [kpi["id"] for kpi in unknown]
        cases = [
            self.points(card, {**found, **dict(zip(names, each, strict=True))}) for each in product(*states)
        ]
        ends = [sum(case.values()) for case in cases if case]
        # What is known beside them is worth what it is worth with the others there.
        beside = self.points(card, {**found, **dict.fromkeys(names, Fraction(0))})
        known = {name: value for name, value in beside.items() if name not in names}
        return known, None, (min(ends), max(ends))

    def points(self, card, found):
        """Points by KPI: what does not apply gives its weight to the others, or counts as its row says."""
        counted = {}
        for kpi in self.rules[card]:
            value = found[kpi["id"]]
            if value == NOT_APPLICABLE and kpi["when_not_applicable"] != "spread":
                counted[kpi["id"]] = Fraction(kpi["when_not_applicable"] == "full")
            elif value != NOT_APPLICABLE:
                counted[kpi["id"]] = value
        weights = {kpi["id"]: Fraction(kpi["weight"]) for kpi in self.rules[card]}
        left = sum(weights[name] for name in counted)
        return {name: counted[name] * weights[name] * 100 / left for name in counted}

    def employee(self, code):
        """Points by KPI, score, and between what it lies; True where nothing is scored before data are there."""
        days, _, over = self.worked(code)
        targets = self.targets(code)
        if not days:
            return {}, None, None
        if "revenue_tiyn" not in targets or not over:
            return {}, None, not self.is_settled("kpis", code) or None
        return self.score("kpis", *self.employee_case(code), code)

    def employee_case(self, code):
        """Facts and targets by measure; None where there is nothing to score."""
        targets = self.targets(code)
        if not self.worked(code)[0] or "revenue_tiyn" not in targets:
            return None
        return self.facts_of(code, targets), by_measure(targets)

    def is_settled(self, card, code):
        """Nothing is open where nothing could be scored: an employee's first months, or all of it decided."""
        return self.is_new(code) or all((code, kpi["id"]) in self.kpi_decisions for kpi in self.rules[card])

    def facts_of(self, code, targets):
        leads, norm = targets.get("leads of the month"), targets.get("response_minutes")
        asked = (code, [code], leads, norm, code in self.no_sales)
        own = {
            kpi["id"]: naive_values.own_of(self.values, kpi, code, self.cut)
            for kpi in self.rules["kpis"]
            if "how_counted" in kpi
        }
        return {**self.facts(*asked), NARROWED: self.narrowed("kpis", asked), OWN: own}

    def narrowed(self, card, asked):
        """The facts of each KPI that counts a part of the deals."""
        return {
            kpi["id"]: self.facts(*asked, kpi["only_where"])
            for kpi in self.rules[card]
            if "only_where" in kpi
        }

    def head(self, code):
        """The same for the head: the whole team's."""
        if not self.worked(code)[0] or not self.team():
            return {}, None, None
        case = self.head_case(code)
        if case is None or not any(self.worked(one)[2] for one in self.team()):
            return {}, None, not self.is_settled("head_kpis", code) or None
        return self.score("head_kpis", *case, code)

    def managers(self):
        stints = [stint for stint in self.record["staff"] if self.stints(stint["code"])]
        return sorted({stint["code"] for stint in stints if stint["role"] == "manager"})

    def team(self):
        return [one for one in self.managers() if self.worked(one)[0]]

    def head_case(self, code):
        """Facts and targets of the team by measure; None where there is nothing to score."""
        if not self.worked(code)[0] or not self.team():
            return None
        excused = {one: self.excused(one) for one in self.managers()}
        targets = self.team_targets(self.team(), excused)
        if "revenue_tiyn" not in targets:
            return None
        facts = self.facts_of_team(targets)
        return facts, by_measure(targets)

    def facts_of_team(self, targets):
        excused = {one: self.excused(one) for one in self.managers()}
        no_sales = all(one in self.no_sales for one in self.managers())
        leads, norm = targets.get("leads of the month"), targets.get("response_minutes")
        asked = (None, self.managers(), leads, norm, no_sales)
        own = {
            kpi["id"]: naive_values.own_of_team(self.values, kpi, self.awaited(kpi), self.cut)
            for kpi in self.rules["head_kpis"]
            if "how_counted" in kpi
        }
        facts = {**self.facts(*asked), NARROWED: self.narrowed("head_kpis", asked), OWN: own}
        for measure in {name for one in self.team() for name in self.silent(one)}:
            for told in (facts, *facts[NARROWED].values()):
                if told[measure] != NO_DATA:
                    # Who entered nothing would have added to it.
                    told[MAY_NOT_APPLY] -= {measure}
                    told[MAY_NOT_APPLY] |= {measure} if told[measure] == NOT_APPLICABLE else set()
                    told[measure] = NO_DATA
        for measure in MARKED:
            asked = [one for one in self.managers() if measure not in excused[one]]
            facts[measure] = self.discipline(measure, asked)
            facts[MAY_NOT_APPLY] -= {measure} if self.any_mark(measure, asked) else set()
            facts[MAY_NOT_APPLY] |= set() if self.any_mark(measure, asked) else {measure}
        return facts

    def awaited(self, kpi):
        """The managers of whom a value of the client's own is awaited: who worked, and was not decided about."""
        same = [each["id"] for each in self.rules["kpis"] if each["measure"] == kpi["measure"]]
        return [
            one
            for one in self.managers()
            if self.worked(one)[2]
            and not self.is_new(one)
            and not any((one, name) in self.kpi_decisions for name in (kpi["id"], *same))
        ]

    def silent(self, code):
        """What has no data of a manager because nothing was entered, as long as a KPI waits for it."""
        targets = self.targets(code)
        facts = self.facts_of(code, targets)
        if not self.worked(code)[2] and "revenue_tiyn" in targets:
            return set()
        waits = [
            kpi
            for kpi in self.rules["kpis"]
            if kpi["measure"] in facts[SILENT]
            and (code, kpi["id"]) not in self.kpi_decisions
            and not self.is_new(code)
        ]
        return facts[SILENT] if waits else set()

    # Causes

    def causes_of(self, code):
        """The gap of an employee and its parts; None where no gap is told."""
        targets = self.targets(code)
        if not self.worked(code)[0] or not targets.get("revenue_tiyn"):
            return None
        return self.causes(targets, self.facts_of(code, targets))

    def causes(self, targets, facts):
        if facts["revenue"] == NO_DATA:
            return None
        counts = facts[COUNTS]
        factors = [targets.get(name) for name in ("leads", "conversion_fraction", "average_deal_tiyn")]
        if "deals" in counts["unknown"]:
            factors = [None] * 3
        if "leads" in counts["unknown"]:
            counts = {**counts, "leads": 0}
        return naive_causes.causes((targets["revenue_tiyn"], *factors), counts, self.policies["causes"])

    def causes_of_team(self):
        """The same of the team: by sums, or by a split of its own."""
        targets, facts = self.sold_by(None, "head")
        if not targets.get("revenue_tiyn") or facts["revenue"] == NO_DATA:
            return None
        planned = [one for one in self.managers() if self.targets(one).get("revenue_tiyn")]
        if any(self.causes_of(one) is None for one in planned):
            return None  # they add up to it
        if self.policies["causes"] == "factors":
            return self.causes({**targets, **self.team_factors()}, facts)
        own = [
            (*found, self.sales(one)["revenue"])
            for one in self.managers()
            if (found := self.causes_of(one)) is not None
        ]
        return naive_causes.of_team(own, facts[COUNTS]["revenue"])

    def team_factors(self):
        """Planned leads and deals of the managers, pooled."""
        plans = []
        for one in self.team():
            targets = self.targets(one)
            names = ("revenue_tiyn", "leads", "conversion_fraction", "average_deal_tiyn")
            revenue, leads, conversion, average = (targets.get(name) for name in names)
            if revenue is None:
                continue
            if leads is None and conversion and average:
                leads = revenue / (conversion * average)
            plans.append((leads, conversion, average))
        if not plans or any(None in plan for plan in plans):
            return dict.fromkeys(("leads", "conversion_fraction", "average_deal_tiyn"))
        leads = sum(plan[0] for plan in plans)
        deals = sum(plan[0] * plan[1] for plan in plans)
        revenue = sum(plan[0] * plan[1] * plan[2] for plan in plans)
        return {
            "leads": leads,
            "conversion_fraction": deals / leads if leads else None,
            "average_deal_tiyn": revenue / deals if deals else None,
        }

    def sold_by(self, code, role):
        """Targets and facts of a card: the head's are the team's."""
        if role != "head":
            targets = self.targets(code)
            return targets, self.facts_of(code, targets)
        excused = {one: self.excused(one) for one in self.managers()}
        targets = self.team_targets(self.team(), excused)
        return targets, self.facts_of_team(targets)

    def excused(self, code):
        """Targets and marks that are missing of a manager and were decided about."""
        targets, found = self.targets(code), set()
        for kpi in self.rules["kpis"]:
            if (code, kpi["id"]) in self.kpi_decisions:
                if kpi["measure"] in MARKED:
                    found |= {name for name in MARKED if self.discipline(name, [code]) == NO_DATA}
                elif "how_counted" in kpi:
                    found |= {own_field(kpi)} - set(targets)
                elif (
                    kpi["measure"] in TARGET
                    and "only_where" not in kpi
                    and TARGET[kpi["measure"]] not in targets
                ):
                    found.add(TARGET[kpi["measure"]])
        return found

    def band(self, score):
        rounded = int(score + Fraction(1, 2))
        bands = sorted(self.rules["bands"], key=lambda band: band["from_percent"])
        return rounded, [band for band in bands if band["from_percent"] <= rounded][-1]
