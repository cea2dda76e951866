"""Drive's refusals, worded as Google words them.

Source: the guide 'Resolve errors', and answers quoted in public trackers.
"""

from sheets_emulator.errors import ApiError, drive_error


def file_not_found(file_id: str) -> ApiError:
    """404: there is no such file, or the caller may not know of it."""
    return drive_error(
        404, "notFound", f"File not found: {file_id}.", location=("parameter", "fileId")
    )  # fmt: skip


def permission_not_found(permission_id: str) -> ApiError:
    """404 for a grant."""
    return drive_error(
        404, "notFound", f"Permission not found: {permission_id}.", location=("parameter", "permissionId")
    )


def drive_not_found(drive_id: str) -> ApiError:
    """404 for a shared drive."""
    return drive_error(
        404, "notFound", f"Shared drive not found: {drive_id}", location=("parameter", "driveId")
    )  # fmt: skip


def insufficient() -> ApiError:
    """403: the caller sees the file but may not do this."""
    return drive_error(
        403, "insufficientFilePermissions", "The user does not have sufficient permissions for this file."
    )


def storage_exceeded() -> ApiError:
    """403: the account owns no storage, as service accounts do not."""
    return drive_error(
        403,
        "storageQuotaExceeded",
        "The user's Drive storage quota has been exceeded.",
        domain="usageLimits",
    )


def not_writable() -> ApiError:
    """403: the body sets a field that only Google sets."""
    return drive_error(
        403, "fieldNotWritable", "The resource body includes fields which are not directly writable."
    )


def invalid_body(name: str, message: str = "Invalid Value") -> ApiError:
    """400 for a field of the body."""
    return drive_error(400, "invalid", message, location=("other", name))


def only_one_parent() -> ApiError:
    """403: a file lies in one folder."""
    return drive_error(403, "cannotAddParent", "Increasing the number of parents is not allowed")
