"""comments.* and revisions.list, as far as a client without a browser can tell.

Comments are kept in the file's record. A spreadsheet has one revision, its present state.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from sheets_emulator.drive.call import Call, bad_parameter, page
from sheets_emulator.drive.places import find, need, save
from sheets_emulator.drive.refusals import invalid_body
from sheets_emulator.drive.resources import rfc3339, user_json

if TYPE_CHECKING:
    from sheets_emulator.records import FileRecord

Json = dict[str, Any]


def list_comments(call: Call) -> Json:
    """comments.list; `fields` is required, as Google requires it."""
    _need_fields(call)
    file = find(call, call.path["file_id"], any_drive=True)
    known = [c for c in _comments(file) if not c["deleted"] or call.flag("includeDeleted")]
    items, following = page(call, known, 20, 100)
    found: Json = {"kind": "drive#commentList"}
    if following is not None:
        found["nextPageToken"] = following
    return found | {"comments": [_json(call, comment) for comment in items]}


def create(call: Call) -> Json:
    """comments.create: text with an optional anchor, by a commenter or above on an unlocked file."""
    _need_fields(call)
    file = find(call, call.path["file_id"], any_drive=True)
    need(call, file, "can_comment")
    content, anchor = call.body.get("content"), call.body.get("anchor")
    if not isinstance(content, str) or not content:
        raise invalid_body("comment.content")
    if anchor is not None and not isinstance(anchor, str):
        raise invalid_body("comment.anchor")
    comment = {
        "id": call.engine.new_id("comment"),
        "content": content,
        "anchor": anchor,
        "author": call.caller.email,
        "at": rfc3339(call.now),
        "deleted": False,
    }
    file.extra["comments"] = [*_comments(file), comment]
    save(call, file, touch=False)
    return _json(call, comment)


def list_revisions(call: Call) -> Json:
    """revisions.list: the present state, for those who may edit."""
    file = find(call, call.path["file_id"], any_drive=True)
    need(call, file, "can_read_revisions")
    revision: Json = {
        "kind": "drive#revision",
        "id": str(file.version),
        "mimeType": file.mime_type,
        "modifiedTime": rfc3339(file.modified_at),
    }
    if file.last_modifying_user:
        revision["lastModifyingUser"] = user_json(call, file.last_modifying_user)
    return {"kind": "drive#revisionList", "revisions": [revision]}


def _comments(file: FileRecord) -> list[Json]:
    return list(file.extra.get("comments", []))


def _need_fields(call: Call) -> None:
    if not call.query.get("fields"):
        raise bad_parameter("fields", "The 'fields' parameter is required for this method.", "required")


def _json(call: Call, comment: Json) -> Json:
    entry = {
        "kind": "drive#comment",
        "id": comment["id"],
        "createdTime": comment["at"],
        "modifiedTime": comment["at"],
        "author": user_json(call, comment["author"]),
        "deleted": comment["deleted"],
        "resolved": False,
        "htmlContent": escape(comment["content"]),
        "content": comment["content"],
        "replies": [],
    }
    return entry | ({"anchor": comment["anchor"]} if comment["anchor"] is not None else {})
