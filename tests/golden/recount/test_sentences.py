"""Every sentence is read back, in three languages, and recounted from the same facts by the naive reading.

The numbers are taken out of the sentence as they stand in the form of its language; what is missing to the
next band is put in the place of the fact, and has to reach the band, while one step less must not.
"""

import json
import os
from datetime import date
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kpi_rules.cards.filling import Card, fill_card
from kpi_rules.cards.targets import Targets
from kpi_rules.deciding.month import decide
from kpi_rules.facts.employment import Workdays
from kpi_rules.measures.catalogue import MEASURES, compared
from kpi_rules.measures.facts import State, no_data, not_applicable, scored
from kpi_rules.records.months import inputs_record
from kpi_rules.records.rulebooks import rulebook_record
from kpi_rules.rulebook.model import Role
from kpi_rules.words.sentences import kpi_sentence, total_sentence
from templates.loading import load, texts
from tests.golden.recount import naive, spoken
from tests.golden.recount.naive_facts import MAY_NOT_APPLY, NO_DATA, NOT_APPLICABLE
from tests.golden.recount.random_months import good_months
from tests.golden.recount.test_recount import AFTER

EXAMPLES = int(os.environ.get("RECOUNT_EXAMPLES", "60"))
LANGUAGES = ("ru", "kk", "en")
RELAXED = {"deadline": None, "suppress_health_check": list(HealthCheck)}
MONEY = {"plan_completion", "revenue", "average_deal"}
SHARES = {"conversion", "repeat_share", "discipline"}
FIELDS = {
    "plan_completion": "revenue_tiyn",
    "conversion": "conversion_fraction",
    "average_deal": "average_deal_tiyn",
    "response_minutes": "response_minutes",
    "repeat_share": "repeat_fraction",
}


def half_up(value, places=0):
    """Round a number half up, away from zero for negative ones, as people do."""
    scaled = abs(value) * 10**places
    rounded = Fraction(int(scaled + Fraction(1, 2)), 10**places)
    return -rounded if value < 0 else rounded


def shown(value, measure):
    """A fact or target as a sentence shows it: whole tenge, a tenth of a percent, a tenth of a minute."""
    if measure in MONEY:
        return half_up(Fraction(value) / 100)
    return half_up(value * 100, 1) if measure in SHARES else half_up(value, 1)


def check_kpi(sentence, kpi, fact, target, left, language, extra=(), *, head=False):
    """Read the sentence of a scored KPI and recount each of its numbers."""
    weight, cap = Fraction(kpi["weight"]), Fraction(kpi["cap"])
    measure, scoring = kpi["measure"], kpi["scoring"]
    raw = (
        cap
        if fact <= 0 and scoring == "inverse"
        else target / fact
        if scoring == "inverse"
        else fact / target
    )
    form = f"explain.{scoring}"
    if raw < 0:
        form += "_below"
    elif raw > cap or (scoring == "inverse" and fact <= 0):
        form += "_capped"
    points_form = "explain.points" if left == 100 else "explain.points_spread"
    keys = [form, *extra, points_form]
    if head:
        opening = texts(language).phrases["explain.of_team"].removesuffix("{sentence}")
        assert sentence.startswith(opening)
        sentence = sentence.removeprefix(opening)
    said = spoken.read(sentence, keys, language)
    achievement = max(Fraction(0), min(raw, cap))
    expected = {
        "fact": shown(fact, measure),
        "target": shown(target, measure),
        "achievement": half_up(achievement * 100, 1),
        "weight": half_up(weight * 100 / left, 2),
        "own_weight": half_up(weight, 2),
        "points": half_up(weight * 100 / left * achievement, 2),
    }
    for name, text in said.items():
        if name in expected:
            assert spoken.number(text, language) == expected[name], (name, sentence)
    assert {"fact", "achievement", "weight", "points"} <= said.keys()
    assert said["measure"] == texts(language)(f"explain.measure.{measure}")
    return said


