"""What a newer program sealed is named as such at every door: never recounted, never tampering, nothing written."""

from pathlib import Path

import pytest

from kpi_rules.errors import NewerFormError, TabloError
from kpi_rules.records import months
from kpi_rules.records.forms import RecordKind
from operations.months.approvals import KIND as APPROVED
from operations.months.closing import close_due, close_month
from operations.months.correcting import correct_month
from operations.months.correction_rows import WantedCorrection
from operations.seals import recounting
from operations.seals.recounting import RecountState, recount_client
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_emulator.serving.faults import Strike
from tests.contract.client_life import (
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OWNER,
    SEPTEMBER,
    SLUG,
)

M02_DEAL_ROW = 7
RULES = Path(__file__).parents[3] / "templates/b2b/rulebook.toml"


@pytest.fixture
def life(sealed):
    """September is sealed; October is open and filled in."""
    return sealed


@pytest.fixture
def older(monkeypatch):
    """Put a program in the place of this one that knows the first form of a sealed month alone."""

    def become_older():
        for module in (months, recounting):
            monkeypatch.setattr(module, "MONTH", RecordKind("sealed month"))

    return become_older


def whole_ledger(life):
    ledger = life.services.ledger
    return [
        ledger.months(SLUG),
        ledger.seals(SLUG),
        [ledger.month_evidence(SLUG, month) for month in (SEPTEMBER, OCTOBER)],
        ledger.paid_corrections(SLUG),
        ledger.acknowledged(SLUG, APPROVED),
    ]


def test_verify_names_the_month_and_finds_no_difference(life, older):
    life.enter(MANAGERS[1], "deals", [[900_000]], row=M02_DEAL_ROW, column=7)
    older()
    found = verify_client(SLUG, life.services)
    [month] = found.months
    assert (month.newer, month.findings, month.late, month.effects) == (True, (), (), ())
    assert (found.newer, found.findings, found.intact) == ((SEPTEMBER,), (), False)


def test_a_recount_names_it_too_while_its_seal_holds(life, older):
    older()
    [month] = recount_client(life.services.ledger, SLUG)
    assert (month.faults, month.recount.state, month.holds) == ((), RecountState.NEWER, False)


@pytest.mark.parametrize(
    "door",
    [
        lambda services: sync_client(SLUG, OCTOBER_CLOSED_AT, services),
        lambda services: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, services, "РОП"),
        lambda services: close_due(SLUG, OCTOBER_CLOSED_AT, services),
        lambda services: correct_month(
            SLUG,
            SEPTEMBER,
            WantedCorrection("M01", 1_000_00, "ошибка", "test", OWNER),
            OCTOBER_CLOSED_AT,
            services,
        ),
    ],
    ids=["sync", "close", "nightly close", "correct"],
)
def test_nothing_goes_on_over_it_and_nothing_is_written(life, older, door):
    older()
    before, cells = whole_ledger(life), life.cells(life.workbook_id, "Табло")
    with pytest.raises(NewerFormError):
        door(life.services)
    assert whole_ledger(life) == before
    assert life.cells(life.workbook_id, "Табло") == cells


def test_a_close_that_a_newer_program_began_is_not_finished_by_an_older_one(life, older):
    life.strike(Strike(kind="error_before", path="batchUpdate", status=400, times=100))
    with pytest.raises(TabloError):
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    life.strike()
    assert life.services.ledger.snapshot(SLUG, OCTOBER) is not None
    older()
    before = whole_ledger(life)
    with pytest.raises(NewerFormError):
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    assert whole_ledger(life) == before


@pytest.fixture
def newer(older, life, monkeypatch, command):
    """The command line of the older program, in the same home."""
    older()
    monkeypatch.setenv("KPI_HOME", str(life.services.settings.home))
    return command


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sync", SLUG), "сделана более новой версией программы"),
        (("whatif", SLUG, "--rulebook", RULES), "сделана более новой версией программы"),
        (("payroll", "export", SLUG, "2026-09"), "сделана более новой версией программы"),
        (("seal", "show", SLUG, "2026-09"), "опечатано более новой программой"),
        (("verify", SLUG, "--recompute"), "опечатано более новой программой"),
        (("verify", SLUG), "опечатано более новой программой"),
    ],
    ids=lambda each: " ".join(each[:2]) if isinstance(each, tuple) else "",
)
def test_the_command_line_says_it_in_one_sentence(newer, arguments, told):
    code, out, err = newer(*arguments, width=300)
    assert told in " ".join((out + err).split())
    assert "Неожиданная" not in err
    assert code == (0 if arguments[:2] == ("seal", "show") else 1)
