"""findReplace with regular expressions: Google's signs for groups, and no search that holds everybody up."""

import time

import pytest

BOOK = "/v4/spreadsheets"


@pytest.fixture
def replaced(google):
    """Replace in a new spreadsheet with one cell; (answer, what the cell holds then)."""

    def run(text, find, replacement, **options):
        made = google.call("owner", "POST", BOOK, json={}).json()["spreadsheetId"]
        cell = f"{BOOK}/{made}/values/A1"
        google.call("owner", "PUT", cell + "?valueInputOption=RAW", json={"values": [[text]]})
        request = {
            "find": find,
            "replacement": replacement,
            "allSheets": True,
            "searchByRegex": True,
            **options,
        }
        body = {"requests": [{"findReplace": request}]}
        answer = google.call("owner", "POST", f"{BOOK}/{made}:batchUpdate", json=body)
        return answer, google.call("owner", "GET", cell).json()["values"][0][0]

    return run


@pytest.mark.parametrize(
    ("text", "find", "replacement", "expected"),
    [
        ("Иванов Пётр", r"(\S+) (\S+)", "$2 $1", "Пётр Иванов"),
        ("цена 5", r"\d", r"\$$0", "цена $5"),
        ("a-b", "(x)?-", "[$1]", "a[]b"),
        ("a-b", "-", r"\\", "a\\b"),
        ("a-b", "-", r"\g<1>", "ag<1>b"),
        ("a-b", "-", "$", "a$b"),
        ("ПРИВЕТ", "привет", "x", "x"),
    ],
)
def test_groups_and_plain_signs_of_a_replacement(replaced, text, find, replacement, expected):
    answer, shown = replaced(text, find, replacement)
    assert (answer.status_code, shown) == (200, expected)


@pytest.mark.parametrize(
    ("find", "replacement"), [("(a)", "$9"), ("a", "$1"), ("(((", "x"), ("a{99999999999}", "x"), ("", "x")]
)
def test_a_wrong_expression_or_group_is_a_400_and_changes_nothing(replaced, find, replacement):
    answer, shown = replaced("aaa", find, replacement)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert shown == "aaa"


def test_plain_text_keeps_the_signs_of_expressions(replaced):
    answer, shown = replaced("a.b", ".", r"$1\1", searchByRegex=False)
    assert (answer.status_code, shown) == (200, r"a$1\1b")


def test_an_expression_that_would_never_end_is_stopped(replaced):
    begun = time.monotonic()
    answer, _ = replaced("а" * 60 + "!", "(а|а|аа)+$", "x")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        "Invalid requests[0].findReplace: The regular expression takes too long."
    )
    assert time.monotonic() - begun < 20