class Total:
    """The sentence of the total read back, with the means to recount it."""

    def __init__(self, recount, card, facts, targets, language):
        self.recount, self.card, self.facts, self.targets = recount, card, facts, targets
        self.language = language
        self.points, self.score, _ = recount.score(card, facts, targets)
        bands = sorted(recount.record["rulebook"]["bands"], key=lambda band: band["from_percent"])
        self.percent, band = recount.band(self.score)
        self.band = band["id"]
        paid = {band["id"]: Fraction(band["coefficient"]) for band in bands}
        self.share = paid[self.band]
        above = [b for b in bands if b["from_percent"] > self.percent and paid[b["id"]] > self.share]
        self.next = above[0] if above else None
        self.kpis = {
            kpi["measure"]: kpi for kpi in recount.record["rulebook"][card] if kpi["id"] in self.points
        }
        self.left = sum(Fraction(kpi["weight"]) for kpi in self.kpis.values())

    def reaches(self, **facts):
        _, score, _ = self.recount.score(self.card, {**self.facts, **facts}, self.targets)
        return self.recount.band(score)[0] >= self.next["from_percent"]

    def rises(self):
        """By how much the achievement of each KPI alone would have to rise; only where it can."""
        gap = self.next["from_percent"] - Fraction(1, 2) - self.score
        found = {}
        for measure, kpi in self.kpis.items():
            weight = Fraction(kpi["weight"]) * 100 / self.left
            wanted = self.points[kpi["id"]] / weight + gap / weight
            target = self.targets.get(measure, Fraction(1))
            if wanted <= Fraction(kpi["cap"]) and not (measure in SHARES and wanted * target > 1):
                found[measure] = gap / weight
        return found

    def check(self, sentence):
        rises = self.rises() if self.next else {}
        measure = min(rises, key=lambda name: (rises[name], list(self.kpis).index(name))) if rises else None
        keys = ["explain.total", self.ending(measure)]
        said = spoken.read(sentence, keys, self.language)
        language, words = self.language, texts(self.language)
        score = spoken.number(said["score"], language)
        assert abs(score - self.score) < Fraction(1, 100)
        assert half_up(score) == self.percent == int(said["percent"])
        assert spoken.number(said["share"], language) == self.share * 100
        assert said["band"] == words(f"choice.band.{self.band}")
        if self.next is not None:
            assert said["next_band"] == words(f"choice.band.{self.next['id']}")
        return measure, said

    def ending(self, measure):
        if self.next is None:
            return "explain.best_band"
        if measure is None:
            return "explain.missing.several"
        if measure == "plan_completion" and isinstance(self.facts.get("average_deal"), Fraction):
            return "explain.missing.deals_and_revenue"
        return f"explain.missing.{measure}" if measure != "repeat_share" else "explain.missing.any"

    def check_missing(self, measure, said, deals, leads):
        """Put what is said to be missing in the place of the fact: it is enough, and a step less is not."""
        language = self.language

        def value(name):
            return spoken.number(said[name], language)

        if measure is None:
            gap = self.next["from_percent"] - Fraction(1, 2) - self.score
            assert value("points") == Fraction(ceil(gap * 100), 100)
            return
        fact = self.facts[measure]
        if "change" in said:
            change = value("change") * 100
            assert self.reaches(**{measure: fact + change})
            assert not self.reaches(**{measure: fact + change - 100})
        if measure in {"average_deal", "discipline", "repeat_share", "response_minutes"}:
            scale = (
                Fraction(100) if measure == "average_deal" else Fraction(1, 100 if measure in SHARES else 1)
            )
            step = Fraction(1) if measure == "average_deal" else Fraction(1, 10)
            less = value("needed") + (step if measure == "response_minutes" else -step)
            assert self.reaches(**{measure: value("needed") * scale})
            assert not self.reaches(**{measure: less * scale})
            assert value("fact") == shown(fact, measure)
        if "deals" in said:
            count = spoken.deals(said["deals"], language)
            assert self.reaches(**self.with_deals(count, deals, leads, measure))
            assert not self.reaches(**self.with_deals(count - 1, deals, leads, measure))
            if measure == "conversion":
                assert value("needed") == shown((deals + count) / leads, measure)
                assert value("fact") == shown(fact, measure)

    def with_deals(self, count, deals, leads, measure):
        """The facts with so many deals more, at the present average, won from the leads that are there."""
        average = self.facts.get("average_deal")
        more = {}
        if measure == "plan_completion" or isinstance(average, Fraction):
            more["plan_completion"] = self.facts["plan_completion"] + count * average
        if deals + count <= leads and isinstance(self.facts.get("conversion"), Fraction):
            more["conversion"] = (deals + count) / leads
        return more


