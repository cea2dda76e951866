"""Who may do what with which file, each tried over HTTP with that account's own credential.

The table is the expectation, written by hand from behaviour §3; everything that is not in it must be refused.
"""

import pytest
import requests

from kpi_rules.errors import TabloError
from operations.clients.deploy import deploy_client
from operations.months.closing import close_month
from operations.world.local import SYSTEM_EMAIL, WORKER_EMAIL
from sheets_emulator.access.accounts import ensure_account
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import (
    ACCOUNTANT,
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OWNER,
    SEPTEMBER,
    SLUG,
    STRANGER,
    copy_of,
    new_client,
)

MANAGER, ANONYMOUS = MANAGERS[1], ""
NEIGHBOUR = "rop@zhetisu.kz"
"""The head of another client of the same consultant."""
ROLES = {
    "anonymous": ANONYMOUS,
    "stranger": STRANGER,
    "neighbour": NEIGHBOUR,
    "manager": MANAGER,
    "head": HEAD,
    "accountant": ACCOUNTANT,
    "owner": OWNER,
    "system": WORKER_EMAIL,
    "consultant": SYSTEM_EMAIL,
}
"""`system` is the robot that syncs and closes; `consultant` is who holds the technical account, to which all files
belong. Google lets an owner do everything to his own files: what he does is found by `verify`, not prevented."""
FILES_URL = "https://www.googleapis.com/drive/v3/files"
OURS = {"system", "consultant"}
INSIDE = {"manager", "head", "owner"} | OURS
PAID = {"head", "owner", "accountant"} | OURS
ARCHIVED = set(ROLES) - {"anonymous", "stranger", "neighbour"}
ALLOWED = {
    ("workbook", "see"): INSIDE,
    ("workbook", "read values"): INSIDE,
    ("workbook", "export"): INSIDE,
    ("workbook", "write deals"): INSIDE - {"owner"},
    ("workbook", "write objection"): INSIDE - {"owner"},
    ("workbook", "write plan"): {"head"} | OURS,
    ("workbook", "write rules"): {"head"} | OURS,
    ("workbook", "write discipline"): {"head"} | OURS,
    ("workbook", "answer objection"): {"head"} | OURS,
    ("workbook", "write output"): OURS,
    ("workbook", "delete output tab"): OURS,
    ("workbook", "change protection"): OURS,
    ("workbook", "share"): {"consultant"},
    ("workbook", "delete"): {"consultant"},
    ("payroll", "see"): PAID,
    ("payroll", "read values"): PAID,
    ("payroll", "export"): PAID,
    ("payroll", "write salary"): {"head"} | OURS,
    ("payroll", "write correction"): {"head"} | OURS,
    ("payroll", "write decision"): {"head"} | OURS,
    ("payroll", "tick close"): {"head"} | OURS,
    ("payroll", "approve salary"): {"owner"} | OURS,
    ("payroll", "approve correction"): {"owner"} | OURS,
    ("payroll", "approve decision"): {"owner"} | OURS,
    ("payroll", "write payroll tab"): OURS,
    ("payroll", "delete payroll tab"): OURS,
    ("payroll", "change protection"): OURS,
    ("payroll", "share"): {"consultant"},
    ("payroll", "delete"): {"consultant"},
    ("archive", "see"): ARCHIVED,
    ("archive", "read values"): ARCHIVED,
    ("archive", "export"): OURS,
    ("archive", "copy"): {"consultant"},
    ("archive", "edit"): set(),
    ("archive", "change protection"): set(),
    ("archive", "unlock"): {"consultant"},
    ("archive", "share"): {"consultant"},
    ("archive", "delete"): {"consultant"},
    ("record", "see"): PAID,
    ("record", "download"): PAID,
    ("record", "overwrite"): OURS,
    ("record", "share"): {"consultant"},
    ("record", "delete"): {"consultant"},
    ("archive folder", "see"): ARCHIVED,
    ("archive folder", "share"): {"consultant"},
    ("archive folder", "delete"): {"consultant"},
    ("records folder", "see"): PAID,
    ("records folder", "share"): {"consultant"},
    ("records folder", "delete"): {"consultant"},
    ("home folder", "see"): {"consultant"},
    ("home folder", "share"): {"consultant"},
    ("home folder", "delete"): {"consultant"},
}
"""(file, action) → the roles that may.

The robot may copy an archive, but has no room of its own for the copy. Nobody, the technical account included,
edits an archive before it was unlocked."""
CHANGING = {
    "delete output tab", "delete payroll tab", "change protection", "share", "delete", "copy", "unlock", "overwrite",
}  # fmt: skip
"""What those who may do it try on a client of their own, so that the table's stays whole."""
TEXT = {"stringValue": "проба"}
CELLS = {
    "write deals": ("deals", 60, 12, TEXT),
    "write objection": ("objections", 40, 3, TEXT),
    "write plan": ("plan", 40, 8, {"numberValue": 0.5}),
    "write rules": ("rules", 60, 3, TEXT),
    "write discipline": ("discipline", 300, 2, TEXT),
    "answer objection": ("objections", 40, 4, TEXT),
    "write output": ("scoreboard", 1, 0, TEXT),
    "write salary": ("salaries", 60, 2, {"numberValue": 1}),
    "write correction": ("corrections", 60, 3, {"numberValue": 1}),
    "write decision": ("decisions", 60, 4, TEXT),
    "tick close": ("months", 60, 2, {"boolValue": False}),
    "approve salary": ("salaries", 60, 4, {"boolValue": False}),
    "approve correction": ("corrections", 60, 5, {"boolValue": False}),
    "approve decision": ("decisions", 60, 5, {"boolValue": False}),
}
"""Action → tab, row, 0-based column, and a value that harms nothing."""


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """A client with a sealed month, and another client of the same consultant."""
    with copy_of("closed", tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("access")) as life:
        for email in (NEIGHBOUR, "owner@zhetisu.kz", "buh@zhetisu.kz", "dana@zhetisu.kz"):
            ensure_account(life.emulator.engine.store, email)
        other = new_client(
            name="Жетісу",
            slug="zhetisu",
            head_email=NEIGHBOUR,
            owner_email="owner@zhetisu.kz",
            accountant_email="buh@zhetisu.kz",
            manager_emails=("dana@zhetisu.kz",),
        )
        deploy_client(other, DEPLOYED_AT, life.services)
        yield life


