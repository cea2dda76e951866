"""The key of seals is made once, copied, brought back and exchanged; a retired one seals nothing more unseen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ledger
from kpi_rules.errors import NoSealKeyError, RefusedError
from ledger import Change, HandOver, check_chain, open_ledger, public_key_text, seal
from ledger.seal_keys import HANDED_OVER, KEY_FILE, NEXT_KEY_FILE, make_key, read_key, write_key
from operations.seals.keys import exchange_key, export_key, import_key
from operations.seals.seal_files import check_files, write_seal
from operations.world.signing import has_signing_key, signing_key
from operations.world.telling import told
from tests.unit.ledger.builders import NOW, SEPTEMBER, a_client, a_record, to_review

PHRASE = "четыре слова подряд"


@pytest.fixture
def home(tmp_path):
    (tmp_path / "home").mkdir(mode=0o700)
    return tmp_path / "home"


@pytest.fixture
def book(home):
    with open_ledger(folder=home) as opened:
        for slug in ("acme", "zeta", "empty"):
            opened.add_client(a_client(slug))
        yield opened


def close_next(book, home, slug="acme", key=None):
    """Seal the client's next month as a close does: by the key of the folder, carrying what was handed over."""
    last = book.last_seal(slug)
    month = SEPTEMBER.plus(last.number) if last else SEPTEMBER
    lease = to_review(book, month, slug)
    book.put_snapshot(slug, month, {}, lease)
    number = last.number + 1 if last else 1
    carried = [one.record() for one in book.chain_keys(slug).handed_over if one.after == number - 1]
    record = a_record(month, slug, **({HANDED_OVER: carried} if carried else {}))
    made = seal(record, number, last, key or signing_key(book, home, NOW, {}))
    book.append_seal(slug, made, lease, at=NOW)
    book.release(lease)
    return made


def faults(book, slug="acme"):
    seals = book.seals(slug)
    found = check_chain(seals, book.chain_keys(slug), client=slug)
    return [(one.number, one.code) for one in found] + [
        each.table for each in book.check(slug) if each.table == "seal_keys"
    ]


def rotate(book, home, **asked):
    return exchange_key(book, home, asked.pop("reason", "плановая замена"), NOW, environ={}, **asked)


def test_the_first_seal_makes_and_pins_the_key(book, home):
    assert not has_signing_key(book, home, {})
    assert book.pinned_keys() == []
    first = close_next(book, home)
    assert [(key.number, key.public_key, key.how) for key in book.pinned_keys()] == [
        (1, first.public_key, Change.FIRST)
    ]
    assert has_signing_key(book, home, {})


def test_where_a_key_is_pinned_no_other_one_is_made_or_taken(book, home):
    close_next(book, home)
    kept = (home / KEY_FILE).read_bytes()
    (home / KEY_FILE).unlink()
    with pytest.raises(NoSealKeyError) as missing:
        signing_key(book, home, NOW, {})
    assert (missing.value.code, list(home.glob("seal-key*"))) == ("seal_key_missing", [])
    make_key(home)
    with pytest.raises(NoSealKeyError) as other:
        signing_key(book, home, NOW, {})
    assert other.value.code == "seal_key_other"
    assert not has_signing_key(book, home, {})
    (home / KEY_FILE).write_bytes(kept)
    assert public_key_text(signing_key(book, home, NOW, {})) == book.pinned_keys()[0].public_key


def test_the_ledger_takes_no_seal_of_a_key_that_it_does_not_pin(book, home):
    close_next(book, home)
    with pytest.raises(ledger.LedgerError, match="does not pin"):
        close_next(book, home, key=Ed25519PrivateKey.generate())


def test_a_rotation_hands_every_chain_over_and_the_new_key_goes_on(book, home):
    old = [close_next(book, home), close_next(book, home)]
    close_next(book, home, "zeta")
    done = rotate(book, home)
    assert (done.number, done.clients) == (2, ("acme", "zeta"))
    assert done.public_key != old[0].public_key
    assert public_key_text(read_key(home / KEY_FILE)) == done.public_key
    assert not (home / NEXT_KEY_FILE).exists()
    new = close_next(book, home)
    close_next(book, home, "empty")
    assert new.public_key == done.public_key
    assert [faults(book, slug) for slug in ("acme", "zeta", "empty")] == [[], [], []]
    assert book.chain_keys("acme").lost == ()