@settings(max_examples=EXAMPLES, **RELAXED)
@given(good_months())
def test_the_sentences_of_random_months_say_what_a_recount_finds(inputs):
    check_month(inputs)


WORKED_CASES = [
    # plan, revenue, deals, leads, marks with «да» of 20, points, pays the variable share
    (5_000_000, 4_200_000, 1, 5, 18, None, 1),
    (5_000_000, 3_500_000, 25, 125, 16, "236/3", Fraction(1, 2)),
    (5_000_000, 2_500_000, 5, 25, 12, None, 0),
    (5_000_000, 8_400_000, 60, 400, 8, "236/3", Fraction(1, 2)),
]


@pytest.mark.parametrize(("plan", "revenue", "deals", "leads", "yes", "score", "share"), WORKED_CASES)
def test_the_sentences_of_worked_cases_say_what_a_recount_finds(
    build, plan, revenue, deals, leads, yes, score, share
):
    """Like the cases of behaviour §5, with whole deals behind them."""
    inputs = build.inputs(
        [build.manager(), build.head()],
        [build.plan(revenue=plan, leads=50)],
        build.sales(deals=deals, revenue=revenue, leads=leads),
        build.marks(yes=yes),
    )
    manager = build.card(decide(inputs, AFTER, final=True, measures=MEASURES))
    assert manager.band.coefficient == share
    if score:
        assert manager.score == Fraction(score)
    check_month(inputs)


def check_month(inputs):
    """Read every sentence of a month back, in each language, and recount it."""
    recount = naive.Month(json.loads(json.dumps(inputs_record(inputs))))
    for employee in decide(inputs, AFTER, final=True, measures=MEASURES).employees:
        head = employee.role is Role.HEAD
        case = (recount.head_case if head else recount.employee_case)(employee.code)
        card = "head_kpis" if head else "kpis"
        points, _, ends = recount.score(card, *case) if case else ({}, None, None)
        for language in LANGUAGES:
            check_kpis(employee, recount, card, case, points, language)
            said = total_sentence(employee, texts(language))
            if ends is not None:
                check_known(said, recount, card, case, language)
                continue
            if not points:
                assert spoken.read(said, ["explain.no_score"], language)["reason"]
                continue
            total = Total(recount, card, *case, language)
            measure, said = total.check(said)
            if total.next is not None:
                counts = recount.sales_of_deals(None if head else employee.code)
                total.check_missing(measure, said, counts["deals"], counts["leads"])


def check_known(sentence, recount, card, case, language):
    """Read how many points are known, out of how many, and between what the score lies."""
    points, _, ends = recount.score(card, *case)
    at_low, at_high = (recount.band(end)[1] for end in ends)
    same = at_low == at_high
    said = spoken.read(
        sentence, ["explain.known", "explain.band_certain" if same else "explain.band_unknown"], language
    )
    kpis = {kpi["id"]: Fraction(kpi["weight"]) for kpi in recount.record["rulebook"][card]}
    left = weight_left(recount, card, case, points)
    weight = sum(kpis[name] for name in points) * 100 / left
    assert spoken.number(said["points"], language) == half_up(sum(points.values()), 1)
    for name, number, key in (
        ("weight", weight, "explain.of_points"),
        ("unknown", 100 - weight, "explain.unknown_points"),
    ):
        shown_number = half_up(number, 1)
        form = f"{key}.{spoken.form(shown_number, language)}"
        assert spoken.number(spoken.read(said[name], [form], language)["count"], language) == shown_number
    assert [spoken.number(said[end], language) for end in ("low", "high")] == [half_up(end) for end in ends]
    if same:
        assert said["band"] == texts(language)(f"choice.band.{at_low['id']}")
        assert spoken.number(said["share"], language) == Fraction(at_low["coefficient"]) * 100


