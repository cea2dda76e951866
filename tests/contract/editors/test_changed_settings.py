"""Somebody who may edit changes locale or time zone of a book: told with the rows that came since, and put back."""

from datetime import timedelta

import pytest

from kpi_rules.errors import RefusedError
from operations.access.checking import check_client
from operations.access.repairing import repair_client
from operations.months.closing import close_month
from operations.verifying.verifying import verify_client
from tests.contract.client_acts import sync
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    close_september,
    deal_rows,
)

HOUR = timedelta(hours=1)
ROWS = "rows_of_changed_settings"
OURS = {"locale": "ru_RU", "timeZone": "Asia/Almaty"}


def change(life, person, file_id, **settings):
    request = {"updateSpreadsheetProperties": {"properties": settings, "fields": ",".join(settings)}}
    life.as_person(person).gateway.apply(file_id, [request])


def settings_of(life, file_id):
    return life.services.creator.gateway.describe(file_id, "properties(locale,timeZone)")["properties"]


def told(outcome):
    return [
        (each.place.tab, each.params["count"], each.params["keys"])
        for each in outcome.problems
        if each.code == ROWS
    ]


def new_deal(life, number):
    """A lead more below the ten of September."""
    life.enter(MANAGERS[0], "deals", [[number, *deal_rows(SEPTEMBER)[1][1:]]], row=2 + number - 1)


@pytest.mark.parametrize("changed", [{"locale": "en_US"}, {"timeZone": "Europe/Berlin"}])
def test_rows_first_seen_since_the_change_are_named_until_a_day_after_it_was_put_back(life, changed):
    outcome, _, _ = sync(life)
    assert told(outcome) == []
    change(life, MANAGERS[0], life.workbook_id, **changed)
    new_deal(life, 11)
    at = MID_SEPTEMBER_AT + HOUR
    outcome, reads, _ = sync(life, at)
    assert (told(outcome), reads) == ([("deals", "1", "11")], 2)
    outcome, reads, _ = sync(life, at + HOUR / 4)
    assert (told(outcome), reads) == ([("deals", "1", "11")], 1), "told without a call"
    done = repair_client(SLUG, at + HOUR / 2, life.services, "консультант").done
    assert {each.code for each in done} == {"locale_changed" if "locale" in changed else "time_zone_changed"}
    assert settings_of(life, life.workbook_id) == OURS
    back_at = at + HOUR
    outcome, reads, _ = sync(life, back_at)
    assert (told(outcome), reads) == ([("deals", "1", "11")], 2)
    new_deal(life, 12)
    outcome, _, _ = sync(life, back_at + 2 * HOUR)
    assert told(outcome) == [("deals", "1", "11")], "what comes after is as it should be"
    outcome, _, _ = sync(life, back_at + 25 * HOUR)
    assert told(outcome) == []


def test_both_books_are_put_back_before_a_close_and_the_ledger_notes_it(life):
    change(life, MANAGERS[0], life.workbook_id, locale="en_US")
    change(life, HEAD, life.payroll_id, timeZone="Europe/Berlin")
    close_september(life)
    assert settings_of(life, life.workbook_id) == settings_of(life, life.payroll_id) == OURS
    assert [(note.event, note.by, note.what) for note in life.services.ledger.repairs(SLUG)] == [
        (event, "РОП", (what,))
        for what in (
            "presentation locale_changed «KPI продаж — Береке» en_US → ru_RU",
            "presentation time_zone_changed «Ведомость — Береке» Europe/Berlin → Asia/Almaty",
        )
        for event in ("begun", "done")
    ]
    assert check_client(SLUG, life.services).findings == ()
    assert verify_client(SLUG, life.services).intact


def test_a_close_that_is_hindered_puts_nothing_back(life):
    life.enter(MANAGERS[0], "deals", [["много"]], row=2, column=7)
    change(life, MANAGERS[0], life.workbook_id, locale="en_US")
    with pytest.raises(RefusedError):
        close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, life.services, "РОП")
    assert settings_of(life, life.workbook_id)["locale"] == "en_US"
    assert life.services.ledger.repairs(SLUG) == []
