"""The one chain from cells to a decided month, and what the ledger adds to it."""
