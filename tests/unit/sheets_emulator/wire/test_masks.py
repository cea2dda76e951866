"""Field masks in every form that clients send."""

import pytest

from sheets_emulator.wire.masks import MaskError, check_mask, parse_mask, project, update, wants
from sheets_emulator.wire.schema import sheets_messages


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", {"a": {}}),
        ("a,b", {"a": {}, "b": {}}),
        ("a.b", {"a": {"b": {}}}),
        ("a/b", {"a": {"b": {}}}),
        ("a(b,c/d)", {"a": {"b": {}, "c": {"d": {}}}}),
        ("a/b(c,d),e", {"a": {"b": {"c": {}, "d": {}}}, "e": {}}),
        ("*", {"*": {}}),
        ("a.*", {"a": {"*": {}}}),
        (" a , b ( c ) ", {"a": {}, "b": {"c": {}}}),
        ("a.b,a.c", {"a": {"b": {}, "c": {}}}),
        ("a.b,a", {"a": {}}),
        ("a,a.b", {"a": {}}),
    ],
)
def test_every_form_of_a_mask_is_read(text, tree):
    assert parse_mask(text) == tree


@pytest.mark.parametrize(
    "text", ["", ",", "a,", "a..b", "a(", "a(b", "a)", "(a)", "a b", "a(b))", "ä", "(" * 500]
)
def test_a_malformed_mask_is_refused(text):
    with pytest.raises(MaskError):
        parse_mask(text)


def test_an_object_that_is_there_stays_even_when_nothing_of_it_is_wanted():
    value = {
        "sheets": [{"properties": {"title": "x"}}, {"properties": {"title": "y", "hidden": True}}],
        "id": 1,
    }
    assert project(value, parse_mask("sheets.properties.hidden")) == {
        "sheets": [{"properties": {}}, {"properties": {"hidden": True}}]
    }
    assert project(value, parse_mask("*")) == value


def test_a_path_that_the_message_lacks_is_named():
    messages = sheets_messages()
    check_mask(parse_mask("sheets(data.rowData.values.userEnteredValue,properties)"), "Spreadsheet", messages)
    check_mask(
        parse_mask("sheets.*.title"), "Spreadsheet", {**messages, "Sheet": {"properties": "SheetProperties"}}
    )
    with pytest.raises(MaskError, match=r"sheets\.data\.nonsense"):
        check_mask(parse_mask("sheets.data.nonsense"), "Spreadsheet", messages)


def test_an_update_sets_what_is_given_clears_what_is_named_and_leaves_the_rest():
    target = {"a": 1, "b": {"c": 2, "d": 3}, "e": 4}
    update(target, {"a": 9, "b": {"d": 8}, "e": 0}, parse_mask("b(c,d),a"))
    assert target == {"a": 9, "b": {"d": 8}, "e": 4}
    update(target, {}, parse_mask("b.d,e"))
    assert target == {"a": 9}
    update(target, {"z": 1}, parse_mask("*"))
    assert target == {"z": 1}


def test_an_update_never_changes_the_nested_objects_that_others_share():
    shared = {"c": 1}
    target = {"b": shared}
    update(target, {"b": {"c": 2}}, parse_mask("b.c"))
    assert (target, shared) == ({"b": {"c": 2}}, {"c": 1})


def test_whether_an_answer_needs_a_part():
    mask = parse_mask("sheets(properties,data.rowData.values.note)")
    assert wants(None, "sheets", "data")
    assert wants(mask, "sheets", "data", "rowData")
    assert not wants(mask, "sheets", "data", "rowMetadata")
    assert not wants(mask, "namedRanges")
    assert wants(parse_mask("sheets"), "sheets", "data", "rowData", "values", "note")
