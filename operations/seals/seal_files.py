"""Checking exported seals by the public key alone: no ledger, no network, no Google (behaviour §7, «Seal»)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kpi_rules.errors import RefusedError
from ledger import (
    ChainKeys,
    HandOver,
    RecordError,
    Seal,
    SealError,
    SealFault,
    check_hand_overs,
    check_links,
    check_seal,
    export_seal,
    fingerprint,
    hand_overs_of,
    read_seal,
)
from operations.seals.recounting import Recount, recount
from operations.world.new_files import write_new

_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class CheckedSeal:
    """A seal as read from a file, and what is wrong with it; `recount` None where none was asked or possible."""

    path: Path
    seal: Seal
    faults: tuple[SealFault, ...]
    recount: Recount | None = None

    @property
    def client(self) -> str:
        """Whose month it is."""
        return self.seal.client

    @property
    def fingerprint(self) -> str:
        """The short form that is printed on archive and payroll tab."""
        return fingerprint(self.seal)


@dataclass(frozen=True)
class SealCheck:
    """What some files hold: seals in the order of their chains.

    `public_key` is what the signatures were checked by; `given` tells whether the caller knew it (else it was
    taken from the files themselves). `gaps` are the numbers missing, by client.
    """

    seals: tuple[CheckedSeal, ...]
    public_key: str
    given: bool
    gaps: Mapping[str, tuple[int, ...]]
    lost_keys: tuple[HandOver, ...] = ()
    """Keys that a later one said were lost, without their own signature: a thing to know, and no fault."""

    @property
    def newer(self) -> bool:
        """Tell whether one of them was to be recounted and can not be: a newer program sealed it."""
        return any(checked.recount and checked.recount.state == "newer" for checked in self.seals)

    @property
    def holds(self) -> bool:
        """Tell whether nothing is wrong with any of them, and all that was asked could be checked."""
        return not self.wrong and not self.newer

    @property
    def wrong(self) -> bool:
        """Tell whether something is wrong with one of them."""
        fine = {"same", "newer"}
        return any(
            checked.faults or (checked.recount and checked.recount.state not in fine)
            for checked in self.seals
        )


def check_files(paths: Sequence[Path], public_key: str | None, *, recompute: bool = False) -> SealCheck:
    """Check exported seals, one or a chain of several, by the public key.

    Args:
        paths: the files, in any order, of one client or of several.
        public_key: 64 hex digits as printed; None = the key that the first file names. Keys that it was handed
            over from, or that it was handed over to, are followed by what the files carry of that.
        recompute: recount each whole month from its record as well.

    Raises:
        RefusedError: a file that is not there or no sealed record, or a key that is none.
    """
    read = [(path, _read(path)) for path in paths]
    key = _key_of(public_key) if public_key is not None else read[0][1].public_key
    checked: list[CheckedSeal] = []
    gaps: dict[str, tuple[int, ...]] = {}
    lost: list[HandOver] = []
    for client in sorted({sealed.client for _, sealed in read}):
        own = _once(sorted((each for each in read if each[1].client == client), key=_number))
        gaps[client] = _gaps([sealed for _, sealed in own])
        keys = ChainKeys.following(key, _carried(client, [sealed for _, sealed in own]))
        lost += keys.lost
        alone = [tuple(check_seal(sealed, keys.of(sealed.number))) for _, sealed in own]
        # A forged file beside a genuine one says nothing of the genuine one.
        sound = [sealed for (_, sealed), faults in zip(own, alone, strict=True) if not faults]
        links = [*check_links(sound), *check_hand_overs(sound, keys.handed_over), *_doubled(sound)]
        for (path, sealed), wrong in zip(own, alone, strict=True):
            faults = wrong or tuple(fault for fault in links if fault.number == sealed.number)
            again = recount(sealed.record) if recompute and not faults else None
            checked.append(CheckedSeal(path, sealed, faults, again))
    return SealCheck(
        tuple(checked), key, public_key is not None, {c: g for c, g in gaps.items() if g}, tuple(lost)
    )


def _carried(client: str, chain: Iterable[Seal]) -> list[HandOver]:
    """Give what these records say of keys that were handed over; a record that cannot be read says nothing."""
    carried = []
    for sealed in chain:
        try:
            carried += [one for one in hand_overs_of(sealed.record) if one.client == client]
        except RecordError:
            continue
    return carried


def write_seal(sealed: Seal, path: Path) -> None:
    """Write a seal with its record as a file; it holds pay, so nobody else may read it.

    Raises RefusedError where something lies there already, or the folder is not there.
    """
    write_new(path, export_seal(sealed))


def _read(path: Path) -> Seal:
    try:
        content = path.read_bytes()
    except OSError:
        raise RefusedError("file_unreadable", file=str(path)) from None
    try:
        sealed = read_seal(content)
    except SealError:
        sealed = None
    if sealed is None or not sealed.record.keys() >= {"client", "month"}:
        raise RefusedError("no_seal_file", file=path.name)
    return sealed


def _key_of(text: str) -> str:
    key = re.sub(r"[\s:]", "", text).lower()
    if not _KEY.fullmatch(key):
        raise RefusedError("no_public_key")
    return key


def _number(each: tuple[Path, Seal]) -> int:
    return each[1].number


def _once(own: Iterable[tuple[Path, Seal]]) -> list[tuple[Path, Seal]]:
    """Leave out a file that holds the very seal of another one."""
    seen: dict[bytes, tuple[Path, Seal]] = {}
    for path, sealed in own:
        seen.setdefault(export_seal(sealed), (path, sealed))
    return list(seen.values())


def _gaps(chain: Sequence[Seal]) -> tuple[int, ...]:
    present = {sealed.number for sealed in chain}
    return tuple(number for number in range(1, max(present, default=0)) if number not in present)


def _doubled(chain: Sequence[Seal]) -> list[SealFault]:
    """Name two different seals of one number, both signed: a chain has one."""
    return [
        SealFault(after.number, "doubled", fingerprint(before), fingerprint(after))
        for before, after in pairwise(chain)
        if before.number == after.number
    ]