def weight_left(recount, card, case, points):
    """The weights of all KPIs but those that do not apply: known ones, and those without data."""
    return sum(
        Fraction(kpi["weight"])
        for kpi in recount.record["rulebook"][card]
        if kpi["id"] in points or lacks(kpi["measure"], *case)
    )


def lacks(measure, facts, targets):
    """Whether a KPI has no data: no fact that could be had, or nothing to compare it with."""
    fact = facts[measure]
    return fact == "no data" or (
        isinstance(fact, Fraction) and measure in FIELDS and not targets.get(measure)
    )


def check_kpis(employee, recount, card, case, points, language):
    """Read the sentence of each KPI of a card."""
    kpis = {kpi["id"]: kpi for kpi in recount.record["rulebook"][card]}
    left = weight_left(recount, card, case, points) if case else 0
    head, share = card == "head_kpis", recount.worked(employee.code)[1]
    for result in employee.kpis:
        sentence = kpi_sentence(result, employee, texts(language))
        if result.kpi.id not in points:
            assert read_unscored(sentence, result, employee, language)
            continue
        facts, targets = case
        prorated = result.kpi.id == "plan_completion" and not head and share != 1
        extra = ["explain.plan_prorated"] if prorated else []
        fact, target = facts[result.kpi.id], targets.get(result.kpi.id, Fraction(1))
        said = check_kpi(sentence, kpis[result.kpi.id], fact, target, left, language, extra, head=head)
        if prorated:
            assert int(said["worked"]) == len(recount.worked(employee.code)[0])
            full = Fraction(recount.plan(employee.code)["revenue_tiyn"], 100)
            assert abs(spoken.number(said["full"], language) - full) < 1


def read_unscored(sentence, result, employee, language):
    """Read why there is no score; the reason is one that has words of its own."""
    keys = [f"explain.{result.state}"]
    counted = employee.score is not None or employee.known is not None
    if result.state == "not_applicable" and counted:
        keys.append("explain.when_not_applicable.spread")
    if result.state == "no_data":
        fact = employee.facts[compared(result.kpi.measure).id]
        keys += ["explain.partial"] if fact.partial else []
        keys += ["explain.unknown_points_of_kpi"] if employee.known else []
    if result.state == "scored":
        return sentence
    reason = spoken.read(sentence, keys, language)["reason"]
    assert reason != texts(language)("reason.other")
    return reason


@st.composite
def cards(draw, template, role):
    """A card of one of the built-in rulebooks over random facts, near enough to the bands to miss them."""
    rulebook = load(template).rulebook
    leads = draw(st.integers(1, 60))
    deals = draw(st.integers(0, leads))
    average = Fraction(draw(st.integers(1_000, 50_000_000)))
    facts = {
        "revenue": scored(deals * average if deals else 0),
        "deals": scored(deals),
        "leads_received": scored(leads),
        "average_deal": scored(average) if deals else not_applicable("no_deals"),
        "conversion": scored(Fraction(deals, leads)),
        "response_minutes": scored(Fraction(draw(st.integers(0, 5_000)), draw(st.integers(1, 60)))),
        "repeat_share": scored(Fraction(draw(st.integers(0, deals)), deals))
        if deals
        else not_applicable("no_deals"),
        "discipline": scored(Fraction(draw(st.integers(0, 97)), 97)),
    }
    if draw(st.integers(0, 3)) == 0:
        facts["discipline"] = no_data("few_marks")
    part = Fraction(draw(st.integers(40, 160)), 100)
    ratios = {
        "conversion_fraction": Fraction(draw(st.integers(1, 99)), 100),
        "average_deal_tiyn": Fraction(ceil(average * draw(st.integers(60, 160)) / 10_000) * 100),
        "response_minutes": Fraction(draw(st.integers(1, 60))),
        "repeat_fraction": Fraction(draw(st.integers(1, 99)), 100),
    }
    return card_of(rulebook, role, facts, Fraction(max(1, ceil(deals * average * part))), ratios)


