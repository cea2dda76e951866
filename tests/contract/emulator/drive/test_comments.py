"""Comments and replies over HTTP, as people of different roles write, change and take them away."""

import pytest

SPREADSHEET = "application/vnd.google-apps.spreadsheet"


@pytest.fixture
def book(google):
    """A spreadsheet of the owner on which head and manager may comment; calls its comments as a role."""
    made = google.call(
        "owner", "POST", "/drive/v3/files", json={"name": "Книга", "mimeType": SPREADSHEET}
    ).json()
    for role in ("head", "manager"):
        grant = {"type": "user", "role": "commenter", "emailAddress": google.accounts[role]}
        google.call("owner", "POST", f"/drive/v3/files/{made['id']}/permissions", json=grant)

    def call(role, verb, path="", fields="*", **body):
        more = {"json": body} if body else {}
        query = f"?fields={fields}" if fields else ""
        return google.call(role, verb, f"/drive/v3/files/{made['id']}/comments{path}{query}", **more)

    return call


def reason(answer):
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def test_a_comment_is_answered_resolved_and_reopened(google, book):
    comment = book("manager", "POST", content="Почему 80 %?", quotedFileContent={"value": "80 %"}).json()
    assert (comment["resolved"], comment["replies"]) == (False, [])
    path = f"/{comment['id']}"
    reply = book("head", "POST", f"{path}/replies", content="См. план").json()
    assert (reply["kind"], reply["content"], reply["author"]["emailAddress"]) == (
        "drive#reply",
        "См. план",
        google.accounts["head"],
    )
    assert book("head", "POST", f"{path}/replies", action="resolve").json()["action"] == "resolve"
    found = book("manager", "GET", path).json()
    assert (found["resolved"], len(found["replies"])) == (True, 2)
    assert found["quotedFileContent"] == {"value": "80 %"}
    book("manager", "POST", f"{path}/replies", action="reopen", content="Не согласен")
    assert book("manager", "GET", path, "resolved").json() == {"resolved": False}
    listed = book("owner", "GET", f"{path}/replies", "replies(content,action)").json()["replies"]
    assert [one.get("content") for one in listed] == ["См. план", "", "Не согласен"]


def test_a_text_is_its_authors_to_change(book):
    comment = book("manager", "POST", content="Чрновик").json()
    path = f"/{comment['id']}"
    assert book("manager", "PATCH", path, "content", content="Черновик").json() == {"content": "Черновик"}
    assert reason(book("owner", "PATCH", path, content="Чужое")) == (403, "insufficientFilePermissions")
    reply = book("head", "POST", f"{path}/replies", content="Да").json()
    reply_path = f"{path}/replies/{reply['id']}"
    assert reason(book("manager", "PATCH", reply_path, content="Нет")) == (403, "insufficientFilePermissions")
    assert book("head", "PATCH", reply_path, "content", content="Нет").json() == {"content": "Нет"}


def test_a_comment_is_taken_away_by_its_author_or_the_owner_of_the_file(book):
    first, second = (book("manager", "POST", content=text).json()["id"] for text in ("раз", "два"))
    assert reason(book("head", "DELETE", f"/{first}", "")) == (403, "insufficientFilePermissions")
    assert book("manager", "DELETE", f"/{first}", "").status_code == 204
    assert book("owner", "DELETE", f"/{second}", "").status_code == 204
    assert book("owner", "GET").json()["comments"] == []
    assert reason(book("owner", "GET", f"/{first}")) == (404, "notFound")
    shown = book("owner", "GET", "", "comments(id,deleted,content)&includeDeleted=true").json()["comments"]
    assert {one["id"] for one in shown} == {first, second}
    assert all(one["deleted"] and "content" not in one for one in shown)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"content": ""}),
        ("", {"content": 5}),
        ("", {"content": "x", "anchor": 1}),
        ("", {"content": "x", "quotedFileContent": 1}),
    ],
)
def test_a_comment_that_is_none_is_refused(book, path, body):
    assert reason(book("manager", "POST", path, **body)) == (400, "invalid")


def test_replies_need_a_text_or_an_action_and_a_comment(book):
    path = f"/{book('manager', 'POST', content='x').json()['id']}/replies"
    assert reason(book("head", "POST", path, content="")) == (400, "invalid")
    assert reason(book("head", "POST", path, action="like")) == (400, "invalid")
    assert reason(book("head", "POST", "/1/replies", content="x")) == (404, "notFound")
    assert reason(book("head", "GET", f"{path}/1")) == (404, "notFound")


def test_fields_must_be_named(book):
    assert reason(book("manager", "POST", "", "", content="x")) == (400, "required")
    assert reason(book("manager", "GET", "", "")) == (400, "required")


def test_the_present_revision_is_got_by_its_number(google):
    made = google.call("owner", "POST", "/drive/v3/files", json={"mimeType": SPREADSHEET}).json()["id"]
    listed = google.call("owner", "GET", f"/drive/v3/files/{made}/revisions").json()["revisions"]
    number = listed[-1]["id"]
    for wanted in (number, "head"):
        found = google.call("owner", "GET", f"/drive/v3/files/{made}/revisions/{wanted}").json()
        assert found["id"] == number
    assert reason(google.call("owner", "GET", f"/drive/v3/files/{made}/revisions/999")) == (404, "notFound")
