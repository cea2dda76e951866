"""A file that only a passphrase opens, written and read piece by piece, and known to be whole (behaviour §7a).

    tablo-backup-1, and a line break
    {"check": hex, "kdf": {"name": "scrypt", "n": …, "p": …, "r": …, "salt": hex}}, and a line break
    pieces: 4 bytes of length (big-endian), then AES-256-GCM over zlib's stream

Key and check word come from the passphrase by scrypt with a salt of the file's own, so that piece numbers are enough of a
nonce. Each piece is bound to both lines and to its number, the last one says that it is the last: a piece that was changed,
moved, or is missing is seen. The check word tells a wrong passphrase from a spoilt file.
"""

from __future__ import annotations

import hmac
import json
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kpi_rules.errors import NewerFormError, RefusedError

_NAME, _FORM = b"tablo-backup-", 1
_SCRYPT = {"n": 2**15, "p": 1, "r": 8}
"""32 MB and a tenth of a second a try."""
_SCRYPT_MAX = {"n": 2**20, "p": 4, "r": 16}
"""What a file may ask of the machine that reads it."""
_PIECE = 2**20
_PIECE_MAX = _PIECE + 16
_HEAD_MAX = 4096


class SealedWriter:
    """Writes lines into an open file, compressed and encrypted; whole only after `finish`."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        salt = secrets.token_bytes(16)
        key, check = _derived(passphrase, salt, _SCRYPT)
        kdf = {"name": "scrypt", **_SCRYPT, "salt": salt.hex()}
        self._head = b"%s%d\n%s\n" % (_NAME, _FORM, json.dumps({"check": check, "kdf": kdf}).encode())
        self._file, self._cipher, self._number = file, AESGCM(key), 0
        self._packed, self._waiting = zlib.compressobj(), bytearray()
        file.write(self._head)

    def write(self, content: bytes) -> None:
        """Take some content."""
        self._waiting += self._packed.compress(content)
        while len(self._waiting) > _PIECE:
            self._send(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]

    def finish(self) -> None:
        """Write what is waiting, and say that it is the last."""
        self._waiting += self._packed.flush()
        while len(self._waiting) > _PIECE:
            self._send(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]
        self._send(bytes(self._waiting), last=True)

    def _send(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), piece, self._head)
        self._file.write(len(sealed).to_bytes(4) + sealed)
        self._number += 1


class SealedFile:
    """A file that `SealedWriter` wrote, opened by its passphrase; its lines can be read again and again.

    Raises RefusedError `backup_not_opened` (the passphrase), `no_backup`, `file_unreadable`, and NewerFormError.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        self._path = path
        with self._open() as file:
            name, head = file.readline(64), file.readline(_HEAD_MAX)
        self._refuse_form(name)
        try:
            said = json.loads(head)
            costs = {cost: int(said["kdf"][cost]) for cost in _SCRYPT}
            salt, check = bytes.fromhex(said["kdf"]["salt"]), str(said["check"])
            measured = all(1 <= costs[cost] <= most for cost, most in _SCRYPT_MAX.items())
            key, wanted = _derived(passphrase, salt, costs if measured else _SCRYPT)
        except (ValueError, KeyError, TypeError):
            measured = False
        if not measured:
            raise RefusedError("backup_damaged", file=path.name)
        if not hmac.compare_digest(check, wanted):
            raise RefusedError("backup_not_opened", file=path.name)
        self._head, self._cipher = name + head, AESGCM(key)

    def lines(self) -> Iterator[bytes]:
        """Give the lines. Raises RefusedError where the file is cut short or damaged, after what is whole of it."""
        unpacked, waiting = zlib.decompressobj(), b""
        for piece in self._pieces():
            try:
                waiting += unpacked.decompress(piece)
            except zlib.error:
                raise RefusedError("backup_damaged", file=self._path.name) from None
            *whole, waiting = waiting.split(b"\n")
            yield from (line + b"\n" for line in whole)
        if waiting or not unpacked.eof:
            raise RefusedError("backup_damaged", file=self._path.name)

    def _pieces(self) -> Iterator[bytes]:
        with self._open() as file:
            file.seek(len(self._head))
            number = 0
            while True:
                length = file.read(4)
                size = int.from_bytes(length)
                if size > _PIECE_MAX:
                    raise RefusedError("backup_damaged", file=self._path.name)
                sealed = file.read(size)
                if len(length) < 4 or len(sealed) < size:
                    raise RefusedError("backup_cut_short", file=self._path.name)
                opened = self._opened(sealed, number, last=False)
                if opened is None:
                    opened = self._opened(sealed, number, last=True)
                    if opened is None or file.read(1):
                        raise RefusedError("backup_damaged", file=self._path.name)
                    yield opened
                    return
                yield opened
                number += 1

    def _opened(self, sealed: bytes, number: int, *, last: bool) -> bytes | None:
        try:
            return self._cipher.decrypt(_nonce(number, last=last), sealed, self._head)
        except InvalidTag:
            return None

    def _open(self) -> BinaryIO:
        try:
            return self._path.open("rb")
        except OSError:
            raise RefusedError("file_unreadable", file=str(self._path)) from None

    def _refuse_form(self, name: bytes) -> None:
        form = name.removeprefix(_NAME).strip()
        if not name.startswith(_NAME) or not form.isdigit():
            raise RefusedError("no_backup", file=self._path.name)
        if int(form) > _FORM:
            raise NewerFormError("backup", form.decode())


def _derived(passphrase: str, salt: bytes, costs: dict[str, int]) -> tuple[bytes, str]:
    both = Scrypt(salt, 64, costs["n"], costs["r"], costs["p"]).derive(passphrase.encode())
    return both[:32], hmac.digest(both[32:], b"tablo-backup", "sha256").hex()


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + (b"\x01" if last else b"\x00")
