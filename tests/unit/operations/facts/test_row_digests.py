"""The digest of a row: over what was read of it, so that neither its place nor a later release changes it."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import pytest

from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import WorkbookInputs
from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.tabs import FactColumn
from kpi_rules.records.form_1_tabs import DAYS, LEADS, MARKS
from kpi_rules.time.settings import Settings
from operations.facts.row_digests import row_digests

LEAD = {"row": 2, "number": "7", "code": "M01", "status": "deal", "amount_tiyn": 5, "customer": "ТОО"}
DAY = {"row": 2, "code": "M01", "on": datetime.fromisoformat("2026-10-05"), "deals": 1, "revenue_tiyn": 300}
MARK = {"row": 2, "code": "M01", "on": datetime.fromisoformat("2026-10-05"), "script": "yes"}


def digests(tab, *rows, marks=()):
    facts = FactFrame.of(tab, rows)
    return row_digests(WorkbookInputs((), (), facts, FactFrame.of(MARKS, marks), (), Settings(), (), ()))


def test_rows_are_known_by_number_or_by_day_and_employee_and_keep_what_is_watched():
    (lead,) = digests(LEADS, LEAD)
    assert (lead.tab, lead.key, lead.manager, lead.amount_tiyn) == ("deals", "7", "M01", 5)
    day, mark = digests(DAYS, DAY, marks=[MARK])
    assert (day.tab, day.key, day.amount_tiyn) == ("reports", "2026-10-05 M01", 300)
    assert (mark.tab, mark.key, mark.amount_tiyn) == ("discipline", "2026-10-05 M01", None)


def test_the_digest_is_that_of_release_0_1_0():
    # sha256 of the cells behind the №, joined by the unit separator.
    (lead,) = digests(LEADS, LEAD)
    assert lead.digest == "01bce24622deb7644ffede6cd2cadb12feb9c7448b10d387ec3afae4dc0b07c7"


def at(text):
    return datetime.fromisoformat(text)


OTHER_KINDS = (
    FactColumn("opened_at", Kind.MOMENT),
    FactColumn("share", Kind.SHARE),
    FactColumn("waited_seconds", Kind.DURATION),
    FactColumn("seen", Kind.CHECKBOX, since=2),
    FactColumn("handed_on", Kind.DATE, option="shares"),
    FactColumn("rest_tiyn", Kind.MONEY, since=2),
)
WIDER = replace(LEADS, columns=(*LEADS.columns, *OTHER_KINDS))


@pytest.mark.parametrize(
    ("tab", "row", "digest"),
    [
        (
            LEADS,
            LEAD
            | {
                "arrived_at": at("2026-10-05"),
                "arrived_without_time": True,
                "answered_at": at("2026-10-05T09:00:05"),
                "source": "2GIS",
                "amount_tiyn": -125_000_055,
                "cost_tiyn": 0,
                "paid_on": at("2026-10-06"),
                "repeat": True,
                "comment": " был ",
            },
            "e5ae619e84683c78a5c74351353f91bfc408e48ea3988ebb0bbe4bbfae5b1e5c",
        ),
        (
            LEADS,
            {"row": 3, "number": "8", "bad_code": True, "bad_paid_on": True},
            "0240ef557c96b2cf35036950a3efb2e6b93e4cc6e2ce1d78f95c67d816448998",
        ),
        (
            LEADS,
            {"row": 4, "number": "9", "amount_tiyn": 10**15},
            "1ac8b5d7fbc21501f29bcd33ead357f99e27a70d666b420310ca3f5188633f2f",
        ),
        (
            WIDER,
            LEAD
            | {
                "opened_at": at("2026-10-05T23:59:59"),
                "share": Fraction(1, 3),
                "waited_seconds": 90,
                "seen": True,
                "handed_on": at("2026-10-07"),
                "rest_tiyn": 0,
            },
            "2e3918925306c6c25717744c173414f8c41bf129e02022a96b6c86b3c8cedc5b",
        ),
        (
            WIDER,
            LEAD | {"share": Fraction(2)},
            "4244d0de2446e961be475b9bc89d210b162899f262bf920552dbce22ad568cdb",
        ),
        (
            DAYS,
            DAY | {"repeat_deals": 0, "cost_tiyn": None},
            "7a97ee37570f3ffd8c12de7af6e80452eb9ad812a954e66647e07dd3d71d7409",
        ),
        (
            DAYS,
            {key: DAY[key] for key in ("row", "code", "on")},
            "ec701e24b39f319a6ae8492d25423724b175697a22ae89e348553684a433c60d",
        ),
        (MARKS, MARK, "2b9613889e7c347af4d4621d294dc9413e9f13bcdb1c81b57363f51422d35254"),
    ],
)
def test_values_of_each_kind_and_blanks_have_the_digests_that_ledgers_hold(tab, row, digest):
    (found,) = digests(tab, row)
    assert found.digest == digest


def test_of_rows_with_the_same_key_the_last_counts_and_rows_without_one_are_left_out():
    leads = [LEAD, LEAD | {"number": None}, LEAD | {"number": "8"}, LEAD | {"amount_tiyn": None}]
    assert [(row.key, row.amount_tiyn) for row in digests(LEADS, *leads)] == [("8", 5), ("7", None)]
    days = [DAY, DAY | {"code": None}, DAY | {"on": None}, DAY | {"code": "M02"}, DAY | {"revenue_tiyn": 7}]
    assert [(row.key, row.amount_tiyn) for row in digests(DAYS, *days)] == [
        ("2026-10-05 M02", 300),
        ("2026-10-05 M01", 7),
    ]


def test_a_column_of_a_later_layout_changes_a_digest_only_where_it_is_filled():
    later = FactColumn("product", Kind.TEXT, since=2)
    wider = replace(LEADS, columns=(*LEADS.columns[:3], later, *LEADS.columns[3:]))
    (before,), (blank,) = digests(LEADS, LEAD), digests(wider, LEAD)
    (filled,) = digests(wider, LEAD | {"product": "Станки"})
    assert before.digest == blank.digest != filled.digest
