"""Errors in Google's two forms: that of Sheets (and most APIs), and that of Drive.

ApiError(400, "INVALID_ARGUMENT", "Unable to parse range: Foo!A1")
drive_error(403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded.", "usageLimits")
"""

from __future__ import annotations

from typing import Any

STATUS_OF_CODE = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNKNOWN",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
NO_PERMISSION = "The caller does not have permission"
NOT_FOUND = "Requested entity was not found."
PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)


class ApiError(Exception):
    """A refusal as Google words it; the app turns it into an answer.

    `code` is the HTTP status, `status` Google's canonical name, `details` the list of the Sheets form,
    `reasons` the `errors` list of the Drive form (None: an error of Sheets).
    """

    def __init__(
        self,
        code: int,
        status: str | None,
        message: str,
        details: list[dict[str, Any]] | None = None,
        *,
        reasons: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.status, self.message = code, status, message
        self.details, self.reasons, self.headers = details, reasons, headers or {}

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.reasons is not None:
            error["errors"] = self.reasons
        if self.status is not None:
            error["status"] = self.status
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(message: str) -> ApiError:
    """400 INVALID_ARGUMENT."""
    return ApiError(400, "INVALID_ARGUMENT", message)


def bad_fields(violations: list[tuple[str, str]]) -> ApiError:
    """400 for a malformed body: (field path, description) of everything wrong with it."""
    listed = [
        {"field": field, "description": text} if field else {"description": text}
        for field, text in violations
    ]
    return ApiError(
        400,
        "INVALID_ARGUMENT",
        "\n".join(text for _, text in violations),
        [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": listed}],
    )


def drive_error(
    code: int,
    reason: str,
    message: str,
    domain: str = "global",
    location: tuple[str, str] | None = None,
) -> ApiError:
    """An error of Drive; `location` is (type, name), such as ("parameter", "fileId")."""
    entry = {"message": message, "domain": domain, "reason": reason}
    if location is not None:
        entry |= {"location": location[1], "locationType": location[0]}
    return ApiError(code, None, message, reasons=[entry])
