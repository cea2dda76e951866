from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from kpi_rules.errors import NewerFormError
from ledger import RecordError, Seal, SealError, SealFault, check_chain, check_seal, fingerprint
from tests.unit.ledger.builders import AUGUST, KEY, OCTOBER, OTHER_KEY, PUBLIC, SEPTEMBER, a_chain, a_record

CHAIN = a_chain(4)


def codes(faults: list[SealFault]) -> set[tuple[int, str]]:
    return {(fault.number, fault.code) for fault in faults}


def test_the_digest_is_sha256_over_the_canonical_envelope() -> None:
    first, second = CHAIN[:2]
    envelope = {
        "format": "tablo-seal-1",
        "number": 2,
        "previous": first.digest,
        "record": a_record(SEPTEMBER),
    }
    plain = json.dumps(envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert second.digest == hashlib.sha256(plain.encode()).hexdigest()


def test_the_fingerprint_is_sixteen_digits_in_groups_of_four() -> None:
    sealed = replace(CHAIN[0], digest="4f2a91c077de03b8" + "0" * 48)
    assert fingerprint(sealed) == "4F2A-91C0-77DE-03B8"


def test_an_untouched_chain_has_no_fault() -> None:
    printed = {sealed.number: fingerprint(sealed) for sealed in CHAIN}
    assert check_chain(CHAIN, PUBLIC, client="acme", last_number=4, printed=printed) == []
    assert check_chain([], PUBLIC) == []


def test_sealing_the_same_twice_gives_the_same_bytes() -> None:
    again = ledger.seal(a_record(AUGUST), 1, None, KEY)
    assert ledger.export_seal(again) == ledger.export_seal(CHAIN[0])


@pytest.mark.parametrize("part", sorted(a_record()))
def test_a_record_that_lacks_a_part_is_not_sealed(part: str) -> None:
    record = a_record()
    del record[part]
    with pytest.raises(SealError, match=part):
        ledger.seal(record, 1, None, KEY)


def test_a_record_with_a_float_is_not_sealed() -> None:
    with pytest.raises(RecordError, match=r"record\.results\.M01\.score"):
        ledger.seal(a_record(results={"M01": {"score": 87.6}}), 1, None, KEY)


@pytest.mark.parametrize(("number", "previous"), [(2, None), (0, None), (1, CHAIN[0]), (3, CHAIN[0])])
def test_a_number_that_does_not_follow_is_not_sealed(number: int, previous: Seal | None) -> None:
    with pytest.raises(SealError, match="follow"):
        ledger.seal(a_record(OCTOBER), number, previous, KEY)


def test_a_changed_record_is_named_by_its_digest() -> None:
    text = CHAIN[1].record_text.replace("42000000", "52000000")
    assert text != CHAIN[1].record_text
    assert codes(check_chain(_with(1, record_text=text), PUBLIC)) == {(2, "digest")}


def test_a_changed_record_with_a_new_digest_lacks_signature_and_successor() -> None:
    forged = ledger.seal(a_record(SEPTEMBER, results={}), 2, CHAIN[0], KEY)
    chain = _with(1, record_text=forged.record_text, digest=forged.digest)
    assert codes(check_chain(chain, PUBLIC)) == {(2, "signature"), (3, "previous")}


def test_a_seal_signed_anew_with_another_key_is_named() -> None:
    resigned = ledger.seal(a_record(SEPTEMBER), 2, CHAIN[0], OTHER_KEY)
    assert codes(check_chain([CHAIN[0], resigned, *CHAIN[2:]], PUBLIC)) == {(2, "other_key")}
    pretended = replace(resigned, public_key=PUBLIC)
    assert codes(check_chain([CHAIN[0], pretended, *CHAIN[2:]], PUBLIC)) == {(2, "signature")}


def test_a_removed_seal_is_named() -> None:
    assert codes(check_chain([CHAIN[0], *CHAIN[2:]], PUBLIC)) == {(3, "number")}
    assert codes(check_chain(CHAIN[1:], PUBLIC)) == {(2, "number")}


def test_two_swapped_seals_are_named() -> None:
    swapped = [CHAIN[0], CHAIN[2], CHAIN[1], CHAIN[3]]
    assert {(3, "number"), (2, "number")} <= codes(check_chain(swapped, PUBLIC))
    renumbered = [CHAIN[0], replace(CHAIN[2], number=2), replace(CHAIN[1], number=3), CHAIN[3]]
    assert {(2, "digest"), (3, "digest")} <= codes(check_chain(renumbered, PUBLIC))


def test_a_chain_that_was_cut_off_is_shown_by_what_was_printed() -> None:
    assert check_chain(CHAIN[:3], PUBLIC) == []
    assert codes(check_chain(CHAIN[:3], PUBLIC, last_number=4)) == {(4, "cut_off")}
    assert codes(check_chain(CHAIN[:2], PUBLIC, printed={4: fingerprint(CHAIN[3])})) == {(4, "cut_off")}
    assert codes(check_chain([], PUBLIC, last_number=1)) == {(1, "cut_off")}


def test_even_the_holder_of_the_key_cannot_write_the_past_anew() -> None:
    printed = {sealed.number: fingerprint(sealed) for sealed in CHAIN[:2]}
    first = ledger.seal(a_record(AUGUST, results={}), 1, None, KEY)
    second = ledger.seal(a_record(SEPTEMBER), 2, first, KEY)
    assert check_chain([first, second], PUBLIC) == []
    assert codes(check_chain([first, second], PUBLIC, printed=printed)) == {
        (1, "fingerprint"),
        (2, "fingerprint"),
    }


def test_a_seal_of_another_client_or_a_month_out_of_order_is_named() -> None:
    stranger = ledger.seal(a_record(SEPTEMBER, client="zeta"), 2, CHAIN[0], KEY)
    assert codes(check_chain([CHAIN[0], stranger], PUBLIC, client="acme")) == {(2, "client")}
    earlier = ledger.seal(a_record(AUGUST), 2, CHAIN[0], KEY)
    assert codes(check_chain([CHAIN[0], earlier], PUBLIC)) == {(2, "month")}


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "not json", '{"a": 1}', CHAIN[1].record_text + " ", "\ud800"]
)
def test_an_unreadable_record_is_a_fault_and_no_crash(text: str) -> None:
    found = codes(check_chain(_with(1, record_text=text), PUBLIC, client="acme"))
    assert {(2, "unreadable"), (2, "digest")} <= found


