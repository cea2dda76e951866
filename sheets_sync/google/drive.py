"""Google Drive, as much as the product needs: create, copy, find again, share, lock, export."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from kpi_rules.words.said import Said, said
from sheets_sync.google.answers import Fields, Maybe, content_of, nothing_of, object_of
from sheets_sync.google.gateway import Gateway
from sheets_sync.ports import JSON_TYPE, XLSX_TYPE, File, Sought

FILES_URL = "https://www.googleapis.com/drive/v3/files"
ABOUT_URL = "https://www.googleapis.com/drive/v3/about"
UPLOAD_URL = "https://www.googleapis.com/upload/drive/v3/files"
_FIELDS = (
    "id,name,mimeType,createdTime,modifiedTime,trashed,parents,driveId,appProperties,properties,writersCanShare,"
    "copyRequiresWriterPermission,contentRestrictions(readOnly,reason,ownerRestricted)"
)
_PERMISSION_FIELDS = "id,type,role,emailAddress,domain,deleted,permissionDetails,expirationTime,pendingOwner"
_FILE: Fields = {
    "id": str,
    "name": Maybe(str),
    "mimeType": Maybe(str),
    "createdTime": Maybe(str),
    "modifiedTime": Maybe(str),
    "parents": Maybe([str]),
    "driveId": Maybe(str),
    "appProperties": Maybe({}),
    "properties": Maybe({}),
    "contentRestrictions": Maybe([{}]),
}
_PAGE_TOKEN = Maybe(str)
_file_of = partial(object_of, fields=_FILE)
_files_of = partial(object_of, fields={"files": [_FILE], "nextPageToken": _PAGE_TOKEN})
_list_of = partial(
    object_of, fields={"permissions": [{"id": str, "type": str, "role": str}], "nextPageToken": _PAGE_TOKEN}
)
_user_of = partial(object_of, fields={"user": {"emailAddress": str}})
_checksum_of = partial(object_of, fields={"md5Checksum": str})
_BOUNDARY = "tablo-5f0c2f6e"


class Drive:
    """Drive calls of one account; every call carries `supportsAllDrives`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def guarded(self, check: Callable[[str], None]) -> Drive:
        """Give the same drive, with a check before each request, repeats included."""
        return Drive(self._gateway.guarded(check))

    def create(
        self, name: str, mime_type: str, parents: Sequence[str] = (), marks: Mapping[str, str] | None = None
    ) -> File:
        """Create an empty file or folder. Not repeated when unsure: look for it by its marks first."""
        body = _body(name=name, mimeType=mime_type, parents=list(parents), properties=dict(marks or {}))
        return self._write("post", FILES_URL, said("doing.create", name=name), body, repeatable=False)

    def upload_json(
        self, name: str, content: bytes, parents: Sequence[str], marks: Mapping[str, str]
    ) -> File:
        """Create a JSON file with its content. Not repeated when unsure: look for it by its marks first."""
        body = _body(name=name, mimeType=JSON_TYPE, parents=list(parents), properties=dict(marks))
        parts = [
            f"--{_BOUNDARY}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode(),
            json.dumps(body, ensure_ascii=False).encode(),
            f"\r\n--{_BOUNDARY}\r\nContent-Type: {JSON_TYPE}\r\n\r\n".encode(),
            content,
            f"\r\n--{_BOUNDARY}--\r\n".encode(),
        ]
        answer = self._gateway.send(
            "post",
            UPLOAD_URL,
            said("doing.save", name=name),
            _file_of,
            repeatable=False,
            params={"uploadType": "multipart", "supportsAllDrives": "true", "fields": _FIELDS},
            data=b"".join(parts),
            headers={"Content-Type": f"multipart/related; boundary={_BOUNDARY}"},
        )
        return _file(answer)

    def copy(self, file_id: str, name: str, parents: Sequence[str], marks: Mapping[str, str]) -> File:
        """Copy a file. Not repeated when unsure: look for it by its marks first."""
        body = _body(name=name, parents=list(parents), properties=dict(marks))
        return self._write(
            "post", f"{FILES_URL}/{file_id}/copy", said("doing.copy", name=name), body, repeatable=False
        )

    def file(self, file_id: str) -> File:
        """Get one file. ClientUnavailableError when it is gone or closed to us."""
        params = {"fields": _FIELDS, "supportsAllDrives": "true"}
        answer = self._gateway.send(
            "get", f"{FILES_URL}/{file_id}", said("doing.find_file"), _file_of, params=params
        )
        return _file(answer)

    def find(self, *sought: Sought) -> list[File]:
        """Find the files for which any of `sought` holds, oldest first. Drive's search lags behind its writes."""
        files: list[File] = []
        params = {
            "q": " or ".join(f"({_terms(each)})" for each in sought),
            "fields": f"nextPageToken,files({_FIELDS})",
            "pageSize": "1000",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
            "corpora": "allDrives",
        }
        while True:
            answer = self._gateway.send(
                "get", FILES_URL, said("doing.search_files"), _files_of, params=params
            )
            files += [_file(item) for item in answer["files"]]
            if not answer.get("nextPageToken"):
                return sorted(files, key=lambda file: (file.created_at, file.id))
            params["pageToken"] = answer["nextPageToken"]

    def update(self, file_id: str, **changes: Any) -> File:
        """Change a file's properties, in Drive's own words (`name`, `trashed`, `writersCanShare`, …)."""
        return self._write("patch", f"{FILES_URL}/{file_id}", said("doing.change_file"), changes)

    def move(self, file_id: str, to: str, away: Sequence[str]) -> File:
        """Lay a file into a folder, out of those that it lies in."""
        params = {"addParents": to, "removeParents": ",".join(away)}
        return self._write("patch", f"{FILES_URL}/{file_id}", said("doing.change_file"), {}, params=params)

    def trash(self, file_id: str) -> None:
        """Put a file into the bin."""
        self.update(file_id, trashed=True)

    def my_email(self) -> str:
        """Tell as whom we work."""
        params = {"fields": "user(emailAddress)"}
        answer = self._gateway.send("get", ABOUT_URL, said("doing.ask_account"), _user_of, params=params)
        return str(answer["user"]["emailAddress"])

    def permissions(self, file_id: str) -> list[dict[str, Any]]:
        """List who may what with a file, as Drive's permission resources."""
        granted: list[dict[str, Any]] = []
        params = {
            "fields": f"nextPageToken,permissions({_PERMISSION_FIELDS})",
            "pageSize": "100",
            "supportsAllDrives": "true",
        }
        while True:
            url = f"{FILES_URL}/{file_id}/permissions"
            answer = self._gateway.send("get", url, said("doing.list_readers"), _list_of, params=params)
            granted += answer["permissions"]
            if not answer.get("nextPageToken"):
                return granted
            params["pageToken"] = answer["nextPageToken"]

    def grant(self, file_id: str, email: str, role: str) -> None:
        """Open a file to a named account, without a letter from Google. Twice is as good as once."""
        self._gateway.send(
            "post",
            f"{FILES_URL}/{file_id}/permissions",
            said("doing.open_file"),
            _file_of,
            params={"supportsAllDrives": "true", "sendNotificationEmail": "false", "fields": "id"},
            json={"type": "user", "role": role, "emailAddress": email},
        )

    def grant_with_letter(self, file_id: str, email: str, role: str, message: str) -> None:
        """Open a file to a named account, with Google's own letter that brings a message along.

        Sent once: without an answer nobody knows whether the letter went (RetryableError, `carried_out` None).
        """
        self._gateway.send(
            "post",
            f"{FILES_URL}/{file_id}/permissions",
            said("doing.send_letter"),
            _file_of,
            repeatable=False,
            params={
                "supportsAllDrives": "true",
                "sendNotificationEmail": "true",
                "emailMessage": message,
                "fields": "id",
            },
            json={"type": "user", "role": role, "emailAddress": email},
        )

    def change_role(self, file_id: str, permission_id: str, role: str) -> None:
        """Give an account another role on a file."""
        self._gateway.send(
            "patch",
            f"{FILES_URL}/{file_id}/permissions/{permission_id}",
            said("doing.change_access"),
            _file_of,
            params={"supportsAllDrives": "true", "fields": "id"},
            json={"role": role},
        )

    def revoke(self, file_id: str, permission_id: str) -> None:
        """Take a permission away."""
        self._gateway.send(
            "delete",
            f"{FILES_URL}/{file_id}/permissions/{permission_id}",
            said("doing.close_file"),
            nothing_of,
            params={"supportsAllDrives": "true"},
        )

    def export(self, file_id: str, mime_type: str = XLSX_TYPE) -> bytes:
        """Get a spreadsheet as XLSX, or in another type (at most 10 MB, says Google)."""
        url = f"{FILES_URL}/{file_id}/export"
        content = partial(content_of, content_type=mime_type)
        return self._gateway.send(
            "get", url, said("doing.export_file"), content, params={"mimeType": mime_type}
        )

    def download(self, file_id: str, mime_type: str = JSON_TYPE) -> bytes:
        """Get the content of a plain file of that type, whole, as the checksum tells that Drive keeps of it.

        Without that, `{}` in the place of a sealed record would look like tampering.
        """
        url, doing = f"{FILES_URL}/{file_id}", said("doing.download_file")
        told = self._gateway.send(
            "get", url, doing, _checksum_of, params={"fields": "md5Checksum", "supportsAllDrives": "true"}
        )
        content = partial(content_of, content_type=mime_type, md5_checksum=told["md5Checksum"])
        params = {"alt": "media", "supportsAllDrives": "true"}
        return self._gateway.send("get", url, doing, content, params=params)

    def _write(
        self,
        method: str,
        url: str,
        doing: Said,
        body: Mapping[str, Any],
        *,
        repeatable: bool = True,
        params: Mapping[str, str] = MappingProxyType({}),
    ) -> File:
        asked = {"supportsAllDrives": "true", "fields": _FIELDS, **params}
        answer = self._gateway.send(
            method, url, doing, _file_of, repeatable=repeatable, params=asked, json=body
        )
        return _file(answer)


