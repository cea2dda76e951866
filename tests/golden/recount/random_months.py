"""Random months for the recount: any rulebook, both kinds of input, stints, absences, decisions, odd calendars.

What is many and alike (marks, reports) comes from one drawn seed: drawing each cell would take most of the time.
"""

from dataclasses import replace
from datetime import date, time, timedelta
from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import (
    Absence,
    Correction,
    Decision,
    DecisionKind,
    Employment,
    MonthInputs,
    OwnValue,
    PlanRow,
    Salary,
)
from kpi_rules.facts.pandas_frames import to_pandas
from kpi_rules.facts.percents import PercentBase, PercentRow
from kpi_rules.measures.marks import ALL_MARKS
from kpi_rules.records import form_1_tabs
from kpi_rules.rulebook.input_words import INPUTS
from kpi_rules.rulebook.model import Role
from kpi_rules.rulebook.versions import load as load_rulebook
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.overrides import overridden
from kpi_rules.time.periods import CalendarOverride, Month
from kpi_rules.time.settings import Settings
from templates.loading import load
from tests.golden.recount.random_deals import (
    CODES,
    HEAD,
    LEAVER,
    MANAGERS,
    MONTH,
    at_midnight,
    deals_and_payments,
    parts_before,
    rarely,
)
from tests.strategies.rulebooks import DISCIPLINE, rulebooks

MARKS = form_1_tabs.MARKS.marks_of(ALL_MARKS)
CALENDAR = working_calendar([2026])
BUILT_IN = [load(name, "ru").rulebook for name in ("b2b", "b2c")]
october = st.dates(MONTH.first_on, MONTH.last_on)
sevenths = st.integers(1, 600).map(lambda number: Fraction(number, 7))
RATIOS = ("conversion", "repeat_share", "margin")
PARTS = (*RATIOS, "revenue", "deals", "average_deal", "leads_received", "leads_processed")
"""What a KPI may count of a part of the deals: with a norm of its own where it is a fraction."""
OWN_NAMES = ("Звонки", "Оценка разговоров")
OWN_FIELDS = ("own:own_manager", "own:own_head")
"""The columns of «План» that hold targets of own measures."""
percents = st.integers(1, 99).map(lambda percent: Fraction(percent, 100))


def report(chance, code, day):
    """One day's report; now and then a cell is blank, or more repeat deals than deals."""
    leads, deals = chance.randint(0, 9), chance.randint(0, 5)
    row = {
        "on": at_midnight(day),
        "code": code,
        "leads_received": leads,
        "leads_processed": chance.randint(0, leads),
        "deals": deals,
        "revenue_tiyn": chance.randint(1, 10**8) if deals else 0,
        "cost_tiyn": chance.randint(0, 10**8),
        "repeat_deals": chance.randint(0, deals),
        "response_seconds": chance.randint(0, 7200),
    }
    if chance.randrange(200) == 0:
        row[chance.choice(sorted(set(row) - {"on", "code"}))] = None
    if chance.randrange(200) == 0:
        row["repeat_deals"] = deals + 1
    return row


@st.composite
def reports(draw):
    chance = Random(draw(st.integers(0, 2**32)))
    skipped = draw(st.sets(st.tuples(st.sampled_from(MANAGERS), october), max_size=1))
    rows = [
        report(chance, code, day) for code in MANAGERS for day in MONTH.days() if (code, day) not in skipped
    ]
    if draw(rarely):
        rows.append(report(chance, *draw(st.tuples(st.sampled_from((*CODES, LEAVER)), october))))
    return rows


@st.composite
def staff(draw):
    people = [Employment(LEAVER, "gone", "", Role.MANAGER, date(2026, 1, 1), date(2026, 9, 15), 5)]
    for code in CODES:
        role = Role.HEAD if code == HEAD else Role.MANAGER
        first, second = sorted(draw(st.tuples(october, october)))
        week = draw(st.sampled_from([5, 6]))
        shape = draw(
            st.sampled_from(["whole", "whole", "hired", "left", "two stints", "last day", "few days"])
        )
        hired = {"hired": first, "last day": MONTH.last_on, "few days": first}.get(shape, date(2026, 1, 12))
        left = {"left": second, "two stints": first, "few days": second}.get(shape)
        people.append(Employment(code, code, "", role, hired, left, week))
        if shape == "two stints" and second > first:
            other_week = draw(st.sampled_from([5, 6]))
            people.append(Employment(code, code, "", role, second, None, other_week))
    return tuple(people)


