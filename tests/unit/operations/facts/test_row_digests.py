"""The digest of a row: over what was read of it, so that neither its place nor a later release changes it."""

from dataclasses import replace
from datetime import datetime

from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import WorkbookInputs
from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.tabs import FactColumn
from kpi_rules.records.form_1_tabs import DAYS, LEADS, MARKS
from kpi_rules.time.settings import Settings
from operations.facts.followed_rows import row_digests

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


def test_a_column_of_a_later_layout_changes_a_digest_only_where_it_is_filled():
    later = FactColumn("product", Kind.TEXT, since=2)
    wider = replace(LEADS, columns=(*LEADS.columns[:3], later, *LEADS.columns[3:]))
    (before,), (blank,) = digests(LEADS, LEAD), digests(wider, LEAD)
    (filled,) = digests(wider, LEAD | {"product": "Станки"})
    assert before.digest == blank.digest != filled.digest
