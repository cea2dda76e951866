"""spreadsheets.batchUpdate: a file per family of requests, and the table of what is emulated."""

from sheets_emulator.requests.batch import BATCH_KINDS, EMULATED, run_batch

__all__ = ["BATCH_KINDS", "EMULATED", "run_batch"]
