"""What a ledger notes of clients taken from their own files: which seals, when, by whom, and the rows entered for them.

A note is signed by the key that signs seals, and says the rows behind each adopted seal as that seal's own record says
them of a close: so whoever changes such a row, or forges a note to silence the look at a seal's rows, is named. Where no
private key was at hand, the note is unsigned until one is; verification says so (behaviour §7a).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, func, insert, select

from kpi_rules.errors import RecordError
from kpi_rules.records.forms import RecordKind
from ledger.identity import ledger_id
from ledger.key_history import pinned_keys
from ledger.records import canonical, row_digest, strict_record
from ledger.seal_keys import public_key_text, signature_holds
from ledger.tables import adoptions

ADOPTION = RecordKind("adoption of a client")
_SIGNED_AS = "tablo-adoption-1"
_SIGNATURE = "signature"


@dataclass(frozen=True)
class Adoption:
    """A note of an adoption: the rows behind each seal that it brought, when (ISO, UTC), by whom, from which ledger.

    `rows` is `{number of the seal: what evidence.month_evidence gave}`; `signed` whether a key that the ledger pins
    has signed it.
    """

    number: int
    at: str
    by: str
    rows: Mapping[int, Mapping[str, Any]] = field(repr=False)
    from_ledger: str
    signed: bool

    @property
    def seals(self) -> tuple[int, ...]:
        """The numbers of the seals that it brought."""
        return tuple(sorted(self.rows))


def all_adoptions(db: Connection, slug: str) -> list[Adoption]:
    """Give a client's adoptions, oldest first. One that an intruder made unreadable is none; `evidence` names it."""
    table, noted = adoptions.c, list[Adoption]()
    trusted, own = [key.public_key for key in pinned_keys(db)], ledger_id(db)
    rows = db.execute(select(table.number, table.record).where(table.client == slug).order_by(table.number))
    for number, text in rows:
        with suppress(RecordError, AttributeError, KeyError, TypeError, ValueError):
            written = strict_record(text)
            record = ADOPTION.read(written)
            behind = {int(each): dict(evidence) for each, evidence in record["rows"].items()}
            content = {name: value for name, value in written.items() if name != _SIGNATURE}
            signed = record.get("public_key") in trusted and signature_holds(
                record["public_key"], record[_SIGNATURE], _signed_bytes(own, slug, number, content)
            )
            noted.append(Adoption(number, record["at"], record["by"], behind, record["from_ledger"], signed))
    return noted


def adopted_rows(noted: Sequence[Adoption]) -> dict[int, Mapping[str, Any]]:
    """Give the rows behind each adopted seal, as signed where that is; else as an unsigned note says."""
    return {
        number: rows
        for adoption in sorted(noted, key=lambda each: each.signed)
        for number, rows in adoption.rows.items()
    }


def unsigned_seals(noted: Sequence[Adoption]) -> tuple[int, ...]:
    """Give the numbers of adopted seals of which no signed note tells."""
    signed = {number for each in noted if each.signed for number in each.rows}
    return tuple(sorted({number for each in noted for number in each.rows} - signed))


def note(
    db: Connection,
    slug: str,
    rows: Mapping[int, Mapping[str, Any]],
    by: str,
    at: datetime,
    *,
    from_ledger: str,
    key: Ed25519PrivateKey | None,
) -> Adoption:
    """Note an adoption, signed by the key where it is at hand."""
    last = db.execute(select(func.max(adoptions.c.number)).where(adoptions.c.client == slug)).scalar()
    number, moment = (last or 0) + 1, at.astimezone(UTC).isoformat()
    behind = {str(each): dict(evidence) for each, evidence in sorted(rows.items())}
    content = ADOPTION.stamped({"at": moment, "by": by, "rows": behind, "from_ledger": from_ledger})
    if key is not None:
        content["public_key"] = public_key_text(key)
        content[_SIGNATURE] = key.sign(_signed_bytes(ledger_id(db), slug, number, content)).hex()
    values = {"client": slug, "number": number, "record": canonical(content).decode()}
    db.execute(insert(adoptions).values(**values, digest=row_digest("adoptions", values)))
    return Adoption(number, moment, by, dict(rows), from_ledger, key is not None)


def sign_notes(db: Connection, slug: str, key: Ed25519PrivateKey) -> None:
    """Note again, signed, what only unsigned notes tell of a client's seals; moment and person stay."""
    noted = all_adoptions(db, slug)
    unsigned = unsigned_seals(noted)
    for one in noted:
        rows = {number: rows for number, rows in one.rows.items() if number in unsigned}
        if rows and not one.signed:
            at = datetime.fromisoformat(one.at)
            note(db, slug, rows, one.by, at, from_ledger=one.from_ledger, key=key)


def _signed_bytes(owner: str, slug: str, number: int, content: Mapping[str, Any]) -> bytes:
    whole = {"ledger_id": owner, "client": slug, "number": number, "note": content}
    return _SIGNED_AS.encode() + b" " + canonical(whole)