def file_id(life, file):
    client, ledger = life.client, life.services.ledger
    [home] = life.services.creator.drive.file(client.workbook_id).parents
    return {
        "workbook": client.workbook_id,
        "payroll": client.payroll_id,
        "archive folder": client.folder_id,
        "records folder": client.records_folder_id,
        "home folder": home,
        "archive": ledger.step(SLUG, SEPTEMBER, "archive")["file_id"],
        "record": ledger.step(SLUG, SEPTEMBER, "record")["file_id"],
    }[file]


class Anonymous:
    """Somebody without any credential, by the same two doors."""

    def __init__(self, url):
        self.url, self.session = url, requests.Session()
        self.session.trust_env = False

    def send(self, method, url, _doing, _answer, **options):
        options.pop("repeatable", None)
        place = self.url + url.split("googleapis.com", 1)[1]
        answer = self.session.request(method, place, timeout=30, **options)
        if not answer.ok:
            raise TabloError(str(answer.status_code))
        return answer


def as_it_came(response):
    return response


def gateway_of(life, role):
    return Anonymous(life.emulator.url) if role == "anonymous" else life.as_person(ROLES[role]).gateway


def batch(gateway, place, *requests_):
    url = f"https://sheets.googleapis.com/v4/spreadsheets/{place}:batchUpdate"
    return gateway.send("post", url, "записать", as_it_came, json={"requests": list(requests_)})


def write_cell(gateway, place, tab_id, row, column, value):
    start = {"sheetId": tab_id, "rowIndex": row - 1, "columnIndex": column}
    cell = {"rows": [{"values": [{"userEnteredValue": value}]}], "start": start, "fields": "userEnteredValue"}
    return batch(gateway, place, {"updateCells": cell})


def guarded_range(life, file, place):
    """A protected range that none of the people may edit: an output tab's, the payroll tab's, an archive tab's."""
    wanted = {"workbook": "Табло", "payroll": "2026-09"}.get(file)
    for sheet in life.sheets(place, "properties(title),protectedRanges"):
        if wanted in (None, sheet["properties"]["title"]):
            return sheet["protectedRanges"][0]["protectedRangeId"]
    raise AssertionError(file)


def attempt(life, gateway, file, action):  # noqa: C901, PLR0911, PLR0912  # one line an action
    place = file_id(life, file)
    url = f"{FILES_URL}/{place}"
    if action in CELLS:
        tab, row, column, value = CELLS[action]
        return write_cell(gateway, place, sheet_id(file, tab), row, column, value)
    match action:
        case "see":
            return gateway.send("get", url, "увидеть", as_it_came, params={"fields": "id,name"})
        case "read values":
            title = {"workbook": "Табло", "payroll": "Оклады", "archive": "Табло"}[file]
            values = f"https://sheets.googleapis.com/v4/spreadsheets/{place}/values/'{title}'!A1:E9"
            return gateway.send("get", values, "прочитать", as_it_came)
        case "download":
            return gateway.send("get", url, "скачать", as_it_came, params={"alt": "media"})
        case "export":
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            return gateway.send("get", f"{url}/export", "выгрузить", as_it_came, params={"mimeType": kind})
        case "copy":
            return gateway.send("post", f"{url}/copy", "скопировать", as_it_came, json={"name": "Копия"})
        case "overwrite":
            upload = url.replace("/drive/v3", "/upload/drive/v3")
            content = life.services.creator.drive.download(place)
            return gateway.send(
                "patch", upload, "перезаписать", as_it_came, params={"uploadType": "media"}, data=content
            )
        case "write payroll tab":
            title_row = life.cells(place, "2026-09")[0][0]
            return write_cell(
                gateway, place, sheet_id("payroll", "2026-09"), 1, 0, {"stringValue": title_row}
            )
        case "delete payroll tab":
            return batch(gateway, place, {"deleteSheet": {"sheetId": sheet_id("payroll", "2026-09")}})
        case "delete output tab":
            return batch(gateway, place, {"deleteSheet": {"sheetId": sheet_id("workbook", "scoreboard")}})
        case "edit":
            tab_id = life.sheets(place)[0]["properties"]["sheetId"]
            return write_cell(gateway, place, tab_id, 1, 0, TEXT)
        case "change protection":
            gone = {"protectedRangeId": guarded_range(life, file, place)}
            return batch(gateway, place, {"deleteProtectedRange": gone})
        case "unlock":
            return gateway.send(
                "patch", url, "открыть", as_it_came, json={"contentRestrictions": [{"readOnly": False}]}
            )
        case "share":
            who = {"type": "user", "role": "reader", "emailAddress": "friend@elsewhere.kz"}
            return gateway.send("post", f"{url}/permissions", "поделиться", as_it_came, json=who)
        case "delete":
            return gateway.send("delete", url, "удалить", as_it_came)
    raise AssertionError(action)


