"""Random rows of «Сделки» and «Оплаты»: deals paid whole and in parts, of one manager and of two; some are broken."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.payments import CountedParts, Payment
from kpi_rules.records import form_1_tabs
from kpi_rules.time.periods import Month
from templates.loading import load

MONTH = Month(2026, 10)
WITH_OPTIONS = load("b2b", "ru", options=("payments", "shares")).layout.workbook.tab("deals").facts()
MANAGERS, HEAD, LEAVER = ("M01", "M02"), "H01", "M09"
CODES = (*MANAGERS, HEAD)
moments = st.datetimes(datetime.fromisoformat("2026-09-25"), datetime.fromisoformat("2026-11-04")).map(
    lambda moment: moment.replace(microsecond=0)
)
rarely = st.integers(0, 11).map(lambda drawn: drawn == 0)
"""For what is broken: rows of a month are mostly good, or nothing would be scored."""
shares = st.sampled_from(["0.5", "0.3", "0.3333", "0.07", "0.999"]).map(Fraction)
SPOILT = [{"amount_tiyn": None}, {"status": "lost"}, {"cost_tiyn": None}]
wrong_shares = st.sampled_from([("M01", "0"), ("M02", "1"), ("M02", None)])


def at_midnight(day):
    return datetime.combine(day, time())


@st.composite
def deal(draw, number):
    arrived = draw(moments)
    row = {
        "number": str(number),
        "code": draw(st.sampled_from((*CODES, *MANAGERS, LEAVER))),
        "arrived_at": arrived,
    }
    row["status"] = draw(st.sampled_from(["new", "in_progress", "deal", "deal", "deal", "lost"]))
    if draw(st.booleans()):
        row["answered_at"] = arrived + timedelta(seconds=draw(st.integers(0, 400_000)))
    if row["status"] == "deal":
        row["amount_tiyn"] = draw(st.integers(1, 10**9) | st.integers(-(10**8), -1))
        row["paid_on"] = at_midnight(draw(moments).date())
        row["cost_tiyn"] = draw(st.just(0) | st.integers(0, 10**9))
        row["repeat"] = draw(st.booleans())
        if row["amount_tiyn"] < 0 and draw(st.booleans()):
            row["arrived_at"] = row["answered_at"] = None
    if draw(rarely):
        row |= draw(
            st.sampled_from(
                [
                    {"number": "0"},
                    {"code": None},
                    {"amount_tiyn": None},
                    {"amount_tiyn": 0},
                    {"cost_tiyn": None},
                    {"status": "lost"},
                    {"arrived_at": None, "answered_at": None},
                    {"answered_at": arrived - timedelta(days=1)},
                ]
            )
        )
    return row


@st.composite
def shared(draw, row):
    """The row with a second manager; now and then it does not tell whose part is whose."""
    if draw(rarely):
        second, share = draw(wrong_shares)
        return row | {"second_code": second, "second_share_fraction": share and Fraction(share)}
    others = [code for code in (*MANAGERS, LEAVER, HEAD) if code != row["code"]]
    return row | {"second_code": draw(st.sampled_from(others)), "second_share_fraction": draw(shares)}


@st.composite
def paid_in_parts(draw, row):
    """Payments of a deal: some tenths of the contract on some days, now and then given back."""
    contract = row["amount_tiyn"] or 0
    days = sorted(draw(st.lists(st.dates(date(2026, 9, 20), date(2026, 11, 8)), min_size=1, max_size=4)))
    left, paid = 10, []
    for place, day in enumerate(days):
        tenths = draw(st.integers(1, left)) if left else 0
        if place and (not tenths or draw(rarely)):
            tenths = -draw(st.integers(1, 10 - left)) if left < 10 else 0
        left -= tenths
        amount = contract * tenths // 10
        amount += draw(st.sampled_from([0, 0, 1, -1])) if 0 < left < 10 else 0
        code = draw(st.sampled_from([None, None, None, *MANAGERS, LEAVER]))
        if amount:
            paid.append(Payment(row["number"], day, amount, code))
    # To the tiyn where it is paid whole, or given back whole.
    if paid and left in (0, 10):
        wanted = contract if left == 0 else 0
        rest = wanted - sum(each.amount_tiyn for each in paid)
        paid[-1] = replace(paid[-1], amount_tiyn=paid[-1].amount_tiyn + rest)
    if paid and draw(rarely):
        paid[-1] = draw(
            st.sampled_from(
                [
                    replace(paid[-1], amount_tiyn=contract + 1),
                    replace(paid[-1], amount_tiyn=-contract),
                    replace(paid[-1], amount_tiyn=None),
                    replace(paid[-1], on=None),
                    replace(paid[-1], number="nowhere"),
                    replace(paid[-1], number=None),
                ]
            )
        )
    return paid


@st.composite
def deals_and_payments(draw, *, plain=False):
    """A frame of leads and its payments; half of the months are of clients without the options (`plain`: all)."""
    rows = [draw(deal(number)) for number in range(draw(st.integers(0, 14)))]
    if plain or draw(st.booleans()):
        return FactFrame.of(form_1_tabs.LEADS, rows), ()
    found = [draw(shared(row)) if draw(st.sampled_from([False, False, True])) else row for row in rows]
    payments = []
    for row in found:
        if row["status"] == "deal" and (row.get("amount_tiyn") or 0) > 0 and draw(st.booleans()):
            payments += draw(paid_in_parts(row))
            if not draw(rarely):
                row["paid_on"] = None
            if draw(rarely):
                row.update(draw(st.sampled_from(SPOILT)))
    return FactFrame.of(WITH_OPTIONS, found), tuple(payments)


@st.composite
def parts_before(draw, numbers):
    """What September made of some of the deals in parts, where it is sealed."""
    told = [draw(st.sampled_from(["counted", "waiting", "", ""])) for _ in numbers]
    by_kind = {
        kind: frozenset(number for number, of in zip(numbers, told, strict=True) if of == kind)
        for kind in ("counted", "waiting")
    }
    return draw(st.none() | st.just(CountedParts(MONTH.plus(-1), **by_kind)))
