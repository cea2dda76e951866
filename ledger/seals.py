"""Seals: a digest over everything that a closed month stands on, chained per client and signed; pure but for the key.

The digest is SHA-256 over the canonical JSON of `{format, number, previous, record}`; the signature is Ed25519
over the digest and the public key. So no field of a seal can change without it being seen (behaviour §7, «Seal»).

Behind them: the signature that binds to a seal what was made from it. The keys are `ledger.seal_keys`'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kpi_rules.errors import NewerFormError, RecordError, SealError
from ledger.records import canonical, digest, strict_record
from ledger.seal_keys import ChainKeys, Change, HandOver, hand_overs_of, public_key_text

FORMAT = "tablo-seal-1"
RECORD_PARTS = frozenset(
    {"client", "month", "inputs", "rules", "plan", "calendar", "engine", "results", "adjustments"}
)
"""What a sealed record must hold; it may hold more. `adjustments` is `{"paid": [{"number": …, …}],
"carried_tiyn": {code: tiyn}}`: the corrections paid with this month, and what is carried on after it."""
_FILE_PARTS = frozenset({"digest", "format", "number", "previous", "public_key", "record", "signature"})


@dataclass(frozen=True)
class Seal:
    """The seal of one month. `number` counts from 1, `previous` is the digest of the seal before it.

    `record_text` is the sealed record in canonical JSON; it holds pay and is never shown in a repr.
    """

    number: int
    previous: str | None
    record_text: str = field(repr=False)
    digest: str
    public_key: str
    signature: str

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """The sealed record. Raises RecordError where the text is no record."""
        return strict_record(self.record_text)

    @property
    def client(self) -> str:
        """Whose month it is."""
        return str(self.record["client"])

    @property
    def month(self) -> str:
        """Which month, as `2026-10`."""
        return str(self.record["month"])


@dataclass(frozen=True)
class SealFault:
    """One thing that is wrong with a chain: which seal, what (`code`), what should be there and what is.

    `expected` and `found` are values without words, "" where there is nothing to show.

    Codes: `number` (gap or wrong order), `previous` (does not continue the seal before it), `digest` (the record
    or number was changed), `signature`, `other_key`, `unreadable`, `client`, `month` (out of order),
    `cut_off` (a seal known from elsewhere is missing at the end), `fingerprint` (not the printed one),
    `hand_over` (the chain does not say how one key followed the other).
    """

    number: int
    code: str
    expected: str
    found: str


def seal(record: Mapping[str, Any], number: int, previous: Seal | None, key: Ed25519PrivateKey) -> Seal:
    """Seal a record as the client's seal of that number, continuing the chain.

    Raises SealError when a part is missing or the number does not follow, RecordError when the record has no
    canonical form.
    """
    if missing := sorted(RECORD_PARTS - record.keys()):
        raise SealError(f"the record to be sealed lacks: {', '.join(missing)}")
    if number != (previous.number + 1 if previous else 1):
        raise SealError(f"seal {number} does not follow {previous.number if previous else 'nothing'}")
    text = canonical(record).decode()
    before = previous.digest if previous else None
    content_digest = digest(_sealed_bytes(number, before, text))
    public_key = public_key_text(key)
    signature = key.sign(_signed_bytes(content_digest, public_key)).hex()
    return Seal(number, before, text, content_digest, public_key, signature)


def _sealed_bytes(number: int, previous: str | None, record_text: str) -> bytes:
    """Put the canonical record into its canonical envelope; the keys stand in RFC 8785's order."""
    envelope = canonical({"format": FORMAT, "number": number, "previous": previous})
    return envelope[:-1] + b',"record":' + record_text.encode() + b"}"


def _signed_bytes(content_digest: str, public_key: str) -> bytes:
    return f"{FORMAT} {content_digest} {public_key}".encode()


def fingerprint(sealed: Seal) -> str:
    """Give the short form for print: the first 16 digits of the digest, `4F2A-91C0-77DE-03B8`."""
    digits = sealed.digest[:16].upper()
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


