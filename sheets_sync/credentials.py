"""Key files → credentials of google-auth: service accounts, and persons (authorised-user files)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sheets_sync.errors import RefusedError
from sheets_sync.gateway import SCOPES


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

        return UserCredentials.from_authorized_user_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]  # google-auth
    except (ValueError, AttributeError, OSError):
        raise RefusedError(
            f"Файл ключа {path.name} не похож на ключ Google.",
            "Нужен JSON-ключ сервисного аккаунта или файл authorized_user.",
        ) from None
