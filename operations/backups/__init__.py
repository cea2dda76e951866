"""Copies of all that a machine keeps: ledger, keys and settings, encrypted by a passphrase (behaviour §7a)."""
