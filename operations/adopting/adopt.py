"""Adopting a client: an empty or an old ledger gets from the client's files what it lacks, and the files its marks.

First everything is read and checked, and nothing is written while anything is amiss. Then the ledger takes it in one
transaction; after that the files get this ledger's id and the payroll book its turn, so that every other ledger and copy
is refused from then on. Cut off in between, the same command goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kpi_rules.errors import RefusedError
from kpi_rules.records.rulebooks import client_policies_record, rulebook_from_record
from kpi_rules.time.periods import Month
from kpi_rules.words.said import Said, said
from ledger import (
    Adopted,
    Adoption,
    ChainKeys,
    Change,
    Client,
    HandOver,
    LedgerError,
    UnknownClientError,
    check_chain,
    is_ours,
    public_key_text,
    unsigned_seals,
)
from ledger.seal_keys import load_key
from operations.adopting.adopted_months import adopted_month
from operations.adopting.outside_files import (
    Outside,
    files_of_chain,
    homes,
    look_outside,
    refuse_binned,
)
from operations.adopting.people import People, people_of
from operations.adopting.record_chain import Chain, checked_chain
from operations.adopting.taking_over import take_over
from operations.clients.leaving import without_leaving
from operations.clients.marking import Unmarked, known_files, mark_file
from operations.clients.sharing import accounts_of
from operations.world.marks import TURN_MARK, FilePart, marks_for, read_marks
from operations.world.services import Services, marks_told
from operations.world.signing import has_signing_key
from sheets_sync.ports import File
from sheets_sync.schema.access import FileKind, head_and_owner

_SHOWN_DIGITS = 16


@dataclass(frozen=True)
class Asked:
    """What a person says besides the short name; all of it may be left out.

    `client_id`: which client, where files of several bear the name. `public_key`: as printed on archives and in letters,
    for a ledger that knows no key of the chain. `old_key` and `reason`: for a chain that goes on with another key than
    it was sealed by until now; without the old private key the new one signs alone.
    """

    client_id: str | None = None
    public_key: str | None = None
    people: People = field(default_factory=People)
    old_key: Ed25519PrivateKey | None = field(default=None, repr=False)
    reason: str = ""


@dataclass(frozen=True)
class AdoptedClient:
    """What became of it: the client, the note in the ledger (None: nothing was lacking), and what people should know.

    `has_key`: whether the key that signs now is here.
    """

    client: Client
    adoption: Adoption | None
    months: tuple[Month, ...]
    remarks: tuple[Said, ...]
    has_key: bool


def adopt_client(slug: str, asked: Asked, by: str, now: datetime, services: Services) -> AdoptedClient:
    """Take a client in, or what the ledger lacks of one, from its files and sealed records.

    Raises RefusedError with one sentence for whatever is amiss with files, records or keys; nothing was written then.
    """
    drive, ledger = services.creator.drive, services.ledger
    known = _known(slug, services)
    outside = look_outside(slug, known, drive)
    refuse_binned(slug, outside)
    chain = checked_chain(outside.records, slug, _trusted(asked, services), asked.client_id)
    parts = files_of_chain(slug, chain, outside, drive)
    _refuse_other_client(slug, known, chain)
    client = _client(slug, known, chain, parts, asked.people, services)
    there = {seal.number: seal for seal in ledger.seals(slug)} if known else {}
    if any(there.get(seal.number, seal) != seal for seal in chain.seals):
        raise RefusedError("adopt_other_chain", client=slug)
    key, handed_over = _keys(slug, chain, asked, now, services)
    if faults := check_chain(chain.seals, ChainKeys(key, handed_over), client=slug):
        raise RefusedError("adopt_after_hand_over", client=slug, number=faults[0].number)
    made = [
        adopted_month(client, seal, chain.files[seal.number], parts, outside, services)
        for seal in chain.seals
        if seal.number not in there
    ]
    seen = drive.file(parts[FilePart.PAYROLL].id).properties.get(TURN_MARK, "")
    adoption = None
    if made or known is None or not _is_whole(client, known, key, handed_over, seen, services):
        number = int(seen.partition(".")[0]) if seen.partition(".")[0].isdecimal() else 0
        lacking = tuple(each.month for each in made)
        adopted = Adopted(client, lacking, key, handed_over, number, chain.ledger_id)
        adoption = _entered(slug, adopted, by, now, services)
    _mark(client, parts, outside, services)
    _write_turn(client, services)
    # Also where an earlier run was cut off right after the ledger had taken the client in.
    if any(each.from_ledger != ledger.id for each in ledger.adoptions(slug)):
        take_over(client, homes(parts[FilePart.WORKBOOK], outside), services)
    remarks = [remark for each in made for remark in each.remarks]
    remarks += [said("adopt.lost_rows")] if made else []
    has_key = has_signing_key(ledger, services.settings.home)
    if not has_key:
        remarks.append(said("adopt.no_key", client=slug, key=key[:_SHOWN_DIGITS]))
    months = tuple(Month.parse(each.month.seal.month) for each in made)
    return AdoptedClient(client, adoption, months, tuple(remarks), has_key)


def _known(slug: str, services: Services) -> Client | None:
    try:
        return services.ledger.client(slug)
    except UnknownClientError:
        return None


def _trusted(asked: Asked, services: Services) -> list[str]:
    """Give the keys by which the chain may hold: the told one, else the ledger's, else the one that lies here."""
    if asked.public_key:
        return ["".join(asked.public_key.split()).replace(":", "").lower()]
    pinned = [key.public_key for key in reversed(services.ledger.pinned_keys())]
    here = None if pinned else load_key(services.settings.home)
    return pinned or ([] if here is None else [public_key_text(here)])