def test_two_rotations_with_nothing_sealed_between_are_both_carried(book, home):
    close_next(book, home)
    rotate(book, home)
    rotate(book, home)
    carried = close_next(book, home).record[HANDED_OVER]
    assert [one["after"] for one in carried] == [1, 1]
    close_next(book, home)
    assert faults(book) == []
    assert [key.how for key in book.pinned_keys()] == [Change.FIRST, Change.ROTATED, Change.ROTATED]


def test_what_a_retired_key_signs_afterwards_is_named(book, home, tmp_path):
    close_next(book, home)
    stolen = read_key(home / KEY_FILE)
    rotate(book, home)
    close_next(book, home)
    honest = book.seals("acme")
    forged = seal(dict(honest[1].record), 2, honest[0], stolen)
    assert [(one.number, one.code) for one in check_chain([honest[0], forged], book.chain_keys("acme"))] == [
        (2, "other_key")
    ]
    with pytest.raises(ledger.LedgerError):
        close_next(book, home, key=stolen)


def test_a_hand_over_that_the_chain_does_not_carry_or_that_names_another_seal_is_named(book, home):
    close_next(book, home)
    old = read_key(home / KEY_FILE)
    rotate(book, home)
    new = read_key(home / KEY_FILE)
    first, keys = book.seals("acme")[0], book.chain_keys("acme")
    silent = seal(a_record(SEPTEMBER.plus(1)), 2, first, new)
    assert [(one.number, one.code) for one in check_chain([first, silent], keys)] == [(2, "hand_over")]
    [statement] = keys.handed_over
    elsewhere = replace(keys, handed_over=(replace(statement, digest="0" * 64).signed(old, new),))
    assert [(one.number, one.code) for one in check_chain([first], elsewhere)] == [(1, "hand_over")]
    unsigned = replace(keys, handed_over=(replace(statement, reason="иначе"),))
    assert [(one.number, one.code) for one in check_chain([first], unsigned)] == [(1, "hand_over")]


def test_a_lost_key_is_replaced_by_a_new_one_alone_and_that_is_told_for_ever(book, home):
    close_next(book, home)
    (home / KEY_FILE).unlink()
    with pytest.raises(NoSealKeyError):
        rotate(book, home)
    rotate(book, home, lost=True, reason="ноутбук украден")
    close_next(book, home)
    close_next(book, home)
    assert faults(book) == []
    [told] = book.chain_keys("acme").lost
    assert (told.after, told.reason, told.at) == (1, "ноутбук украден", NOW.isoformat())


def test_a_key_that_had_replaced_a_lost_one_in_silence_becomes_the_new_one(book, home):
    """What releases before did: seals by another key, of which nobody had said anything."""
    first = close_next(book, home)
    (home / KEY_FILE).unlink()
    other = make_key(home)
    rotate(book, home, lost=True)
    assert book.pinned_keys()[-1].public_key == public_key_text(other)
    unsaid = seal(a_record(SEPTEMBER.plus(1)), 2, first, other)
    assert check_chain([first, unsaid], book.chain_keys("acme")) == []