@given(
    index=st.integers(0, 3),
    name=st.sampled_from([each.name for each in fields(Seal)]),
    data=st.data(),
)
@settings(max_examples=400)
def test_any_change_of_any_field_of_any_seal_is_found(index: int, name: str, data: st.DataObject) -> None:
    present = getattr(CHAIN[index], name)
    if name == "number":
        changed: object = data.draw(st.integers().filter(lambda number: number != present))
    elif present is None:
        changed = data.draw(st.text())
    else:
        changed = data.draw(_changed_texts(present) | (st.none() if name == "previous" else st.text()))
    if changed == present:
        return
    assert check_chain(_with(index, **{name: changed}), PUBLIC) != []


@st.composite
def _changed_texts(draw: st.DrawFn, present: str) -> str:
    """One letter replaced, put in, taken out, or its case changed: the changes that are hardest to see."""
    place = draw(st.integers(0, len(present) - 1))
    letter = draw(st.characters() | st.just(present[place].swapcase()))
    return (
        present[:place] + draw(st.sampled_from([letter, "", letter + present[place]])) + present[place + 1 :]
    )


@given(st.permutations(range(4)), st.integers(0, 4))
def test_any_other_order_or_selection_than_a_beginning_is_found(order: list[int], length: int) -> None:
    chain = [CHAIN[index] for index in order[:length]]
    whole = chain == CHAIN[: len(chain)]
    assert (check_chain(chain, PUBLIC) == []) == whole


def test_an_exported_seal_is_checked_with_the_public_key_alone() -> None:
    content = ledger.export_seal(CHAIN[2])
    assert json.loads(content)["record"] == a_record(OCTOBER)
    assert content == ledger.canonical(json.loads(content)) + b"\n"
    sealed = ledger.read_seal(content)
    assert sealed == CHAIN[2]
    assert check_seal(sealed, PUBLIC) == []
    assert codes(check_seal(sealed, ledger.public_key_text(OTHER_KEY))) == {(3, "other_key")}


def test_an_exported_seal_may_be_printed_prettily_but_not_changed() -> None:
    parts = json.loads(ledger.export_seal(CHAIN[2]))
    assert check_seal(ledger.read_seal(json.dumps(parts, indent=2).encode()), PUBLIC) == []
    parts["record"]["results"]["M01"]["score"] = "97.6"
    assert codes(check_seal(ledger.read_seal(json.dumps(parts).encode()), PUBLIC)) == {(3, "digest")}


@pytest.mark.parametrize(
    "change",
    [
        {"format": "tablo-seal-0"},
        {"format": "tablo-seal-x"},
        {"extra": 1},
        {"record": [1]},
        {"number": "3"},
        {"number": True},
        {"digest": None},
        {"previous": 3},
    ],
)
def test_a_file_of_another_form_is_no_seal(change: dict[str, object]) -> None:
    parts = json.loads(ledger.export_seal(CHAIN[2])) | change
    with pytest.raises(SealError):
        ledger.read_seal(json.dumps(parts).encode())


def test_a_file_of_a_newer_form_is_none_that_was_tampered_with() -> None:
    parts = json.loads(ledger.export_seal(CHAIN[2])) | {"format": "tablo-seal-2"}
    with pytest.raises(NewerFormError):
        ledger.read_seal(json.dumps(parts).encode())


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[]", b'{"a":1,"a":2}'])
def test_a_file_that_is_no_record_is_no_seal(content: bytes) -> None:
    with pytest.raises(SealError):
        ledger.read_seal(content)


def test_a_repr_shows_no_figure() -> None:
    assert "42000000" in CHAIN[0].record_text
    assert "42000000" not in repr(CHAIN[0])
    assert "87.6" not in repr(CHAIN[0])


def _with(index: int, **changes: object) -> list[Seal]:
    chain = list(CHAIN)
    chain[index] = replace(chain[index], **changes)  # type: ignore[arg-type]
    return chain
