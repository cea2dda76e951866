"""Before a client's months are written: does the outside know more than the ledger, and does another copy of it write?

Asked before the first write of an opening and of a close, by whomever, and once more before a seal (behaviour §7a).
Evidence is a sealed record that holds by a key which the ledger trusts; what only looks like a closed month is named,
and a person puts it out of the way. Two copies of one ledger know the same files: they meet in the running number of
the payroll book, which each notes before it moves it.
"""

from __future__ import annotations

from kpi_rules.errors import ClientUnavailableError, RefusedError
from kpi_rules.time.periods import Month
from kpi_rules.words.said import Said, said
from ledger import Client, fingerprint, is_ours
from operations.seals.outside_traces import (
    Trace,
    file_traces,
    known_to,
    seal_in,
    tab_traces,
    trusted_keys,
    unknown,
)
from operations.world.marks import TURN_MARK, FilePart
from operations.world.services import Services, refuse_files_of_others

_NAMED = 5


def begin_writing(client: Client, month: Month, services: Services) -> None:
    """Refuse to write a month where the outside knows more, or another copy of the ledger writes; else take a turn.

    Raises RefusedError `ledger_older_than_files`, `looks_like_a_closed_month`, `another_copy_of_ledger`,
    `files_of_another_ledger`; nothing was written then.
    """
    refuse_older_ledger(client, month, services)
    payroll_id, seen = _seen_turn(client, services)
    turn = services.ledger.take_turn(client.slug, seen, at=services.clock())
    services.creator.drive.update(payroll_id, properties={TURN_MARK: str(turn)})


def refuse_other_writers(client: Client, month: Month, services: Services) -> None:
    """Look once more, before a seal: has another copy of the ledger taken a turn meanwhile, or closed the month?"""
    _seen_turn(client, services)
    refuse_older_ledger(client, month, services)


def refuse_older_ledger(client: Client, month: Month, services: Services) -> None:
    """Refuse where files or tabs tell of a closed month that the ledger does not know.

    With a valid seal any month counts that the ledger has not sealed; what only looks so, from `month` on.
    """
    drive, ledger = services.creator.drive, services.ledger
    months = [record.month for record in ledger.months(client.slug)]
    traces = [*file_traces(client, drive), *tab_traces(client, services.creator.gateway, months)]
    # Asked last: what another process of this very ledger made meanwhile, that noted before.
    found = unknown(traces, known_to(ledger, client.slug))
    if not found:
        return
    keys = trusted_keys(client, services)
    sealed = [seal for trace in found if (seal := seal_in(trace, client, drive, keys))]
    if sealed:
        named = [
            said("outside.seal", month=seal.month, number=seal.number, fingerprint=fingerprint(seal))
            for seal in sorted(sealed, key=lambda seal: seal.number)
        ]
        raise RefusedError("ledger_older_than_files", client=client.slug, seals=tuple(named))
    if looks := [trace for trace in found if trace.month >= month]:
        named = [_named(trace) for trace in looks[:_NAMED]]
        raise RefusedError("looks_like_a_closed_month", month=looks[0].month, traces=tuple(named))


def _named(trace: Trace) -> Said:
    return said("outside.tab" if trace.part is FilePart.PAYROLL else "outside.file", name=trace.name)


def _seen_turn(client: Client, services: Services) -> tuple[str, str]:
    """Give the payroll book's id and the turn that it bears. Raises RefusedError where that is another ledger's."""
    if client.payroll_id is None:
        raise ClientUnavailableError("client_without_files", client=client.slug)
    book = services.creator.drive.file(client.payroll_id)
    refuse_files_of_others(client, book, services)
    seen, noted = book.properties.get(TURN_MARK, ""), services.ledger.turns(client.slug)
    if not is_ours(noted, seen):
        last = noted[-1].number if noted else 0
        number = seen.partition(".")[0] or "—"
        raise RefusedError(
            "another_copy_of_ledger", client=client.slug, file=book.name, present=number, last=last
        )
    return book.id, seen
