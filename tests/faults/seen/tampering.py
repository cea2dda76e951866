"""The table of devices of tampering: kind × file × who, and how each must be named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from operations.world.local import WORKER_EMAIL
from sheets_sync.ports import JSON_TYPE
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import ACCOUNTANT, HEAD, OWNER, STRANGER
from tests.faults.seen.acts import (
    BOSS,
    MANAGER,
    copied_beside,
    deleted,
    editors,
    expiring,
    in_archive,
    in_turn,
    laid_into,
    lifted,
    locked_tab,
    moved_into,
    of_file,
    of_tab,
    patched,
    revoked,
    role_changed,
    shared_with,
    tab_added,
    tab_deleted,
    unlocked_and,
    widened,
)


@dataclass(frozen=True)
class Device:
    """One way to tamper. `named` is the code; `says` stands in what is shown; `mends` False = a person has to."""

    kind: str
    file: str
    who: str
    act: Callable
    named: str
    says: str = ""
    mends: bool = True

    def __str__(self) -> str:
        return f"{self.kind}-{self.file}-{self.who.split('@')[0]}-{self.named}-{self.says}"


SCOREBOARD = ("workbook", "scoreboard")
DEVICES = (
    # who may open what: shared beyond the roles
    Device("access", "payroll", BOSS, shared_with("user", "reader", MANAGER), "access_extra", MANAGER),
    Device("access", "payroll", BOSS, shared_with("user", "writer", MANAGER), "access_extra", "writer"),
    Device("access", "payroll", BOSS, shared_with("anyone", "reader"), "access_extra", "anyone"),
    Device("access", "payroll", BOSS, shared_with("anyone", "writer"), "access_extra", "anyone: writer"),
    Device("access", "payroll", BOSS, shared_with("domain", "reader", "bereke.kz"), "access_extra", "bereke.kz"),
    Device("access", "payroll", BOSS, shared_with("group", "reader", "all@bereke.kz"), "access_extra", "all@"),
    Device("access", "payroll", BOSS, shared_with("user", "commenter", STRANGER), "access_extra", STRANGER),
    Device("access", "record", BOSS, shared_with("user", "reader", MANAGER), "access_extra", MANAGER),
    Device("access", "record", BOSS, shared_with("anyone", "reader"), "access_extra", "anyone"),
    Device("access", "archive", BOSS, shared_with("anyone", "reader"), "access_extra", "anyone"),
    Device("access", "archive", BOSS, shared_with("user", "reader", STRANGER), "access_extra", STRANGER),
    Device("access", "workbook", BOSS, shared_with("anyone", "writer"), "access_extra", "anyone: writer"),
    Device("access", "workbook", BOSS, shared_with("user", "reader", ACCOUNTANT), "access_extra", ACCOUNTANT),
    Device("access", "workbook", BOSS, shared_with("domain", "writer", "bereke.kz"), "access_extra", "bereke.kz"),
    Device("access", "records folder", BOSS, shared_with("user", "reader", MANAGER), "access_extra", MANAGER),
    Device("access", "archive folder", BOSS, shared_with("user", "writer", STRANGER), "access_extra", STRANGER),
    Device("access", "home", BOSS, shared_with("user", "reader", MANAGER), "access_extra", MANAGER),
    Device("access", "home", BOSS, shared_with("anyone", "reader"), "access_extra", "anyone"),
    # roles changed, and people shut out
    Device("access", "workbook", BOSS, role_changed(OWNER, "writer"), "access_role", f"{OWNER}: writer"),
    Device("access", "workbook", BOSS, role_changed(HEAD, "reader"), "access_role", f"{HEAD}: reader"),
    Device("access", "workbook", BOSS, role_changed(MANAGER, "commenter"), "access_role", "commenter"),
    Device("access", "payroll", BOSS, role_changed(ACCOUNTANT, "writer"), "access_role", "writer"),
    Device("access", "payroll", BOSS, role_changed(OWNER, "reader"), "access_role", f"{OWNER}: reader"),
    Device("access", "archive", BOSS, role_changed(HEAD, "writer"), "access_role", f"{HEAD}: writer"),
    Device("access", "record", BOSS, shared_with("user", "writer", ACCOUNTANT), "access_role", "writer"),
    Device("access", "workbook", BOSS, revoked(MANAGER), "access_missing", MANAGER),
    Device("access", "workbook", MANAGER, revoked(MANAGER), "access_missing", MANAGER),
    Device("access", "workbook", BOSS, revoked(WORKER_EMAIL), "access_missing", WORKER_EMAIL),
    Device("access", "payroll", BOSS, revoked(OWNER), "access_missing", OWNER),
    Device("access", "payroll", ACCOUNTANT, revoked(ACCOUNTANT), "access_missing", ACCOUNTANT),
    Device("access", "records folder", BOSS, revoked(ACCOUNTANT), "access_missing", ACCOUNTANT),
    Device("access", "archive folder", BOSS, revoked(HEAD), "access_missing", HEAD),
    Device("access", "payroll", BOSS, expiring(ACCOUNTANT), "access_expires", ACCOUNTANT),
    # what editors and readers may do with the file as a whole
    Device("access", "workbook", BOSS, patched(writersCanShare=True), "resharing_allowed"),
    Device("access", "payroll", BOSS, patched(writersCanShare=True), "resharing_allowed"),
    Device("access", "archive", BOSS, patched(writersCanShare=True), "resharing_allowed"),
    Device("access", "records folder", BOSS, patched(writersCanShare=True), "resharing_allowed"),
    Device("access", "archive", BOSS, patched(copyRequiresWriterPermission=False), "copying_allowed"),
    Device("access", "payroll", BOSS, patched(copyRequiresWriterPermission=True), "copying_forbidden"),
    Device("access", "archive", BOSS, patched(contentRestrictions=[{"readOnly": False}]), "archive_unlocked"),
    Device(
        "access", "archive", BOSS,
        in_turn(
            patched(contentRestrictions=[{"readOnly": False}]),
            patched(contentRestrictions=[{"readOnly": True, "ownerRestricted": False, "reason": "Закрыт"}]),
        ),
        "lock_changed", "Закрыт",
    ),
    Device("access", "workbook", HEAD, patched(contentRestrictions=[{"readOnly": True, "reason": "Аудит"}]), "locked", "Аудит"),
    Device("access", "payroll", OWNER, patched(contentRestrictions=[{"readOnly": True}]), "locked"),
    # who may edit what on a tab
    Device("access", "workbook", BOSS, lifted(*SCOREBOARD), "protection_gone", "Табло"),
    Device("access", "workbook", WORKER_EMAIL, lifted("workbook", "plan"), "protection_gone", "План"),
    Device("access", "workbook", HEAD, lifted("workbook", "rules"), "protection_gone", "Правила"),
    Device("access", "workbook", HEAD, widened("workbook", "plan", editors(HEAD, MANAGER), "editors"), "protection_changed", MANAGER),
    Device("access", "workbook", BOSS, widened(*SCOREBOARD, editors(MANAGER), "editors"), "protection_changed", MANAGER),
    Device("access", "workbook", BOSS, widened(*SCOREBOARD, {"warningOnly": True}, "warningOnly,editors"), "protection_changed", "*"),
    Device(
        "access", "workbook", BOSS,
        widened(*SCOREBOARD, {"unprotectedRanges": [{"sheetId": sheet_id(*SCOREBOARD), "startRowIndex": 4, "endRowIndex": 9}]}, "unprotectedRanges"),
        "protection_changed", "A5:9",
    ),
    Device("access", "payroll", BOSS, lifted("payroll", "2026-09"), "protection_gone", "2026-09"),
    Device("access", "payroll", BOSS, widened("payroll", "2026-09", editors(HEAD), "editors"), "protection_changed", HEAD),
    Device("access", "payroll", BOSS, widened("payroll", "salaries", editors(HEAD, OWNER), "editors"), "protection_changed", "Оклады"),
    Device("access", "workbook", MANAGER, locked_tab("workbook", "deals"), "protection_added", MANAGER),
    Device("access", "workbook", MANAGER, locked_tab("workbook", "deals", startColumnIndex=7, endColumnIndex=8), "protection_added", "H:H"),
    Device("access", "workbook", HEAD, locked_tab("workbook", "objections"), "protection_added", HEAD),
    Device("access", "payroll", HEAD, locked_tab("payroll", "months"), "protection_added", HEAD),
    Device("access", "archive", BOSS, in_archive(lambda s: {"deleteProtectedRange": {"protectedRangeId": s["protectedRanges"][0]["protectedRangeId"]}}), "protection_gone", "Табло"),
    # where it lies and what it is called
    Device("place", "payroll", BOSS, patched(trashed=True), "in_bin"),
    Device("place", "workbook", BOSS, patched(trashed=True), "in_bin"),
    Device("place", "archive", BOSS, patched(trashed=True), "in_bin"),
    Device("place", "record", BOSS, patched(trashed=True), "in_bin"),
    Device("place", "records folder", BOSS, patched(trashed=True), "in_bin"),
    Device("place", "home", BOSS, patched(trashed=True), "in_bin"),
    Device("place", "record", BOSS, moved_into("archive folder"), "moved", "Архив"),
    Device("place", "payroll", BOSS, moved_into("archive folder"), "moved", "Архив"),
    Device("place", "archive", BOSS, moved_into(""), "moved"),
    Device("place", "workbook", BOSS, moved_into(""), "moved"),
    Device("place", "records folder", BOSS, moved_into("archive folder"), "moved"),
    Device("place", "workbook", HEAD, patched(name="Новая таблица"), "name_changed", "Новая таблица"),
    Device("place", "payroll", HEAD, patched(name="Ведомость"), "name_changed", "Ведомость"),
    Device("place", "archive", BOSS, unlocked_and(name="2026-09 KPI"), "name_changed", "2026-09 KPI"),
    Device("place", "record", BOSS, patched(name="печать.json"), "name_changed", "печать.json"),
    Device("place", "archive folder", BOSS, patched(name="Старый архив"), "name_changed", "Старый архив"),
    Device("place", "home", BOSS, patched(name="Разное"), "name_changed", "Разное"),
    Device("place", "archive", BOSS, copied_beside(), "double", mends=False),
    Device("place", "payroll", BOSS, copied_beside("Ведомость (копия)"), "double", mends=False),
    Device("place", "archive folder", BOSS, laid_into("Премии.json", JSON_TYPE), "stranger_in_folder", mends=False),
    Device("place", "archive folder", BOSS, laid_into("2026-09 KPI — Береке"), "double", mends=False),
    Device("place", "records folder", BOSS, deleted, "file_gone", mends=False),
    Device("place", "workbook", BOSS, tab_deleted(*SCOREBOARD), "tab_gone", "Табло"),
    Device("place", "workbook", WORKER_EMAIL, tab_deleted("workbook", "analysis"), "tab_gone", "Разбор"),
    Device("place", "workbook", BOSS, of_tab(*SCOREBOARD, title="Старое табло"), "tab_renamed", "Старое табло"),
    Device("place", "workbook", BOSS, of_tab("workbook", "guide", title="Справка"), "tab_renamed", "Справка"),
    # what looks otherwise than it was made
    Device("presentation", "workbook", MANAGER, of_file("locale", "en_US"), "locale_changed", "en_US"),
    Device("presentation", "payroll", HEAD, of_file("locale", "de_DE"), "locale_changed", "de_DE"),
    Device("presentation", "workbook", MANAGER, of_file("timeZone", "America/Los_Angeles"), "time_zone_changed", "America"),
    Device("presentation", "payroll", HEAD, of_file("timeZone", "Europe/Berlin"), "time_zone_changed", "Berlin"),
    Device("presentation", "workbook", MANAGER, of_tab("workbook", "deals", hidden=True), "tab_hidden", "Сделки"),
    Device("presentation", "workbook", BOSS, of_tab(*SCOREBOARD, hidden=True), "tab_hidden", "Табло"),
    Device("presentation", "payroll", BOSS, of_tab("payroll", "2026-09", hidden=True), "tab_hidden", "2026-09"),
    Device("presentation", "archive", BOSS, in_archive(lambda s: {"updateSheetProperties": {"properties": {"sheetId": s["properties"]["sheetId"], "hidden": True}, "fields": "hidden"}}), "tab_hidden", "Табло"),
    Device("presentation", "workbook", MANAGER, tab_added("Табло "), "tab_looks_alike", "Табло", mends=False),
    Device("presentation", "workbook", MANAGER, tab_added("Taбло"), "tab_looks_alike", "Taбло", mends=False),
    Device("presentation", "payroll", HEAD, tab_added("2026-09."), "tab_looks_alike", "2026-09.", mends=False),
)  # fmt: skip
