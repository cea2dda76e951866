"""Whatever is done to what archive and payroll tab of a sealed month show is named by `verify`, with tab and cell.

Each device is tried with the technical account, which may everything, on both files. A formula that shows the sealed sum
until a later day, a format that paints another one over it and a tab that looks like the sealed one are among them.
"""

from __future__ import annotations

import shutil

import pytest

from operations.verifying.verifying import verify_client
from tests.contract.client_life import ACCOUNTANT, HEAD, OWNER, SLUG, copy_of, living
from tests.faults.seen.acts import BOSS, batch, ids, in_archive
from tests.faults.seen.closed_looks import ARCHIVED, PAID, SHOWN, cells, held, on_archive, on_payroll


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """The folder of a client with a sealed month."""
    home = tmp_path_factory.mktemp("looks")
    with copy_of("closed", tmp_path_factory.getbasetemp(), home):
        return home


@pytest.fixture
def life(closed, tmp_path):
    shutil.copytree(closed, tmp_path, dirs_exist_ok=True)
    with living(tmp_path) as life:
        yield life


def told(life):
    return verify_client(SLUG, life.services, around=False).findings


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.what)
def test_each_device_is_named(life, shown):
    on_payroll(shown)(life, BOSS, ids(life)["payroll"])
    on_archive(shown)(life, BOSS, ids(life)["archive"])
    findings = told(life)
    for file, tab in (("payroll", "«2026-09»"), ("archive", f"«{ARCHIVED}»")):
        named = file + shown.named if shown.named.startswith("_") else shown.named
        kind = "content" if shown.named.startswith("_") else "presentation"
        assert any(
            (each.code, each.kind, each.month) == (named, kind, "2026-09")
            and shown.says in each.present
            and tab in each.place
            for each in findings
        ), (file, findings)


def test_a_formula_that_shows_the_sealed_sum_for_now(life):
    [sealed] = [row[5] for row in life.cells(life.payroll_id, "2026-09") if "M01" in row]
    formula = f"=IF(TODAY()<DATE(2030;1;1);{sealed};999999)"
    life.services.creator.gateway.apply(
        life.payroll_id, held({"userEnteredValue": {"formulaValue": formula}})(PAID)
    )
    assert [row[5] for row in life.cells(life.payroll_id, "2026-09") if "M01" in row] == [sealed]
    [finding] = told(life)
    assert (finding.code, finding.place, finding.present) == ("look_formula", "«2026-09» F3", formula)


@pytest.mark.parametrize("title", ["Табло ", "Taбло", "Табло (2)"])
def test_a_tab_beside_the_sealed_ones_of_the_archive(life, title):
    in_archive(lambda _sheet: {"addSheet": {"properties": {"title": title}}})(
        life, BOSS, ids(life)["archive"]
    )
    [finding] = told(life)
    assert (finding.code, finding.kind, finding.place) == (
        "archive_cell",
        "presentation",
        f"«{title}»".strip(),
    )


def test_what_readers_may_do_is_silent(life):
    """Printing, a filter view of one's own, comments: nothing of it changes what others see."""
    payroll = ids(life)["payroll"]
    view = {"filter": {"title": "Мои", "range": cells(PAID, 2, 0, 4, 5)}}
    batch({"addFilterView": view})(life, HEAD, payroll)
    for person in (HEAD, OWNER, ACCOUNTANT):
        assert life.as_person(person).drive.export(payroll)
    wider = {"range": {"sheetId": PAID, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}}
    change = {**wider, "properties": {"pixelSize": 300}, "fields": "pixelSize"}
    life.services.creator.gateway.apply(payroll, [{"updateDimensionProperties": change}])
    assert told(life) == ()