@st.composite
def marks(draw):
    """Marks of every day (days off too), of some columns; with holes, and now and then a day twice."""
    chance, holes = Random(draw(st.integers(0, 2**32))), draw(st.sampled_from([0, 0, 5, 15, 40]))
    rows = []
    for code in CODES:
        for day in MONTH.days():
            if chance.randrange(100) >= holes:
                given = chance.choice([MARKS, MARKS[:1], MARKS[2:4]])
                row = {mark: chance.choice(["yes", "yes", "no", "na", None]) for mark in given}
                rows.append({"code": code, "on": at_midnight(day), **row})
    if rows and draw(rarely):
        rows.append(dict(chance.choice(rows)))
    return rows


@st.composite
def plans(draw):
    rows = []
    for code in MANAGERS:
        row = PlanRow(
            MONTH,
            code,
            {
                name: value
                for name, value in (
                    ("revenue_tiyn", draw(st.integers(10**4, 10**10))),
                    ("conversion_fraction", Fraction(draw(st.integers(1, 99)), 100)),
                    ("average_deal_tiyn", draw(st.integers(1, 10**9))),
                    ("leads", draw(st.none() | st.integers(0, 9))),
                    ("response_minutes", draw(st.none() | sevenths)),
                    ("repeat_fraction", draw(st.none() | percents)),
                    ("margin_fraction", draw(st.none() | percents)),
                    *((field, draw(st.none() | sevenths)) for field in OWN_FIELDS),
                )
                if value is not None
            },
        )
        rows += [] if draw(rarely) else [row]
    return tuple(rows)


@st.composite
def decisions(draw, rulebook):
    kpi_ids = sorted({kpi.id for kpi in (*rulebook.kpis, *rulebook.head_kpis)})
    subjects = [*kpi_ids, *kpi_ids, "", "0", "1", "2026-10-05", "07.10.2026", "what"]
    return tuple(
        Decision(
            MONTH,
            draw(st.sampled_from(CODES)),
            draw(st.sampled_from(subjects)),
            draw(st.sampled_from(list(DecisionKind))),
            draw(st.sampled_from(["болел", "болел", " "])),
            approved=draw(st.sampled_from([True, True, False])),
        )
        for _ in range(draw(st.sampled_from([0, 0, 1, 3])))
    )


CLAUSES = st.tuples(st.sampled_from(["source", "status", "repeat"]), st.booleans())
WORDS = {"source": ["сайт", "Реклама"], "status": ["deal", "lost"], "repeat": ["yes", "no"]}


@st.composite
def narrowed(draw, form):
    """The rules with some KPIs of a part of the deals; a share or an index, or with a norm of their own."""
    kpis = []
    for kpi in form["kpis"]:
        part = kpi
        alone = kpi["scoring"] == "share" or (kpi["scoring"] == "index" and kpi["norm"] != "0")
        fits = kpi["measure"] in PARTS and (alone or (kpi["measure"] in RATIOS and kpi["scoring"] != "index"))
        if fits and draw(st.booleans()):
            clauses = [
                {"column": column, "equal": equal, "values": WORDS[column][: draw(st.integers(1, 2))]}
                for column, equal in draw(st.lists(CLAUSES, min_size=1, max_size=2))
            ]
            part = {**kpi, "id": f"{kpi['measure']}_part", "only_where": clauses}
            if kpi["scoring"] in ("ratio", "inverse"):
                part["norm"] = str(draw(percents))
        kpis.append(part)
    return {**form, "kpis": kpis}


