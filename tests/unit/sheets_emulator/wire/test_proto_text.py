"""Refused values are quoted in the text form of protocol buffers."""

import pytest

from sheets_emulator.wire.proto_text import value_text

NESTED = """list_value {
  values {
    string_value: "a"
  }
  values {
    struct_value {
      fields {
        key: "b"
        value {
          number_value: 1.0
        }
      }
    }
  }
}
"""


def test_lists_and_objects_are_nested_by_two_blanks():
    assert value_text(["a", {"b": 1}]) == NESTED


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "list_value {\n}\n"),
        ({}, "struct_value {\n}\n"),
        (None, "null_value: NULL_VALUE\n"),
        (True, "bool_value: true\n"),
        (2.5, "number_value: 2.5\n"),
        ('a"b\n', 'string_value: "a\\"b\\n"\n'),
        ("ё", 'string_value: "\\321\\221"\n'),
    ],
)
def test_each_kind_of_value_has_its_field(value, text):
    assert value_text(value) == text
