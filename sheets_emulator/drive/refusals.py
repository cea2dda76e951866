"""Drive's refusals, worded as Google words them.

Source: the guide 'Resolve errors', and answers quoted in public trackers.
"""

from sheets_emulator.wire.errors import ApiError, drive_error


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


def comment_not_found(what: str, wanted: str, parameter: str) -> ApiError:
    """404 for a comment, a reply or a revision."""
    return drive_error(404, "notFound", f"{what} not found: {wanted}.", location=("parameter", parameter))


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


def too_little_scope(method_id: str | None, known: list[str]) -> ApiError:
    """403: the token is good, but not for this method (`drive.files.list`), which takes the scopes known."""
    error = drive_error(403, "insufficientPermissions", "Insufficient Permission")
    error.message, error.status = "Request had insufficient authentication scopes.", "PERMISSION_DENIED"
    metadata = {"service": "drive.googleapis.com"}
    if method_id is not None:
        _, resource, verb = method_id.rsplit(".", 2)
        metadata["method"] = f"google.apps.drive.v3.Drive{resource.capitalize()}.{verb[0].upper()}{verb[1:]}"
    error.details = [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com",
            "metadata": metadata,
        }
    ]
    scopes = " ".join(f"https://www.googleapis.com/auth/{scope}" for scope in known)
    error.headers = {
        "WWW-Authenticate": f'Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="{scopes}"'
    }
    return error


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