def card_of(rulebook, role, facts, plan, ratios):
    """A card over facts and targets of somebody who worked all of October's 20 days."""
    revenue = {"revenue_tiyn": plan}
    days = tuple(date(2026, 10, day) for day in range(1, 21))
    who = Workdays("M01", "Имя", role, 20, days, 20, Fraction(1), Fraction(1), in_ramp=False)
    return Card(
        workdays=who,
        kpis=rulebook.head_kpis if role is Role.HEAD else rulebook.kpis,
        bands=rulebook.bands,
        facts=facts,
        targets=Targets(revenue, revenue, ratios),
        decided={},
        started=True,
    )


def low_card(rulebook, role):
    """A card so far below the next band that no KPI alone can bring it there."""
    facts = {
        "revenue": scored(10_000_00),
        "deals": scored(1),
        "leads_received": scored(60),
        "average_deal": scored(10_000_00),
        "conversion": scored(Fraction(1, 60)),
        "response_minutes": scored(600),
        "repeat_share": scored(0),
        "discipline": scored(0),
    }
    ratios = {
        "conversion_fraction": Fraction(1, 2),
        "average_deal_tiyn": Fraction(100_000_00),
        "response_minutes": Fraction(10),
        "repeat_fraction": Fraction(1, 2),
    }
    return card_of(rulebook, role, facts, Fraction(1_000_000_00), ratios)


ROUNDS_MAX = 8
"""Rarely do the cards of one round end in fewer than five ways; then others are drawn."""


@pytest.mark.parametrize(
    ("template", "role"), [("b2b", Role.MANAGER), ("b2c", Role.MANAGER), ("b2b", Role.HEAD)]
)
def test_what_is_missing_is_enough_and_least_and_a_step_less_is_not(template, role):
    seen = set()
    rulebook = load(template).rulebook
    record = {"month": "2026-10", "rulebook": rulebook_record(rulebook)}
    record = {**json.loads(json.dumps(record)), "deals": {"rows": [], "columns": []}}
    recount = naive.Month(record)

    @settings(max_examples=4 * EXAMPLES, **RELAXED)
    @given(cards(template, role))
    @example(low_card(rulebook, role))
    def check(card):
        employee = fill_card(card)
        words = {State.NO_DATA: NO_DATA, State.NOT_APPLICABLE: NOT_APPLICABLE}
        facts = {name: words.get(fact.state, fact.value) for name, fact in card.facts.items()}
        facts[MAY_NOT_APPLY] = set()
        facts["plan_completion"] = facts["revenue"]
        targets = {
            name: card.targets.month.get(field, card.targets.ratios.get(field))
            for name, field in FIELDS.items()
        }
        name = "head_kpis" if role is Role.HEAD else "kpis"
        for language in LANGUAGES:
            if employee.preliminary:
                check_known(
                    total_sentence(employee, texts(language)), recount, name, (facts, targets), language
                )
                continue
            total = Total(recount, name, facts, targets, language)
            measure, said = total.check(total_sentence(employee, texts(language)))
            seen.add(total.ending(measure))
            if total.next is not None:
                total.check_missing(measure, said, facts["deals"], facts["leads_received"])

    for _ in range(ROUNDS_MAX):
        check()
        if len(seen) >= 5:
            break
    assert {"explain.best_band", "explain.missing.deals_and_revenue", "explain.missing.several"} <= seen
    assert len(seen) >= 5, seen
