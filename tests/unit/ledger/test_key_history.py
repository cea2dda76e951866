"""Public keys are pinned for good; whoever changes them in the database is named."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

import ledger
from ledger import Change, HandOver, Ledger, SealKeyError, open_ledger, public_key_text
from ledger.seal_keys import hand_over_from_record
from tests.unit.ledger.builders import KEY, NOW, OCTOBER, OTHER_KEY, PUBLIC, SEPTEMBER, close
from tests.unit.ledger.older import bring_back

OTHER = public_key_text(OTHER_KEY)


def handed_over(book: Ledger, **changed: object) -> HandOver:
    last = book.last_seal("acme")
    assert last is not None
    given = {
        "client": "acme",
        "old_key": PUBLIC,
        "new_key": OTHER,
        "how": Change.ROTATED,
        "at": NOW.isoformat(),
    }
    given |= {"reason": "r", "after": last.number, "digest": last.digest}
    return HandOver(**{**given, **changed}).signed(KEY, OTHER_KEY)  # type: ignore[arg-type]


def test_the_first_seal_pins_its_key_once(book: Ledger) -> None:
    assert book.pin_first_key(PUBLIC, NOW) == PUBLIC
    assert book.pin_first_key(OTHER, NOW) == PUBLIC
    close(book, SEPTEMBER)
    assert [(key.number, key.public_key, key.at) for key in book.pinned_keys()] == [
        (1, PUBLIC, NOW.isoformat())
    ]
    assert book.chain_keys("acme").of(1) == PUBLIC


def test_a_seal_pins_its_key_where_nobody_did_before(book: Ledger) -> None:
    close(book, SEPTEMBER)
    assert [key.public_key for key in book.pinned_keys()] == [PUBLIC]


def test_the_next_key_is_pinned_with_the_chains_as_they_stand(book: Ledger) -> None:
    close(book, SEPTEMBER)
    assert book.pin_next_key(OTHER, Change.ROTATED, NOW, "r", [handed_over(book)]) == 2
    keys = book.chain_keys("acme")
    assert (keys.present, keys.of(1), keys.of(2)) == (OTHER, PUBLIC, OTHER)
    assert keys.handed_over[0].holds


@pytest.mark.parametrize(
    "changed",
    [{"digest": "0" * 64}, {"new_key": PUBLIC}, {"old_key": OTHER}, {"client": "nobody"}, None],
)
def test_a_hand_over_that_is_not_of_the_chains_is_not_taken(
    book: Ledger, changed: dict[str, object] | None
) -> None:
    close(book, SEPTEMBER)
    given = [] if changed is None else [handed_over(book, **changed)]
    with pytest.raises(SealKeyError):
        book.pin_next_key(OTHER, Change.ROTATED, NOW, "r", given)
    assert len(book.pinned_keys()) == 1


def test_a_key_that_signed_before_does_not_come_back(book: Ledger) -> None:
    close(book, SEPTEMBER)
    with pytest.raises(SealKeyError, match="before"):
        book.pin_next_key(PUBLIC, Change.ROTATED, NOW, "r", [])


def test_pinned_keys_changed_behind_the_ledgers_back_are_named(book: Ledger, intruder: Engine) -> None:
    close(book, SEPTEMBER)
    assert book.check("acme") == []
    with intruder.begin() as db:
        if intruder.dialect.name == "sqlite":
            names = db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in names:
                db.execute(text(f"DROP TRIGGER {name}"))
        else:
            db.execute(text("ALTER TABLE seal_keys DISABLE TRIGGER ALL"))
        db.execute(
            text("UPDATE seal_keys SET record = replace(record, :old, :new)"), {"old": PUBLIC, "new": OTHER}
        )
    assert [(fault.table, fault.key) for fault in book.check("acme")] == [("seal_keys", "1")]
    faults = ledger.check_chain(book.seals("acme"), book.chain_keys("acme"), client="acme")
    assert [fault.code for fault in faults] == ["other_key"]


def test_a_ledger_of_an_older_release_pins_the_key_of_its_oldest_seal(url: str, book: Ledger) -> None:
    close(book, SEPTEMBER)
    close(book, OCTOBER)
    bring_back(url, "0006")
    with open_ledger(url) as again:
        assert [(key.public_key, key.how) for key in again.pinned_keys()] == [(PUBLIC, Change.FIRST)]
        # These seals remember the row that is gone; of the first release none did. The new one is whole in itself.
        assert [fault for fault in again.check("acme") if not fault.column] == []


@pytest.mark.parametrize(
    "record", [None, [], {}, {"signatures": ["a"]}, {"form": 1, "signatures": ["a", "b"], "client": 1}]
)
def test_what_is_no_hand_over_is_none(record: object) -> None:
    with pytest.raises(ValueError, match="no hand-over"):
        hand_over_from_record(record)
