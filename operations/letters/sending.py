"""Letters to owner and accountant: which month was sealed, under which number and fingerprint (behaviour §7, «Seal»).

Whoever has the letter can tell a chain that was written anew, even by the holder of key and ledger. No pay
stands in it. By which way they go is the channel's affair (`channels.py`). They are sent after the seal, each once:
a try is noted before it is made, and one without an answer is not repeated by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kpi_rules.errors import RefusedError, RetryableError, TabloError
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from ledger import Client, Ledger, MonthRecord, Seal, fingerprint
from operations.facts.client_books import today_of
from operations.letters.channels import Channel, channel_of
from operations.letters.letter import Enclosure, Letter
from operations.months.closing import Hindered
from operations.world.leases import HeldLease, close_lease
from operations.world.services import Services
from operations.world.telling import told
from sheets_sync.schema.access import READER, WRITER

SENT, UNKNOWN = "sent", "unknown"
_NAMED_OBSTACLES = 5
SENT_WITHIN = timedelta(days=35)
"""So long after a close its letters are still sent by themselves; later ones would tell nobody anything new."""
_SHEET_URL = "https://docs.google.com/spreadsheets/d/{}"


@dataclass(frozen=True)
class LetterNote:
    """What became of one letter: `state` is «sent», «unknown» (no answer came) or «failed» (tried again later)."""

    month: Month
    who: str
    email: str
    state: str
    remark: str = ""


def send_due_letters(slug: str, services: Services) -> tuple[LetterNote, ...]:
    """Send the letters of a client's closed months that were not sent yet. Gives what was tried now.

    Those of an adopted month went out from another ledger.
    """
    client = services.ledger.client(slug)
    due = [
        record
        for record in services.ledger.months(slug)
        if record.state is MonthState.CLOSED
        and record.since_at + SENT_WITHIN >= services.clock()
        and _open_letters(client, record, services)
    ]
    adopted = _adopted_months(slug, services.ledger) if due else frozenset()
    return tuple(
        note for record in due if str(record.month) not in adopted for note in _send(client, record, services)
    )


def _adopted_months(slug: str, ledger: Ledger) -> frozenset[str]:
    numbers = {number for each in ledger.adoptions(slug) for number in each.seals}
    return frozenset(seal.month for seal in ledger.seals(slug) if seal.number in numbers)


def send_again(slug: str, month: Month, services: Services) -> tuple[LetterNote, ...]:
    """Send a closed month's letters once more, on somebody's command. RefusedError where it is not closed."""
    client = services.ledger.client(slug)
    record = services.ledger.month(slug, month)
    if record is None or record.state is not MonthState.CLOSED:
        raise RefusedError("letters_before_close", month=month)
    return _send(client, record, services, again=True)


def send_overdue_letters(
    slug: str, hindered: Iterable[Hindered], now: datetime, services: Services
) -> tuple[LetterNote, ...]:
    """Tell head and owner of months that did not close in time, at most once a day each (behaviour §7, «Deadline»)."""
    client = services.ledger.client(slug)
    today = today_of(client, now, services)
    readers = {"head": (client.head_email or "", WRITER), "owner": (client.owner_email or "", READER)}
    if readers["head"][0] == readers["owner"][0]:
        del readers["owner"]
    notes = []
    for month in hindered:
        texts = services.template_of(client, month.language).texts
        subject, body = _overdue_words(client, month, texts)
        for who, (email, role) in readers.items():
            key = f"{month.month} {today} {who}"
            if not email or not services.ledger.acknowledge(slug, "overdue_letter", key, by=email, at=now):
                continue
            name = f"tablo-{slug}-{month.month}-{today}-{who}"
            try:
                enclosure = Enclosure(str(client.workbook_id), role)
                channel_of(services).send(Letter(email, subject, body, name), enclosure)
                notes.append(LetterNote(month.month, who, email, SENT))
            except TabloError as error:
                notes.append(LetterNote(month.month, who, email, "failed", told(error).what))
    return tuple(notes)


def _overdue_words(client: Client, month: Hindered, texts: Texts) -> tuple[str, str]:
    facts = {"client": client.name, "month": month.month}
    days = {"deadline": month.deadline_on, "payday": month.payday_on}
    lines = [texts("letter.overdue_body", **facts, **days, count=len(month.obstacles))]
    lines += [f"— {texts.say(obstacle)}" for obstacle in month.obstacles[:_NAMED_OBSTACLES]]
    lines.append(texts("letter.overdue_fix", link=_SHEET_URL.format(client.workbook_id)))
    return texts("letter.overdue_subject", **facts), "\n".join(lines)


def letter_states(slug: str, month: Month, ledger: Ledger) -> dict[str, dict[str, Any]]:
    """Tell what is known of a month's letters, by reader («owner», «accountant»)."""
    steps = ledger.steps(slug, month)
    return {who: steps[f"letter_{who}"] for who in ("owner", "accountant") if f"letter_{who}" in steps}


