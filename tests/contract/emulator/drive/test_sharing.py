"""Sharing as gspread does it: every option, copies with their grants and comments, owners, and ends in time."""

from datetime import UTC, datetime, timedelta

import gspread
import pytest
from google.oauth2.credentials import Credentials

from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.faults import Faults, install


@pytest.fixture
def client_of(google, redirection):
    """gspread as an account."""

    def connect(role):
        token = issue_token(google.emulator.engine.store, google.accounts[role])
        client = gspread.Client(auth=Credentials(token))
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            client.http_client.session.mount(host, redirection(google.url))
        google.opened.append(client.http_client.session)
        return client

    return connect


@pytest.fixture
def book(client_of):
    return client_of("owner").create("KPI продаж")


def grants(book):
    return {
        grant.get("emailAddress", grant.get("domain", grant["type"])): grant
        for grant in book.list_permissions()
    }


def permissions(google, role, verb, path, **more):
    return google.call(role, verb, f"/drive/v3/files/{path}", **more)


def test_each_way_to_share_answers_with_the_grant(google, book):
    manager = google.accounts["manager"]
    answer = book.share(manager, perm_type="user", role="writer", notify=True, email_message="Заполните план")
    assert answer.json() == {
        "kind": "drive#permission",
        "id": answer.json()["id"],
        "type": "user",
        "role": "writer",
    }
    book.share("sales@firm.kz", perm_type="group", role="commenter", notify=False)
    book.share("else.kz", perm_type="domain", role="reader")
    book.share(None, perm_type="anyone", role="reader", with_link=True)
    found = grants(book)
    assert {name: (grant["type"], grant["role"]) for name, grant in found.items()} == {
        google.accounts["owner"]: ("user", "owner"),
        manager: ("user", "writer"),
        "sales@firm.kz": ("group", "commenter"),
        "else.kz": ("domain", "reader"),
        "anyone": ("anyone", "reader"),
    }
    assert found["anyone"]["id"] == "anyoneWithLink"
    assert found["anyone"]["allowFileDiscovery"] is False
    assert found[manager] | {"id": "", "displayName": ""} == {
        "kind": "drive#permission",
        "id": "",
        "type": "user",
        "role": "writer",
        "emailAddress": manager,
        "displayName": "",
        "deleted": False,
        "pendingOwner": False,
    }


def test_access_is_taken_back_by_address_by_domain_and_by_role(google, book):
    book.share(google.accounts["head"], perm_type="user", role="writer", notify=False)
    book.share("else.kz", perm_type="domain", role="reader")
    assert book.remove_permissions(google.accounts["head"], role="reader") == []
    assert len(book.remove_permissions(google.accounts["head"])) == 1
    assert len(book.remove_permissions("else.kz")) == 1
    assert list(grants(book)) == [google.accounts["owner"]]


def test_a_copy_takes_comments_and_when_asked_grants_along(google, client_of, book):
    owner = client_of("owner")
    book.share(google.accounts["head"], perm_type="user", role="writer", notify=False)
    for number in range(103):  # more than a page
        comment = {"content": f"Вопрос {number} <b>", "anchor": f"a{number}"}
        permissions(google, "owner", "POST", f"{book.id}/comments?fields=id", json=comment)
    plain = owner.copy(book.id, title="Без прав", copy_comments=False)
    assert list(grants(plain)) == [google.accounts["owner"]]
    assert permissions(google, "owner", "GET", f"{plain.id}/comments?fields=comments").json() == {
        "comments": []
    }
    whole = owner.copy(book.id, title="С вопросами")
    query = "pageSize=100&fields=nextPageToken,comments(content,anchor,htmlContent)"
    first = permissions(google, "owner", "GET", f"{whole.id}/comments?{query}").json()
    token = first["nextPageToken"]
    second = permissions(google, "owner", "GET", f"{whole.id}/comments?{query}&pageToken={token}").json()
    found = {comment["content"]: comment for comment in (*first["comments"], *second["comments"])}
    assert len(found) == 103
    assert found["Вопрос 5 <b>"] == {
        "content": "Вопрос 5 <b>",
        "anchor": "a5",
        "htmlContent": "Вопрос 5 &lt;b&gt;",
    }


