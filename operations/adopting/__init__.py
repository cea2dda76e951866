"""A client taken into an empty or old ledger from its own files and sealed records (behaviour §7a)."""