@pytest.mark.parametrize("cut", ["before_pin", "before_place"])
def test_a_rotation_cut_off_and_run_again_ends_with_one_new_key(book, home, monkeypatch, cut):
    close_next(book, home)

    def die(*_args, **_kwargs):
        raise KeyboardInterrupt

    target = (
        (type(book), "pin_next_key") if cut == "before_pin" else ("operations.seals.keys", "put_in_place")
    )
    with monkeypatch.context() as patch:
        if cut == "before_pin":
            patch.setattr(*target, die)
        else:
            patch.setattr(".".join(target), die)
        with pytest.raises(KeyboardInterrupt):
            rotate(book, home)
    if cut == "before_pin":
        coming = public_key_text(read_key(home / NEXT_KEY_FILE))
        assert signing_key(book, home, NOW, {})
        assert rotate(book, home).public_key == coming
    else:
        assert public_key_text(signing_key(book, home, NOW, {})) == book.pinned_keys()[-1].public_key
    close_next(book, home)
    assert (len(book.pinned_keys()), faults(book)) == (2, [])
    assert sorted(path.name for path in home.glob("seal-key*")) == [KEY_FILE]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda asked, _book: asked.update(reason="  "), "key_reason_blank"),
        (lambda asked, _book: asked.update(lost=True), "key_not_lost"),
        (lambda asked, _book: asked.update(environ={"KPI_SEAL_KEY": "00" * 32}), "key_of_environment"),
        (lambda _asked, book: half_closed(book), "key_amid_close"),
    ],
)
def test_what_cannot_be_exchanged_is_refused_in_a_sentence_and_nothing_is_changed(book, home, spoil, code):
    close_next(book, home)
    kept = (home / KEY_FILE).read_bytes()
    asked = {"reason": "проверка", "environ": {}, "lost": False}
    spoil(asked, book)
    with pytest.raises(RefusedError) as refused:
        exchange_key(book, home, asked["reason"], NOW, lost=asked["lost"], environ=asked["environ"])
    assert refused.value.code == code
    assert told(refused.value).remedy
    assert (len(book.pinned_keys()), (home / KEY_FILE).read_bytes()) == (1, kept)


def half_closed(book):
    lease = to_review(book, SEPTEMBER, "zeta")
    book.put_snapshot("zeta", SEPTEMBER, {}, lease)
    book.release(lease)


def test_nothing_is_exchanged_where_there_is_no_key_yet(book, home):
    with pytest.raises(RefusedError) as refused:
        rotate(book, home)
    assert refused.value.code == "key_none_yet"


def test_somebody_who_seals_while_the_key_is_exchanged_makes_it_begin_anew(book, home):
    close_next(book, home)
    old, new = read_key(home / KEY_FILE), Ed25519PrivateKey.generate()
    last = book.last_seal("acme")
    statement = HandOver(
        "acme",
        public_key_text(old),
        public_key_text(new),
        Change.ROTATED,
        NOW.isoformat(),
        "x",
        1,
        last.digest,
    ).signed(old, new)
    close_next(book, home)
    with pytest.raises(ledger.SealKeyError, match="meanwhile"):
        book.pin_next_key(public_key_text(new), Change.ROTATED, NOW, "x", [statement])
    assert len(book.pinned_keys()) == 1


# ---- a copy
def test_a_copy_opens_with_its_passphrase_alone_and_brings_the_key_back(book, home, tmp_path):
    close_next(book, home)
    copy = tmp_path / "key.pem"
    public_key = export_key(book, home, copy, PHRASE, NOW)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in copy.read_bytes()
    (home / KEY_FILE).unlink()
    for phrase in ("", PHRASE[:-1]):
        with pytest.raises(RefusedError) as refused:
            import_key(book, home, copy, phrase, NOW)
        assert refused.value.code == "key_not_opened"
    other = make_key(home)
    assert import_key(book, home, copy, PHRASE, NOW) == public_key
    assert import_key(book, home, copy, PHRASE, NOW) == public_key
    close_next(book, home)
    aside = home / f"seal-key.{public_key_text(other)[:16]}.pem"
    assert public_key_text(read_key(aside)) == public_key_text(other)
    assert faults(book) == []


def test_a_copy_made_before_the_first_close_is_of_the_key_that_will_seal(book, home, tmp_path):
    public_key = export_key(book, home, tmp_path / "key.pem", PHRASE, NOW)
    assert close_next(book, home).public_key == public_key


@pytest.mark.parametrize(
    ("phrase", "exists", "code"), [("short", False, "passphrase_short"), (PHRASE, True, "file_exists")]
)
def test_a_copy_is_not_written_weakly_or_over_something(book, home, tmp_path, phrase, exists, code):
    close_next(book, home)
    copy = tmp_path / "key.pem"
    if exists:
        copy.write_bytes(b"mine")
    with pytest.raises(RefusedError) as refused:
        export_key(book, home, copy, phrase, NOW)
    assert refused.value.code == code
    assert (copy.read_bytes() if copy.exists() else b"") == (b"mine" if exists else b"")


