"""Random rows of «Сделки» and «Оплаты»: deals paid whole and in parts, of one manager and of two; some are broken.

They come from one drawn seed: as draws of their own so many would make hypothesis turn to smaller months.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from random import Random

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
FROM, UNTIL = datetime.fromisoformat("2026-09-25"), datetime.fromisoformat("2026-11-04")
moments = st.datetimes(FROM, UNTIL).map(lambda moment: moment.replace(microsecond=0))
rarely = st.integers(0, 11).map(lambda drawn: drawn == 0)
"""For what is broken: rows of a month are mostly good, or nothing would be scored."""


def at_midnight(day):
    return datetime.combine(day, time())


def moment_of(chance):
    """A moment just before, in, or just after the month."""
    return FROM + timedelta(seconds=chance.randrange(int((UNTIL - FROM).total_seconds())))


def rarely_of(chance):
    return chance.randrange(12) == 0


def deal(chance, number):
    """A row of «Сделки»; now and then something of it is broken."""
    arrived = moment_of(chance)
    row = {
        "number": str(number),
        "code": chance.choice((*CODES, *MANAGERS, LEAVER)),
        "arrived_at": arrived,
        "source": chance.choice(["Сайт", "Реклама", "Звонок"]),
        "status": chance.choice(["new", "in_progress", "deal", "deal", "deal", "lost"]),
    }
    if chance.randrange(2):
        row["answered_at"] = arrived + timedelta(seconds=chance.randrange(400_000))
    if row["status"] == "deal":
        most = chance.choice([100, 10**6, 10**9])
        row["amount_tiyn"] = chance.choice([1, 1, 1, -1]) * chance.randint(1, most)
        row["paid_on"] = at_midnight(moment_of(chance).date())
        row["cost_tiyn"] = chance.choice([0, chance.randint(0, most)])
        row["repeat"] = chance.randrange(2) == 0
        if row["amount_tiyn"] < 0 and chance.randrange(2):
            row["arrived_at"] = row["answered_at"] = None
    if rarely_of(chance):
        row |= chance.choice(
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
    return row


def filled_in(chance, rows, *, gone):
    """The rows with cells that a status demands, now and then blank; `gone`: «Клиент» has no header."""
    for row in rows:
        row["customer"] = None if gone or rarely_of(chance) else "ТОО Клиент"
        row["refusal_reason"] = chance.choice([None, "дорого", "дорого"])
    return rows


def shared(chance, row):
    """The row with a second manager; now and then it does not tell whose part is whose."""
    if rarely_of(chance):
        second, share = chance.choice([("M01", "0"), ("M02", "1"), ("M02", None)])
    else:
        others = [code for code in (*MANAGERS, *MANAGERS, LEAVER, HEAD) if code != row["code"]]
        second, share = chance.choice(others), chance.choice(["0.5", "0.3", "0.3333", "0.07", "0.999"])
    return row | {"second_code": second, "second_share_fraction": share and Fraction(share)}


def paid_in_parts(chance, row):
    """Payments of a deal: some tenths of the contract on some days, now and then given back."""
    contract, left, paid = row["amount_tiyn"], 10, []
    days = sorted(
        date(2026, 9, 20) + timedelta(days=chance.randrange(50)) for _ in range(chance.randint(1, 4))
    )
    for place, day in enumerate(days):
        tenths = chance.randint(1, left) if left else 0
        if place and (not tenths or rarely_of(chance)):
            tenths = -chance.randint(1, 10 - left) if left < 10 else 0
        left -= tenths
        amount = contract * tenths // 10
        amount += chance.choice([0, 0, 1, -1]) if 0 < left < 10 else 0
        if amount:
            code = chance.choice([None, None, None, *MANAGERS, LEAVER])
            paid.append(Payment(row["number"], day, amount, code))
    # To the tiyn where it is paid whole, or given back whole.
    if paid and left in (0, 10):
        rest = (contract if left == 0 else 0) - sum(each.amount_tiyn for each in paid)
        paid[-1] = replace(paid[-1], amount_tiyn=paid[-1].amount_tiyn + rest)
    if paid and rarely_of(chance):
        wrong = chance.choice(
            [
                {"amount_tiyn": contract + 1},
                {"amount_tiyn": -contract},
                {"amount_tiyn": None},
                {"on": None},
                {"number": "nowhere"},
                {"number": None},
            ]
        )
        paid[-1] = replace(paid[-1], **wrong)
    return paid


@st.composite
def deals_and_payments(draw, *, plain=False):
    """A frame of leads and its payments; a quarter of the clients are without the options (`plain`: all)."""
    chance = Random(draw(st.integers(0, 2**32)))
    rows = [deal(chance, number) for number in range(chance.choice([0, 2, 5, 8, 12, 16]))]
    missing = frozenset({"customer"} if draw(rarely) else ())
    rows = filled_in(Random(draw(st.integers(0, 2**32))), rows, gone=bool(missing))
    if plain or chance.randrange(4) == 0:
        return replace(FactFrame.of(form_1_tabs.LEADS, rows), missing=missing), ()
    found = [shared(chance, row) if chance.randrange(3) == 0 else row for row in rows]
    payments = []
    for row in found:
        if row["status"] == "deal" and (row.get("amount_tiyn") or 0) > 0 and chance.randrange(5) < 3:
            payments += paid_in_parts(chance, row)
            if not rarely_of(chance):
                row["paid_on"] = None
            if rarely_of(chance):
                row.update(chance.choice([{"amount_tiyn": None}, {"status": "lost"}, {"cost_tiyn": None}]))
    return replace(FactFrame.of(WITH_OPTIONS, found), missing=missing), tuple(payments)


@st.composite
def parts_before(draw, numbers):
    """What September made of some of the deals in parts, where it is sealed."""
    chance = Random(draw(st.integers(0, 2**32)))
    told = {number: chance.choice(["counted", "waiting", "", ""]) for number in numbers}
    by_kind = {
        kind: frozenset(number for number, of in told.items() if of == kind)
        for kind in ("counted", "waiting")
    }
    return CountedParts(MONTH.plus(-1), **by_kind) if chance.randrange(2) else None