@st.composite
def counted_otherwise(draw, form, kind):
    """The rules with a KPI of each card over an own measure, and filled cells in the place of marks, now and then."""
    kpis, own = [], set()
    for kpi in form["kpis"]:
        role, part = kpi["role"], kpi
        if (
            "only_where" not in kpi
            and kpi["measure"] in DISCIPLINE
            and kind == "deals"
            and draw(st.booleans())
        ):
            part = {**kpi, "id": "crm_filled", "measure": "crm_filled"}
        elif "only_where" not in kpi and role not in own and draw(st.integers(0, 4)) == 0:
            part = draw(of_own_measure(kpi))
            own.add(role)
        kpis.append(part)
    return {**form, "kpis": kpis}


@st.composite
def of_own_measure(draw, kpi):
    """A KPI over values of «Показатели», of the same weight; with a norm, or a target on «План»."""
    how = draw(st.sampled_from(["sum", "mean", "share", "last"]))
    alone = how == "share" and kpi["scoring"] == "share"
    part = {name: value for name, value in kpi.items() if name not in ("base", "norm")} | {
        "id": f"own_{kpi['role']}",
        "measure": draw(st.sampled_from(OWN_NAMES)),
        "how_counted": how,
        "scoring": "share" if alone else draw(st.sampled_from(["ratio", "inverse", "index"])),
    }
    if part["scoring"] == "index":
        base, norm = draw(st.lists(st.integers(-5, 300), min_size=2, max_size=2, unique=True))
        return part | {"base": str(base), "norm": str(norm)}
    if alone and draw(st.booleans()):
        return part
    if draw(st.booleans()):
        return part | {"own_target": f"own:own_{kpi['role']}"}
    return part | {"norm": str(draw(sevenths))}


def own_value(chance, code):
    """A row of «Показатели»; now and then something of it can not be read."""
    row = OwnValue(
        on=MONTH.first_on + timedelta(days=chance.randrange(31)),
        code=code,
        measure=chance.choice(["Звонки", " звонки", "Оценка разговоров", "ОЦЕНКА  разговоров"]),
        value=Fraction(chance.choice([0, chance.randint(0, 3000), chance.randint(-300, 0)]), 10),
    )
    if chance.randrange(120):
        return row
    name = chance.choice(["on", "code", "measure", "value"])
    return replace(row, **{name: None}, bad=frozenset({name}))


@st.composite
def own_values(draw):
    """Values of the month, of the most people; one row may be of nobody."""
    chance = Random(draw(st.integers(0, 2**32)))
    people = [code for code in (*CODES, *MANAGERS, LEAVER) if chance.randrange(8)]
    rows = [own_value(chance, code) for code in people for _ in range(chance.choice([1, 2, 5]))]
    if chance.randrange(40) == 0:
        rows.append(replace(own_value(chance, "M01"), code=None))
    return tuple(rows)


@st.composite
def good_months(draw):
    """Deals under the built-in rules, nothing broken, nothing decided, both plans there."""
    inputs = draw(months(BUILT_IN[0], plain=True).filter(lambda found: len(found.plan) == len(MANAGERS)))
    deals = to_pandas(inputs.facts)
    bad = (
        deals["code"].isna()
        | deals["number"].duplicated(keep=False)
        | (deals["answered_at"] < deals["arrived_at"])
    )
    bad |= (deals["status"] == "deal") & (deals["amount_tiyn"].isna() | (deals["amount_tiyn"] == 0)).to_numpy(
        dtype=bool
    )
    bad |= deals["paid_on"].notna() & (deals["status"] != "deal")
    bad |= deals["arrived_at"].isna() & ~(deals["amount_tiyn"] < 0).to_numpy(dtype=bool, na_value=False)
    return replace(inputs, facts=inputs.facts.chosen(~bad.to_numpy(dtype=bool)), decisions=())


