"""Owner and accountant hear of each seal once: by Google's own letter, or by a mail server; never of any pay."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import ALMATY
from operations.letters.sending import letter_states, send_again, send_due_letters, send_overdue_letters
from operations.months.closing import close_due
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from operations.world.services import utc_now
from sheets_emulator.serving.faults import Strike
from tests.contract.client_acts import people_become
from tests.contract.client_life import (
    ACCOUNTANT,
    DEAL_ROW,
    HEAD,
    MANAGERS,
    OCTOBER,
    OWNER,
    PAID_VARIABLE,
    SALARIES,
    SEPTEMBER,
    SLUG,
    TOTALS,
)
from tests.telling import tells
from tests.unit.operations.letters.test_smtp import Box, free_port

READERS = (OWNER, ACCOUNTANT)


@pytest.fixture
def life(sealed):
    """September is sealed; nobody has had a letter."""
    return sealed


def letters(life):
    """The letters that Google sent: (reader, words)."""
    with life.emulator.engine.store.transaction() as txn:
        return [(letter["to"], letter["message"]) for letter in txn.setting("notifications") or []]


def sent(life):
    return [(note.who, note.state) for note in send_due_letters(SLUG, life.services)]


def test_google_tells_owner_and_accountant_which_seal_stands_on_the_month(life):
    assert letters(life) == []
    assert sent(life) == [("owner", "sent"), ("accountant", "sent")]
    seal = life.services.ledger.last_seal(SLUG)
    found = dict(letters(life))
    assert tuple(found) == READERS
    for words in found.values():
        for told in ("Сентябрь 2026", "№ 1", seal.digest, seal.public_key, seal.digest[:4].upper()):
            assert told in words
        assert life.payroll_id in words
        assert life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"] in words


def test_no_letter_holds_any_pay(life):
    sent(life)
    digits = re.sub(r"[\s\u00a0]", "", " ".join(words for _, words in letters(life)))
    figures = {*TOTALS.values(), *PAID_VARIABLE.values(), *(f for pair in SALARIES.values() for f in pair)}
    assert not [figure for figure in figures if str(figure) in digits]


def test_a_second_run_sends_nothing_and_verify_finds_nothing(life):
    sent(life)
    assert sent(life) == []
    assert len(letters(life)) == 2
    assert verify_client(SLUG, life.services).intact
    states = letter_states(SLUG, SEPTEMBER, life.services.ledger)
    assert {who: (note["to"], note["state"], note["way"]) for who, note in states.items()} == {
        "owner": (OWNER, "sent", "drive"),
        "accountant": (ACCOUNTANT, "sent", "drive"),
    }


def test_an_answer_that_was_lost_is_never_a_second_letter(life):
    life.strike(Strike(kind="error_after", method="POST", path="permissions"))
    assert sent(life) == [("owner", "unknown"), ("accountant", "sent")]
    life.strike()
    assert sent(life) == []
    assert [reader for reader, _ in letters(life)] == list(READERS)


def test_a_letter_that_google_refused_goes_with_the_next_run(life):
    life.strike(Strike(kind="error_before", method="POST", path="permissions", status=429, times=100))
    assert sent(life) == [("owner", "failed"), ("accountant", "failed")]
    assert letters(life) == []
    life.strike()
    assert sent(life) == [("owner", "sent"), ("accountant", "sent")]


def test_cut_off_while_sending_it_is_not_sent_blindly_again(life):
    """In My Drive it cannot be seen whether the letter went: it counts as unknown, and a person may send it."""

    def cut(kind):
        if kind == "write":
            raise KeyboardInterrupt

    life.on_call = cut
    with pytest.raises(KeyboardInterrupt):
        send_due_letters(SLUG, life.services)
    life.on_call = lambda _kind: None
    assert sent(life) == [("owner", "unknown"), ("accountant", "sent")]
    assert [reader for reader, _ in letters(life)] == [ACCOUNTANT]
    assert [note.state for note in send_again(SLUG, SEPTEMBER, life.services)] == ["sent", "sent"]
    assert [reader for reader, _ in letters(life)] == [ACCOUNTANT, OWNER, ACCOUNTANT]


def test_owner_and_accountant_in_one_person_get_one_letter(life):
    people_become(life, accountant_email=OWNER)
    assert sent(life) == [("owner", "sent")]


def test_an_old_month_is_told_to_nobody_by_itself(life):
    life.services.clock = lambda: utc_now() + timedelta(days=40)
    assert sent(life) == []


def test_a_month_that_is_not_closed_has_no_letter(life):
    with tells(RefusedError, "не закрыт"):
        send_again(SLUG, OCTOBER, life.services)


@pytest.fixture
def box():
    """A mail server."""
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), ready_timeout=30)
    controller.start()
    box.url = f"smtp://127.0.0.1:{controller.port}/?from=kpi@tablo.kz"
    yield box
    controller.stop()


def test_with_a_mail_server_the_letters_go_by_it(life, box):
    life.services.settings = replace(life.services.settings, smtp_url=box.url)
    assert sent(life) == [("owner", "sent"), ("accountant", "sent")]
    assert letters(life) == []
    found = {
        readers[0]: message_from_bytes(content, policy=policy.default) for _, readers, content in box.letters
    }
    seal = life.services.ledger.last_seal(SLUG)
    assert set(found) == set(READERS)
    for message in found.values():
        assert "Сентябрь 2026" in message["Subject"]
        assert seal.digest in message.get_content()
    assert sent(life) == []
    assert len(box.letters) == 2


def test_a_mail_server_that_is_away_stops_nothing_and_is_tried_again(life, box):
    away = f"smtp://127.0.0.1:{free_port()}/?from=kpi@tablo.kz"
    life.services.settings = replace(life.services.settings, smtp_url=away)
    assert sent(life) == [("owner", "failed"), ("accountant", "failed")]
    life.services.settings = replace(life.services.settings, smtp_url=box.url)
    assert sent(life) == [("owner", "sent"), ("accountant", "sent")]


# ---- overdue
@pytest.fixture
def blocked(opened):
    """September is over and open; a paid deal of M01 has lost its amount."""
    opened.enter(MANAGERS[0], "deals", [["не число"]], row=DEAL_ROW, column=7)
    return opened


def night(day):
    return datetime(2026, 10, day, 0, 30, tzinfo=ALMATY)


def overdue(life, day):
    check = close_due(SLUG, night(day), life.services)
    return [
        (note.who, note.state)
        for note in send_overdue_letters(SLUG, check.hindered, night(day), life.services)
    ]


def test_head_and_owner_are_told_of_an_overdue_month_once_a_day(blocked):
    """Payday Saturday 10 October moves to the 9th, the deadline is the 7th."""
    assert overdue(blocked, 6) == []
    assert overdue(blocked, 7) == [("head", "sent"), ("owner", "sent")]
    assert overdue(blocked, 7) == []
    assert overdue(blocked, 8) == [("head", "sent"), ("owner", "sent")]
    found = letters(blocked)
    assert [reader for reader, _ in found] == [HEAD, OWNER, HEAD, OWNER]
    for words in ("Сентябрь 2026", "07.10.2026", "09.10.2026", "«Сделки» H2", blocked.workbook_id):
        assert words in found[0][1]


def test_the_letters_leave_everybodys_rights_as_they_were(blocked):
    drive = blocked.services.creator.drive

    def rights():
        return {(each["emailAddress"], each["role"]) for each in drive.permissions(blocked.workbook_id)}

    before = rights()
    overdue(blocked, 7)
    assert rights() == before


def test_the_scoreboard_says_that_the_month_is_not_closed_in_time(blocked):
    close_due(SLUG, night(6), blocked.services)
    for day, words in ((6, "на проверке"), (7, "не закрыт в срок")):
        sync_client(SLUG, night(day), blocked.services)
        shown = [cell for row in blocked.cells(blocked.workbook_id, "Табло") for cell in row]
        assert words in shown
