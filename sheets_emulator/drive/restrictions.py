"""Content restrictions: who may lock a file's content, and who may unlock it.

A lock (`readOnly`) stops changes of content, title and comments, but neither sharing nor moving. One that is
`ownerRestricted` is set and lifted by the owner alone, in a shared drive by an organizer.
Source: guide 'Protect file content from modification'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sheets_emulator.wire.errors import ApiError, drive_error

if TYPE_CHECKING:
    from sheets_emulator.access.permissions import Rights

Json = dict[str, Any]
TYPE = "globalContentRestriction"
_KNOWN = {"readOnly", "reason", "ownerRestricted", "type", "restrictingUser", "restrictionTime"}


def changed(now: list[Json], wanted: Any, rights: Rights, by: str, at: str) -> list[Json]:
    """The restrictions after a request; `by` is the caller's address, `at` the moment in RFC 3339.

    Raises:
        ApiError: 400 for a malformed list, 403 where the caller may not set or lift this kind of lock.
    """
    asked = _checked(wanted)
    if asked is None:
        return now
    owner_matter = any(r.get("ownerRestricted") for r in [*now, asked])
    allowed = (
        rights.can_modify_owner_content_restriction if owner_matter else rights.can_modify_content_restriction
    )
    if not allowed:
        raise _refused()
    if not asked.get("readOnly"):
        return []
    lock = {"readOnly": True, "type": TYPE, "restrictingUser": by, "restrictionTime": at}
    if asked.get("reason"):
        lock["reason"] = asked["reason"]
    lock["ownerRestricted"] = bool(asked.get("ownerRestricted", False))
    return [lock]


def _checked(wanted: Any) -> Json | None:
    """The one restriction in the list; None for an empty list, which changes nothing."""
    if not isinstance(wanted, list) or not all(isinstance(entry, dict) for entry in wanted):
        raise _malformed("Invalid Value")
    if not wanted:
        return None
    if len(wanted) > 1:
        raise _malformed("Only one content restriction is allowed.")
    entry: Json = wanted[0]
    flags = [entry.get("readOnly", False), entry.get("ownerRestricted", False)]
    reason = entry.get("reason", "")
    if not all(isinstance(flag, bool) for flag in flags) or not isinstance(reason, str):
        raise _malformed("Invalid Value")
    if entry.get("type", TYPE) != TYPE or not set(entry) <= _KNOWN:
        raise _malformed("Invalid Value")
    if not flags[0] and reason:
        raise _malformed("A reason can only be set when readOnly is true.")
    return entry


def _malformed(message: str) -> ApiError:
    return drive_error(400, "invalid", message, location=("other", "file.contentRestrictions"))


def _refused() -> ApiError:
    return drive_error(
        403, "insufficientFilePermissions", "The user does not have sufficient permissions for this file."
    )