def _readers(client: Client) -> dict[str, str]:
    """Give who gets a letter; somebody in both roles gets one."""
    by_role = {"owner": client.owner_email or "", "accountant": client.accountant_email or ""}
    return {
        who: email
        for who, email in by_role.items()
        if email and not (who == "accountant" and email == by_role["owner"])
    }


def _open_letters(client: Client, record: MonthRecord, services: Services) -> bool:
    steps = services.ledger.steps(client.slug, record.month)
    return "record" in steps and any(f"letter_{who}" not in steps for who in _readers(client))


def _send(
    client: Client, record: MonthRecord, services: Services, *, again: bool = False
) -> tuple[LetterNote, ...]:
    with close_lease(services, client.slug, record.month) as holding:
        sealed = next(seal for seal in services.ledger.seals(client.slug) if seal.month == str(record.month))
        post = _Post(client, record.month, sealed, services.guarded(holding.before_call), holding)
        return tuple(
            note
            for who, email in _readers(client).items()
            if (note := post.send(who, email, again=again)) is not None
        )


@dataclass
class _Post:
    """The letters of one sealed month, under its lease."""

    client: Client
    month: Month
    sealed: Seal
    services: Services
    holding: HeldLease

    def send(self, who: str, email: str, *, again: bool) -> LetterNote | None:
        """Send one letter unless it was sent. A try without an answer ends it, whether it went or not."""
        steps = self.services.ledger.steps(self.client.slug, self.month)
        done = f"letter_{who}"
        if done in steps and not again:
            return None
        tried = sum(name.startswith(f"{done}_tried_") for name in steps)
        failed = sum(name.startswith(f"{done}_failed_") for name in steps)
        if tried > failed and done not in steps:  # cut off in the middle of it
            went = self._channel.was_sent(email, self._enclosure)
            if went is not False:
                return self._ended(who, email, SENT if went else UNKNOWN)
            self._note(f"{done}_failed_{tried}")
        self._note(f"{done}_tried_{tried + 1}")
        try:
            self._hand_over(email, tried + 1)
        except TabloError as error:
            if isinstance(error, RetryableError) and error.carried_out is None:
                return self._ended(who, email, UNKNOWN)
            self._note(f"{done}_failed_{tried + 1}")
            return LetterNote(self.month, who, email, "failed", told(error).what)
        return self._ended(who, email, SENT)

    def _ended(self, who: str, email: str, state: str) -> LetterNote:
        if f"letter_{who}" not in self.services.ledger.steps(self.client.slug, self.month):
            self._note(f"letter_{who}", to=email, state=state, way=self._channel.name)
        return LetterNote(self.month, who, email, state)

    @property
    def _channel(self) -> Channel:
        return channel_of(self.services)

    def _note(self, name: str, **evidence: str) -> None:
        at = {"at": self.services.clock().isoformat()}
        ledger = self.services.ledger
        ledger.record_step(self.client.slug, self.month, name, {**at, **evidence}, self.holding.lease)

    def _hand_over(self, email: str, attempt: int) -> None:
        subject, body = self._words()
        letter = Letter(email, subject, body, f"tablo-{self.sealed.digest[:32]}-{attempt}")
        self._channel.send(letter, self._enclosure)

    @property
    def _enclosure(self) -> Enclosure:
        """The sealed record."""
        return Enclosure(str(self.services.ledger.close_file(self.client.slug, self.month, "record")), READER)

    def _words(self) -> tuple[str, str]:
        record = self.sealed.record
        said_in = record["inputs"]["settings"]["language"]
        texts = self.services.template_of(self.client, said_in).texts
        facts = {
            "client": self.client.name,
            "month": self.month,
            "number": self.sealed.number,
        }
        lines = [
            texts(
                "letter.body",
                **facts,
                fingerprint=fingerprint(self.sealed),
                digest=self.sealed.digest,
                key=self.sealed.public_key,
            )
        ]
        if register := record.get("register"):
            left = register["unanswered"]
            lines.append(texts("letter.register", asked=register["asked"], left=left))
        archive_id = self.services.ledger.close_file(self.client.slug, self.month, "archive")
        if archive_id:
            lines.append(texts("letter.archive", link=_SHEET_URL.format(archive_id)))
        if record["payroll"] is not None:
            lines.append(texts("letter.payroll", link=_SHEET_URL.format(self.client.payroll_id)))
        return texts("letter.subject", **facts), "\n".join(lines)