@st.composite
def months(draw, rulebook=None, *, plain=False):
    """Any month; under any rules, or the given ones.

    `plain`: without payments in parts, shared deals, own measures and filled cells.
    """
    if rulebook is None:
        kind = draw(st.sampled_from(["deals", "deals", "reports"]))
        built_in = next(rules for rules in BUILT_IN if INPUTS[rules.grain] == kind)
        rulebook = built_in
        if draw(st.booleans()):
            form = draw(rulebooks(kind))
            form = draw(narrowed(form)) if kind == "deals" else form
            rulebook = load_rulebook(form if plain else draw(counted_otherwise(form, kind)))
    kind = INPUTS[rulebook.grain]
    away = draw(st.lists(st.tuples(st.sampled_from(CODES), october, st.integers(0, 9)), max_size=3))
    moved = draw(
        st.lists(st.tuples(october, st.sampled_from([(5,), (6,), (5, 6)]), st.booleans()), max_size=2)
    )
    if kind == "deals":
        facts, payments = draw(deals_and_payments(plain=plain))
    else:
        facts, payments = FactFrame.of(form_1_tabs.FACTS[rulebook.grain], draw(reports())), ()
    numbers = sorted({payment.number for payment in payments} - {None})
    return MonthInputs(
        month=MONTH,
        staff=draw(staff()),
        plan=draw(plans()),
        facts=facts,
        payments=payments,
        values=draw(own_values()),
        percents=draw(st.just(()) | percent_rows()),
        parts_before=draw(parts_before(numbers)) if numbers else None,
        marks=FactFrame.of(form_1_tabs.MARKS, draw(marks())),
        absences=tuple(Absence(code, start, start + timedelta(days=days)) for code, start, days in away),
        settings=Settings(
            day_starts_at=draw(st.sampled_from([time(9), time(8, 30), time(10)])),
            vat=draw(st.sampled_from(["", "included", "excluded"])),
        ),
        decisions=draw(decisions(rulebook)),
        rulebook=rulebook,
        calendar=overridden(
            CALENDAR,
            [CalendarOverride(day, weeks, worked, "order") for day, weeks, worked in moved],
        ),
    )


@st.composite
def percent_rows(draw):
    """Steps of «Проценты» for some people and roles; those of the head with the owner's tick or without."""
    rows = []
    groups = st.tuples(
        st.sampled_from([*CODES, *Role]),
        st.sampled_from(PercentBase),
        st.sampled_from([Month(2026, 1), Month(2026, 10), Month(2026, 11)]),
    )
    for whom, base, month in draw(st.lists(groups, max_size=4, unique=True)):
        code, role = (None, whom) if isinstance(whom, Role) else (whom, None)
        approved = draw(st.sampled_from([True, True, False]))
        for start in draw(st.sampled_from([[0], [0, 1], [0, "0.8", 1], [0, "0.333", "1.2"]])):
            rate = Fraction(draw(st.integers(0, 100)), 1000)
            by_band = draw(st.sampled_from([False, False, True]))
            rows.append(PercentRow(month, code, role, base, Fraction(start), rate, by_band, approved))
    return tuple(rows)


amounts = st.integers(0, 50_000_000)


@st.composite
def salaries(draw):
    found = []
    for code in CODES:
        for month in draw(
            st.lists(st.sampled_from([Month(2026, 1), Month(2026, 10), Month(2026, 11)]), max_size=2)
        ):
            approved = draw(st.sampled_from([True, True, False]))
            found.append(Salary(code, month, draw(amounts), draw(amounts), approved=approved))
    return tuple(found)


@st.composite
def corrections(draw):
    return tuple(
        Correction(
            f"K{draw(st.integers(1, 9))}",
            draw(st.sampled_from([Month(2026, 8), Month(2026, 10), Month(2026, 11)])),
            draw(st.sampled_from((*CODES, LEAVER, "M77"))),
            draw(st.integers(-40_000_000, 10_000_000) | st.integers(-49, 49)),
            draw(st.sampled_from(["возврат", "возврат", ""])),
            approved=draw(st.sampled_from([True, True, False])),
        )
        for _ in range(draw(st.integers(0, 5)))
    )


carried = st.dictionaries(
    st.sampled_from((*CODES, LEAVER)), st.integers(-300_000, -1).map(lambda t: t * 100), max_size=2
)
paid_before = st.frozensets(st.sampled_from([f"K{number}" for number in range(1, 10)]), max_size=2)
