from datetime import UTC, datetime

import pytest

from sheets_emulator.drive.query import QueryError, Searched, parse

BOOK = Searched(
    name="Ведомость — Клиент 'А'",
    mime_type="application/vnd.google-apps.spreadsheet",
    modified_at=datetime(2026, 10, 5, 12, 0, tzinfo=UTC),
    created_at=datetime(2026, 9, 1, tzinfo=UTC),
    text="план выручки",
    members={
        "parents": frozenset({"folder1"}),
        "owners": frozenset({"tech@example.com"}),
        "writers": frozenset({"tech@example.com", "head@example.com"}),
        "readers": frozenset({"tech@example.com", "head@example.com", "owner@example.com"}),
    },
    shared_with_me=True,
    viewed_by_me_at=datetime(2026, 10, 6, tzinfo=UTC),
    properties={"appProperties": {"month": "2026-10"}, "properties": {"kind": "pay"}},
)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "name contains 'Ведом'",
        "name contains 'клиент'",
        r"name = 'Ведомость — Клиент \'А\''",
        "name = \"Ведомость — Клиент 'А'\"",
        "name != 'Ведомость'",
        "mimeType='application/vnd.google-apps.spreadsheet' and trashed = false",
        "mimeType != 'application/vnd.google-apps.folder'",
        "mimeType contains 'application/'",
        "fullText contains 'выручки'",
        "fullText contains '\"план выручки\"'",
        "modifiedTime > '2026-10-05T11:59:59' and modifiedTime <= '2026-10-05T12:00:00Z'",
        "modifiedTime > '2026-10-05T16:00:00+05:00'",
        "createdTime < '2026-09-02'",
        "'folder1' in parents",
        'parents in "folder1"',
        "'HEAD@example.com' in writers and not 'head@example.com' in owners",
        "appProperties has { key='month' and value='2026-10' }",
        "properties has {key='kind' and value='pay'}",
        "not trashed = true",
        "trashed != true",
        "name = 'x' or name = 'y' or (sharedWithMe = true and starred = false)",
        "visibility = 'limited'",
        "sharedWithMe",
        "sharedWithMe and name contains 'Ведом'",
        "not starred and (sharedWithMe or trashed)",
        "'me' in writers and not 'me' in owners",
        "viewedByMeTime > '2026-10-05T12:00:00'",
        "shortcutDetails.targetId != 'x'",
    ],
)
def test_a_query_that_describes_the_file_finds_it(query):
    assert parse(query, "Head@example.com")(BOOK)


@pytest.mark.parametrize(
    "query",
    [
        "name contains 'едомость'",
        "name = 'Ведомость'",
        "trashed = true",
        "'folder2' in parents",
        "modifiedTime < '2026-10-05T12:00:00'",
        "appProperties has { key='month' and value='2026-11' }",
        "properties has { key='month' and value='2026-10' }",
        "fullText contains '\"выручки план\"'",
        "not (trashed = false or name = 'x')",
        "'owner@example.com' in writers",
        "'me' in owners",
        "starred",
        "shortcutDetails.targetId = 'x'",
    ],
)
def test_a_query_that_does_not_describe_the_file_leaves_it_out(query):
    assert not parse(query, "head@example.com")(BOOK)


def test_and_binds_more_tightly_than_or():
    assert parse("trashed = false or trashed = true and name = 'x'")(BOOK)
    assert not parse("(trashed = false or trashed = true) and name = 'x'")(BOOK)


@pytest.mark.parametrize(
    "query",
    [
        "title = 'x'",
        "id = 'x'",
        "name",
        "name = ",
        "name = x",
        "name < 'x'",
        "name = 'x",
        "name = 'x' and",
        "(name = 'x'",
        "name = 'x')",
        "name = 'x' name = 'y'",
        "trashed = 'false'",
        "trashed > false",
        "hidden",
        "name = 'x' sharedWithMe",
        "viewedByMeTime contains 'x'",
        "modifiedTime > 'yesterday'",
        "modifiedTime contains '2026'",
        "'x' in names",
        "appProperties has { key='a' }",
        "mimeType > 'a'",
        "in parents",
        "parents = 'x'",
        "'a' 'b'",
        "; drop",
        "(" * 5000,
        "not " * 5000,
    ],
)
def test_what_is_no_query_is_refused(query):
    with pytest.raises(QueryError):
        parse(query)


@pytest.mark.parametrize(
    ("query", "traits"),
    [
        ("name = 'КНИГА' and trashed = false", {("name", "книга")}),
        ("'f' in parents and 'ME@firm.kz' in owners", {("parent", "f"), ("owner", "me@firm.kz")}),
        ("appProperties has { key='a' and value='b' }", {("appProperty", '["me@firm.kz", "a", "b"]')}),
        ("properties has { key='a' and value='b' }", {("property", '["a", "b"]')}),
        ("(name = 'x' and 'f' in parents) or (name = 'x' and starred)", {("name", "x")}),
        ("name = 'x' or starred", set()),
        ("not name = 'x'", set()),
        ("name != 'x' and name contains 'x' and 'a' in writers and fullText contains 'x'", set()),
        ("", set()),
    ],
)
def test_a_query_tells_what_every_file_has_that_passes_it(query, traits):
    assert parse(query, "Me@firm.kz").traits == traits


def test_shared_drives_have_terms_of_their_own():
    drive = Searched("Продажи", "", BOOK.created_at, BOOK.created_at, hidden=True)
    assert parse("name contains 'Прод' and hidden and createdTime > '2020-01-01'", drives=True)(drive)
    assert not parse("hidden = false", drives=True)(drive)
    for query in ("trashed = false", "'me' in owners", "mimeType = 'x'"):
        with pytest.raises(QueryError):
            parse(query, drives=True)