@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize(("file", "action"), list(ALLOWED))
def test_a_role_may_what_the_table_says_and_nothing_else(
    life, role, file, action, tmp_path_factory, tmp_path
):
    if role not in ALLOWED[file, action]:
        with pytest.raises(TabloError):
            attempt(life, gateway_of(life, role), file, action)
    elif action not in CHANGING:
        attempt(life, gateway_of(life, role), file, action)
    else:
        with copy_of("closed", tmp_path_factory.getbasetemp(), tmp_path) as own:
            attempt(own, gateway_of(own, role), file, action)


def test_the_table_has_every_kind_of_attempt_on_every_file_that_can_have_it():
    tried = {}
    for file, action in ALLOWED:
        tried.setdefault(file, set()).add(action)
    for file in ("workbook", "payroll", "archive"):
        assert tried[file] >= {"see", "read values", "export", "change protection", "share", "delete"}, file
    for file in ("record", "archive folder", "records folder", "home folder"):
        assert tried[file] >= {"see", "share", "delete"}, file


def test_a_neighbour_can_do_with_his_own_files_what_he_cannot_do_with_these(life):
    """So that his refusals above are no matter of a broken account."""
    own = life.services.ledger.client("zhetisu")
    assert life.as_person(NEIGHBOUR).drive.file(str(own.workbook_id)).name
    assert life.as_person(NEIGHBOUR).gateway.read(str(own.payroll_id), ["'Оклады'"])


def test_no_attempt_has_left_a_permission_behind(life):
    for role in set(ROLES) - OURS:
        for file in ("workbook", "payroll", "archive", "record", "home folder"):
            with pytest.raises(TabloError):
                attempt(life, gateway_of(life, role), file, "share")
    for file in ("workbook", "payroll", "archive", "record", "archive folder", "records folder"):
        found = life.services.creator.drive.permissions(file_id(life, file))
        assert {item["type"] for item in found} == {"user"}
        assert "friend@elsewhere.kz" not in {item["emailAddress"] for item in found}


def test_the_lists_of_a_manager_do_not_name_the_payroll_or_the_records(life):
    answer = life.as_person(MANAGER).gateway.send(
        "get", FILES_URL, "искать", as_it_came, params={"fields": "files(id,name)", "corpora": "user"}
    )
    seen = {item["id"] for item in answer.json()["files"]}
    assert file_id(life, "workbook") in seen
    assert not seen & {file_id(life, file) for file in ("payroll", "record", "records folder", "home folder")}


@pytest.mark.parametrize("role", ["manager", "head"])
@pytest.mark.parametrize("way", ["trash", "move", "rename", "lift"])
def test_nobody_trashes_moves_renames_or_unlocks_an_archive(life, role, way):
    change = {
        "trash": {"json": {"trashed": True}},
        "move": {"params": {"removeParents": life.client.folder_id}, "json": {}},
        "rename": {"json": {"name": "Другое"}},
        "lift": {"json": {"copyRequiresWriterPermission": False}},
    }[way]
    url = f"{FILES_URL}/{file_id(life, 'archive')}"
    with pytest.raises(TabloError):
        life.as_person(ROLES[role]).gateway.send("patch", url, "изменить", as_it_came, **change)


def test_the_approval_of_the_head_counts_nowhere_and_that_of_the_owner_does(sealed):
    """The head writes a correction to his own pay; whatever he ticks beside it, it is not paid."""
    sealed.enter(HEAD, "corrections", [["1", "2026-09", "R01", 77_777, "Себе"]])
    with pytest.raises(TabloError):
        sealed.enter(HEAD, "corrections", [[True]], column=5)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    assert sealed.services.ledger.paid_corrections(SLUG) == set()
