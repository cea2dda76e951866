"""comments.*, replies.* and revisions.list and get, as far as a client without a browser can tell.

Comments are kept in the file's record, replies in their comment. A text is its author's to change; its author
and whoever may delete the file take it away. A reply may resolve or reopen. A spreadsheet has one revision.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from sheets_emulator.access.permissions import rights_of
from sheets_emulator.drive.call import Call, bad_parameter, page
from sheets_emulator.drive.places import find, need, save
from sheets_emulator.drive.refusals import comment_not_found, insufficient, invalid_body
from sheets_emulator.drive.resources import rfc3339, user_json

if TYPE_CHECKING:
    from sheets_emulator.store.records import FileRecord

Json = dict[str, Any]
_ACTIONS = ("resolve", "reopen")
_MOST_PER_PAGE = 100


def list_comments(call: Call) -> Json:
    """comments.list, the last changed first; `fields` is required, as Google requires it."""
    _need_fields(call)
    file = find(call, call.path["file_id"], any_drive=True)
    known = [one for one in _comments(file) if _is_wanted(call, one)]
    known.sort(key=lambda one: str(one["changed"]), reverse=True)
    return _listed(call, known, "comment", "comments")


def list_replies(call: Call) -> Json:
    """replies.list, oldest first."""
    _need_fields(call)
    _, comment = _at(call)
    known = [one for one in comment["replies"] if _is_wanted(call, one)]
    return _listed(call, known, "reply", "replies")


def create(call: Call) -> Json:
    """comments.create: text with an optional anchor, by a commenter or above on an unlocked file."""
    _need_fields(call)
    file = find(call, call.path["file_id"], any_drive=True)
    need(call, file, "can_comment")
    anchor, quoted = call.body.get("anchor"), call.body.get("quotedFileContent")
    if anchor is not None and not isinstance(anchor, str):
        raise invalid_body("comment.anchor")
    if quoted is not None and not (
        isinstance(quoted, dict) and all(isinstance(v, str) for v in quoted.values())
    ):
        raise invalid_body("comment.quotedFileContent")
    comment = _text_of(call, "comment") | {
        "anchor": anchor,
        "quoted": quoted,
        "resolved": False,
        "replies": [],
    }
    file.extra["comments"] = [*_comments(file), comment]
    save(call, file, touch=False)
    return _json(call, comment)


def create_reply(call: Call) -> Json:
    """replies.create: a text, or an action with or without one."""
    _need_fields(call)
    file, comment = _at(call)
    need(call, file, "can_comment")
    action = call.body.get("action")
    if action is not None and action not in _ACTIONS:
        raise invalid_body("reply.action")
    reply = _text_of(call, "reply", optional=action is not None) | {"action": action}
    comment["replies"].append(reply)
    if action is not None:
        comment["resolved"] = action == "resolve"
    comment["changed"] = reply["changed"]
    save(call, file, touch=False)
    return _json(call, reply)


def get(call: Call) -> Json:
    """comments.get and replies.get; what was deleted only with `includeDeleted`."""
    _need_fields(call)
    return _json(call, _one(call)[1])


def update(call: Call) -> Json:
    """comments.update and replies.update of the text, by its author."""
    _need_fields(call)
    file, one = _one(call)
    if one["author"].lower() != call.caller.email.lower():
        raise insufficient()
    need(call, file, "can_comment")
    one |= {
        name: value for name, value in _text_of(call, "comment").items() if name in ("content", "changed")
    }
    save(call, file, touch=False)
    return _json(call, one)


def delete(call: Call) -> None:
    """comments.delete and replies.delete: the text goes, its place stays."""
    file, one = _one(call)
    rights = rights_of(call.txn, file, call.caller)
    if one["author"].lower() != call.caller.email.lower() and not rights.can_delete:
        raise insufficient()
    one |= {"deleted": True, "content": "", "changed": rfc3339(call.now)}
    save(call, file, touch=False)


def list_revisions(call: Call) -> Json:
    """revisions.list: the present state, for those who may edit."""
    return {"kind": "drive#revisionList", "revisions": [_revision(call)]}


def get_revision(call: Call) -> Json:
    """revisions.get of the present state, by its number or as `head`."""
    revision = _revision(call)
    if call.path["revision_id"] not in (revision["id"], "head"):
        raise comment_not_found("Revision", call.path["revision_id"], "revisionId")
    return revision


def _revision(call: Call) -> Json:
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
    return revision


def _comments(file: FileRecord) -> list[Json]:
    comments: list[Json] = [  # one that an older program kept lacks the younger fields
        {"changed": one["at"], "quoted": None, "resolved": False, "replies": []} | one
        for one in file.extra.get("comments", [])
    ]
    file.extra["comments"] = comments
    return comments


def _at(call: Call) -> tuple[FileRecord, Json]:
    """The file and the comment of the path."""
    file = find(call, call.path["file_id"], any_drive=True)
    wanted = call.path["comment_id"]
    for one in _comments(file):
        if one["id"] == wanted and (not one["deleted"] or call.flag("includeDeleted")):
            return file, one
    raise comment_not_found("Comment", wanted, "commentId")


def _one(call: Call) -> tuple[FileRecord, Json]:
    """The file, and the reply of the path, or its comment where it names no reply."""
    file, comment = _at(call)
    wanted = call.path.get("reply_id")
    if wanted is None:
        return file, comment
    for one in comment["replies"]:
        if one["id"] == wanted and (not one["deleted"] or call.flag("includeDeleted")):
            return file, one
    raise comment_not_found("Reply", wanted, "replyId")


def _is_wanted(call: Call, one: Json) -> bool:
    return not one["deleted"] or call.flag("includeDeleted")


def _listed(call: Call, known: list[Json], kind: str, name: str) -> Json:
    items, following = page(call, known, 20, _MOST_PER_PAGE)
    listed: Json = {"kind": f"drive#{kind}List"}
    if following is not None:
        listed["nextPageToken"] = following
    return listed | {name: [_json(call, one) for one in items]}


def _text_of(call: Call, kind: str, *, optional: bool = False) -> Json:
    """A new comment or reply with the text of the body."""
    content = call.body.get("content", "" if optional else None)
    if not isinstance(content, str) or not (content or optional):
        raise invalid_body(f"{kind}.content")
    moment = rfc3339(call.now)
    written = {"id": call.engine.new_id("comment"), "content": content, "author": call.caller.email}
    return written | {"at": moment, "changed": moment, "deleted": False}


def _need_fields(call: Call) -> None:
    if not call.query.get("fields"):
        raise bad_parameter("fields", "The 'fields' parameter is required for this method.", "required")


def _json(call: Call, one: Json) -> Json:
    """A `drive#comment`, or a `drive#reply`, which has no replies."""
    is_comment = "replies" in one
    entry = {
        "kind": "drive#comment" if is_comment else "drive#reply",
        "id": one["id"],
        "createdTime": one["at"],
        "modifiedTime": one["changed"],
        "author": user_json(call, one["author"]),
        "deleted": one["deleted"],
    }
    if not one["deleted"]:
        entry |= {"htmlContent": escape(one["content"]), "content": one["content"]}
    if not is_comment:
        return entry | ({"action": one["action"]} if one.get("action") else {})
    entry["resolved"] = one["resolved"]
    entry["replies"] = [_json(call, reply) for reply in one["replies"] if _is_wanted(call, reply)]
    if one["anchor"] is not None:
        entry["anchor"] = one["anchor"]
    return entry | ({"quotedFileContent": one["quoted"]} if one["quoted"] else {})