def test_another_key_is_not_brought_in(book, home, tmp_path):
    close_next(book, home)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    with open_ledger(folder=elsewhere) as foreign:
        export_key(foreign, elsewhere, tmp_path / "foreign.pem", PHRASE, NOW)
    kept = (home / KEY_FILE).read_bytes()
    for content in (None, b"rubbish"):
        if content:
            (tmp_path / "foreign.pem").write_bytes(content)
        with pytest.raises(RefusedError) as refused:
            import_key(book, home, tmp_path / "foreign.pem", PHRASE, NOW)
        assert refused.value.code == ("key_not_opened" if content else "key_is_another")
    with pytest.raises(RefusedError):
        import_key(book, home, tmp_path / "nowhere.pem", PHRASE, NOW)
    assert (home / KEY_FILE).read_bytes() == kept
    assert sorted(path.name for path in home.glob("seal-key*")) == [KEY_FILE]


# ---- exported seals alone
def files_of(book, folder, slug="acme"):
    folder.mkdir(exist_ok=True)
    paths = []
    for one in book.seals(slug):
        paths.append(folder / f"{slug} {one.number}.json")
        write_seal(one, paths[-1])
    return paths


def test_exported_seals_are_followed_from_the_first_key_to_the_last_and_back(book, home, tmp_path):
    close_next(book, home)
    rotate(book, home)
    close_next(book, home)
    rotate(book, home)
    close_next(book, home)
    paths = files_of(book, tmp_path / "out")
    for key in book.pinned_keys():
        assert check_files(paths, key.public_key).holds, key.number
    gap = check_files([paths[0], paths[2]], book.pinned_keys()[0].public_key)
    assert [bool(one.faults) for one in gap.seals] == [False, True]  # the link is in the missing file


def test_a_lost_key_proves_nothing_to_whoever_trusts_it_and_the_new_one_vouches_for_the_old_seals(
    book, home, tmp_path
):
    close_next(book, home)
    (home / KEY_FILE).unlink()
    rotate(book, home, lost=True, reason="ноутбук украден")
    close_next(book, home)
    paths = files_of(book, tmp_path / "out")
    old, new = (key.public_key for key in book.pinned_keys())
    by_new = check_files(paths, new)
    assert (by_new.holds, [one.reason for one in by_new.lost_keys]) == (True, ["ноутбук украден"])
    by_old = check_files(paths, old)
    assert [{fault.code for fault in one.faults} for one in by_old.seals] == [set(), {"other_key"}]


def test_a_forged_hand_over_in_a_file_leads_nowhere(book, home, tmp_path):
    first = close_next(book, home)
    thief = Ed25519PrivateKey.generate()
    claim = HandOver(
        "acme",
        first.public_key,
        public_key_text(thief),
        Change.ROTATED,
        NOW.isoformat(),
        "x",
        1,
        first.digest,
    ).signed(thief, thief)
    forged = seal(
        a_record(SEPTEMBER.plus(1), **{HANDED_OVER: [claim.record(), {"rubbish": 1}, 7]}), 2, first, thief
    )
    paths = files_of(book, tmp_path / "out")
    write_seal(forged, tmp_path / "out" / "2.json")
    checked = check_files([*paths, tmp_path / "out" / "2.json"], first.public_key)
    assert [{fault.code for fault in one.faults} for one in checked.seals] == [set(), {"other_key"}]


def test_a_hand_over_is_read_back_as_written(book, home):
    close_next(book, home)
    rotate(book, home)
    [statement] = book.chain_keys("acme").handed_over
    assert json.loads(json.dumps(statement.record()))["form"] == 1
    assert statement.holds
    for name in ("client", "new_key", "how", "at", "reason", "after", "digest"):
        value = {"how": Change.LOST, "after": 7}.get(name, "x")
        assert not replace(statement, **{name: value}).holds, name


def test_two_at_once_make_one_next_key(home):
    assert write_key(Ed25519PrivateKey.generate(), home / NEXT_KEY_FILE)
    kept = (home / NEXT_KEY_FILE).read_bytes()
    assert not write_key(Ed25519PrivateKey.generate(), home / NEXT_KEY_FILE)
    assert (home / NEXT_KEY_FILE).read_bytes() == kept
