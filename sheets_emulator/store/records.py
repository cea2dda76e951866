"""What the store keeps beside the contents of spreadsheets: files, permissions, shared drives, accounts.

Records are plain dataclasses that turn into JSON and back; the API's own shapes are made elsewhere.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

SPREADSHEET_MIME = "application/vnd.google-apps.spreadsheet"
FOLDER_MIME = "application/vnd.google-apps.folder"


class _Record:
    """JSON form of a dataclass; fields named in `moments` are aware UTC datetimes."""

    moments: ClassVar[tuple[str, ...]] = ()

    def as_json(self) -> dict[str, Any]:
        """The record as JSON values; moments in ISO 8601."""
        data = dataclasses.asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        for name in self.moments:
            if data[name] is not None:
                data[name] = data[name].isoformat()
        return dict(data)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The record that `as_json` described."""
        data = dict(data)
        for name in cls.moments:
            if data.get(name) is not None:
                data[name] = datetime.fromisoformat(data[name])
        return cls(**data)


@dataclass
class FileRecord(_Record):
    """A file or folder of Drive: either `owner_email` is set, or `drive_id` (in a shared drive)."""

    moments: ClassVar[tuple[str, ...]] = ("created_at", "modified_at")

    id: str
    name: str
    mime_type: str
    created_at: datetime
    modified_at: datetime
    owner_email: str | None = None
    drive_id: str | None = None
    parents: list[str] = field(default_factory=list)
    trashed: bool = False
    description: str = ""
    app_properties: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    writers_can_share: bool = True
    copy_requires_writer_permission: bool = False
    content_restrictions: list[dict[str, Any]] = field(default_factory=list)
    last_modifying_user: str = ""
    version: int = 1
    extra: dict[str, Any] = field(default_factory=dict)

    def traits(self) -> set[tuple[str, str]]:
        """What the file is looked up by, as (kind, value).

        Kinds: `name` (case folded), `owner`, `drive`, `parent`, `property` and `appProperty`.
        """
        told = {("name", self.name.casefold())}
        if self.owner_email is not None:
            told.add(("owner", self.owner_email.lower()))
        if self.drive_id is not None:
            told.add(("drive", self.drive_id))
        told |= {("parent", one) for one in self.parents}
        told |= {("property", mark(name, value)) for name, value in self.properties.items()}
        for email, marks in self.extra.get("appPropertiesOf", {}).items():
            told |= {("appProperty", mark(email, name, value)) for name, value in marks.items()}
        return told


def mark(*parts: str) -> str:
    """Several texts as one, which no others give."""
    return json.dumps(parts, ensure_ascii=False)


@dataclass
class PermissionRecord(_Record):
    """A grant of a role on a file or shared drive (`file_id` may be a drive's id)."""

    id: str
    file_id: str
    type: str
    role: str
    email: str | None = None
    domain: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def ended(self, now: datetime) -> bool:
        """Whether the grant was for a time that is over."""
        ends = self.extra.get("expirationTime")
        return ends is not None and datetime.fromisoformat(ends) <= now


@dataclass
class DriveRecord(_Record):
    """A shared drive; its members are the permissions on its id."""

    moments: ClassVar[tuple[str, ...]] = ("created_at",)

    id: str
    name: str
    created_at: datetime
    restrictions: dict[str, bool] = field(default_factory=dict)
    hidden: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass
class AccountRecord(_Record):
    """Somebody who can sign in: a person (`user`) or a service account (`service`).

    `secrets` holds what proves it: a service account's key pair (`private_key`, `public_key` in PEM,
    `private_key_id`), a person's `refresh_token`, `client_id` and `client_secret`.
    """

    email: str
    display_name: str
    kind: str
    permission_id: str
    secrets: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ChangeRecord:
    """One entry of Drive's list of changes; `number` grows with every change in the store."""

    number: int
    file_id: str
    kind: str
    at: datetime
