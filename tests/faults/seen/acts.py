"""Single acts on a client's files over HTTP, each with a person's own credential: `act(life, who, file_id)`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from operations.world.local import SYSTEM_EMAIL, WORKER_EMAIL
from sheets_sync.google.answers import nothing_of
from sheets_sync.ports import FOLDER_TYPE, SPREADSHEET_TYPE
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import MANAGERS, SEPTEMBER, SLUG

MANAGER = MANAGERS[0]
BOSS = SYSTEM_EMAIL
"""Who holds the technical account: Google lets its owner do everything, so it is looked at."""
FILES_URL = "https://www.googleapis.com/drive/v3/files"


def ids(life) -> dict[str, str]:
    client, ledger = life.client, life.services.ledger
    [home] = life.services.creator.drive.file(client.workbook_id).parents
    return {
        "home": home,
        "workbook": client.workbook_id,
        "payroll": client.payroll_id,
        "archive folder": client.folder_id,
        "records folder": client.records_folder_id,
        "archive": ledger.step(SLUG, SEPTEMBER, "archive")["file_id"],
        "record": ledger.step(SLUG, SEPTEMBER, "record")["file_id"],
    }


# ---- what is done; each takes the life, who does it, and the file's id
def shared_with(kind: str, role: str, whom: str = "") -> Callable:
    name = {"user": "emailAddress", "group": "emailAddress", "domain": "domain"}.get(kind)

    def act(life, who, place):
        body = {"type": kind, "role": role, **({name: whom} if name else {})}
        send(life, who, "post", f"{place}/permissions", json=body, params={"sendNotificationEmail": "false"})

    return act


def send(life, who, method, path, **options) -> None:
    url = f"{FILES_URL}/{path}"
    life.as_person(who).gateway.send(method, url, "изменить", lambda _answer: None, **options)


def permission_of(life, place, whom) -> str:
    listed = life.services.creator.drive.permissions(place)
    return next(each["id"] for each in listed if each.get("emailAddress") == whom)


def revoked(whom: str) -> Callable:
    def act(life, who, place):
        send(life, who, "delete", f"{place}/permissions/{permission_of(life, place, whom)}")

    return act


def role_changed(whom: str, role: str) -> Callable:
    def act(life, who, place):
        body = {"role": role}
        send(life, who, "patch", f"{place}/permissions/{permission_of(life, place, whom)}", json=body)

    return act


def expiring(whom: str) -> Callable:
    def act(life, who, place):
        until = life.services.clock() + timedelta(days=30)
        body = {"role": "reader", "expirationTime": until.isoformat()}
        send(life, who, "patch", f"{place}/permissions/{permission_of(life, place, whom)}", json=body)

    return act


def patched(**body: Any) -> Callable:
    def act(life, who, place):
        send(life, who, "patch", place, json=body)

    return act


def unlocked_and(**body: Any) -> Callable:
    """Change a locked archive as its owner can: unlock, change, lock again as it was."""

    def act(life, who, place):
        reason = life.services.creator.drive.file(place).lock_reason
        lock = {"readOnly": True, "ownerRestricted": True, "reason": reason}
        send(life, who, "patch", place, json={"contentRestrictions": [{"readOnly": False}]})
        send(life, who, "patch", place, json=body)
        send(life, who, "patch", place, json={"contentRestrictions": [lock]})

    return act


def moved_into(target: str) -> Callable:
    def act(life, who, place):
        drive = life.services.creator.drive
        folder = ids(life).get(target) or drive.create("Другая папка", FOLDER_TYPE).id
        drive.move(place, folder, drive.file(place).parents)

    return act


def copied_beside(name: str = "") -> Callable:
    def act(life, who, place):
        drive = life.services.creator.drive
        file = drive.file(place)
        drive.copy(place, name or file.name, file.parents, file.properties)

    return act


def laid_into(name: str, mime_type: str = SPREADSHEET_TYPE) -> Callable:
    def act(life, who, place):
        life.as_person(who).drive.create(name, mime_type, [place])

    return act


def deleted(life, who, place):
    life.as_person(who).gateway.send("delete", f"{FILES_URL}/{place}", "удалить", nothing_of)


def batch(*requests: dict[str, Any]) -> Callable:
    def act(life, who, place):
        life.as_person(who).gateway.apply(place, list(requests))

    return act


def in_archive(make: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable:
    """A request for the archive's tab «Табло», past its lock as the owner can."""

    def act(life, who, place):
        drive = life.services.creator.drive
        reason = drive.file(place).lock_reason
        drive.update(place, contentRestrictions=[{"readOnly": False}])
        fields = "properties,protectedRanges(protectedRangeId,range,editors)"
        [sheet] = [s for s in life.sheets(place, fields) if s["properties"]["title"] == "Табло"]
        life.services.creator.gateway.apply(place, [make(sheet)])
        lock = {"readOnly": True, "ownerRestricted": True, "reason": reason}
        drive.update(place, contentRestrictions=[lock])

    return act


def protection(book: str, tab: str) -> Callable:
    def of(life, place) -> dict[str, Any]:
        fields = "properties,protectedRanges(protectedRangeId,range,editors,unprotectedRanges)"
        number = sheet_id(book, tab)
        [sheet] = [s for s in life.sheets(place, fields) if s["properties"].get("sheetId", 0) == number]
        return sheet["protectedRanges"][0]

    return of


def lifted(book: str, tab: str) -> Callable:
    def act(life, who, place):
        gone = {"protectedRangeId": protection(book, tab)(life, place)["protectedRangeId"]}
        life.as_person(who).gateway.apply(place, [{"deleteProtectedRange": gone}])

    return act


def widened(book: str, tab: str, change: dict[str, Any], fields: str) -> Callable:
    def act(life, who, place):
        number = protection(book, tab)(life, place)["protectedRangeId"]
        changed = {"protectedRangeId": number, **change}
        request = {"updateProtectedRange": {"protectedRange": changed, "fields": fields}}
        life.as_person(who).gateway.apply(place, [request])

    return act


def editors(*emails: str) -> dict[str, Any]:
    return {"editors": {"users": [BOSS, WORKER_EMAIL, *emails]}}


def locked_tab(book: str, tab: str, **area: int) -> Callable:
    """A person puts a protection on a tab, as who adds it may still edit."""

    def act(life, who, place):
        guarded = {"range": {"sheetId": sheet_id(book, tab), **area}, "editors": {"users": [who]}}
        life.as_person(who).gateway.apply(place, [{"addProtectedRange": {"protectedRange": guarded}}])

    return act


def of_file(name: str, value: str) -> Callable:
    change = {"properties": {name: value}, "fields": name}
    return batch({"updateSpreadsheetProperties": change})


def of_tab(book: str, tab: str, **properties: Any) -> Callable:
    change = {"sheetId": sheet_id(book, tab), **properties}
    return batch({"updateSheetProperties": {"properties": change, "fields": ",".join(properties)}})


def tab_added(title: str) -> Callable:
    return batch({"addSheet": {"properties": {"title": title}}})


def tab_deleted(book: str, tab: str) -> Callable:
    return batch({"deleteSheet": {"sheetId": sheet_id(book, tab)}})


def in_turn(*acts: Callable) -> Callable:
    def act(life, who, place):
        for each in acts:
            each(life, who, place)

    return act
