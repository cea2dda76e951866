"""The chain of sealed records as files hold it: whole, of one client, by a key that is known; else refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kpi_rules.errors import RecordError, RefusedError
from ledger import ChainKeys, HandOver, Seal, check_chain, check_seal, export_seal, fingerprint, hand_overs_of
from sheets_sync.ports import File

_NAMED = 5


@dataclass(frozen=True)
class RecordFile:
    """A file that is, or says it is, a sealed record; `seal` None where it cannot be read as one."""

    file: File
    seal: Seal | None


@dataclass(frozen=True)
class Chain:
    """A chain that holds from its first seal on, the file of each, and the keys by which it does."""

    seals: tuple[Seal, ...]
    files: Mapping[int, File]
    keys: ChainKeys
    client_id: str
    ledger_id: str


def checked_chain(
    records: Sequence[RecordFile], slug: str, trusted: Sequence[str], client_id: str | None
) -> Chain:
    """Choose the chain of a client and check it by keys that are known from elsewhere.

    `client_id` None: the only one that the records name. Raises RefusedError `adopt_no_records`, `adopt_forged`,
    `adopt_two_clients`, `adopt_two_chains`, `adopt_gap`, `adopt_key_unknown`.
    """
    if unread := [record.file.name for record in records if record.seal is None]:
        raise _forged(slug, unread)
    read = [(record.file, record.seal) for record in records if record.seal is not None]
    named = sorted({_id_in(seal) for _, seal in read} - {""})
    if client_id is None and len(named) > 1:
        raise RefusedError("adopt_two_clients", client=slug, ids=", ".join(named))
    chosen = client_id or next(iter(named), "")
    own = _once((file, seal) for file, seal in read if _id_in(seal) in {"", chosen})
    if not own:
        raise RefusedError("adopt_no_records", client=slug)
    keys = _keys(own, slug, trusted)
    if bad := [file.name for file, seal in own if check_seal(seal, keys.of(seal.number))]:
        raise _forged(slug, bad)
    _refuse_doubles([seal for _, seal in own], slug)
    seals = tuple(sorted((seal for _, seal in own), key=lambda seal: seal.number))
    numbers = [seal.number for seal in seals]
    if gaps := [number for number in range(1, numbers[-1]) if number not in numbers]:
        raise RefusedError("adopt_gap", client=slug, numbers=", ".join(f"№ {number}" for number in gaps))
    files = {seal.number: file for file, seal in own}
    if faults := check_chain(seals, keys, client=slug):
        raise _forged(slug, [files[fault.number].name for fault in faults if fault.number in files])
    ledger_id = str(seals[-1].record.get("ledger_id", ""))
    return Chain(seals, files, keys, chosen, ledger_id)


def _keys(own: Sequence[tuple[File, Seal]], slug: str, trusted: Sequence[str]) -> ChainKeys:
    """Follow the keys from the trusted one by which the most seals hold. Raises RefusedError where none does."""
    carried = [one for _, seal in own for one in _carried(seal) if one.client == slug]
    tried = [ChainKeys.following(key, carried) for key in trusted]
    held = {
        index: sum(not check_seal(seal, keys.of(seal.number)) for _, seal in own)
        for index, keys in enumerate(tried)
    }
    best = max(held, key=lambda index: held[index], default=None)
    if best is not None and held[best]:
        return tried[best]
    last = max((seal for _, seal in own), key=lambda seal: seal.number)
    raise RefusedError("adopt_key_unknown", client=slug, key=last.public_key)


def _carried(seal: Seal) -> tuple[HandOver, ...]:
    try:
        return hand_overs_of(seal.record)
    except RecordError:
        return ()


def _id_in(seal: Seal) -> str:
    try:
        return str(seal.record.get("client_id", ""))
    except RecordError:
        return ""


def _once(own: Iterable[tuple[File, Seal]]) -> list[tuple[File, Seal]]:
    """Leave out copies: a file that holds the very seal of another one."""
    seen: dict[bytes, tuple[File, Seal]] = {}
    for file, seal in own:
        seen.setdefault(export_seal(seal), (file, seal))
    return list(seen.values())


def _refuse_doubles(seals: Iterable[Seal], slug: str) -> None:
    by_number: dict[int, list[Seal]] = {}
    for seal in seals:
        by_number.setdefault(seal.number, []).append(seal)
    for number, several in sorted(by_number.items()):
        if len(several) > 1:
            marks = ", ".join(sorted(fingerprint(seal) for seal in several))
            raise RefusedError("adopt_two_chains", client=slug, number=number, fingerprints=marks)


def _forged(slug: str, names: Sequence[str]) -> RefusedError:
    told = ", ".join(f"«{name}»" for name in list(dict.fromkeys(names))[:_NAMED])
    return RefusedError("adopt_forged", client=slug, names=told, count=len(set(names)))
