from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ledger import Acknowledgement, ClientExistsError, Ledger, LedgerError, SyncNote, UnknownClientError
from tests.unit.ledger.builders import NOW, OCTOBER, TTL, a_client

MINUTE = timedelta(minutes=1)


def test_a_client_is_given_back_as_he_was_added(book: Ledger) -> None:
    client = replace(
        a_client("zeta"),
        workbook_id="W1",
        head_email="h@zeta.kz",
        extra={"tabs": {"deals": 7}},
        managers=(),
        id="7" * 32,
    )
    assert book.add_client(client) == client
    assert book.client("zeta") == client
    assert [each.slug for each in book.clients()] == ["acme", "zeta"]


def test_a_short_name_is_given_once(book: Ledger) -> None:
    with pytest.raises(ClientExistsError, match="«acme»"):
        book.add_client(replace(a_client(), name="Another"))
    assert book.client("acme").name == "ТОО «Акме»"


@pytest.mark.parametrize("slug", ["", " acme", "acme "])
def test_a_short_name_has_no_spaces_around_it(book: Ledger, slug: str) -> None:
    with pytest.raises(LedgerError, match="short name"):
        book.add_client(a_client(slug))


def test_a_moment_without_a_zone_is_refused(book: Ledger) -> None:
    with pytest.raises(LedgerError, match="time zone"):
        book.add_client(replace(a_client("zeta"), created_at=datetime(2026, 11, 5)))  # noqa: DTZ001 - the fault


def test_fields_of_a_client_change_one_by_one(book: Ledger) -> None:
    changed = book.update_client("acme", workbook_id="W2", name="Акме")
    given = book.client("acme").id
    assert changed == replace(a_client(), workbook_id="W2", name="Акме", id=given)
    assert book.client("acme") == changed
    assert book.update_client("acme") == changed


@pytest.mark.parametrize("name", ["created_at", "salary", "id", "head_email", "managers"])
def test_other_fields_do_not_change(book: Ledger, name: str) -> None:
    with pytest.raises(LedgerError, match=name):
        book.update_client("acme", **{name: "x"})


def test_an_unknown_client_is_named_by_every_call(book: Ledger) -> None:
    calls = [
        lambda: book.client("nobody"),
        lambda: book.update_client("nobody", name="x"),
        lambda: book.set_month_state("nobody", OCTOBER, "open", at=NOW),
        lambda: book.freeze("nobody", OCTOBER, "plan", "M01", {}, NOW),
        lambda: book.lease("nobody", OCTOBER, "me", NOW, TTL),
        lambda: book.note_sync("nobody", NOW),
        lambda: book.note_rows("nobody", [], NOW),
    ]
    for call in calls:
        with pytest.raises(UnknownClientError, match="there is no client «nobody»"):
            call()


def test_failed_syncs_are_counted_until_one_goes_well(book: Ledger) -> None:
    assert book.sync_notes() == {}
    assert book.note_sync("acme", NOW) == SyncNote("acme", NOW, NOW, None, 0)
    book.note_sync("acme", NOW + MINUTE, "quota")
    book.note_sync("acme", NOW + 2 * MINUTE, "access_withdrawn")
    failed = SyncNote("acme", NOW + 2 * MINUTE, NOW, "access_withdrawn", 2)
    assert book.sync_notes() == {"acme": failed}
    assert book.note_sync("acme", NOW + MINUTE) == failed  # an older one that comes late
    book.note_sync("acme", NOW + 3 * MINUTE)
    assert book.sync_notes() == {"acme": SyncNote("acme", NOW + 3 * MINUTE, NOW + 3 * MINUTE, None, 0)}


def test_what_was_acknowledged_stays_as_it_was_first(book: Ledger) -> None:
    assert book.acknowledge("acme", "late_edit", "2026-10 abc", by="head", at=NOW)
    assert not book.acknowledge("acme", "late_edit", "2026-10 abc", by="owner", at=NOW + MINUTE)
    assert book.acknowledged("acme", "late_edit") == {
        "2026-10 abc": Acknowledgement("2026-10 abc", "head", NOW)
    }
    assert book.acknowledged("acme", "other") == {}