def check_seal(sealed: Seal, public_key: str) -> list[SealFault]:
    """Check one seal by the public key alone: its record, digest and signature."""

    def fault(code: str, expected: str, found: str) -> SealFault:
        return SealFault(sealed.number, code, expected, found)

    faults = []
    try:
        readable = (
            canonical(sealed.record).decode() == sealed.record_text
            and not RECORD_PARTS - sealed.record.keys()
        )
    except RecordError:
        readable = False
    if not readable:
        faults.append(fault("unreadable", "", ""))
    try:
        present = digest(_sealed_bytes(sealed.number, sealed.previous, sealed.record_text))
    except (RecordError, UnicodeEncodeError):
        present = ""
    if present != sealed.digest:
        faults.append(fault("digest", sealed.digest, present))
    if sealed.public_key != public_key:
        faults.append(fault("other_key", public_key, sealed.public_key))
    elif not _signature_holds(sealed):
        faults.append(fault("signature", "", sealed.signature))
    return faults


def _signature_holds(sealed: Seal) -> bool:
    try:
        signature = bytes.fromhex(sealed.signature)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sealed.public_key))
        key.verify(signature, _signed_bytes(sealed.digest, sealed.public_key))
    except (ValueError, InvalidSignature):
        return False
    return signature.hex() == sealed.signature  # one way to write it, so that every changed letter is seen


def check_chain(
    seals: Sequence[Seal],
    keys: str | ChainKeys,
    *,
    client: str | None = None,
    last_number: int | None = None,
    printed: Mapping[int, str] | None = None,
) -> list[SealFault]:
    """Check a client's whole chain, as kept in the ledger; an empty list means that nothing is wrong.

    `keys` are those that must have signed, or the one key, known from elsewhere. `last_number` and `printed` (number → fingerprint as
    printed on archive and payroll tab) are what is known from elsewhere too: they show a chain that was cut
    off or written anew by the holder of the key.
    """
    wanted_keys = ChainKeys(keys) if isinstance(keys, str) else keys
    faults = [fault for sealed in seals for fault in check_seal(sealed, wanted_keys.of(sealed.number))]
    faults += _faults_of_order(seals)
    faults += check_hand_overs(seals, wanted_keys.handed_over)
    if client is not None:
        faults += [
            SealFault(sealed.number, "client", client, name)
            for sealed in seals
            if (name := _part(sealed, "client")) != client
        ]
    known = {sealed.number: fingerprint(sealed) for sealed in seals}
    wanted = max([last_number or 0, *(printed or {})])
    end = max(known, default=0)
    if end < wanted:
        faults.append(SealFault(wanted, "cut_off", f"№ {wanted}", f"№ {end}"))
    faults += [
        SealFault(number, "fingerprint", mark, known[number])
        for number, mark in (printed or {}).items()
        if number in known and known[number] != mark
    ]
    return sorted(faults, key=lambda fault: (fault.number, fault.code))


def _faults_of_order(seals: Sequence[Seal]) -> list[SealFault]:
    faults = []
    if seals and seals[0].number != 1:
        faults.append(SealFault(seals[0].number, "number", "1", str(seals[0].number)))
    for before, after in pairwise(seals):
        if after.number != before.number + 1:
            faults.append(SealFault(after.number, "number", str(before.number + 1), str(after.number)))
    return faults + check_links(seals)


def check_hand_overs(seals: Sequence[Seal], handed_over: Sequence[HandOver]) -> list[SealFault]:
    """Check that each hand-over is signed, names the chain's own seal, and is carried by the seal after it.

    Where a key was lost, another one may have sealed before anybody said so: those seals carry nothing.
    """
    faults = []
    by_number = {sealed.number: sealed for sealed in seals}
    for one in handed_over:
        last, following = by_number.get(one.after), by_number.get(one.after + 1)
        if not one.holds:
            faults.append(SealFault(one.after, "hand_over", "", ""))
        elif last and last.digest != one.digest:
            faults.append(SealFault(one.after, "hand_over", one.digest, last.digest))
        elif following and one.how is Change.ROTATED and one not in _carried(following):
            faults.append(SealFault(following.number, "hand_over", "", ""))
    return faults


