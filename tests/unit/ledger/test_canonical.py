from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import RecordError, canonical
from ledger.records import row_digest, strict_record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_keys_stand_in_utf16_order_and_nothing_is_written_between() -> None:
    assert canonical({"b": [1, True, None], "a": "é\n"}) == '{"a":"é\\n","b":[1,true,null]}'.encode()
    # U+10000 is D800 DC00 in UTF-16 and so stands before U+FFFF, though its code point is larger.
    assert canonical({"\uffff": 1, "\U00010000": 2}) == '{"\U00010000":2,"\uffff":1}'.encode()


@pytest.mark.parametrize(
    "value", [1.0, 0.5, float("nan"), Fraction(1, 3), 2**53, -(2**53), {1: 2}, {"a": {1, 2}}, b"x"]
)
def test_what_has_no_exact_form_is_refused_by_place(value: object) -> None:
    with pytest.raises(RecordError, match=r"record\.a\[1\]"):
        canonical({"a": [0, value]})


def test_a_refusal_never_quotes_the_value() -> None:
    for value in (417_255.0, 417_255 * 2**53, "417255\ud800", {417_255: 1}):
        with pytest.raises(RecordError) as caught:
            canonical({"pay": value})
        assert "417" not in str(caught.value)
        assert caught.value.__context__ is None


@given(st.dictionaries(st.text(), JSON))
def test_what_was_written_is_read_back_the_same(record: dict[str, object]) -> None:
    text = canonical(record)
    assert strict_record(text) == record
    assert canonical(strict_record(text)) == text


def test_a_record_nested_too_deeply_is_refused_and_no_crash() -> None:
    deep: list[object] = []
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(RecordError, match="deep"):
        canonical({"a": deep})


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', '{"a":1.5}', '{"a":NaN}', '{"a":1e3}', "[1]", "", "{", "\xff", "[" * 100_000]
)
def test_a_text_that_two_readers_could_take_differently_is_no_record(text: str) -> None:
    with pytest.raises(RecordError):
        strict_record(text)


def test_a_row_digest_depends_on_table_name_and_every_column() -> None:
    row = {"client": "acme", "token": 1, "record": "{}"}
    digests = {
        row_digest("steps", row),
        row_digest("frozen", row),
        row_digest("steps", row | {"client": "acm"}),
        row_digest("steps", row | {"token": 2}),
        row_digest("steps", row | {"record": "{} "}),
    }
    assert len(digests) == 5