def _refuse_other_client(slug: str, known: Client | None, chain: Chain) -> None:
    """Refuse where the ledger has another client of that name: by the seals of both, or by its files."""
    if known and chain.client_id and known.id != chain.client_id:
        named = chain.seals[-1].record.get("files", {})
        if known.payroll_id != named.get("payroll"):
            raise RefusedError("adopt_slug_taken", client=slug)


def _client(
    slug: str,
    known: Client | None,
    chain: Chain,
    parts: Mapping[FilePart, File],
    told: People,
    services: Services,
) -> Client:
    """Give the client as the last seal, the files and their permissions say; what the ledger knew stays."""
    sealed, marks = chain.seals[-1].record, marks_told(parts[FilePart.WORKBOOK])
    files: dict[str, Any] = {
        "workbook_id": parts[FilePart.WORKBOOK].id,
        "payroll_id": parts[FilePart.PAYROLL].id,
        "folder_id": parts[FilePart.ARCHIVE_FOLDER].id,
        "records_folder_id": parts[FilePart.RECORDS_FOLDER].id,
        "layout": marks.layout,
        "options": tuple(sorted(marks.options)),
    }
    if known is not None:
        known_now = {**files, "id": chain.client_id or known.id, "extra": without_leaving(known)}
        return Client(**{**known.__dict__, **known_now})
    drive = services.creator.drive
    kinds = {
        FileKind.WORKBOOK: files["workbook_id"],
        FileKind.PAYROLL: files["payroll_id"],
        FileKind.ARCHIVE: files["folder_id"],
    }
    people = people_of({kind: drive.permissions(file_id) for kind, file_id in kinds.items()}, told)
    begun = datetime.combine(Month.parse(chain.seals[0].month).first_on, datetime.min.time(), UTC)
    made_at = datetime.fromisoformat(parts[FilePart.WORKBOOK].created_at)
    client = Client(
        name=str(sealed["client_name"]),
        slug=slug,
        template=str(sealed["template"]),
        language=str(sealed["language"]),
        created_at=min(made_at, begun),
        head_email=people.head,
        owner_email=people.owner,
        accountant_email=people.accountant,
        managers=people.managers or (),
        id=chain.client_id or services.ledger.begin_client(slug, at=services.clock()),
        **files,
    )
    both = head_and_owner(accounts_of(client, services.system_emails))
    extra = {"shadow": False, "head_is_owner": bool(both), **_policies(sealed)}
    return Client(**{**client.__dict__, "extra": extra})