def _carried(sealed: Seal) -> tuple[HandOver, ...]:
    try:
        return hand_overs_of(sealed.record)
    except RecordError:
        return ()  # told as unreadable


def check_links(seals: Sequence[Seal]) -> list[SealFault]:
    """Check how seals of one client follow each other, in the order of their numbers; some may be missing.

    Where the one before is missing, nothing can be said about `previous`; the months must rise all the same.
    """
    faults = []
    if seals and seals[0].number == 1 and seals[0].previous is not None:
        faults.append(SealFault(1, "previous", "", seals[0].previous))
    for before, after in pairwise(seals):
        if after.number == before.number + 1 and after.previous != before.digest:
            faults.append(SealFault(after.number, "previous", before.digest, after.previous or ""))
        if _part(after, "month") <= _part(before, "month"):
            faults.append(
                SealFault(after.number, "month", f"> {_part(before, 'month')}", _part(after, "month"))
            )
    return faults


def _part(sealed: Seal, name: str) -> str:
    try:
        return str(sealed.record.get(name, ""))
    except RecordError:
        return ""


def export_seal(sealed: Seal) -> bytes:
    """Write the seal with its record as one JSON file, canonical; `read_seal` and `check_seal` check it."""
    head = canonical(
        {"digest": sealed.digest, "format": FORMAT, "number": sealed.number, "previous": sealed.previous}
    )
    tail = canonical({"signature": sealed.signature})
    middle = canonical({"public_key": sealed.public_key})
    return b"".join(
        [head[:-1], b",", middle[1:-1], b',"record":', sealed.record_text.encode(), b",", tail[1:], b"\n"]
    )


def read_seal(content: bytes) -> Seal:
    """Read an exported seal; whether it holds, `check_seal` says.

    Raises SealError when the file is not one, NewerFormError where a newer program wrote it.
    """
    try:
        parts = strict_record(content)
        _refuse_newer(parts.get("format"))
        if (
            parts.get("format") != FORMAT
            or parts.keys() != _FILE_PARTS
            or not isinstance(parts["record"], dict)
        ):
            raise SealError(f"this file is no sealed record of the form {FORMAT}")
        text = canonical(parts["record"]).decode()
    except RecordError as error:
        raise SealError(f"this file is no sealed record: {error}") from None
    texts = [parts[name] for name in ("digest", "public_key", "signature")]
    previous, number = parts["previous"], parts["number"]
    if not all(isinstance(each, str) for each in texts) or not isinstance(previous, str | None):
        raise SealError("this file is no sealed record: a digest, key or signature is not a text")
    if isinstance(number, bool) or not isinstance(number, int):
        raise SealError("this file is no sealed record: its number is not a whole number")
    return Seal(number, previous, text, *texts)


def _refuse_newer(form: object) -> None:
    """Tell the file of a later form («tablo-seal-2») from what is no sealed record at all."""
    head, own = FORMAT.rsplit("-", 1)
    if isinstance(form, str) and form.startswith(f"{head}-"):
        number = form.removeprefix(f"{head}-")
        if number.isdecimal() and int(number) > int(own):
            raise NewerFormError("file of a seal", form)


# ---- what was made from a seal and came after it (files read back), bound to the seal by a signature
# A seal cannot hold what is printed with its own fingerprint. So that nobody with the database alone can rewrite
# what was read back, it is signed with the seal's key together with the seal's digest.
def attest(sealed: Seal, content: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """Sign a record as made from this seal; gives the Ed25519 signature in hex.

    Raises RecordError when the record has no canonical form.
    """
    return key.sign(_attested_bytes(sealed, content)).hex()


def attestation_holds(sealed: Seal, content: Mapping[str, Any], signature: object, public_key: str) -> bool:
    """Tell whether this record was signed as made from this seal by the holder of the key (hex)."""
    if not isinstance(signature, str):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), _attested_bytes(sealed, content))
    except (ValueError, InvalidSignature, RecordError):
        return False
    return True


def _attested_bytes(sealed: Seal, content: Mapping[str, Any]) -> bytes:
    return f"{FORMAT}-attachment {sealed.digest} {digest(canonical(content))}".encode()
