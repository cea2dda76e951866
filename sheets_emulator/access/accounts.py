"""Accounts of an emulator's folder, for command lines and tests: make, list, key files, tokens."""

from sheets_emulator.access.identity import (
    ensure_account,
    issue_token,
    key_file,
    list_accounts,
    running_address,
)

__all__ = ["ensure_account", "issue_token", "key_file", "list_accounts", "running_address"]