def _policies(sealed: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the policies that the client was deployed with, where they are not the template's."""
    rules, built_in = sealed["rules"], sealed.get("built_in_rules")
    own = rulebook_from_record(rules)
    if built_in is None or rulebook_from_record(built_in).policies == own.policies:
        return {}
    return {"policies": client_policies_record(own)}


def _keys(
    slug: str, chain: Chain, asked: Asked, now: datetime, services: Services
) -> tuple[str, tuple[HandOver, ...]]:
    """Tell which key signs from now on and how the chain came to it.

    A chain of another key than this ledger's is handed over to it: signed by both, or by the new one alone, which every
    verification will tell. A ledger that has no key yet goes on with the chain's, or, where a hand-over is asked for,
    makes its own. Raises RefusedError without a reason for that, NoSealKeyError.
    """
    ledger, last, carried = services.ledger, chain.keys.present, chain.keys.handed_over
    pinned = [key.public_key for key in ledger.pinned_keys()]
    if not pinned and (asked.old_key is not None or asked.reason.strip()):
        _refuse_hand_over(last, asked)
        pinned = [public_key_text(services.seal_key)]  # made and pinned at its first use
    if not pinned:
        return last, carried
    present, own = pinned[-1], ledger.chain_keys(slug).handed_over
    carried += tuple(one for one in own if one not in carried)
    if present == last or any(one.new_key == present for one in own):
        return present, carried
    if present in {one.old_key for one in carried}:
        return last, carried
    if not asked.reason.strip():
        shown = last[:_SHOWN_DIGITS]
        raise RefusedError("adopt_other_key", client=slug, key=shown, own=present[:_SHOWN_DIGITS])
    _refuse_hand_over(last, asked)
    old = asked.old_key
    how = Change.LOST if old is None else Change.ROTATED
    end = chain.seals[-1]
    statement = HandOver(slug, last, present, how, now.isoformat(), asked.reason, end.number, end.digest)
    return present, (*carried, statement.signed(old, services.seal_key))


def _refuse_hand_over(last: str, asked: Asked) -> None:
    """Refuse one without a reason, or by another key than the chain's last. Raises RefusedError."""
    if not asked.reason.strip():
        raise RefusedError("key_reason_blank")
    given = public_key_text(asked.old_key) if asked.old_key is not None else last
    if given != last:
        raise RefusedError("key_is_another", wanted=last[:_SHOWN_DIGITS], given=given[:_SHOWN_DIGITS])


def _is_whole(
    client: Client, known: Client, key: str, handed_over: tuple[HandOver, ...], seen: str, services: Services
) -> bool:
    """Tell whether the ledger lacks nothing: files, keys, signed notes, and the payroll book bears one of its turns."""
    ledger, slug = services.ledger, client.slug
    if unsigned_seals(ledger.adoptions(slug)) and has_signing_key(ledger, services.settings.home):
        return False
    same_keys = (
        ledger.pinned_keys()[-1].public_key == key and ledger.chain_keys(slug).handed_over == handed_over
    )
    return client == known and same_keys and is_ours(ledger.turns(slug), seen)


def _entered(slug: str, adopted: Adopted, by: str, now: datetime, services: Services) -> Adoption:
    try:
        key = load_key(services.settings.home)
        return services.ledger.adopt(adopted, by=by, at=now, key=key)
    except LedgerError as error:
        if error.code in {"adopt_other_chain", "adopt_close_begun"}:
            raise RefusedError(error.code, client=slug) from None
        raise


def _mark(client: Client, parts: Mapping[FilePart, File], outside: Outside, services: Services) -> None:
    """Write this ledger's id onto every file that it knows now."""
    drive, ledger_id = services.creator.drive, services.ledger.id
    wanted = dict(known_files(client, services))
    wanted |= {
        home.id: marks_for(client, ledger_id, FilePart.HOME)
        for home in homes(parts[FilePart.WORKBOOK], outside)
    }
    for file_id, marks in wanted.items():
        file = drive.file(file_id)
        if read_marks(file) != marks and not file.trashed:
            mark_file(Unmarked(file, marks), services)


def _write_turn(client: Client, services: Services) -> None:
    turn, drive = services.ledger.turns(client.slug)[-1], services.creator.drive
    if drive.file(str(client.payroll_id)).properties.get(TURN_MARK) != str(turn):
        drive.update(str(client.payroll_id), properties={TURN_MARK: str(turn)})