def test_a_file_is_offered_to_a_new_owner_who_accepts(google, client_of, book):
    head = google.accounts["head"]
    grant_id = book.share(head, perm_type="user", role="writer", notify=False).json()["id"]
    offered = book.transfer_ownership(grant_id)
    assert offered.json()["role"] == "writer"
    assert grants(book)[head]["pendingOwner"] is True
    fields = "ownedByMe,capabilities(canAcceptOwnership)"
    before = permissions(google, "head", "GET", f"{book.id}?fields={fields}").json()
    assert before == {"ownedByMe": False, "capabilities": {"canAcceptOwnership": True}}
    theirs = client_of("head").open_by_key(book.id)
    theirs.accept_ownership(grant_id)
    found = grants(theirs)
    assert (found[head]["role"], found[head]["pendingOwner"]) == ("owner", False)
    assert found[google.accounts["owner"]]["role"] == "writer"


def test_an_offer_is_the_owners_alone_and_its_acceptance_that_of_the_one_asked(google, client_of, book):
    for role in ("head", "manager"):
        book.share(google.accounts[role], perm_type="user", role="writer", notify=False)
    head_id = grants(book)[google.accounts["head"]]["id"]
    answer = permissions(
        google,
        "manager",
        "PATCH",
        f"{book.id}/permissions/{head_id}",
        json={"role": "writer", "pendingOwner": True},
    )
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (
        403,
        "insufficientFilePermissions",
    )
    answer = permissions(
        google,
        "owner",
        "PATCH",
        f"{book.id}/permissions/{head_id}",
        json={"role": "reader", "pendingOwner": True},
    )
    assert answer.json()["error"]["errors"][0]["reason"] == "pendingOwnerWriterRequired"
    book.transfer_ownership(head_id)
    with pytest.raises(gspread.exceptions.APIError):
        client_of("manager").open_by_key(book.id).accept_ownership(head_id)
    assert grants(book)[google.accounts["owner"]]["role"] == "owner"


def test_a_grant_ends_at_its_hour(google, client_of, book):
    ends = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    body = {
        "type": "user",
        "role": "reader",
        "emailAddress": google.accounts["manager"],
        "expirationTime": ends,
    }
    made = permissions(
        google, "owner", "POST", f"{book.id}/permissions?fields=expirationTime", json=body
    ).json()
    assert made["expirationTime"][:19] == ends[:19]
    manager = client_of("manager")
    assert manager.open_by_key(book.id).title == "KPI продаж"
    install(google.emulator.engine, Faults(clock_offset_seconds=3 * 3600))
    try:
        with pytest.raises(PermissionError):
            client_of("manager").open_by_key(book.id)
        assert google.accounts["manager"] not in grants(book)
    finally:
        install(google.emulator.engine, Faults())


@pytest.mark.parametrize(
    ("kind", "hours", "reason"),
    [
        ("user", -1, "expirationDatesMustBeInTheFuture"),
        ("user", 24 * 400, "expirationDateTooFarInFuture"),
        ("anyone", 1, "cannotSetExpirationOnAnyoneOrDomain"),
    ],
)
def test_an_hour_that_makes_no_sense_is_refused(google, book, kind, hours, reason):
    ends = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    body = {"type": kind, "role": "reader", "expirationTime": ends}
    body |= {"emailAddress": google.accounts["head"]} if kind == "user" else {}
    answer = permissions(google, "owner", "POST", f"{book.id}/permissions", json=body)
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (403, reason)


def test_files_are_opened_by_title_and_listed_by_folder(google, client_of, book):
    owner = client_of("owner")
    folder = {"name": "Клиенты", "mimeType": "application/vnd.google-apps.folder"}
    folder_id = google.call("owner", "POST", "/drive/v3/files", json=folder).json()["id"]
    inside = owner.create("KPI продаж", folder_id=folder_id)
    assert [file["id"] for file in owner.list_spreadsheet_files(folder_id=folder_id)] == [inside.id]
    assert owner.open("KPI продаж", folder_id=folder_id).id == inside.id
    assert {file["id"] for file in owner.list_spreadsheet_files("KPI продаж")} == {inside.id, book.id}
    with pytest.raises(gspread.SpreadsheetNotFound):
        owner.open("Нет такого")
    owner.del_spreadsheet(inside.id)
    assert owner.list_spreadsheet_files(folder_id=folder_id) == []


def test_formats_that_are_not_emulated_are_refused(client_of, book):
    assert book.export(gspread.utils.ExportFormat.CSV) == b""
    for format_ in ("OPEN_OFFICE_SHEET", "ZIPPED_HTML"):
        with pytest.raises(gspread.exceptions.APIError, match="The requested conversion is not supported"):
            book.export(getattr(gspread.utils.ExportFormat, format_))
