"""Files that a command makes on this machine: whole or not at all, for their owner alone, nothing overwritten."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from kpi_rules.errors import RefusedError

_DISK = {errno.ENOSPC: "disk_full", errno.EDQUOT: "disk_full", errno.EROFS: "disk_read_only"}


def write_new(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read. RefusedError instead of overwriting anything.

    A disk that fills up leaves no half of it. (No draft beside it: disks that are carried about know no links.)
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RefusedError("file_exists", file=str(path)) from None
    except OSError as error:
        raise unwritable(error, path) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(error, path) from None
        raise


def unwritable(error: OSError, path: Path) -> RefusedError:
    """Say why a file cannot be written: the disk is full, or can only be read; else that it cannot."""
    return disk_refusal(error, path) or RefusedError("file_unwritable", file=str(path))


def disk_refusal(error: BaseException, path: Path | None = None) -> RefusedError | None:
    """Give the refusal behind an error that the disk itself makes, wherever it came up; None: it is another one."""
    code = _DISK.get(error.errno or 0) if isinstance(error, OSError) else None
    if code is None or not isinstance(error, OSError):
        return None
    return RefusedError(code, file=str(path or error.filename or "…"))