def _body(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


def _terms(sought: Sought) -> str:
    """Write what is sought in Drive's search language."""
    terms = [
        f"{kind} has {{ key='{_quoted(key)}' and value='{_quoted(value)}' }}"
        for kind, marks in (("properties", sought.marks), ("appProperties", sought.app_marks))
        for key, value in marks.items()
    ]
    place = [f"'{_quoted(sought.parent)}' in parents"] if sought.parent else []
    return " and ".join([*terms, *place, f"trashed = {'true' if sought.trashed else 'false'}"])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _file(item: Mapping[str, Any]) -> File:
    return File(
        id=item["id"],
        name=item.get("name") or "",
        mime_type=item.get("mimeType") or "",
        created_at=item.get("createdTime") or "",
        modified_at=item.get("modifiedTime") or "",
        trashed=bool(item.get("trashed", False)),
        parents=tuple(item.get("parents") or ()),
        app_properties=dict(item.get("appProperties") or {}),
        properties=dict(item.get("properties") or {}),
        writers_can_share=bool(item.get("writersCanShare", True)),
        copy_requires_writer=bool(item.get("copyRequiresWriterPermission", False)),
        lock_reason=next((rule.get("reason") or "" for rule in item.get("contentRestrictions") or ()), ""),
        in_shared_drive=bool(item.get("driveId")),
        lock_of_owner=any(rule.get("ownerRestricted") for rule in item.get("contentRestrictions") or ()),
        read_only=any(rule.get("readOnly") for rule in item.get("contentRestrictions") or ()),
    )
