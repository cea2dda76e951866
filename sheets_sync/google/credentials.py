"""Key files → credentials of google-auth: service accounts, and persons (authorised-user files)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kpi_rules.errors import RefusedError
from sheets_sync.google.gateway import SCOPES

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address, no secret


def load_credentials(path: Path) -> Any:
    """Read a key file as Google's console or `gcloud auth application-default login` wrote it.

    Raises:
        RefusedError: the file is neither a service account's key nor an authorised user's.
    """
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
        if info.get("type") == "service_account":
            from google.oauth2.service_account import Credentials as ServiceCredentials  # noqa: PLC0415  # one of two

            return ServiceCredentials.from_service_account_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]  # google-auth
        from google.oauth2.credentials import Credentials as UserCredentials  # noqa: PLC0415  # one of two

        # from_authorized_user_info ignores the file's token_uri, which may point at the local emulator
        return UserCredentials(  # type: ignore[no-untyped-call]  # google-auth
            None,
            refresh_token=info["refresh_token"],
            client_id=info["client_id"],
            client_secret=info["client_secret"],
            token_uri=info.get("token_uri") or GOOGLE_TOKEN_URI,
            scopes=SCOPES,
        )
    except (ValueError, KeyError, AttributeError, OSError):
        raise RefusedError("key_file_unusable", file=path.name) from None
