"""What a later release may bring changes nothing of what is sealed, and works where it is asked for.

A new measure, a policy with a new meaning from a month on, a new column (`release_on_top.py`), laid over every piece.
"""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.deciding.month import decide
from kpi_rules.deciding.recounting import recompute
from kpi_rules.policies import POLICIES
from kpi_rules.records.months import month_record
from kpi_rules.time.periods import Month
from ledger import FrozenKind, open_ledger
from tests.golden.museum import making
from tests.golden.museum.people import Office
from tests.golden.museum.release_on_top import (
    MAY,
    REFUNDS_IN_AVERAGE,
    data_on_top,
    put_rules_on_top,
)
from tests.golden.museum.test_museum import (
    assert_pays_what_waited_and_was_carried,
    assert_verified,
    close_on_top,
    closed_months,
)

OPENED_AT = "2026-05-04T09:00"


@pytest.fixture(autouse=True)
def on_top(monkeypatch, tmp_path):
    """The present program with the next release's changes."""
    put_rules_on_top(monkeypatch)
    with data_on_top(tmp_path / "templates"):
        yield


def draft_of(kpi, slug, month, path, measure):
    """Write a month's own rules as a draft that scores one of the new measures in the place of the average deal."""
    kpi("rules", "export", slug, month, path)
    head, *cards = path.read_text(encoding="utf-8").split("[[kpis]]\n")
    at = next(number for number, card in enumerate(cards) if 'measure = "average_deal"' in card)
    weight = next(line for line in cards[at].splitlines() if line.startswith("weight_percent"))
    cards[at] = (
        f'role = "manager"\nid = "new"\ngroup = "process"\nmeasure = "{measure}"\nscoring = "index"\n{weight}\n'
        'base = "1/2"\nnorm = "0"\nwhen_not_applicable = "spread"\n\n'
    )
    path.write_text("[[kpis]]\n".join([head, *cards]), encoding="utf-8")


# ---- what is sealed
def test_old_months_verify_recount_to_their_bytes_and_close_on_top_with_the_same_pay(
    piece, home, kpi, tmp_path
):
    verified, recounted = kpi("verify"), kpi("verify", "--recompute")
    for slug in piece.clients:
        assert_verified(verified, piece, slug)
    assert recounted.count("байт в байт") == len(closed_months(piece))
    close_on_top(piece, kpi)
    assert kpi("verify", "--recompute").count("байт в байт") == len(closed_months(piece)) + len(piece.clients)
    for slug, client in piece.clients.items():
        assert_pays_what_waited_and_was_carried(piece, slug, client, kpi, tmp_path)
        kpi("seal", "export", slug, max(client["closed"]), tmp_path / f"{slug}-seal.json")
        sealed = piece.seal_file(slug, max(client["closed"]))
        assert (tmp_path / f"{slug}-seal.json").read_bytes() == sealed.read_bytes()
        kpi("seal", "export", slug, client["open"], tmp_path / f"{slug}-last.json")
        record = json.loads((tmp_path / f"{slug}-last.json").read_bytes())["record"]
        assert {"refund_share", "no_show_share"}.isdisjoint(record["measures"])


def test_a_month_under_its_own_rules_would_have_paid_the_same(piece, home, kpi, tmp_path):
    for slug, client in piece.clients.items():
        kpi("rules", "export", slug, max(client["closed"]), tmp_path / f"{slug}.toml")
        assert 'refunds_in_average = "left_out"' in (tmp_path / f"{slug}.toml").read_text(encoding="utf-8")
        out = kpi("whatif", slug, "--rulebook", tmp_path / f"{slug}.toml", "--months", 1)
        assert "Фонд переменной части не изменился бы" in out


# ---- the new measure
def test_a_new_measure_can_be_tried_over_months_that_were_sealed_before_it(piece, home, kpi, tmp_path):
    draft_of(kpi, "zhetisu", "2026-01", tmp_path / "draft.toml", "refund_share")
    out = kpi("whatif", "zhetisu", "--rulebook", tmp_path / "draft.toml", "--months", 3)
    assert "нет данных" not in out


# ---- the new policy
def test_a_month_that_opens_from_then_on_has_the_new_meaning_and_those_before_keep_theirs(piece, home, kpi):
    for slug, client in piece.clients.items():
        kpi("month", "open", slug, MAY, "--as-of", OPENED_AT)
        with open_ledger(None, folder=home) as ledger:
            before, frozen = (
                ledger.frozen(slug, month, FrozenKind.RULES)["all"]["policies"]
                for month in (Month.parse(client["open"]), MAY)
            )
        assert "refunds_in_average" not in before
        assert frozen["refunds_in_average"] == "taken_in"
        told = kpi("rules", "diff", slug, client["open"], MAY)
        assert "left_out → taken_in" in told


def test_the_meaning_goes_by_the_month_and_a_sealed_one_is_recounted_by_its_own(build, monkeypatch):
    """Two deals of 300 000 ₸ and a refund of 100 000 ₸: 300 000 a deal without, 250 000 with the refund."""
    deals = build.sales("M01", deals=2, revenue=600_000, leads=8)
    refund = {**deals[0], "number": "R1", "amount_tiyn": -100_000_00}
    inputs = build.inputs([build.manager(), build.head()], [build.plan()], [*deals, refund], build.marks())

    def sealed(from_month):
        policy = replace(REFUNDS_IN_AVERAGE, changed=((from_month, "taken_in"),))
        monkeypatch.setitem(POLICIES, policy.id, policy)
        facts = replace(inputs)  # what was worked out of the policies before is not kept
        results = decide(facts, build.after, final=True)
        return json.loads(json.dumps(month_record(facts, results, pay(results, facts, (), ())[0])))

    def average(record):
        return Fraction(record["results"]["employees"][0]["facts"]["average_deal"]["value"])

    old, new = sealed(Month(2026, 11)), sealed(Month(2026, 10))
    assert (average(old), average(new)) == (300_000_00, 250_000_00)
    assert [recompute(record)[0] == record["results"] for record in (old, new)] == [True, True]
    del old["inputs"]["rulebook"]["policies"]["refunds_in_average"]  # as a program before the policy froze it
    assert recompute(old)[0] == old["results"]


# ---- the new column
def test_the_new_column_comes_by_the_upgrade_and_its_measure_counts_from_then_on(piece, home, kpi, tmp_path):
    """After the upgrade somebody ticks two leads of April; March was sealed without the column."""
    client = piece.clients["zhetisu"]
    kpi("client", "upgrade", "zhetisu")
    office = Office(home, kpi)
    with making.emulator(home):
        path = f"/v4/spreadsheets/{client['workbook']}/values/Сделки"
        rows = office.call(client["head"], "GET", path)["values"]
        column = rows[0].index("Не пришёл")
        april = [number for number, row in enumerate(rows, start=1) if ".04.2026" in row[1]]
        for number in april[:2]:
            office.enter(client["head"], (client["workbook"], "Сделки"), [[True]], row=number, column=column)
    close_on_top(piece, kpi)
    assert_pays_what_waited_and_was_carried(piece, "zhetisu", client, kpi, tmp_path)
    draft_of(kpi, "zhetisu", "2026-01", tmp_path / "draft.toml", "no_show_share")
    last = kpi("whatif", "zhetisu", "--rulebook", tmp_path / "draft.toml", "--months", 1)
    assert "нет данных" not in last
    before = kpi("whatif", "zhetisu", "--rulebook", tmp_path / "draft.toml", "--months", 2)
    assert "нет данных" in before
    assert kpi("verify", "zhetisu", "--recompute").count("байт в байт") == len(client["closed"]) + 1
